"""A desk whose looks are written down beforehand. It keeps to the real table of verbs; what the worker would do is told as a direction."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.i18n import LocalizedText, say
from bot.ledger import Ledger, conversations
from bot.progress import next_step
from bot.runs.lifecycle import Event, actions_in, check_transition, refusal, required_permission
from bot.runs.plan_diff import digest, initial_state, matches_digest
from bot.runs.plan_names import AGREEING
from bot.service import check_answers
from bot.step import Change, Finding, Obstacle, Reason, Step
from bot.steps.shared.people_input.parser import parse_people
from bot.views import (
    ENDED,
    Action,
    ActionResult,
    AuditLine,
    Board,
    BoardEntry,
    CallState,
    ChangeView,
    ConversationRef,
    Permission,
    Permissions,
    Person,
    RunState,
    RunView,
    StepStatus,
)
from dialogs.cards.board import BOARD
from tests.support.sample_steps import PLAN, STEPS, move_change

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNKNOWN = Reason(say("nobody of this name is known on premises"), say("check the spelling; use the SIP address or the sign-in name"))


class FakeRunService:
    """Real in everything that a conversation can notice; nothing is looked at and nobody is moved."""

    def __init__(self, rights: dict[Permission, Sequence[Person]], plan: Mapping[str, Finding] = PLAN) -> None:
        self.runs: dict[int, RunView] = {}
        self.announce: Callable[[int], None] = lambda run: None
        self.lines: list[AuditLine] = []
        self.asked: list[Mapping[str, str]] = []
        self.unread: set[str] = set()  # people whose groups are still being read
        self.standings: dict[str, StepStatus] = {}
        self.is_looking, self.looks = False, 0
        self.rights, self._plan = rights, plan
        self.ledger: Ledger | None = None  # where the cards are, which a turn may move

    async def begin_turn(self, person: Person, ref: ConversationRef) -> Permissions:
        if self.ledger:
            await self.ledger(conversations.update_address, ref)
        return Permissions(look=self._is_allowed(person, "look"), ask=self._is_allowed(person, "ask"))

    def _is_allowed(self, who: Person, verb: str) -> bool | None:
        if who.id in self.unread:
            return None
        return who in [*self.rights.get(verb, ()), *(person for people in self.rights.values() for person in people if verb == "look")]

    async def create_run(self, step: str, answers: Mapping[str, str], who: Person, at: ConversationRef) -> ActionResult:
        check_answers(STEPS[step], answers)
        if not self._is_allowed(who, "ask"):
            return ActionResult(False, say("You may not ask for changes here."))
        self.asked.append(answers)
        run = self._new(step, answers, who)
        return ActionResult(True, run=run, view=self.runs[run])

    async def act(
        self, run: int, verb: Action, who: Person, digest: str | None = None, typed: str = "", conversation: str = ""
    ) -> ActionResult:
        done = await self._act(run, verb, who, digest)
        return replace(done, view=self.runs[run])

    async def _act(self, run: int, verb: Action, who: Person, digest: str | None) -> ActionResult:
        view = self.runs[run]
        if why_not := await self._why_not(view, verb, who, digest):
            return ActionResult(
                False,
                why_not,
                run,
                shows_plan=verb in actions_in(view.state) and verb in AGREEING and not matches_digest(view.digest, digest or "-"),
            )
        if verb == "undo" and not view.count(CallState.DONE):
            return ActionResult(False, say("There is nothing in run {run} that could be undone.", run=run), run)
        self._note(run, who, say("{verb}", verb=verb))
        if verb == "undo":
            people = "\n".join(row.subject for row in view.changes if row.state == "done")
            return ActionResult(True, run=self._new("move_back", {"people": people}, who, undo_of=run))
        told = {"approve": {"agreed_by": who}, "start": {"started_by": who}}
        self._change(run, **told.get(verb, {}))
        self._happens(run, *_AFTER.get((view.state, verb), ((Event(verb), view.state),)))
        return ActionResult(True, run=run)

    async def view(self, run: int) -> RunView | None:
        return self.runs.get(run)

    async def recent(self, limit: int = 10, allowing: Collection[Action] = ()) -> Sequence[RunView]:
        newest = sorted(self.runs.values(), key=lambda view: (view.state in ENDED, -view.id))[:limit]
        fitting = [view for view in newest if not allowing or set(allowing) & set(actions_in(view.state))]
        return [replace(view, changes=(), other_findings=()) for view in fitting]

    async def board(self) -> Board:
        return Board(tuple(self._board_lines()), self.is_looking, next_step(self._board_lines()))

    def refresh_status(self) -> None:
        self.is_looking = True

    def _board_lines(self) -> list[BoardEntry]:
        return [replace(self._line(step), status=self.standings.get(step.name), optional=step.optional) for step in STEPS.values()]

    def finish_refresh(self, told: str) -> None:
        """ "federation done, move_users blocked by federation": the look around has said so."""
        for step, state, cure in re.findall(r"(\w+) (done|to do|blocked|unclear)(?: by (\w+))?", told):
            before, now = self.standings.get(step), self._later()
            changed = before is not None and before.state != state
            was, at = (before.state, now) if before and changed else (None, None)
            told_of = (("Access Edge", say("does not federate yet")),) if state in ("to do", "blocked") else ()
            self.standings[step] = StepStatus(state, now, told_of, {}, (cure,) if cure else (), was, at)
        self.is_looking = False
        self.announce(BOARD)

    def _later(self) -> datetime:
        self.looks += 1
        return NOW + timedelta(minutes=self.looks)

    async def audit(self, run: int | None = None, limit: int = 20) -> Sequence[AuditLine]:
        return [line for line in self.lines if run in (None, line.run)][-limit:]

    def direct(self, words: str) -> None:
        """A stage direction about the newest run: what the worker has done meanwhile."""
        run = max(self.runs, default=0)
        for pattern, act in _DIRECTIONS.items():
            if found := re.fullmatch(pattern, words):
                act(self, run, *found.groups())
                return
        raise AssertionError(f"no such direction: {words}")

    def finish_plan(self, run: int) -> None:
        view = self.runs[run]
        people = parse_people(view.answers["people"]).people if "people" in view.answers else ("Access Edge",)
        if unknown := [Obstacle(sip, (UNKNOWN,), unknown=True) for sip in people if sip.startswith("nobody")]:
            state, why, problems = initial_state(unknown)
            self._change(run, why=why, problems=problems)
            self._happens(run, (Event.PLAN_MADE, state))
            return
        found = [self._plan.get(sip) or move_change(sip) for sip in people]
        rows = tuple(ChangeView(finding.subject, finding) for finding in found if isinstance(finding, Change))
        others = tuple(finding for finding in found if not isinstance(finding, Change))
        self._change(run, changes=rows, other_findings=others, digest=digest(found))
        self._happens(run, (Event.PLAN_MADE, RunState.PLANNED))

    def set_call_state(self, run: int, subject: str, state: CallState, why: str | None = None) -> None:
        rows = (
            replace(row, state=state, why=say(why) if why else None) if row.subject == subject else row for row in self.runs[run].changes
        )
        self._change(run, changes=tuple(rows))

    def end_run(self, run: int, state: RunState) -> None:
        done = tuple(
            replace(row, state="done") if row.state in ("pending", "sent") and state != "cancelled" else row
            for row in self.runs[run].changes
        )
        following = next_step(self._board_lines(), self.runs[run].step) if state == "verified" and not self.runs[run].undo_of else None
        self._change(run, changes=done, next_step=following)
        if self.runs[run].state == RunState.RUNNING:
            self._happens(run, (Event.CALLS_ENDED, RunState.VERIFYING))
        if state != RunState.VERIFYING:
            self._happens(run, (Event.ENDED, state))

    def _happens(self, run: int, *events: tuple[Event, RunState]) -> None:
        """The run's state changes, one event after another, as the lifecycle allows."""
        for event, state in events:
            check_transition(self.runs[run].state, event, state)
            self._change(run, state=state)

    def _new(self, step: str, answers: Mapping[str, str], who: Person, undo_of: int | None = None) -> int:
        run = len(self.runs) + 1
        view = RunView(run, step, STEPS[step].title, RunState.PLANNING, "", who, NOW, dict(answers), undo_of=undo_of)
        self.runs[run] = replace(view, actions=_verbs(view))
        self._note(run, who, say("asked for {title}", title=str(view.title)))
        return run

    def _change(self, run: int, **values: object) -> None:
        view = replace(self.runs[run], **values)  # type: ignore[arg-type]
        self.runs[run] = replace(view, actions=_verbs(view))
        self.announce(run)

    async def _why_not(self, view: RunView, verb: Action, who: Person, digest: str | None) -> LocalizedText | None:
        allowed = self._is_allowed(who, required_permission(verb))
        if instead := refusal(view.id, view.state, verb):
            return instead
        if not allowed:
            return say("Checking whether you may…") if allowed is None else say("You may not do that here.")
        if verb == "approve" and who == view.asked_by:
            return say("Somebody else has to approve what you asked for.")
        if digest is not None and not matches_digest(view.digest, digest):
            return say("The plan has changed since that card was made. Look at the new one and press again.")
        if digest is None and verb in AGREEING:
            return say(
                "Nothing was done: this is the plan. Press its button, or type “{verb} run {run} {plan}”.",
                verb=verb,
                run=view.id,
                plan=view.fingerprint,
            )
        return None

    def _note(self, run: int, who: Person, words: LocalizedText) -> None:
        self.lines.append(AuditLine(len(self.lines) + 1, NOW, run, who.name, words, "0" * 64))

    def _line(self, step: Step) -> BoardEntry:
        mine = [view for view in self.runs.values() if view.step == step.name]
        if not mine:
            return BoardEntry(step.name, step.title, None, None, None, None)
        open_runs = tuple(view.id for view in mine if view.state not in ENDED)
        return BoardEntry(step.name, step.title, mine[-1].state, mine[-1].id, NOW, mine[-1].asked_by, open_runs)


