"""The telephone number of a person in Teams: told as it is, or brought to the one that was asked for.

A number that AD owns is released there first, and Teams takes a new one only when it has heard of that:
https://learn.microsoft.com/powershell/module/microsoftteams/set-csphonenumberassignment (notes)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.calls import Cmdlet, Value
from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.licences import Licences
from bot.facts.numbers import PhoneNumberAssignment
from bot.facts.policies import VoiceRoutingPolicy
from bot.facts.teams_users import MovedUser, NumberOwner
from bot.facts.telephone import normalize_number, number_problem
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, label, say
from bot.step import Change, Finding, Fine, Reason
from bot.step_names import LICENCES
from bot.steps.shared.decide import Doubt, Remark, decide, find_hindrance
from bot.steps.shared.licence_checks import LICENCE_AGAIN, check_phone_system

NUMBER = label("{sip} number")
SYNC_AGAIN = 120.0  # seconds: a cycle comes every half hour and lasts some minutes
GLOBAL = "global"
KINDS = {"directrouting": "DirectRouting", "callingplan": "CallingPlan", "operatorconnect": "OperatorConnect"}
SILENT = say(
    "no calls to and from the phone network until the number is assigned: up to half an hour; “Directory synchronisation” makes it shorter"
)
BACK_IN_AD = say("taken back, the number is managed in AD again, and Teams hears of it with the next synchronisation")
LOSES_IT = say("whatever reads msRTCSIP-Line in AD, such as an SBC or a directory, loses the number when AD lets it go")


@dataclass(frozen=True)
class NumberSnapshot:
    """What is known about the number of one person in Teams. `wanted` empty = nobody has asked for one. None = surely none."""

    person: OnPremUser
    online: MovedUser
    wanted: str = ""
    own_wanted: bool = False  # whatever number there was on premises was to be assigned
    routing: str = ""  # the voice routing policy that was named for Direct Routing
    entry: PhoneNumberAssignment | ReadFailure | None = None  # the wanted number, as the tenant has it
    other: PhoneNumberAssignment | ReadFailure | None = None  # another number that the person has now
    owner: NumberOwner | ReadFailure | None = None  # of the wanted number, where it is somebody else
    policies: Sequence[VoiceRoutingPolicy] | ReadFailure = ()
    directory: DirectoryUser | ReadFailure | None = None
    licences: Licences | ReadFailure | None = None
    remarks: tuple[Remark, ...] = ()
    cloud: Cloud = field(default_factory=Cloud)

    @property
    def now(self) -> str:
        """The number that is assigned in Teams; empty = none."""
        return self.online.number_in_teams

    @property
    def is_assigned(self) -> bool:
        return self.now == self.wanted and bool(self.online.enterprise_voice_enabled)

    @property
    def managed_in_ad(self) -> str:
        """The number that AD is the master of, as Teams or the servers tell it; empty = none."""
        return normalize_number(self.online.on_prem_line_uri or self.person.line_uri)

    @property
    def is_without_calls(self) -> bool:
        """Whether Teams says so: voice is off there, or there is no number at all. One that AD manages may work without being shown."""
        return self.online.enterprise_voice_enabled is False or not (self.online.line_uri or self.managed_in_ad)

    @property
    def kind(self) -> str:
        """How calls come to the wanted number. One that the tenant does not have can only come by Direct Routing."""
        known = self.entry.number_type if isinstance(self.entry, PhoneNumberAssignment) else "DirectRouting"
        return KINDS.get(known.lower(), "")


class ReversibleCall(NamedTuple):
    """One call and what takes it back."""

    do: Cmdlet
    undo: Cmdlet


def find_number(voice: NumberSnapshot) -> Finding:
    """The one finding about the number of this person."""
    subject = NUMBER.format(sip=voice.person.sip)
    if not voice.wanted:
        return find_hindrance(subject, voice.remarks) or Fine(subject, _describe_number(voice), tuple(_describe_calls(voice)))
    legs = list(_calls(voice))
    if not legs and voice.kind and not voice.online.on_prem_line_uri and not isinstance(voice.entry, ReadFailure):
        return Fine(subject, say("{number} in Teams", number=voice.now), tuple(_describe_calls(voice)))

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        """The way back is the same way in the other direction, call by call."""
        do, undo = tuple(leg.do for leg in legs), tuple(leg.undo for leg in reversed(legs))
        licensed_at = voice.directory.licence_changed_at if isinstance(voice.directory, DirectoryUser) else None
        plain = Change(
            subject, _effect(voice), do, undo, notes=notes, locks=voice.person.sip, verify_each_call=True, licensed_at=licensed_at
        )
        return replace(plain, notes=(BACK_IN_AD, LOSES_IT, *notes), plan_only_notes=(SILENT,)) if voice.person.line_uri else plain

    return decide(subject, (*voice.remarks, *_check(voice)), change)


def _calls(voice: NumberSnapshot) -> Iterator[ReversibleCall]:
    """What is left to do, in its order: AD lets go, the other number goes, the wanted one comes, calls out get their way."""
    if voice.person.line_uri:
        yield _release(voice.person)
    if isinstance(voice.other, PhoneNumberAssignment):
        yield ReversibleCall(
            _remove(voice, voice.other.number_type, voice.now), _assign(voice, voice.other.number_type, voice.now, voice.other.location_id)
        )
    if not voice.is_assigned:
        yield ReversibleCall(_assign(voice, voice.kind, voice.wanted), _remove(voice, voice.kind, voice.wanted))
    if voice.kind == "DirectRouting" and voice.routing.lower() not in ("", GLOBAL, voice.online.online_voice_routing_policy.lower()):
        yield ReversibleCall(_grant(voice, voice.routing), _grant(voice, voice.online.online_voice_routing_policy or None))


def _effect(voice: NumberSnapshot) -> LocalizedText:
    if voice.is_assigned:
        return say("{number} → calls out as {policy} says", number=voice.wanted, policy=voice.routing)
    none = say("{number} of AD", number=voice.managed_in_ad) if voice.managed_in_ad else say("no number in Teams")
    return say("{old} → {number} ({kind})", old=voice.now or none, number=voice.wanted, kind=voice.kind)


def _release(person: OnPremUser) -> ReversibleCall:
    """Number and voice go together: one without the other is refused."""
    who: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Confirm": False}
    return ReversibleCall(
        Cmdlet("sfb", "Set-CsUser", {**who, "EnterpriseVoiceEnabled": False, "LineURI": None}),
        Cmdlet("sfb", "Set-CsUser", {**who, "EnterpriseVoiceEnabled": person.enterprise_voice_enabled, "LineURI": person.line_uri}),
    )


def _assign(voice: NumberSnapshot, kind: str, number: str, location: str = "") -> Cmdlet:
    where: dict[str, Value] = {"LocationId": location} if location else {}
    return Cmdlet("teams", "Set-CsPhoneNumberAssignment", {**_assignment(voice, kind, number), **where})


def _remove(voice: NumberSnapshot, kind: str, number: str) -> Cmdlet:
    return Cmdlet("teams", "Remove-CsPhoneNumberAssignment", _assignment(voice, kind, number))


def _assignment(voice: NumberSnapshot, kind: str, number: str) -> dict[str, Value]:
    return {"Identity": voice.online.user_principal_name, "TelephoneNumber": number, "NumberType": kind}


def _grant(voice: NumberSnapshot, policy: str | None) -> Cmdlet:
    return Cmdlet("teams", "Grant-CsOnlineVoiceRoutingPolicy", {"Identity": voice.online.user_principal_name, "PolicyName": policy})


def _check(voice: NumberSnapshot) -> Iterator[Remark]:
    if wrong := number_problem(voice.wanted):
        why = say("{number} in AD cannot be assigned: {wrong}", number=voice.wanted, wrong=wrong)
        yield Reason(why, say("name the number with its country, such as +4930123456"))
        return
    yield from _check_number(voice)
    yield from _check_routing(voice)
    yield from _check_feature(voice)
    yield from check_phone_system(voice.licences, voice.cloud, LICENCES if voice.person.enterprise_voice_enabled else None)
    yield from _check_usage_location(voice)
    if voice.online.on_prem_line_uri and not voice.person.line_uri:
        words = say(
            "AD has let {number} go, and Teams shows it until the next synchronisation",
            number=normalize_number(voice.online.on_prem_line_uri),
        )
        yield Doubt(words, SYNC_AGAIN)


def _check_number(voice: NumberSnapshot) -> Iterator[Remark]:
    if isinstance(voice.other, ReadFailure):
        yield Doubt(say("the number that the person has now could not be read: {why}", why=voice.other.why))
    if voice.other is None and voice.now not in ("", voice.wanted):
        why = say("has {number}, of which the tenant tells nothing", number=voice.now)
        yield Reason(why, say("take it away first (Remove-CsPhoneNumberAssignment)"))
    match voice.entry:
        case ReadFailure() as unread:
            yield Doubt(say("whether the tenant has {number} could not be read: {why}", number=voice.wanted, why=unread.why))
        case None if not voice.routing:
            why = say("the tenant does not have {number}", number=voice.wanted)
            yield Reason(why, say("order or port it; where it comes by Direct Routing, name the voice routing policy"))
        case None:
            yield say("the tenant does not have this number: it comes by Direct Routing")
        case PhoneNumberAssignment() as entry if entry.assigned_pstn_target_id.lower() not in ("", voice.online.identity.lower()):
            owner = voice.owner.user_principal_name if isinstance(voice.owner, NumberOwner) else entry.assigned_pstn_target_id
            why = say("{number} belongs to {owner}", number=voice.wanted, owner=owner)
            yield Reason(why, say("take it away there (Remove-CsPhoneNumberAssignment), or name another number"))
        case PhoneNumberAssignment() as entry if not voice.kind:
            why = say("{number} is of a kind that is not assigned to people here: {kind}", number=voice.wanted, kind=entry.number_type)
            yield Reason(why, say("assign it in the Teams admin center, or name another number"))


def _check_routing(voice: NumberSnapshot) -> Iterator[Remark]:
    """Direct Routing needs a policy that says where calls out may go; everybody's may be enough."""
    surely = isinstance(voice.entry, PhoneNumberAssignment) or (voice.entry is None and voice.routing)
    if voice.kind != "DirectRouting" or not surely:
        return
    if not voice.routing or voice.routing.lower() == GLOBAL:
        if not voice.online.online_voice_routing_policy:
            yield say("calls out go as everybody's voice routing policy says (Global)")
    elif isinstance(voice.policies, ReadFailure):
        yield Doubt(say("the voice routing policies could not be read: {why}", why=voice.policies.why))
    elif voice.routing.lower() not in {policy.name.lower() for policy in voice.policies}:
        names = ", ".join(policy.name for policy in voice.policies) or "-"
        yield Reason(say("there is no voice routing policy {name}", name=voice.routing), say("name one of these: {names}", names=names))


