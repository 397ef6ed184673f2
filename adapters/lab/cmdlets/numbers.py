"""Telephone numbers and voice policies in the MicrosoftTeams module."""

from collections.abc import Callable, Iterator

from adapters.lab.cmdlets.registry import TEAMS, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.move_rules import has_plan
from adapters.lab.estate.person import CLOUD, CloudUser, EstatePerson
from adapters.lab.estate.state import PHONE_SYSTEM, NumberAssignment
from adapters.lab.powershell.common_objects import custom_object, ps_object
from adapters.lab.powershell.values import PSObject

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
def get_cs_phone_number_assignment(call: CmdletCall) -> Iterator[CmdletOutput]:
    number, target = call.bound.get("TelephoneNumber"), call.bound.get("AssignedPstnTargetId")
    for one in call.world.numbers.values():
        if number in (None, one.number, one.number.removeprefix("+")) and target in (None, one.person):
            yield _number(one)


def _number(one: NumberAssignment) -> PSObject:
    return custom_object(
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


def _change_person(call: CmdletCall, change: Callable[[EstatePerson, CloudUser], str | None]) -> Iterator[CmdletOutput]:
    """One person by -Identity; a reason instead of a change is told."""
    person = call.estate.directory.find_online(str(call.identity))
    if person is None or person.online is None:
        yield call.not_found_error(str(call.identity))
    elif reason := change(person, person.online):
        as_object = call.name.endswith("-CsPhoneNumberAssignment") and call.world.uncertain.numbers_refused_by == "object"
        yield custom_object(NO, Code="BadRequest", Message=reason) if as_object else call.error(reason, "BadRequest", str(call.identity))
    else:
        call.estate.mark_changed("people", person.number)
        call.log(person.sip or person.upn)


@cmdlet("Set-CsPhoneNumberAssignment", TEAMS)
def set_cs_phone_number_assignment(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Only after the move, and only when AD does not own a number of this person."""

    def assign(person: EstatePerson, online: CloudUser) -> str | None:
        if reason := _refusal(call, person, online):
            return reason
        if "TelephoneNumber" in call.bound.values:
            _assign(call, person, online)
        online.enterprise_voice = call.bound.get("EnterpriseVoiceEnabled", True)
        return None

    yield from _change_person(call, assign)


def _refusal(call: CmdletCall, person: EstatePerson, online: CloudUser) -> str | None:
    number, kind = call.bound.get("TelephoneNumber"), str(call.bound.get("NumberType"))
    known = call.world.numbers.get(_normalise(number))
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
    return None if has_plan(call.world, person, PHONE_SYSTEM, call.now) else NO_PHONE_SYSTEM.format(id=person.id, kind=kind)


def _assign(call: CmdletCall, person: EstatePerson, online: CloudUser) -> None:
    number = _normalise(call.bound["TelephoneNumber"])
    _unassign(call, person)
    location = str(call.bound.get("LocationId", ""))
    call.world.numbers[number] = NumberAssignment(number, str(call.bound["NumberType"]), person.id, location)
    call.estate.mark_changed("numbers", number)
    online.line_uri = f"tel:{number}"


def _normalise(number: object) -> str:
    digits = str(number or "").removeprefix("tel:").removeprefix("+")
    return f"+{digits}"


@cmdlet("Remove-CsPhoneNumberAssignment", TEAMS)
def remove_cs_phone_number_assignment(call: CmdletCall) -> Iterator[CmdletOutput]:
    def take(person: EstatePerson, online: CloudUser) -> str | None:
        if "TelephoneNumber" in call.bound.values and not _has_number(call, person):
            return NOT_HERS.format(number=call.bound["TelephoneNumber"], kind=call.bound["NumberType"], upn=person.upn)
        _unassign(call, person)
        online.line_uri, online.enterprise_voice = "", False
        return None

    yield from _change_person(call, take)


def _has_number(call: CmdletCall, person: EstatePerson) -> bool:
    known = call.world.numbers.get(_normalise(call.bound["TelephoneNumber"]))
    return known is not None and (known.person, known.kind) == (person.id, call.bound["NumberType"])


def _unassign(call: CmdletCall, person: EstatePerson) -> None:
    for one in call.world.numbers.values():
        if one.person == person.id:
            one.person = ""
            call.estate.mark_changed("numbers", one.number)


@cmdlet("Set-CsUser", TEAMS)
def set_cs_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    def switch(person: EstatePerson, online: CloudUser) -> None:
        online.enterprise_voice = call.bound.get("EnterpriseVoiceEnabled", online.enterprise_voice)

    yield from _change_person(call, switch)


def _make_get(policy: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def get(call: CmdletCall) -> Iterator[CmdletOutput]:
        for identity in ("Global", "Tag:Germany"):
            if call.identity is None or call.identity.lower().removeprefix("tag:") == identity.lower().removeprefix("tag:"):
                yield ps_object(f"Microsoft.Rtc.Management.Hosted.{policy}", identity, Identity=identity, Description=None)

    return get


def _make_grant(policy: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def grant(call: CmdletCall) -> Iterator[CmdletOutput]:
        def change(person: EstatePerson, online: CloudUser) -> None:
            others = {name: value for name, value in (online.policies or {}).items() if name != policy}
            name = call.bound.get("PolicyName")
            online.policies = {**others, **({policy: str(name).removeprefix("Tag:")} if name else {})} or None

        yield from _change_person(call, change)

    return grant


for _policy in ("OnlineVoiceRoutingPolicy", "TenantDialPlan"):
    cmdlet(f"Get-Cs{_policy}", TEAMS)(_make_get(_policy))
    cmdlet(f"Grant-Cs{_policy}", TEAMS)(_make_grant(_policy))
