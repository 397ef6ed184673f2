"""What the checks say about one subject, and the one finding that follows from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.i18n import LocalizedText, say
from bot.step import Change, Finding, Obstacle, Reason, Unclear

AGAIN = 60.0  # seconds after which an unread answer is asked for again


@dataclass(frozen=True)
class Doubt:
    """Something that decides and could not be known; `again` as in `Unclear`."""

    why: LocalizedText
    recheck_after: float | None = AGAIN


@dataclass(frozen=True)
class PlanOnlyNote:
    """Worth a note that is over once the change is done."""

    text: LocalizedText


Remark = Reason | Doubt | LocalizedText | PlanOnlyNote  # stops it, leaves it open, or is only worth a note


def as_notes(remarks: Iterable[Remark]) -> tuple[LocalizedText, ...]:
    """What is worth knowing although nothing is to be changed."""
    return tuple(_note(remark) for remark in remarks)


def harmless_notes(remarks: Iterable[Remark]) -> tuple[LocalizedText, ...]:
    """Of these remarks those that stop nothing and leave nothing open."""
    return tuple(_note(remark) for remark in remarks if isinstance(remark, LocalizedText | PlanOnlyNote))


def _note(remark: Remark) -> LocalizedText:
    match remark:
        case Reason(why=why, remedy=remedy):
            return say("{why} → {remedy}", why=why, remedy=remedy)
        case Doubt(why=why):
            return why
        case PlanOnlyNote(text=words):
            return words
    return remark


def decide(subject: str, remarks: Iterable[Remark], change: Callable[[tuple[LocalizedText, ...]], Change]) -> Finding:
    """What stands in the way, else the change: the other remarks become its notes."""
    remarks = list(remarks)
    if hindrance := find_hindrance(subject, remarks):
        return hindrance
    made = change(tuple(one for one in remarks if isinstance(one, LocalizedText)))
    return replace(made, plan_only_notes=(*(one.text for one in remarks if isinstance(one, PlanOnlyNote)), *made.plan_only_notes))


def find_hindrance(subject: str, remarks: Iterable[Remark]) -> Obstacle | Unclear | None:
    """All reasons at once, else the first doubt; None when nothing stands in the way."""
    remarks = list(remarks)
    reasons = tuple(one for one in remarks if isinstance(one, Reason))
    doubts = [one for one in remarks if isinstance(one, Doubt)]
    if reasons:
        return Obstacle(subject, reasons, (*(doubt.why for doubt in doubts), *harmless_notes(remarks)))
    if not doubts:
        return None
    waits = [doubt.recheck_after for doubt in doubts if doubt.recheck_after is not None]
    recheck_after = min(waits) if len(waits) == len(doubts) else None  # one doubt that only a person can clear is enough
    return Unclear(subject, doubts[0].why, recheck_after, (*(doubt.why for doubt in doubts[1:]), *harmless_notes(remarks)))


def stop(subject: str, why: Reason | Doubt, remarks: Iterable[Remark] = ()) -> Obstacle | Unclear:
    """The finding that this reason or doubt makes, together with what else there is to say."""
    hindrance = find_hindrance(subject, (*remarks, why))
    assert hindrance is not None
    return hindrance