def _verbs(view: RunView) -> tuple[Action, ...]:
    done = any(row.state == "done" for row in view.changes)
    failed = any(row.state in ("failed", "unknown") for row in view.changes)
    hands, watches = view.state == RunState.WAITING_FOR_ADMIN, view.state == RunState.MONITORING
    idle = {"done": not hands, "undo": not done, "retry": not failed, "start": not view.changes, "cancel": watches and done}
    return tuple(verb for verb in actions_in(view.state) if not idle.get(verb, False))


# What an action leads to, and the driver after it, where the state does not stay.
_RUNNING = (Event.CANCEL, RunState.RUNNING), (Event.CALLS_ENDED, RunState.VERIFYING), (Event.ENDED, RunState.CANCELLED)
_AFTER: dict[tuple[RunState, str], tuple[tuple[Event, RunState], ...]] = {
    (RunState.PLANNING, "cancel"): ((Event.CANCEL, RunState.CANCELLED),),
    (RunState.PLANNED, "start"): ((Event.START, RunState.AWAITING_APPROVAL),),
    (RunState.PLANNED, "change"): ((Event.CHANGE, RunState.CANCELLED),),
    (RunState.PLANNED, "look"): ((Event.LOOK, RunState.PLANNING),),
    (RunState.PLANNED, "cancel"): ((Event.CANCEL, RunState.CANCELLED),),
    (RunState.AWAITING_APPROVAL, "approve"): ((Event.APPROVE, RunState.RUNNING),),
    (RunState.AWAITING_APPROVAL, "refuse"): ((Event.REFUSE, RunState.CANCELLED),),
    (RunState.AWAITING_APPROVAL, "cancel"): ((Event.CANCEL, RunState.CANCELLED),),
    (RunState.RUNNING, "pause"): ((Event.PAUSE, RunState.RUNNING), (Event.PAUSE_REACHED, RunState.PAUSED)),
    (RunState.RUNNING, "cancel"): _RUNNING,
    (RunState.WAITING_FOR_ADMIN, "done"): ((Event.DONE, RunState.RUNNING),),
    (RunState.WAITING_FOR_ADMIN, "cancel"): _RUNNING,
    (RunState.PAUSED, "resume"): ((Event.RESUME, RunState.RUNNING),),
    (RunState.PAUSED, "cancel"): _RUNNING,
    (RunState.MONITORING, "cancel"): ((Event.CANCEL, RunState.CANCELLED),),
    (RunState.INCOMPLETE, "retry"): ((Event.RETRY, RunState.RUNNING),),
    (RunState.INCOMPLETE, "look"): ((Event.LOOK, RunState.PLANNING),),
}
_DIRECTIONS: dict[str, Callable[..., None]] = {
    r"the look around says: (.+)": lambda desk, run, told: desk.finish_refresh(told),
    "the look is done": FakeRunService.finish_plan,
    r"(\S+) is being moved": lambda desk, run, subject: desk.set_call_state(run, subject, "sent"),
    r"(\S+) is moved": lambda desk, run, subject: desk.set_call_state(run, subject, "done"),
    r"(\S+) fails: (.+)": lambda desk, run, subject, why: desk.set_call_state(run, subject, "failed", why),
    "all is moved and verified": lambda desk, run: desk.end_run(run, "verified"),
    "not all is visible yet": lambda desk, run: desk.end_run(run, "verifying"),
    "the run ends incomplete": lambda desk, run: desk.end_run(run, "incomplete"),
}
