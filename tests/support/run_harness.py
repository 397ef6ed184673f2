"""The core as tests drive it: real records in a file, turns given by the test, a clock that stands still, and no network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.bootstrap import Core, build_core
from bot.clock import Clock
from bot.gateway import EstateGateway
from bot.ledger import shown_plans
from bot.step import LOSE, Step
from bot.views import ActionResult, ConversationRef, Permission, Person, RunView
from tests.support.bot_settings import bot_settings

ANNA, BEN, VIEWER, STRANGER = Person("a", "Anna"), Person("b", "Ben"), Person("v", "Vera"), Person("s", "Sam")
RIGHTS: Mapping[Permission, Sequence[str]] = {"look": ["v"], "ask": ["a"], "approve": ["a", "b"]}
HERE = ConversationRef("conversation-1", "http://127.0.0.1:1/")


class ManualTime:
    """A clock that stands still until it is told to move. `now` is what has really passed; somebody may set what the wall shows."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.set_by = 0.0

    def __call__(self) -> float:
        """What the wall shows."""
        return self.now + self.set_by

    def passed(self) -> float:
        return self.now


class ManualEngine:
    """An engine that wakes nobody: actions only mark the ledger, and the test gives runs their turns."""

    async def open(self) -> None: ...

    async def wake(self, run: int) -> None: ...

    def overdue_turns(self) -> Mapping[int, float]:
        return {}

    def since_last_turn(self) -> float | None:
        return None

    async def close(self) -> None: ...


class RunHarness:
    """The core over a fake gateway, real records in a file. `settle` turns the run until only a person or time moves it on."""

    def __init__(
        self,
        records: Path,
        gateway: EstateGateway,
        steps: Mapping[str, Step],
        *,
        rights: Mapping[Permission, Sequence[str]] = RIGHTS,
        time: ManualTime | None = None,
        time_factor: float = 1_000_000,
        **settings: Any,
    ) -> None:
        """`settings` are those of the configuration, such as `concurrency` and `approval_above`."""
        self.time = time or ManualTime()
        clock = Clock(self.time, time_factor=time_factor, monotonic=self.time.passed)
        made = bot_settings(records, rights, time_factor=time_factor, **settings)
        self.adopt(build_core(made, gateway, steps=steps, clock=clock, engine=ManualEngine()))

    def adopt(self, core: Core) -> None:
        """The parts of the core by the names that tests use most."""
        self.core, self.clock, self.ledger, self.wake = core, core.clock, core.ledger, core.engine.wake
        self.report_files = core.report_files
        self.service = core.service
        self.driver = core.driver
        self.policy = core.policy
        self.changed_runs: list[int] = []
        core.events.run_changed.connect(self.changed_runs.append)

    async def request_run(self, step: str, people: str, who: Person = ANNA) -> int:
        pressed = await self.service.create_run(step, {"people": people}, who, HERE)
        assert pressed.run is not None, pressed.words
        await self.settle(pressed.run)
        return pressed.run

    async def settle(self, run: int, turns: int = 50) -> RunView:
        """Advances until the run rests for a person, ends, or wants to wait for more than a moment."""
        for _ in range(turns):
            wait = await self.driver.advance(run)
            if wait is None or wait > 0:
                break
        return await self.view(run)

    async def view(self, run: int) -> RunView:
        found = await self.service.view(run)
        assert found is not None
        return found

    async def act(self, run: int, verb: str, who: Person, typed: str = "", named: str = "") -> ActionResult:
        """Presses the button of the run's card, which this person sees; or names another plan."""
        view = await self.view(run)
        await self.ledger(shown_plans.mark_shown, run, view.digest, HERE, who.id, self.clock.now())
        return await self.service.act(run, verb, who, named or view.digest, typed)  # type: ignore[arg-type]

    async def act_and_settle(self, run: int, *verbs: tuple[str, Person]) -> RunView:
        """Presses in turn, each of which must be allowed, and settles the run."""
        for verb, who in verbs:
            done = await self.act(run, verb, who, LOSE)
            assert done.ok, done.words
        return await self.settle(run)

    def close(self) -> None:
        self.ledger.close()


def call_states(view: RunView) -> dict[str, str]:
    """What has become of each change."""
    return {row.subject: row.state for row in view.changes}


def finding_kinds(view: RunView) -> Sequence[str]:
    """The kinds of the other findings, in order."""
    return [finding.kind for finding in view.other_findings]
