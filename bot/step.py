"""The one idea: a step is one function that looks at the estate and says what it would change."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from bot.calls import Act
from bot.facts import Read
from bot.say import Say


@dataclass(frozen=True)
class Change:
    """Would do this: `effect` for people (old → new), the calls, the way back, and what the way back loses."""

    subject: str
    effect: Say
    do: tuple[Act, ...]
    undo: tuple[Act, ...] = ()
    undo_loses: tuple[Say, ...] = ()
    no_undo: Say | None = None
    notes: tuple[Say, ...] = ()
    kind: Literal["change"] = "change"


@dataclass(frozen=True)
class Reason:
    """Why not, what would help, and the step that cures it where there is one."""

    why: Say
    remedy: Say
    cure: str | None = None


@dataclass(frozen=True)
class Obstacle:
    """Cannot, because: all reasons at once."""

    subject: str
    reasons: tuple[Reason, ...]
    notes: tuple[Say, ...] = ()
    unknown: bool = False  # nobody of this name was found: the form comes back with the word beside it
    kind: Literal["obstacle"] = "obstacle"


@dataclass(frozen=True)
class Fine:
    """Already as wanted; said aloud, never implied."""

    subject: str
    why: Say
    notes: tuple[Say, ...] = ()
    kind: Literal["fine"] = "fine"


@dataclass(frozen=True)
class Unclear:
    """Cannot say yet. `again` is when to look next in seconds; None means that a person must."""

    subject: str
    why: Say
    again: float | None = None
    notes: tuple[Say, ...] = ()
    kind: Literal["unclear"] = "unclear"


Finding = Change | Obstacle | Fine | Unclear
Plan = AsyncIterator[Finding]
Pace = Literal["in order", "independent"]


@dataclass(frozen=True)
class Step:
    """A step as the rest of the house sees it; everything else is derived from calling `look`."""

    name: str
    title: Say
    form: type[BaseModel]
    look: Callable[[Any, Read], Plan]
    guidance: str
    words: tuple[str, ...] = ()
    about: str | None = None
    pace: Pace = "in order"
    gives_up: timedelta = timedelta(hours=1)
    undone_by: str | None = None
    resolve: Callable[[Any, Read], Awaitable[BaseModel]] | None = None  # settles the answers once (a group to its members)
    after: tuple[Say, ...] = field(default=())


class NoQuestions(BaseModel):
    """The form of a step that asks nothing."""


def step(title: Say, **more: Any) -> Callable[[Callable[[Any, Read], Plan]], Step]:
    """Makes a step of a function `(answers, read) -> findings`: its name, docstring and form come from the function itself."""

    def made(look: Callable[[Any, Read], Plan]) -> Step:
        answers = next(iter(inspect.signature(look).parameters.values())).annotation
        return Step(name=look.__name__, title=title, form=answers, look=look, guidance=inspect.getdoc(look) or "", **more)

    return made


async def findings(which: Step, answers: BaseModel, read: Read, subjects: tuple[str, ...] = ()) -> list[Finding]:
    """All findings of one look. Exactly one per subject: a second one, or a named subject without one, is an error of the step."""
    found = {finding.subject: finding async for finding in _once(which, answers, read)}
    missing = [subject for subject in subjects if subject not in found]
    if missing:
        raise AssertionError(f"{which.name} says nothing about {', '.join(missing)}")
    return list(found.values())


async def _once(which: Step, answers: BaseModel, read: Read) -> Plan:
    seen: set[str] = set()
    async for finding in which.look(answers, read):
        if finding.subject in seen:
            raise AssertionError(f"{which.name} speaks twice about {finding.subject}")
        seen.add(finding.subject)
        yield finding
