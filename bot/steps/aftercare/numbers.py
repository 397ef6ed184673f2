"""The telephone number of a person in Teams: told as it is, or brought to the one that was asked for.

A number that AD owns is released there first, and Teams takes a new one only when it has heard of that:
https://learn.microsoft.com/powershell/module/microsoftteams/set-csphonenumberassignment (notes)
"""

from collections.abc import Iterator

from bot.facts import ReadFailure
from bot.i18n import LocalizedText, label, say
from bot.step import Finding, Fine
from bot.steps.aftercare.commands import LOSES_IT, assign_number, number_calls
from bot.steps.aftercare.number_checks import check_number
from bot.steps.aftercare.snapshots import NumberSnapshot
from bot.steps.shared.decide import decide, find_hindrance

NUMBER = label("{sip} number")


def find_number(known: NumberSnapshot) -> Finding:
    """The one finding about the number of this person."""
    subject = NUMBER.format(sip=known.person.sip)
    if not known.wanted:
        return find_hindrance(subject, known.remarks) or Fine(subject, _describe_number(known), tuple(_describe_calls(known)))
    calls = number_calls(known)
    if not calls and known.kind and not known.online.on_prem_line_uri and not isinstance(known.entry, ReadFailure):
        return Fine(subject, say("{number} in Teams", number=known.now), tuple(_describe_calls(known)))
    return decide(subject, (*known.remarks, *check_number(known)), lambda notes: assign_number(subject, known, calls, notes))


def _describe_number(known: NumberSnapshot) -> LocalizedText:
    if known.now:
        return say("{number} in Teams", number=known.now)
    if known.managed_in_ad:
        return say("{number}, managed in AD", number=known.managed_in_ad)
    return say("none in Teams; none is known from before") if known.own_wanted else say("none in Teams; none was asked for")


def _describe_calls(known: NumberSnapshot) -> Iterator[LocalizedText]:
    """Whether there are calls, as Teams tells it, and both ways that a number can be managed.

    https://learn.microsoft.com/skypeforbusiness/hybrid/cloud-consolidation-managing-attributes (methods 1 and 2)
    """
    if known.managed_in_ad:
        yield from _describe_choice(known)
    elif known.is_without_calls and known.person.enterprise_voice_enabled:
        yield say("had Enterprise Voice on premises, and is without calls to and from the phone network: Teams shows no number")
    elif known.is_without_calls and known.online.line_uri:
        yield say("without calls to and from the phone network: voice is off in Teams")
    policies = ", ".join(f"{kind} {name}" for kind, name in known.online.policies().items())
    yield say("policies: {policies}", policies=policies) if policies else say("policies: those of everybody (Global)")


def _describe_choice(known: NumberSnapshot) -> Iterator[LocalizedText]:
    number = known.managed_in_ad
    if known.is_without_calls:
        yield say("without calls to and from the phone network: voice is off in Teams, although AD has {number}", number=number)
    elif known.online.enterprise_voice_enabled:
        yield say("voice is on in Teams: calls go on with {number} as long as AD manages it (msRTCSIP-Line)", number=number)
    else:
        yield say("not checked: whether calls come and go with {number}, which AD manages: Teams does not tell of voice", number=number)
    yield say(
        "it can stay managed in AD (Phone System is needed), or Teams takes it over where it is asked for: “Aftercare” lets AD release it, "
        "which ends all calls until it is assigned"
    )
    yield LOSES_IT
