"""Makes the summary of a step, for the status board, of what was found without answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.i18n import LocalizedText
from bot.step import Change, Finding, Fine, Obstacle, StepSummary, SummaryState, Unclear


@dataclass(frozen=True)
class ToDo:
    """There is something to do about the subject, and only answers tell which calls it takes."""

    subject: str
    text: LocalizedText
    kind: Literal["change"] = "change"


EXAMPLES = 3  # subjects of a step that the board names
#: The first kind that is there decides.
_STATES: tuple[tuple[tuple[type, ...], SummaryState], ...] = (
    ((Change, ToDo), "to do"),
    ((Obstacle,), "blocked"),
    ((Unclear,), "unclear"),
)


def summarise(found: Sequence[Finding | ToDo]) -> StepSummary:
    """How a step stands by these findings.

    It is done only when every subject is fine; no finding at all is no answer.
    """
    by_kind = {kinds: [one for one in found if isinstance(one, kinds)] for kinds, _ in _STATES}
    state = next((state for kinds, state in _STATES if by_kind[kinds]), "done" if found else "unclear")
    decisive = next((some for some in by_kind.values() if some), list(found))
    counts: dict[str, int] = {kind: sum(one.kind == kind for one in found) for kind in sorted({one.kind for one in found})}
    examples = tuple((one.subject, _first_sentence(one)) for one in decisive[:EXAMPLES])
    return StepSummary(state, examples, counts, tuple(dict.fromkeys(_curing_steps(found))))


def _first_sentence(finding: Finding | ToDo) -> LocalizedText:
    match finding:
        case Change():
            return finding.effect
        case ToDo():
            return finding.text
        case Obstacle():
            return finding.reasons[0].why
        case Fine() | Unclear():
            return finding.why


def _curing_steps(found: Sequence[Finding | ToDo]) -> Iterator[str]:
    for finding in found:
        for reason in finding.reasons if isinstance(finding, Obstacle) else ():
            if reason.cured_by:
                yield reason.cured_by
