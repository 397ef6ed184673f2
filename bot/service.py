"""The only way from `dialogs/` into `bot/`. Every call is committed at once and waits for no remote system."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot import queries
from bot.clock import Clock
from bot.conversation_memory import ConversationMemory
from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, say
from bot.known_errors import describe_error
from bot.ledger import Database, Ledger, audit, conversations, runs, waiting_actions
from bot.ledger.anchor import set_hold
from bot.runs import actions
from bot.runs.actions import RunPolicy, find_hold
from bot.runs.lifecycle import actions_in
from bot.status_refresher import StatusRefresher
from bot.step import Step
from bot.steps.shared.people_input.csv_file import AS_CSV, NO_TABLE, TEXT_FILES, WORKBOOK_FILES, read_csv
from bot.steps.shared.people_input.list_summary import describe_list
from bot.views import (
    Action,
    ActionResult,
    AuditLine,
    Board,
    ConversationRef,
    Permissions,
    Person,
    RunView,
)

__all__ = [
    "ConversationMemory",
    "RunService",
    "check_answers",
    "check_people_file_type",
    "describe_error",
    "describe_people",
    "read_people_file",
]


class RunService:
    """The core's interface for `dialogs/`. Every method answers in milliseconds from the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        rules: RunPolicy,
        clock: Clock,
        wake: Callable[[int], Awaitable[None]],
        read_rights: Callable[[], None] = lambda: None,
        lookout: StatusRefresher | None = None,
    ) -> None:
        """`wake(run)` has a run looked after, `read_rights()` has unknown rights read; both return at once."""
        self._ledger, self._rules, self._clock, self._wake, self._read_rights = ledger, rules, clock, wake, read_rights
        self._lookout = lookout
        self._service_urls: dict[str, str] = {}  # by conversation, as the newest turn has told

    async def begin_turn(self, person: Person, ref: ConversationRef) -> Permissions:
        """What this person may do here; asked once per turn. Where to reach the conversation is noted too: its address can change."""
        moved = self._service_urls.get(ref.conversation) != ref.service_url
        permissions = await self._ledger(self._begin_turn, person, ref, moved)
        self._service_urls[ref.conversation] = ref.service_url
        if None in (permissions.look, permissions.ask):
            self._read_rights()
        return permissions

    async def create_run(self, step: str, answers: Mapping[str, str], person: Person, at: ConversationRef) -> ActionResult:
        """A new run of this step. `answers` are the form's raw texts. Raises `InvalidAnswers` when one cannot be right."""
        check_answers(self._rules.steps[step], answers)
        asked = await self._ledger(self._create_run, step, answers, person, at)
        await self._wake_after(asked)
        return asked

    async def act(
        self, run: int, verb: Action, person: Person, digest: str | None = None, typed: str = "", conversation: str = ""
    ) -> ActionResult:
        """A button or typed verb. With a digest, or the fingerprint of one, it must be the plan's own.

        Who starts or approves must name it, and it must have been shown to them. `typed` is the word that agrees to what
        starting loses; `conversation` is where they speak.
        """
        done = await self._ledger(self._act, run, verb, person, digest, typed, conversation)
        await self._wake_after(done)
        return done

    async def check_audit_line(self, line: int, person: Person) -> LocalizedText | None:
        """A card shows that there was this audit line. Words where the records end before it: then they went back in time.

        Only those who may change something are believed: whoever can press a button can make up its data.
        """
        return await self._ledger(self._check_audit_line, line, person)

    async def view(self, run: int) -> RunView | None:
        """The run as its card shows it, or None when there is no such run."""
        return await self._ledger(self._view, run)

    async def recent(self, limit: int = 10, allowing: Collection[Action] = ()) -> Sequence[RunView]:
        """The newest runs, open ones first, without changes and findings. `allowing`: those whose state allows one of these."""
        return await self._ledger(self._recent, limit, allowing)

    async def board(self) -> Board:
        """Every step in its order: how it stands, its last run, and the next thing to do."""
        whole = await self._ledger(queries.board_view, self._rules.steps)
        return replace(whole, is_refreshing=self._lookout is not None and self._lookout.is_refreshing)

    def refresh_status(self) -> None:
        """Has every step looked at anew, behind the scenes. Returns at once; the boards are edited when it is done."""
        if self._lookout:
            self._lookout.request()

    async def audit(self, run: int | None = None, limit: int = 20) -> Sequence[AuditLine]:
        """The newest audit lines, newest last."""
        return await self._ledger(self._audit_lines, run, limit)

    async def _wake_after(self, done: ActionResult) -> None:
        """What was committed is looked after: the run is woken, rights that are not known yet are read."""
        if done.ok and done.run is not None:
            await self._wake(done.run)
        if not done.ok:
            self._read_rights()

    def _begin_turn(self, db: Database, person: Person, ref: ConversationRef, moved: bool) -> Permissions:
        if moved:
            conversations.update_address(db, ref)
        now, check = self._clock.now(), self._rules.authorizer.check
        permissions = Permissions(look=check(person, "look", now), ask=check(person, "ask", now))
        if None in (permissions.look, permissions.ask):
            waiting_actions.add(db, None, "look", None, person.id, now)
        return permissions

    def _create_run(self, db: Database, step: str, answers: Mapping[str, str], person: Person, at: ConversationRef) -> ActionResult:
        now = self._clock.now()
        may = self._rules.authorizer.check(person, "ask", now)
        if may is None:
            waiting_actions.add(db, None, "look", None, person.id, now)
        if not may:
            words = say("You may not ask for changes here.") if may is False else say("Checking whether you may… ask again in a moment.")
            return ActionResult(False, words)
        run = runs.add(db, step, answers, person, at, now)
        audit.write(db, now, "asked", run, {"who": person.id, "name": person.name}, step=step, answers=runs.answers_hash(answers))
        return ActionResult(True, run=run, view=self._view(db, run))

    def _act(self, db: Database, run: int, verb: Action, person: Person, digest: str | None, typed: str, conversation: str) -> ActionResult:
        done = actions.perform(db, self._rules, run, verb, person, digest, self._clock.now(), typed, conversation)
        return replace(done, view=self._view(db, run))

    def _check_audit_line(self, db: Database, line: int, person: Person) -> LocalizedText | None:
        now, access = self._clock.now(), self._rules.authorizer
        may_change = access.check(person, "ask", now) or access.check(person, "approve", now)
        if line <= db.head.n or db.anchor is None or not may_change or line <= audit.accepted_up_to(db):
            return None
        set_hold(
            db,
            say(
                "a card shows audit line {line}, and the records end with line {n}: they are an older copy, or their newest part is lost",
                line=line,
                n=db.head.n,
            ),
        )
        return find_hold(db)

    def _recent(self, db: Database, limit: int, allowing: Collection[Action]) -> list[RunView]:
        found = (run for run in runs.recent(db, limit) if not allowing or set(allowing) & set(actions_in(run.state)))
        return [queries.run_view(db, self._rules.steps, run, whole=False) for run in found]

    def _view(self, db: Database, run: int) -> RunView | None:
        record = runs.get(db, run)
        return queries.run_view(db, self._rules.steps, record) if record else None

    def _audit_lines(self, db: Database, run: int | None, limit: int) -> list[AuditLine]:
        return [queries.audit_line(db, line, self._rules.steps) for line in audit.lines(db, run, limit)]


