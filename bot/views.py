"""What can be said of a run: everything that a card, a list or a channel post shows, and nothing that it must not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.calls import ManualAction, WriteCall, as_command_line
from bot.facts.journey import PHASES, Journey, Phase
from bot.i18n import LocalizedText
from bot.known_errors import is_warning
from bot.step import Change, Finding, Step, SummaryState

Stand = SummaryState
Permission = Literal["look", "ask", "approve"]
PEOPLE = "people"  # the field of a form that says who is meant
FINGERPRINT = 6  # letters of a plan's digest that people read and type
Action = Literal["start", "change", "commands", "cancel", "approve", "refuse", "pause", "resume", "done", "retry", "undo", "look"]


class RunState(StrEnum):
    """The states of a run; `bot.runs.lifecycle` has the transitions between them."""

    #: The step reads the estate and makes the plan.
    PLANNING = "planning"
    #: The plan is shown, and nobody has started it.
    PLANNED = "planned"
    #: Somebody has started it, and a second person must approve.
    AWAITING_APPROVAL = "awaiting_approval"
    #: Calls are sent.
    RUNNING = "running"
    #: Nothing is sent until a person resumes the run.
    PAUSED = "paused"
    #: An admin must do something by hand before the next call.
    WAITING_FOR_ADMIN = "waiting_for_admin"
    #: All calls have ended, and something of them does not show yet.
    VERIFYING = "verifying"
    #: All that was done shows, and the step keeps watching something.
    MONITORING = "monitoring"
    #: Everything is as the plan says.
    VERIFIED = "verified"
    #: It has ended, and something of the plan is missing.
    INCOMPLETE = "incomplete"
    #: It has ended because somebody cancelled or refused it, or because an answer cannot be right.
    CANCELLED = "cancelled"


ENDED = (RunState.INCOMPLETE, RunState.VERIFIED, RunState.CANCELLED)


class CallState(StrEnum):
    """The states of one call of a run."""

    #: It was not sent yet, or surely never arrived.
    PENDING = "pending"
    #: It is under way: this is committed before anything is sent.
    SENT = "sent"
    #: The far end said that it went well, or it was seen to be done.
    DONE = "done"
    #: The far end refused it.
    FAILED = "failed"
    #: It was sent, and nobody knows what became of it.
    UNKNOWN = "unknown"
    #: It will not be sent.
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Person:
    """Somebody who speaks: the directory object id, and the name for display only."""

    id: str
    name: str


@dataclass(frozen=True)
class ConversationRef:
    """Where a conversation is: enough to post there again."""

    conversation: str
    service_url: str
    channel: str = "msteams"
    tenant: str = ""
    bot: str = ""
    locale: str = "en"
    kind: str = "personal"  # personal, groupChat, channel


@dataclass(frozen=True)
class Permissions:
    """What a person may do in chat; None where it hangs on a group whose members are still being read."""

    look: bool | None
    ask: bool | None


@dataclass(frozen=True)
class CardMessage:
    """One message that shows a run."""

    run: int
    conversation: ConversationRef
    activity: str
    #: the fingerprint of what it shows, or "" when that is not sure
    shown: str = ""
    #: whose alone it is, or ""
    person: str = ""


@dataclass(frozen=True)
class StatusMessage:
    """The newest message of a conversation that shows the status board."""

    conversation: ConversationRef
    activity: str
    #: as in `CardMessage`
    shown: str
    person: str
    asked_at: float
    #: when the one before it was asked for: what has changed later is news here
    since: float | None = None


@dataclass(frozen=True)
class ChangeView:
    """One subject of the plan that changes, and what has become of it."""

    subject: str
    change: Change
    state: CallState = CallState.PENDING
    why: LocalizedText | None = None
    remedy: LocalizedText | None = None

    @property
    def warning(self) -> LocalizedText | None:
        """What a call said that went well."""
        return self.why if self.state == CallState.DONE and is_warning(self.why) else None


@dataclass(frozen=True)
class RunView:
    """One run as people see it. `digest` is what Start, Approve and the like must send back."""

    id: int
    step: str
    title: LocalizedText
    state: RunState
    digest: str
    asked_by: Person
    asked_at: datetime
    answers: dict[str, str]
    changes: tuple[ChangeView, ...] = ()
    other_findings: tuple[Finding, ...] = ()  # obstacles, fine and unclear of the plan, in the plan's order
    started_by: Person | None = None
    agreed_by: Person | None = None
    why: LocalizedText | None = None  # why it is in this state, where the state alone does not say it
    problems: Mapping[str, LocalizedText] = field(default_factory=dict)  # field of the form -> word beside it
    people_list: LocalizedText | None = None  # what was read of the list of people, and what was not
    next_look_at: datetime | None = None
    gives_up_at: datetime | None = None  # until when it waits for what was done, or for a person
    seconds_left: int | None = None
    actions: tuple[Action, ...] = ()
    undo_of: int | None = None
    follows: int | None = None
    loses: LocalizedText | None = None  # what starting it loses, which must be agreed to by typing `LOSE`
    reminders: tuple[tuple[int, LocalizedText], ...] = ()  # day and words of those that have fallen due
    manual_actions: tuple[LocalizedText, ...] = ()
    audit_line: int = 0  # the newest audit line about it; a button that carries a later one has seen newer records
    next_step: str | None = None

    @property
    def fingerprint(self) -> str:
        """What tells its plan from all others to people; it stands wherever the plan is shown. Empty while there is none."""
        return self.digest[:FINGERPRINT]

    @property
    def plan_to_agree(self) -> str:
        """The digest of the plan that is on the run's card to be agreed to, or "" where there is none."""
        return self.digest if self.changes and self.state in (RunState.PLANNED, RunState.AWAITING_APPROVAL) else ""

    def count(self, *states: CallState) -> int:
        """How many changes are in one of these states."""
        return sum(row.state in states for row in self.changes)