def _check_feature(voice: NumberSnapshot) -> Iterator[Remark]:
    """Entra gives the plan, and Teams hears of it later."""
    if "PhoneSystem" not in voice.online.feature_types:
        yield Doubt(say("Teams does not show Phone System yet"), LICENCE_AGAIN)


def _check_usage_location(voice: NumberSnapshot) -> Iterator[Remark]:
    match voice.directory:
        case ReadFailure() as unread:
            yield Doubt(say("the account in Entra could not be read: {why}", why=unread.why))
        case None:
            yield Doubt(say("Teams knows the account and Entra does not"))
        case DirectoryUser(usage_location=""):
            yield Reason(say("has no usage location, so that licences do not work"), say("set the usage location"), LICENCES)


def _describe_number(voice: NumberSnapshot) -> LocalizedText:
    if voice.now:
        return say("{number} in Teams", number=voice.now)
    if voice.managed_in_ad:
        return say("{number}, managed in AD", number=voice.managed_in_ad)
    return say("none in Teams; none is known from before") if voice.own_wanted else say("none in Teams; none was asked for")


def _describe_calls(voice: NumberSnapshot) -> Iterator[LocalizedText]:
    """Whether there are calls, as Teams tells it, and both ways that a number can be managed.

    https://learn.microsoft.com/skypeforbusiness/hybrid/cloud-consolidation-managing-attributes (methods 1 and 2)
    """
    if voice.managed_in_ad:
        yield from _describe_choice(voice)
    elif voice.is_without_calls and voice.person.enterprise_voice_enabled:
        yield say("had Enterprise Voice on premises, and is without calls to and from the phone network: Teams shows no number")
    elif voice.is_without_calls and voice.online.line_uri:
        yield say("without calls to and from the phone network: voice is off in Teams")
    policies = ", ".join(f"{kind} {name}" for kind, name in voice.online.policies().items())
    yield say("policies: {policies}", policies=policies) if policies else say("policies: those of everybody (Global)")


def _describe_choice(voice: NumberSnapshot) -> Iterator[LocalizedText]:
    number = voice.managed_in_ad
    if voice.is_without_calls:
        yield say("without calls to and from the phone network: voice is off in Teams, although AD has {number}", number=number)
    elif voice.online.enterprise_voice_enabled:
        yield say("voice is on in Teams: calls go on with {number} as long as AD manages it (msRTCSIP-Line)", number=number)
    else:
        yield say("not checked: whether calls come and go with {number}, which AD manages: Teams does not tell of voice", number=number)
    yield say(
        "it can stay managed in AD (Phone System is needed), or Teams takes it over where it is asked for: “Aftercare” lets AD release it, "
        "which ends all calls until it is assigned"
    )
    yield LOSES_IT
