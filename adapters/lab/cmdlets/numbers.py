"""Telephone numbers and voice policies in the MicrosoftTeams module."""

from collections.abc import Callable, Iterator

from adapters.lab.cmdlets.registry import TEAMS, Call, ParsedCommand, cmdlet
from adapters.lab.estate.move_rules import holds
from adapters.lab.estate.person import CLOUD, Online, Person
from adapters.lab.estate.state import PHONE_SYSTEM, NumberAssignment
from adapters.lab.powershell.common_objects import custom, thing
from adapters.lab.powershell.values import Thing

NO = "SkypeTelephoneNumberMgmtErrorResponse"
# As reported at https://github.com/MicrosoftDocs/office-docs-powershell: issues 9165, 9347 and 9281; those below are made up (inf).
TAKEN = "Telephone Number '{number}' has already been assigned to another user"
IN_AD = (
    "The user '{id}' already has a telephone number set in the on-premises Active Directory and synchronized to the cloud. To manage this "
    "user's telephone number in the cloud, first clear the phone number in the on-premises directory and synchronize to Active Directory."
)
NO_PHONE_SYSTEM = "User '{id}' lacks appropriate licenses to assign a '{kind}' number."
NOT_ONLINE = "The user {upn} is not homed online."  # (inf)
NO_PLACE = "The usage location of the user {upn} is not set."  # (inf)
NOT_THERE = "Telephone number '{number}' of type {kind} was not found in the tenant."  # (inf)
NOT_HERS = "Telephone number '{number}' of type {kind} is not assigned to the user {upn}."  # (inf)


@cmdlet("Get-CsPhoneNumberAssignment", TEAMS)
def get_cs_phone_number_assignment(call: Call) -> Iterator[ParsedCommand]:
    number, target = call.bound.get("TelephoneNumber"), call.bound.get("AssignedPstnTargetId")
    for one in call.world.numbers.values():
        if number in (None, one.number, one.number.removeprefix("+")) and target in (None, one.person):
            yield _number(one)


def _number(one: NumberAssignment) -> Thing:
    return custom(
        "Microsoft.Teams.ConfigAPI.Cmdlets.PhoneNumber",
        TelephoneNumber=one.number,
        NumberType=one.kind,
        ActivationState="Activated",
        AssignedPstnTargetId=one.person or None,
        AssignmentCategory="Primary" if one.person else None,
        Capability=["UserAssignment"],
        City=None,
        IsoCountryCode="DE",
        LocationId=one.location or None,
        NumberSource="OnPremises" if one.kind == "DirectRouting" else "Online",
        PstnAssignmentStatus="UserAssigned" if one.person else "Unassigned",
    )


def _changing(call: Call, change: Callable[[Person, Online], str | None]) -> Iterator[ParsedCommand]:
    """One person by -Identity; a reason instead of a change is told."""
    person = call.estate.find.online(str(call.identity))
    if person is None or person.online is None:
        yield call.missing(str(call.identity))
    elif reason := change(person, person.online):
        as_object = call.name.endswith("-CsPhoneNumberAssignment") and call.world.uncertain.numbers_refused_by == "object"
        yield custom(NO, Code="BadRequest", Message=reason) if as_object else call.refused(reason, "BadRequest", str(call.identity))
    else:
        call.estate.keep("people", person.number)
        call.log(person.sip or person.upn)


@cmdlet("Set-CsPhoneNumberAssignment", TEAMS)
def set_cs_phone_number_assignment(call: Call) -> Iterator[ParsedCommand]:
    """Only after the move, and only when AD does not own a number of this person."""

    def assign(person: Person, online: Online) -> str | None:
        if reason := _refusal(call, person, online):
            return reason
        if "TelephoneNumber" in call.bound.values:
            _assign(call, person, online)
        online.enterprise_voice = call.bound.get("EnterpriseVoiceEnabled", True)
        return None

    yield from _changing(call, assign)


def _refusal(call: Call, person: Person, online: Online) -> str | None:
    number, kind = call.bound.get("TelephoneNumber"), str(call.bound.get("NumberType"))
    known = call.world.numbers.get(_plain(number))
    if known and known.person not in ("", person.id):
        return TAKEN.format(number=known.number)
    if number and kind != (known.kind if known else "DirectRouting"):
        return NOT_THERE.format(number=number, kind=kind)
    if online.hosting_provider(call.now) != CLOUD:
        return NOT_ONLINE.format(upn=person.upn)
    if online.synced and online.synced.line_uri:
        return IN_AD.format(id=person.id)
    if not online.usage_location:
        return NO_PLACE.format(upn=person.upn)
    return None if holds(call.world, person, PHONE_SYSTEM, call.now) else NO_PHONE_SYSTEM.format(id=person.id, kind=kind)


def _assign(call: Call, person: Person, online: Online) -> None:
    number = _plain(call.bound["TelephoneNumber"])
    _free(call, person)
    location = str(call.bound.get("LocationId", ""))
    call.world.numbers[number] = NumberAssignment(number, str(call.bound["NumberType"]), person.id, location)
    call.estate.keep("numbers", number)
    online.line_uri = f"tel:{number}"


def _plain(number: object) -> str:
    digits = str(number or "").removeprefix("tel:").removeprefix("+")
    return f"+{digits}"


@cmdlet("Remove-CsPhoneNumberAssignment", TEAMS)
def remove_cs_phone_number_assignment(call: Call) -> Iterator[ParsedCommand]:
    def take(person: Person, online: Online) -> str | None:
        if "TelephoneNumber" in call.bound.values and not _holds(call, person):
            return NOT_HERS.format(number=call.bound["TelephoneNumber"], kind=call.bound["NumberType"], upn=person.upn)
        _free(call, person)
        online.line_uri, online.enterprise_voice = "", False
        return None

    yield from _changing(call, take)


def _holds(call: Call, person: Person) -> bool:
    known = call.world.numbers.get(_plain(call.bound["TelephoneNumber"]))
    return known is not None and (known.person, known.kind) == (person.id, call.bound["NumberType"])


def _free(call: Call, person: Person) -> None:
    for one in call.world.numbers.values():
        if one.person == person.id:
            one.person = ""
            call.estate.keep("numbers", one.number)


@cmdlet("Set-CsUser", TEAMS)
def set_cs_user(call: Call) -> Iterator[ParsedCommand]:
    def switch(person: Person, online: Online) -> None:
        online.enterprise_voice = call.bound.get("EnterpriseVoiceEnabled", online.enterprise_voice)

    yield from _changing(call, switch)


def _listing(policy: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    def get(call: Call) -> Iterator[ParsedCommand]:
        for identity in ("Global", "Tag:Germany"):
            if call.identity is None or call.identity.lower().removeprefix("tag:") == identity.lower().removeprefix("tag:"):
                yield thing(f"Microsoft.Rtc.Management.Hosted.{policy}", identity, Identity=identity, Description=None)

    return get


def _granting(policy: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    def grant(call: Call) -> Iterator[ParsedCommand]:
        def change(person: Person, online: Online) -> None:
            others = {name: value for name, value in (online.policies or {}).items() if name != policy}
            name = call.bound.get("PolicyName")
            online.policies = {**others, **({policy: str(name).removeprefix("Tag:")} if name else {})} or None

        yield from _changing(call, change)

    return grant


for _policy in ("OnlineVoiceRoutingPolicy", "TenantDialPlan"):
    cmdlet(f"Get-Cs{_policy}", TEAMS)(_listing(_policy))
    cmdlet(f"Grant-Cs{_policy}", TEAMS)(_granting(_policy))
