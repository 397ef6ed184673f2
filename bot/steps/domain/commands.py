"""Adding, proving, verifying and enabling a domain."""

from collections.abc import Iterator

from bot.calls import Cmdlet, GraphCall, WriteCall
from bot.facts import ReadFailure
from bot.i18n import LocalizedText, say
from bot.step import Change, Reason
from bot.steps.domain.snapshots import DomainSnapshot
from bot.steps.shared.person_checks import not_checked


def verify(seen: DomainSnapshot, elsewhere: Reason | ReadFailure | None) -> Change:
    """Not in the tenant, or unproved there → verified."""
    path = f"/domains/{seen.name}"
    add = () if seen.tenant else (GraphCall("POST", "/domains", body={"id": seen.name}),)
    verify = GraphCall("POST", f"{path}/verify")
    undo = (GraphCall("DELETE", path),) if add else ()
    if seen.proof is None:
        return _verify(seen, say("added; {root} above it proves it", root=seen.root), add or (verify,), undo, elsewhere)
    publish = () if seen.proof.is_published else (seen.proof.publish(seen.name),)
    effect = say("not in the tenant → verified") if add else say("in the tenant, unproved → verified")
    return _verify(seen, effect, (*add, *publish, verify), undo, elsewhere)


def _verify(
    seen: DomainSnapshot,
    effect: LocalizedText,
    do: tuple[WriteCall, ...],
    undo: tuple[WriteCall, ...],
    elsewhere: Reason | ReadFailure | None,
) -> Change:
    no_undo = None if undo else say("it was in the tenant before; a domain that is verified stays so")
    lane = seen.root or seen.name  # nothing is waited for but the domain above it
    notes = tuple(one for one in seen.told.before if one in seen.told.afterwards)
    over = tuple(one for one in seen.told.before if one not in notes)
    notes = (*_note_another_forest(elsewhere), *notes)
    return Change(seen.name, effect, do, undo, no_undo=no_undo, notes=notes, plan_only_notes=over, order_key=lane)


def _note_another_forest(elsewhere: Reason | ReadFailure | None) -> Iterator[LocalizedText]:
    """What is to be known before a domain is verified: Teams serves it from then on."""
    if isinstance(elsewhere, Reason):
        yield elsewhere.why
        yield say(
            "Teams serves a domain as soon as it is verified: disable it there at once (Disable-CsOnlineSipDomain), before anybody has it"
        )
    elif isinstance(elsewhere, ReadFailure):
        yield not_checked(say("whether another forest is in hybrid with this tenant"), elsewhere)


def enable(seen: DomainSnapshot) -> Change:
    """Disabled in Teams → enabled."""
    call = Cmdlet("teams", "Enable-CsOnlineSipDomain", {"Domain": seen.name, "Confirm": False})
    keeps = say("disabling a domain takes addresses, contacts and meetings from everybody in it: this is left to you")
    effect = say("disabled in Teams → enabled")
    return Change(seen.name, effect, (call,), no_undo=keeps, notes=seen.told.afterwards, order_key=seen.name)