def check_people_file_type(kind: str) -> None:
    """`kind` is what a file's name ends with. Raises `InvalidAnswers` for `people` where nobody can be read from such a file."""
    if kind not in TEXT_FILES:
        raise InvalidAnswers({"people": AS_CSV if kind in WORKBOOK_FILES else NO_TABLE})


def read_people_file(content: bytes) -> str:
    """The people of a CSV file, a line each, as an answer to a form. Raises `InvalidAnswers` for `people`."""
    return read_csv(content)


def describe_people(text: str) -> LocalizedText | None:
    """What was read of a list of people and what was not; None where there is nothing to tell."""
    return describe_list(text)


def check_answers(step: Step, answers: Mapping[str, str]) -> None:
    """Raises `InvalidAnswers` when an answer cannot be right, whatever the estate is like."""
    try:
        step.form.model_validate(dict(answers))
    except ValidationError as error:
        raise InvalidAnswers({str(problem["loc"][0]): _problem_text(problem) for problem in error.errors() if problem["loc"]}) from None


def _problem_text(problem: ErrorDetails) -> LocalizedText:
    """In our own words: those of the form's library are for programmers."""
    match problem:
        case {"type": "value_error", "ctx": {"error": ValueError(args=(LocalizedText() as words,))}}:
            return words
        case {"type": "missing"}:
            return say("please answer this")
        case _:
            return say("“{answer}” is not possible here", answer=str(problem["input"])[:40])
