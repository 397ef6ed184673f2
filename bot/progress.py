"""Which steps the status board lists, and which of them is the next."""

from collections.abc import Mapping, Sequence

from bot.facts.journey import Phase
from bot.step import Step
from bot.views import BoardEntry


def steps_on_board(steps: Mapping[str, Step]) -> list[Step]:
    """The steps that the board lists: what takes several together is told by its parts."""
    return [step for step in steps.values() if step.user_startable and not step.members]


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
