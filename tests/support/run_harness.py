"""The heart put together for tests: real ledger in a file, the worker driven by hand, a written clock and nobody's network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.authorization import Authorizer
from bot.clock import Clock
from bot.events import Events
from bot.gateway import EstateGateway
from bot.ledger import Ledger, shown_plans
from bot.reader.reader import WriteList
from bot.report_files import ReportFiles
from bot.runs.actions import RunPolicy
from bot.runs.driver import ExecutionLimits, RunDriver
from bot.runs.lifecycle import Permission
from bot.service import RunService
from bot.step import LOSE, Step
from bot.views import ActionResult, ConversationRef, Person, RunView

ANNA, BEN, VIEWER, STRANGER = Person("a", "Anna"), Person("b", "Ben"), Person("v", "Vera"), Person("s", "Sam")
RIGHTS: Mapping[Permission, Sequence[str]] = {"look": ["v"], "ask": ["a"], "approve": ["a", "b"]}
HERE = ConversationRef("conversation-1", "http://127.0.0.1:1/")


class Time:
    """A clock that stands still until it is told to move. `now` is what has really passed; somebody may set what the wall shows."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.set_by = 0.0

    def __call__(self) -> float:
        """What the wall shows."""
        return self.now + self.set_by

    def passed(self) -> float:
        return self.now


class Office:
    """Desk, worker and ledger over a pretend outside. `settle` turns the run until only a person or time moves it on."""

    def __init__(
        self,
        records: Path,
        outside: EstateGateway,
        steps: dict[str, Step],
        approval_above: int = 0,
        limits: ExecutionLimits | None = None,
        hurry: float = 1_000_000,
        rights: Mapping[Permission, Sequence[str]] = RIGHTS,
        time: Time | None = None,
    ) -> None:
        self.time = time or Time()
        self.clock = clock = Clock(self.time, hurry=hurry, monotonic=self.time.passed)
        self.ledger = Ledger(records)
        self.announced: list[int] = []
        events = Events()
        events.run_changed.connect(self.announced.append)
        self.listings = ReportFiles(records.with_suffix(".lists"), self.time)
        self.rules = RunPolicy(Authorizer(rights), steps, approval_above)
        self.desk = RunService(self.ledger, self.rules, clock, self._wake)
        limits = replace(limits or ExecutionLimits(), approval_above=approval_above)
        self.worker = RunDriver(self.ledger, outside, steps, clock, limits, events, self._lists)

    def _lists(self, run: int) -> WriteList:
        return partial(self.listings.write, run)

    async def _wake(self, run: int) -> None:
        """People's wishes only mark the ledger; tests turn the run themselves."""

    async def asked(self, step: str, people: str, who: Person = ANNA) -> int:
        pressed = await self.desk.create_run(step, {"people": people}, who, HERE)
        assert pressed.run is not None, pressed.words
        await self.settle(pressed.run)
        return pressed.run

    async def settle(self, run: int, turns: int = 50) -> RunView:
        """Advances until the run rests for a person, ends, or wants to wait for more than a moment."""
        for _ in range(turns):
            wait = await self.worker.advance(run)
            if wait is None or wait > 0:
                break
        return await self.view(run)

    async def view(self, run: int) -> RunView:
        found = await self.desk.view(run)
        assert found is not None
        return found

    async def press(self, run: int, verb: str, who: Person, typed: str = "", named: str = "") -> ActionResult:
        """Presses the button of the run's card, which this person sees; or names another plan."""
        view = await self.view(run)
        await self.ledger(shown_plans.mark_shown, run, view.digest, HERE, who.id, self.clock.now())
        return await self.desk.act(run, verb, who, named or view.digest, typed)  # type: ignore[arg-type]

    async def pressed(self, run: int, *verbs: tuple[str, Person]) -> RunView:
        """Presses in turn, each of which must be allowed, and settles the run."""
        for verb, who in verbs:
            done = await self.press(run, verb, who, LOSE)
            assert done.ok, done.words
        return await self.settle(run)

    def close(self) -> None:
        self.ledger.close()


def states(view: RunView) -> dict[str, str]:
    """What has become of each change."""
    return {row.subject: row.state for row in view.changes}


def kinds(view: RunView) -> Sequence[str]:
    """The kinds of the other findings, in order."""
    return [finding.kind for finding in view.other_findings]
