"""Where we are: what a look at a step comes to in one word, and which step is the next."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.facts.journey import Phase
from bot.i18n import LocalizedText
from bot.step import Change, Finding, Fine, Obstacle, Step, Unclear
from bot.views import BoardEntry, Stand, StepStatus

EXAMPLES = 3  # subjects of a step that the board names
_KINDS: tuple[tuple[type[Finding], Stand], ...] = (
    (Change, "to do"),
    (Obstacle, "blocked"),
    (Unclear, "unclear"),
)  # the first that is there


def steps_on_board(steps: Mapping[str, Step]) -> list[Step]:
    """The steps that the board lists: what takes several together is told by its parts."""
    return [step for step in steps.values() if step.user_startable and not step.members]


def summarise(found: Sequence[Finding], at: datetime) -> StepStatus:
    """How a step stands by these findings. It is done only when everything is Fine; nothing said is no answer."""
    kinds = {kind: [one for one in found if isinstance(one, kind)] for kind, _ in _KINDS}
    state = next((word for kind, word in _KINDS if kinds[kind]), "done" if found else "unclear")
    told = next((some for some in kinds.values() if some), list(found))
    counts: dict[str, int] = {each: sum(one.kind == each for one in found) for each in sorted({one.kind for one in found})}
    return StepStatus(
        state, at, tuple((one.subject, _first_sentence(one)) for one in told[:EXAMPLES]), counts, tuple(dict.fromkeys(_curing_steps(found)))
    )


def next_step(lines: Sequence[BoardEntry], besides_step: str = "", phase: Phase | None = None) -> str | None:
    """The first step with something to do, or of which nobody knows yet; what only people can cure is told once, and again at the end.

    `besides` is the step just taken: it is the next one only where it is taken for some people at a time.
    A step that does not belong in this phase of the journey is none; after hybrid nothing is left to do.
    None = nothing, or only what something else must cure.
    """
    if phase == "after":
        return None
    here = [line for line in _in_order(lines) if phase is None or phase in line.phases]
    able = [line for line in here if (line.step != besides_step or line.is_for_some_people) and not line.optional and not line.open_runs]
    first = (line.step for line in able if _is_next(line))
    return next(first, None) or next((line.step for line in able if _is_for_people(line)), None)


def _in_order(lines: Sequence[BoardEntry]) -> Sequence[BoardEntry]:
    """What is taken for some people at a time comes after everything that all of them need, and whoever is further on the way first.

    So the first people arrive before all the others have what they will need some day.
    """
    some = [line for line in lines if line.is_for_some_people]
    if not some:
        return lines
    last = lines.index(some[-1])
    return [*(line for line in lines[:last] if not line.is_for_some_people), *reversed(some), *lines[last + 1 :]]


def _is_next(line: BoardEntry) -> bool:
    """What stays unclear or blocked after somebody has asked for it does not hold up the rest."""
    state = line.status.state if line.status else "unclear"
    return state == "to do" or (line.run is None and (state == "unclear" or _is_for_people(line)))


def _is_for_people(line: BoardEntry) -> bool:
    """Blocked by what no step can cure: asking for it tells what to do by hand."""
    return line.status is not None and line.status.state == "blocked" and not line.status.cures


def _first_sentence(finding: Finding) -> LocalizedText:
    match finding:
        case Change():
            return finding.effect
        case Obstacle():
            return finding.reasons[0].why
        case Fine() | Unclear():
            return finding.why


def _curing_steps(found: Iterable[Finding]) -> Iterable[str]:
    for finding in found:
        for reason in finding.reasons if isinstance(finding, Obstacle) else ():
            if reason.cured_by:
                yield reason.cured_by
