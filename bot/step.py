"""The one idea: a step is one function that looks at the estate and says what it would change."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, create_model

from bot.calls import Json, WriteCall
from bot.facts import Reader
from bot.facts.journey import PHASES, Phase
from bot.i18n import LocalizedText, comma_list


@dataclass(frozen=True)
class Identity:
    """Whom a finding is about: what never changes of them, and what they were called when it was made."""

    id: str  # objectGUID of the account on premises
    asked_as: str = ""  # the name by which they were asked for
    address: str = ""  # SIP address
    sign_in: str = ""  # sign-in name in Teams


@dataclass(frozen=True)
class Change:
    """Would do this: `effect` for people (old → new), the calls, the way back, and what the way back loses."""

    subject: str
    effect: LocalizedText
    do: tuple[WriteCall, ...]
    undo: tuple[WriteCall, ...] = ()
    undo_loses: tuple[LocalizedText, ...] = ()
    no_undo: LocalizedText | None = None
    loses: tuple[
        LocalizedText, ...
    ] = ()  # what carrying it out ends: whoever starts it types `LOSE`, as where the whole step loses something
    notes: tuple[LocalizedText, ...] = ()
    plan_only_notes: tuple[LocalizedText, ...] = ()  # notes that are over once it is done
    locks: str = ""  # who is worked on, where the subject is only a part of somebody; a run holds them against all others
    verify_each_call: bool = False  # each call waits until the one before it is seen: an earlier one takes its time to be known everywhere
    order_key: str = ""  # in order, a call waits for those before it in its lane only; all changes that name none share one
    licensed_at: float | None = None  # when a licence was last given (seconds since 1970): some refusals mean "not yet" soon after
    snapshot: Mapping[str, Json] = field(default_factory=dict)  # how it was, for the way back: kept from the first Start on
    identity: Identity | None = None  # where it is about a person
    kind: Literal["change"] = "change"


@dataclass(frozen=True)
class Reason:
    """Why not, what would help, and the step that cures it where there is one."""

    why: LocalizedText
    remedy: LocalizedText
    cured_by: str | None = None


@dataclass(frozen=True)
class Obstacle:
    """Cannot, because: all reasons at once."""

    subject: str
    reasons: tuple[Reason, ...]
    notes: tuple[LocalizedText, ...] = ()
    unknown: bool = False  # nobody of this name was found: the form comes back with the word beside it
    listing: str = ""  # the full list of what this is about, where `Read.keep` has kept one
    identity: Identity | None = None
    kind: Literal["obstacle"] = "obstacle"


@dataclass(frozen=True)
class Fine:
    """Already as wanted; said aloud, never implied."""

    subject: str
    why: LocalizedText
    notes: tuple[LocalizedText, ...] = ()
    listing: str = ""
    undo_blocked_by: tuple[Reason, ...] = ()  # why it must not be taken back just now
    identity: Identity | None = None
    kind: Literal["fine"] = "fine"


@dataclass(frozen=True)
class Unclear:
    """Cannot say yet. `again` is when to look next in seconds; None means that a person must."""

    subject: str
    why: LocalizedText
    recheck_after: float | None = None
    notes: tuple[LocalizedText, ...] = ()
    listing: str = ""
    identity: Identity | None = None
    kind: Literal["unclear"] = "unclear"


LOSE = "LOSE"
Finding = Change | Obstacle | Fine | Unclear
Plan = AsyncIterator[Finding]
Ordering = Literal["in order", "independent"]


@dataclass(frozen=True)
class Step:
    """A step as the rest of the house sees it; everything else is derived from calling `look`."""

    name: str
    title: LocalizedText
    form: type[BaseModel]
    plan: Callable[[Any, Reader], Plan]
    guidance: str
    phrases: tuple[str, ...] = ()
    ordering: Ordering = "in order"
    verify_timeout: timedelta = timedelta(hours=1)
    visible_within: timedelta | None = None  # for how long what was done may not show everywhere; None = until it gives up
    undone_by: str | None = None  # the step that takes it back; None = each change's own way back
    opposite: str | None = None  # the step that leads the other way, where that is not the one which takes it back
    undo_guard: Callable[[Reader], Awaitable[tuple[Reason, ...]]] | None = None  # why nothing may be taken back just now
    resolve_answers: Callable[[Any, Reader], Awaitable[BaseModel]] | None = None  # settles the answers once (a group to its members)
    follow_up: str | None = None  # a verified run begins this step for the same people
    loses: LocalizedText | None = None  # what is gone for good once it is carried out: whoever starts it types `LOSE`
    monitors: bool = False  # looks again by itself while something is unclear, until it gives up
    reminder: Callable[[Sequence["Finding"]], LocalizedText | None] | None = None  # what a watching run tells the team channel …
    reminder_days: tuple[int, ...] = ()  # … on these days after it began
    user_startable: bool = True  # people can ask for it by its words
    optional: bool = False  # nobody has to take it: it is never the next thing to do
    summary: Callable[[Reader], Plan] | None = None  # how things stand, told without answers; None = a look with the form's defaults
    members: tuple[str, ...] = ()  # the steps that it takes together
    phases: tuple[Phase, ...] = PHASES  # of the journey in which it belongs; elsewhere it is not the next thing to do
    concerns_everybody: bool = True  # False for a step that changes the people on its list and nobody else


class NoQuestions(BaseModel):
    """The form of a step that asks nothing."""


def step(title: LocalizedText, **more: Any) -> Callable[[Callable[[Any, Reader], Plan]], Step]:
    """Makes a step of a function `(answers, read) -> findings`: its name, docstring and form come from the function itself."""

    def made(look: Callable[[Any, Reader], Plan]) -> Step:
        answers = next(iter(inspect.signature(look).parameters.values())).annotation
        return Step(name=look.__name__, title=title, form=answers, plan=look, guidance=inspect.getdoc(look) or "", **more)

    return made


def combine(name: str, title: LocalizedText, steps: Sequence[Step], guidance: str = "", **more: Any) -> Step:
    """Several steps as one run: all their questions on one form, all their findings in order, one approval."""
    form = create_model(name.title().replace("_", ""), __base__=tuple(dict.fromkeys(step.form for step in steps)))

    async def look(answers: Any, read: Reader) -> Plan:
        for step in steps:
            async for finding in step.plan(answers, read):
                yield finding

    guidance, parts = "\n\n".join((guidance, *(step.guidance for step in steps))).strip(), tuple(step.name for step in steps)
    return Step(name, title, form, look, guidance, verify_timeout=max(step.verify_timeout for step in steps), members=parts, **more)


def losses(which: Step, found: Iterable[Finding]) -> LocalizedText | None:
    """All that starting this plan loses, in one sentence; None = nothing has to be agreed to."""
    told = [*([which.loses] if which.loses else []), *(words for one in found if isinstance(one, Change) for words in one.loses)]
    different = list({str(words): words for words in told}.values())
    return comma_list(different) if len(different) > 1 else next(iter(different), None)


async def findings(which: Step, answers: BaseModel, read: Reader) -> list[Finding]:
    """All findings of one look. A second one about the same subject is an error of the step."""
    found: dict[str, Finding] = {}
    async for finding in which.plan(answers, read):
        if finding.subject in found:
            raise AssertionError(f"{which.name} speaks twice about {finding.subject}")
        found[finding.subject] = finding
    return list(found.values())
