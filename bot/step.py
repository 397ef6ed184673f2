"""A step is one function that reads the estate and says, in findings, what it would change."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, TypeVar, Unpack

from pydantic import BaseModel, create_model

from bot.calls import Json, WriteCall
from bot.facts import Reader
from bot.facts.journey import PHASES, Phase
from bot.i18n import LocalizedText, comma_list
from bot.step_names import StepName
from bot.step_options import Ordering, StepOptions, check_options


@dataclass(frozen=True)
class Identity:
    """The person that a finding is about.

    The id never changes; the names are those of the day when the finding was made.
    """

    #: objectGUID of the account on premises.
    id: str
    #: The name by which this person was asked for.
    asked_as: str = ""
    #: SIP address.
    address: str = ""
    #: Sign-in name in Teams.
    sign_in: str = ""


@dataclass(frozen=True)
class Change:
    """The step would do this. A change has at least one call."""

    subject: str
    #: What becomes of the subject, for people: old → new.
    effect: LocalizedText
    do: tuple[WriteCall, ...]
    #: The way back; empty where there is none.
    undo: tuple[WriteCall, ...] = ()
    _: KW_ONLY
    #: What the way back does not restore.
    undo_loses: tuple[LocalizedText, ...] = ()
    #: Why there is no way back.
    no_undo: LocalizedText | None = None
    #: What is gone for good once it is done. The person who starts it types `LOSE`.
    loses: tuple[LocalizedText, ...] = ()
    notes: tuple[LocalizedText, ...] = ()
    #: Notes that hold only until it is done.
    plan_only_notes: tuple[LocalizedText, ...] = ()
    #: The subject that a run locks against all others, where this one is only a part of it.
    locks: str = ""
    #: Each call waits until the one before it can be seen: it takes its time to be known everywhere.
    verify_each_call: bool = False
    #: In an ordered run, a call waits only for those before it with the same key.
    order_key: str = ""
    #: When a licence was last given (seconds since 1970): soon after it, some refusals mean "not yet".
    licensed_at: float | None = None
    #: How the subject was before, for the way back. It is kept from the first Start on.
    snapshot: Mapping[str, Json] = field(default_factory=dict)
    #: The person, where it is about one.
    identity: Identity | None = None
    kind: Literal["change"] = "change"

    def __post_init__(self) -> None:
        if not self.do:
            raise ValueError(f"the change of {self.subject} has no calls; what is only told is a StepSummary or another finding")

    def reverse(self, effect: LocalizedText, do: tuple[WriteCall, ...]) -> "Change":
        """The change that takes this one back by these calls. Taken back itself, it is done again."""
        return replace(
            self,
            effect=effect,
            do=do,
            undo=self.do,
            undo_loses=(),
            no_undo=None,
            loses=(),
            notes=(),
            plan_only_notes=(),
            licensed_at=None,
            snapshot={},
            identity=None,
        )


@dataclass(frozen=True)
class Reason:
    """Why something is not possible, and what would help."""

    why: LocalizedText
    remedy: LocalizedText
    #: The step that cures it, where there is one.
    cured_by: StepName | None = None


@dataclass(frozen=True)
class Obstacle:
    """The step cannot change the subject, for these reasons: all of them at once."""

    subject: str
    reasons: tuple[Reason, ...]
    notes: tuple[LocalizedText, ...] = ()
    _: KW_ONLY
    #: There is nobody of this name: the form comes back with the word beside it.
    unknown: bool = False
    #: Name of the full list that this is about, where `Reader.keep` has kept one.
    listing: str = ""
    identity: Identity | None = None
    kind: Literal["obstacle"] = "obstacle"


@dataclass(frozen=True)
class Fine:
    """The subject is already as wanted."""

    subject: str
    why: LocalizedText
    notes: tuple[LocalizedText, ...] = ()
    _: KW_ONLY
    #: Name of the full list that this is about, where `Reader.keep` has kept one.
    listing: str = ""
    #: Why it must not be taken back just now.
    undo_blocked_by: tuple[Reason, ...] = ()
    identity: Identity | None = None
    kind: Literal["fine"] = "fine"


@dataclass(frozen=True)
class Unclear:
    """The step cannot say yet."""

    subject: str
    why: LocalizedText
    #: Seconds until it is worth looking again; None = a person must do something first.
    recheck_after: float | None = None
    notes: tuple[LocalizedText, ...] = ()
    _: KW_ONLY
    #: Name of the full list that this is about, where `Reader.keep` has kept one.
    listing: str = ""
    identity: Identity | None = None
    kind: Literal["unclear"] = "unclear"


LOSE = "LOSE"
Finding = Change | Obstacle | Fine | Unclear
Plan = AsyncIterator[Finding]
SummaryState = Literal["done", "to do", "blocked", "unclear", "ask"]  # ask = only answers can tell


@dataclass(frozen=True)
class StepSummary:
    """How a step stands, for the status board: it is read without answers and changes nothing."""

    state: SummaryState
    #: The first subjects that make it so, with what is said of each.
    examples: tuple[tuple[str, LocalizedText], ...] = ()
    #: How many subjects there are of each kind of finding.
    counts: Mapping[str, int] = field(default_factory=dict)
    #: The steps that would cure its obstacles.
    cured_by: tuple[str, ...] = ()


F = TypeVar("F", bound=Callable[..., Any])


@dataclass(eq=False)
class Step:
    """A step as the rest of the bot sees it.

    It holds the step's function, what was declared, and what its decorators have added.
    """

    name: str
    title: LocalizedText
    form: type[BaseModel]
    #: The step's function: answers and reader → findings.
    plan: Callable[[Any, Reader], Plan]
    _: KW_ONLY
    guidance: str = ""
    #: What people type to ask for it.
    phrases: tuple[str, ...] = ()
    #: Whether its changes are made in their order, or do not depend on each other.
    ordering: Ordering = "in order"
    #: For how long a run waits until what was done can be seen, and for "not yet" to pass.
    verify_timeout: timedelta = timedelta(hours=1)
    #: For how long what was done may not show everywhere; None = until `verify_timeout`.
    visible_within: timedelta | None = None
    #: The step that takes it back; None = each change's own way back.
    undone_by: str | None = None
    #: The step that leads the other way, where that is not the one which takes it back.
    opposite: str | None = None
    #: The step that a verified run begins for the same people.
    follow_up: str | None = None
    #: What is gone for good once it is carried out. The person who starts it types `LOSE`.
    loses: LocalizedText | None = None
    #: A run looks again by itself while something is unclear, until `verify_timeout`.
    monitors: bool = False
    #: People can ask for it by its phrases.
    user_startable: bool = True
    #: Nobody has to take it, so that it is never the next thing to do.
    optional: bool = False
    #: The steps that it combines.
    members: tuple[str, ...] = ()
    #: The phases of the journey in which it belongs; in others it is not the next thing to do.
    phases: tuple[Phase, ...] = PHASES
    #: False for a step that changes only the people on its list.
    concerns_everybody: bool = True
    #: How things stand, read without answers; None = a plan with the form's defaults. Set by `summary`.
    summarise: Callable[[Reader], Awaitable[StepSummary | None]] | None = None
    #: Why nothing may be taken back just now. Set by `undo_guard`.
    reasons_against_undo: Callable[[Reader], Awaitable[tuple[Reason, ...]]] | None = None
    #: The answers as they hold for the whole run (a group becomes its members). Set by `answer_resolver`.
    resolve_answers: Callable[[Any, Reader], Awaitable[BaseModel]] | None = None
    #: What a monitoring run tells the team channel; None = nothing. Set by `reminder`.
    reminder_text: Callable[[Sequence[Finding]], LocalizedText | None] | None = None
    #: The days after it began on which it does so.
    reminder_days: tuple[int, ...] = ()

    def summary(self, function: F) -> F:
        """Decorator: this function tells how the step stands; it returns None where only answers can tell."""
        return self._add("summarise", function)

    def undo_guard(self, function: F) -> F:
        """Decorator: this function tells why nothing may be taken back just now."""
        return self._add("reasons_against_undo", function)

    def answer_resolver(self, function: F) -> F:
        """Decorator: this function resolves the answers once, at the start of a run."""
        return self._add("resolve_answers", function)

    def reminder(self, *days: int) -> Callable[[F], F]:
        """Decorator: this function makes the reminder of a monitoring run, on these days after it began."""

        def decorate(function: F) -> F:
            self.reminder_days = days
            return self._add("reminder_text", function)

        return decorate

    def _add(self, name: str, function: F) -> F:
        if getattr(self, name) is not None:
            raise TypeError(f"step {self.name}: two functions for {name}")
        setattr(self, name, function)
        return function


class NoQuestions(BaseModel):
    """The form of a step that asks nothing."""


def step(title: LocalizedText, **options: Unpack[StepOptions]) -> Callable[[Callable[[Any, Reader], Plan]], Step]:
    """Makes a step of a function `(answers, read) -> findings`.

    Name, guidance and form come from the function itself.
    """

    def decorate(plan: Callable[[Any, Reader], Plan]) -> Step:
        check_options(plan.__name__, options)
        form = next(iter(inspect.signature(plan).parameters.values())).annotation
        return Step(plan.__name__, title, form, plan, guidance=inspect.getdoc(plan) or "", **options)

    return decorate


def combine(name: str, title: LocalizedText, steps: Sequence[Step], guidance: str = "", **options: Unpack[StepOptions]) -> Step:
    """Several steps as one run: one form, all findings in order, one approval."""
    check_options(name, options)
    form = create_model(name.title().replace("_", ""), __base__=tuple(dict.fromkeys(step.form for step in steps)))

    async def plan(answers: Any, read: Reader) -> Plan:
        for step in steps:
            async for finding in step.plan(answers, read):
                yield finding

    options.setdefault("verify_timeout", max(step.verify_timeout for step in steps))
    guidance = "\n\n".join((guidance, *(step.guidance for step in steps))).strip()
    return Step(name, title, form, plan, guidance=guidance, members=tuple(step.name for step in steps), **options)


def losses(step: Step, found: Iterable[Finding]) -> LocalizedText | None:
    """All that starting this plan loses, in one sentence; None = nothing has to be agreed to."""
    all_losses = [*([step.loses] if step.loses else []), *(text for one in found if isinstance(one, Change) for text in one.loses)]
    different = list({str(text): text for text in all_losses}.values())
    return comma_list(different) if len(different) > 1 else next(iter(different), None)


async def findings(step: Step, answers: BaseModel, read: Reader) -> list[Finding]:
    """All findings of one plan. A second one about the same subject is an error of the step."""
    found: dict[str, Finding] = {}
    async for finding in step.plan(answers, read):
        if finding.subject in found:
            raise AssertionError(f"{step.name} speaks twice about {finding.subject}")
        found[finding.subject] = finding
    return list(found.values())
