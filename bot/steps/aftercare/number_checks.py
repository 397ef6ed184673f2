"""What must hold before a number is assigned in Teams.

The number itself, the way of calls out, Phone System and the country.
"""

from collections.abc import Iterator

from bot.facts import ReadFailure
from bot.facts.directory import DirectoryUser
from bot.facts.numbers import PhoneNumberAssignment
from bot.facts.teams_users import NumberOwner
from bot.facts.telephone import normalize_number, number_problem
from bot.i18n import say
from bot.step import Reason
from bot.step_names import LICENCES
from bot.steps.aftercare.snapshots import NumberSnapshot
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.licence_checks import LICENCE_AGAIN, check_phone_system

SYNC_AGAIN = 120.0  # seconds: a cycle comes every half hour and lasts some minutes
GLOBAL = "global"


def check_number(known: NumberSnapshot) -> Iterator[Remark]:
    if wrong := number_problem(known.wanted):
        why = say("{number} in AD cannot be assigned: {wrong}", number=known.wanted, wrong=wrong)
        yield Reason(why, say("name the number with its country, such as +4930123456"))
        return
    yield from _check_entry(known)
    yield from _check_routing(known)
    yield from _check_feature(known)
    yield from check_phone_system(known.licences, known.cloud, LICENCES if known.person.enterprise_voice_enabled else None)
    yield from _check_usage_location(known)
    if known.online.on_prem_line_uri and not known.person.line_uri:
        words = say(
            "AD has let {number} go, and Teams shows it until the next synchronisation",
            number=normalize_number(known.online.on_prem_line_uri),
        )
        yield Doubt(words, SYNC_AGAIN)


def _check_entry(known: NumberSnapshot) -> Iterator[Remark]:
    if isinstance(known.other, ReadFailure):
        yield Doubt(say("the number that the person has now could not be read: {why}", why=known.other.why))
    if known.other is None and known.now not in ("", known.wanted):
        why = say("has {number}, of which the tenant tells nothing", number=known.now)
        yield Reason(why, say("take it away first (Remove-CsPhoneNumberAssignment)"))
    match known.entry:
        case ReadFailure() as unread:
            yield Doubt(say("whether the tenant has {number} could not be read: {why}", number=known.wanted, why=unread.why))
        case None if not known.routing:
            why = say("the tenant does not have {number}", number=known.wanted)
            yield Reason(why, say("order or port it; where it comes by Direct Routing, name the voice routing policy"))
        case None:
            yield say("the tenant does not have this number: it comes by Direct Routing")
        case PhoneNumberAssignment() as entry if entry.assigned_pstn_target_id.lower() not in ("", known.online.identity.lower()):
            owner = known.owner.user_principal_name if isinstance(known.owner, NumberOwner) else entry.assigned_pstn_target_id
            why = say("{number} belongs to {owner}", number=known.wanted, owner=owner)
            yield Reason(why, say("take it away there (Remove-CsPhoneNumberAssignment), or name another number"))
        case PhoneNumberAssignment() as entry if not known.kind:
            why = say("{number} is of a kind that is not assigned to people here: {kind}", number=known.wanted, kind=entry.number_type)
            yield Reason(why, say("assign it in the Teams admin center, or name another number"))


def _check_routing(known: NumberSnapshot) -> Iterator[Remark]:
    """Direct Routing needs a policy that says where calls out may go; everybody's may be enough."""
    surely = isinstance(known.entry, PhoneNumberAssignment) or (known.entry is None and known.routing)
    if known.kind != "DirectRouting" or not surely:
        return
    if not known.routing or known.routing.lower() == GLOBAL:
        if not known.online.online_voice_routing_policy:
            yield say("calls out go as everybody's voice routing policy says (Global)")
    elif isinstance(known.policies, ReadFailure):
        yield Doubt(say("the voice routing policies could not be read: {why}", why=known.policies.why))
    elif known.routing.lower() not in {policy.name.lower() for policy in known.policies}:
        names = ", ".join(policy.name for policy in known.policies) or "-"
        yield Reason(say("there is no voice routing policy {name}", name=known.routing), say("name one of these: {names}", names=names))


def _check_feature(known: NumberSnapshot) -> Iterator[Remark]:
    """Entra gives the plan, and Teams hears of it later."""
    if "PhoneSystem" not in known.online.feature_types:
        yield Doubt(say("Teams does not show Phone System yet"), LICENCE_AGAIN)


def _check_usage_location(known: NumberSnapshot) -> Iterator[Remark]:
    match known.directory:
        case ReadFailure() as unread:
            yield Doubt(say("the account in Entra could not be read: {why}", why=unread.why))
        case None:
            yield Doubt(say("Teams knows the account and Entra does not"))
        case DirectoryUser(usage_location=""):
            yield Reason(say("has no usage location, so that licences do not work"), say("set the usage location"), LICENCES)