@dataclass(frozen=True)
class ActionResult:
    """What became of a button or a typed verb: `ok` False means nothing was done, and `words` say why."""

    ok: bool
    words: LocalizedText | None = None
    run: int | None = None
    #: the run that was acted on, or the new one, as it is now
    view: RunView | None = None
    shows_plan: bool = False  # the plan as it stands is part of the answer


@dataclass(frozen=True)
class StepStatus:
    """What the newest look at a step said: the first few subjects with what is said of each, and the steps that would cure obstacles.

    `was` is what it had been before it changed at `changed_at`.
    """

    state: Stand
    at: datetime
    examples: tuple[tuple[str, LocalizedText], ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    cures: tuple[str, ...] = ()
    was: Stand | None = None
    changed_at: datetime | None = None

    @property
    def subjects(self) -> int:
        """How many subjects make it what it is; `told` names the first few of them."""
        decisive: dict[Stand, str] = {"done": "fine", "to do": "change", "blocked": "obstacle", "unclear": "unclear"}
        return self.counts.get(decisive.get(self.state, ""), 0)


@dataclass(frozen=True)
class BoardEntry:
    """One line of the board: the step, its last run, and what the newest look says (None = nobody has looked)."""

    step: str
    title: LocalizedText
    state: RunState | None
    run: int | None
    at: datetime | None
    by: Person | None
    open_runs: tuple[int, ...] = ()
    status: StepStatus | None = None
    optional: bool = False
    phases: tuple[Phase, ...] = PHASES  # of the journey in which it belongs
    is_for_some_people: bool = False  # is taken for some people at a time, again and again


@dataclass(frozen=True)
class Board:
    """Every step in its order, whether a look is under way, the next thing to do, and where in the journey all of it is."""

    entries: tuple[BoardEntry, ...]
    is_refreshing: bool = False
    next_step: str | None = None
    journey: Journey = field(default_factory=Journey)
    hold: LocalizedText | None = None  # why nothing is sent at the moment

    @property
    def looked_at(self) -> datetime | None:
        """When the oldest of what it says was seen."""
        return min((line.status.at for line in self.entries if line.status), default=None)


@dataclass(frozen=True)
class AuditLine:
    """One line of the audit: number, time, run, who, and what happened to whom."""

    n: int
    at: datetime
    run: int | None
    who: str
    words: LocalizedText
    hash: str


def command_line(call: WriteCall) -> LocalizedText | str:
    """What an admin would type for this call, or the words of what is done by hand."""
    return call.words if isinstance(call, ManualAction) else as_command_line(call)


def takes_people(step: Step) -> bool:
    """Whether a list of people answers one of the step's questions."""
    return PEOPLE in step.form.model_fields


def changes_people(step: Step) -> bool:
    """Whether the step's subjects are the people of its list; a step for everybody may have a list of exceptions, which can stay empty."""
    return takes_people(step) and step.form.model_fields[PEOPLE].is_required()
