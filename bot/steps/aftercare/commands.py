"""The changes of aftercare: a number is assigned in Teams, a conversion is started again."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.calls import Cmdlet, Value
from bot.facts.directory import DirectoryUser
from bot.facts.meetings import MeetingMigration
from bot.facts.numbers import PhoneNumberAssignment
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Change
from bot.steps.aftercare.number_checks import GLOBAL
from bot.steps.aftercare.snapshots import MeetingSnapshot, NumberSnapshot

SILENT = say(
    "no calls to and from the phone network until the number is assigned: up to half an hour; “Directory synchronisation” makes it shorter"
)
LOSES_IT = say("whatever reads msRTCSIP-Line in AD, such as an SBC or a directory, loses the number when AD lets it go")
BACK_IN_AD = say("taken back, the number is managed in AD again, and Teams hears of it with the next synchronisation")
ONCE_MORE = say("a conversion that has begun cannot be taken back")


class ReversibleCall(NamedTuple):
    """One call and what takes it back."""

    do: Cmdlet
    undo: Cmdlet


def number_calls(known: NumberSnapshot) -> list[ReversibleCall]:
    """What is left to do about the number; empty where it is assigned."""
    return list(_calls(known))


def assign_number(subject: str, known: NumberSnapshot, calls: Sequence[ReversibleCall], notes: tuple[LocalizedText, ...]) -> Change:
    """The way back is the same way in the other direction, call by call."""
    in_ad = bool(known.person.line_uri)
    return Change(
        subject,
        _effect(known),
        tuple(call.do for call in calls),
        tuple(call.undo for call in reversed(calls)),
        notes=(BACK_IN_AD, LOSES_IT, *notes) if in_ad else notes,
        plan_only_notes=(SILENT,) if in_ad else (),
        locks=known.person.sip,
        verify_each_call=True,
        licensed_at=known.directory.licence_changed_at if isinstance(known.directory, DirectoryUser) else None,
    )


def _calls(known: NumberSnapshot) -> Iterator[ReversibleCall]:
    """The calls that are left, in their order.

    AD lets go, the other number goes, the wanted one comes, calls out get their policy.
    """
    if known.person.line_uri:
        yield _release(known.person)
    if isinstance(known.other, PhoneNumberAssignment):
        yield ReversibleCall(
            _remove(known, known.other.number_type, known.now), _assign(known, known.other.number_type, known.now, known.other.location_id)
        )
    if not known.is_assigned:
        yield ReversibleCall(_assign(known, known.kind, known.wanted), _remove(known, known.kind, known.wanted))
    if known.kind == "DirectRouting" and known.routing.lower() not in ("", GLOBAL, known.online.online_voice_routing_policy.lower()):
        yield ReversibleCall(_grant(known, known.routing), _grant(known, known.online.online_voice_routing_policy or None))


def _effect(known: NumberSnapshot) -> LocalizedText:
    if known.is_assigned:
        return say("{number} → calls out as {policy} says", number=known.wanted, policy=known.routing)
    none = say("{number} of AD", number=known.managed_in_ad) if known.managed_in_ad else say("no number in Teams")
    return say("{old} → {number} ({kind})", old=known.now or none, number=known.wanted, kind=known.kind)


def _release(person: OnPremUser) -> ReversibleCall:
    """Number and voice go together: one without the other is refused."""
    who: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Confirm": False}
    return ReversibleCall(
        Cmdlet("sfb", "Set-CsUser", {**who, "EnterpriseVoiceEnabled": False, "LineURI": None}),
        Cmdlet("sfb", "Set-CsUser", {**who, "EnterpriseVoiceEnabled": person.enterprise_voice_enabled, "LineURI": person.line_uri}),
    )


def _assign(known: NumberSnapshot, kind: str, number: str, location: str = "") -> Cmdlet:
    where: dict[str, Value] = {"LocationId": location} if location else {}
    return Cmdlet("teams", "Set-CsPhoneNumberAssignment", {**_assignment(known, kind, number), **where})


def _remove(known: NumberSnapshot, kind: str, number: str) -> Cmdlet:
    return Cmdlet("teams", "Remove-CsPhoneNumberAssignment", _assignment(known, kind, number))


def _assignment(known: NumberSnapshot, kind: str, number: str) -> dict[str, Value]:
    return {"Identity": known.online.user_principal_name, "TelephoneNumber": number, "NumberType": kind}


def _grant(known: NumberSnapshot, policy: str | None) -> Cmdlet:
    return Cmdlet("teams", "Grant-CsOnlineVoiceRoutingPolicy", {"Identity": known.online.user_principal_name, "PolicyName": policy})


def convert_again(subject: str, meetings: MeetingSnapshot, attempt: MeetingMigration, notes: tuple[LocalizedText, ...]) -> Change:
    """A conversion that has failed is started once more."""
    effect = say("not converted ({why}) → converted once more", why=attempt.last_message or say("no reason told"))
    parameters = {"Identity": meetings.name, "SourceMeetingType": "SfB", "TargetMeetingType": "Teams"}
    closed = say("until they are converted, nobody can join these meetings")
    call = Cmdlet("teams", "Start-CsExMeetingMigration", parameters)
    return Change(subject, effect, (call,), no_undo=ONCE_MORE, notes=notes, plan_only_notes=(closed,))
