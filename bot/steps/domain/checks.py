"""What is said of a domain that is verified, and of those that only the tenant has."""

from collections.abc import Sequence

from bot.facts import ReadFailure
from bot.facts.domains import DomainReference
from bot.i18n import label, say
from bot.step import Finding, Fine, Reason, Unclear
from bot.steps.domain.snapshots import DomainSnapshot
from bot.steps.shared.forests import LEAVE_ALL, UnknownDomain, describe_unknown_domains

TEAMS_AGAIN = 300.0  # seconds: Teams learns of a domain some minutes after it was verified
SHOWN = 5
OTHERS = label("domains that only the tenant has")


def find_verified(seen: DomainSnapshot, elsewhere: Reason | ReadFailure | None) -> Finding | None:
    """What is said of a domain that is verified; None where it is to be enabled in Teams."""
    notes, status = seen.told.afterwards, seen.status
    if isinstance(seen.online, ReadFailure):
        return Unclear(seen.name, say("the SIP domains of Teams could not be read: {why}", why=seen.online.why), TEAMS_AGAIN, notes)
    if not status:
        return Unclear(seen.name, say("is verified, and Teams does not know it yet"), TEAMS_AGAIN, notes)
    if status != "Enabled" and isinstance(elsewhere, Reason):
        return Fine(seen.name, say("is verified, and disabled in Teams as it has to be just now"), (elsewhere.why, elsewhere.remedy))
    if status != "Enabled" and isinstance(elsewhere, ReadFailure):
        why = say("disabled in Teams; whether another forest is in hybrid could not be read: {why}", why=elsewhere.why)
        return Unclear(seen.name, why, TEAMS_AGAIN, notes)
    if status != "Enabled":
        return None
    return Fine(seen.name, say("is verified, and Teams serves it"), notes, undo_blocked_by=_undo_blocked_by(seen.users))


def _undo_blocked_by(users: Sequence[DomainReference] | ReadFailure) -> tuple[Reason, ...]:
    """Never forceDelete: it renames people."""
    if isinstance(users, ReadFailure):
        return (Reason(say("who uses the domain could not be read: {why}", why=users.why), say("look again later")),)
    if not users:
        return ()
    first = ", ".join(str(one) for one in users[:SHOWN])  # how many there are in all is not read
    why = say("is in the addresses of: {names}", names=first + (" …" if len(users) > SHOWN else ""))
    return (Reason(why, say("change those addresses first, or leave the domain")),)


def find_unknown_domains(unknown: Sequence[UnknownDomain], elsewhere: Reason | ReadFailure | None) -> Fine:
    """The finding about verified domains that the servers do not know.

    Sharing the address space covers every verified domain, so that one of them cannot be routed (1017).
    """
    if not unknown:
        return Fine(OTHERS, say("none"))
    names = ", ".join(sorted(one.name for one in unknown))
    notes = (elsewhere.why, LEAVE_ALL) if isinstance(elsewhere, Reason) else tuple(describe_unknown_domains(unknown))
    return Fine(OTHERS, say("verified, and unknown to the servers: {names}", names=names), notes)
