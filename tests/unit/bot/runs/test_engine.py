"""The durable loop: runs are woken, recovered by the next life, and never stranded."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from dbos import DBOS

from bot.clock import since_boot
from bot.errors import AlreadyRunning
from bot.ledger import Ledger, runs
from bot.runs.engine import OVERDUE, TROUBLE, WorkflowEngine
from bot.runs.lifecycle import Event, transition
from bot.supervision import Supervisor
from bot.views import RunState
from tests.support.run_harness import ANNA, HERE

T = TypeVar("T")


class Hiccup(Ledger):
    """A ledger whose disk refuses the next one of these verbs, once `refuses` is set."""

    verb: Callable[..., object] = staticmethod(runs.open_runs)

    def __init__(self, records: Path) -> None:
        super().__init__(records)
        self.refuses, self.has_refused = False, asyncio.Event()

    async def __call__(self, verb: Callable[..., T], *args: object, **kwargs: object) -> T:
        if verb is self.verb and self.refuses:
            self.refuses = False
            self.has_refused.set()
            raise sqlite3.OperationalError("disk I/O error")
        return await super().__call__(verb, *args, **kwargs)


class Engine:
    """The real engine over a real ledger; turns only follow the ledger's state and are counted."""

    def __init__(self, records: Path) -> None:
        self.ledger = Hiccup(records)
        self.supervisor = Supervisor()
        self.runs = WorkflowEngine(self.ledger, self._advance, records, self.supervisor)
        self.error: Exception | None = None  # what the next turn fails by
        self.turns: list[RunState] = []
        self.turned: list[int] = []  # the runs, in the same order
        self.rings_itself = 0  # times that a wake arrives in the middle of a turn
        self.rest = 3600.0  # seconds that a turn wants until the next
        self.may_end = asyncio.Event()  # a turn ends when this is set
        self.may_end.set()
        self.at_once = self.most_at_once = 0
        self._turned = asyncio.Event()

    async def _advance(self, run: int) -> float | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._turn(run)
        finally:
            self.at_once -= 1

    async def _turn(self, run: int) -> float | None:
        state = (await self.ledger(runs.require, run)).state
        self.turns.append(state)
        self.turned.append(run)
        if self.rings_itself:
            self.rings_itself -= 1
            await self.runs.wake(run)
        self._turned.set()
        await self.may_end.wait()
        if error := self.error:
            self.error = None
            raise error
        return None if state in ("verified", "cancelled") else self.rest

    async def asked(self) -> int:
        run = await self.ledger(runs.add, "light", {"people": "a"}, ANNA, HERE, 1.0)
        await self.runs.wake(run)
        return run

    async def ends(self, run: int) -> None:
        await self.ledger(transition, run, Event.PLAN_MADE, RunState.VERIFIED)
        await self.runs.wake(run)

    async def until(self, seen: Callable[[list[RunState]], bool]) -> None:
        async with asyncio.timeout(20):
            while not seen(self.turns):
                self._turned.clear()
                await self._turned.wait()


@asynccontextmanager
async def engine(records: Path) -> AsyncIterator[Engine]:
    made = Engine(records)
    await made.runs.open()
    try:
        yield made
    finally:
        await made.runs.close()
        made.ledger.close()


async def test_a_run_is_turned_when_it_is_woken_and_left_alone_when_it_is_over(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
        await one.ledger(transition, run, Event.PLAN_MADE, RunState.VERIFIED)
        await one.runs.wake(run)
        await one.until(lambda turns: turns == ["planning", "verified"])


async def test_the_next_life_carries_on_what_was_waiting(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as first:
        run = await first.asked()
        await first.until(lambda turns: "planning" in turns)
    async with engine(tmp_path / "r.sqlite") as second:
        await second.ledger(transition, run, Event.CANCEL, RunState.CANCELLED)
        await second.runs.wake(run)
        await second.until(lambda turns: "cancelled" in turns)
        assert (await second.ledger(runs.require, run)).generation == 1  # the same workflow: ending well is no error of it


async def test_a_run_whose_workflow_has_ended_without_it_gets_another(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
        await DBOS.cancel_workflow_async(f"run-{run}-1")
        await one.runs.sweep()
        await one.until(lambda turns: turns == ["planning", "planning"])
        assert (await one.ledger(runs.require, run)).generation == 2


async def test_the_sweep_leaves_alone_what_sleeps(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        first = await one.asked()
        await one.until(lambda turns: len(turns) == 1)
        second = await one.asked()
        await one.until(lambda turns: len(turns) == 2)
        await one.runs.sweep()
        await one.runs.wake(second)
        await one.until(lambda turns: len(turns) > 2)
        assert one.turned == [first, second, second]


async def test_a_sweep_that_fails_is_not_the_last_one(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        first, second = await one.asked(), await one.asked()
        await one.until(lambda turns: len(turns) == 2)
        one.ledger.refuses = True
        await one.ends(first)  # and what follows it would begin now
        await one.ledger.has_refused.wait()
        follower = await one.ledger(runs.add, "light", {"people": "a"}, ANNA, HERE, 1.0)
        await one.ends(second)
        await one.until(lambda turns: follower in one.turned)


async def test_a_run_goes_on_after_the_engine_could_not_write_its_own_file(tmp_path: Path) -> None:
    """Nothing in that file tells that the workflow has broken off."""
    async with engine(tmp_path / "r.sqlite") as one:
        one.rest = 0.01
        with sqlite3.connect(tmp_path / "r.engine.sqlite", isolation_level=None) as file:
            full = "select raise(abort, 'database or disk is full')"
            for table, change in (("operation_outputs", "insert"), ("workflow_status", "update of output")):
                file.execute(f"create trigger full_{table} before {change} on {table} begin {full}; end")
            run = await one.asked()
            async with asyncio.timeout(20):
                while len(one.turns) < 2:
                    await one.runs.sweep()
        assert (await one.ledger(runs.require, run)).generation > 1


async def test_a_run_is_rung_also_when_the_records_fail_at_that_moment(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
        await one.ledger(transition, run, Event.PLAN_MADE, RunState.PLANNED)
        one.ledger.verb, one.ledger.refuses = runs.get, True
        with pytest.raises(sqlite3.OperationalError):
            await one.runs.wake(run)
        await one.until(lambda turns: turns == ["planning", "planned"])


async def test_a_turn_that_fails_and_a_turn_that_is_overdue_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        one.error = ValueError("no")
        run = await one.asked()
        await one.until(lambda turns: len(turns) == 1)
        await one.until(lambda turns: bool(one.supervisor.problems()))
        told = one.supervisor.problems()
        assert [(unwell.part, unwell.description) for unwell in told] == [(f"run {run}", "ValueError, tried 1 times")]
        assert not one.runs.overdue_turns()
        right = since_boot
        monkeypatch.setattr("bot.runs.engine.since_boot", lambda: right() + TROUBLE + OVERDUE + 1)
        assert list(one.runs.overdue_turns()) == [run]
        await one.ends(run)
        await one.until(lambda turns: not one.supervisor.problems())
        assert not one.runs.overdue_turns()


async def test_a_ring_during_a_turn_is_heard_after_it(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        one.rings_itself = 1
        await one.asked()
        await one.until(lambda turns: len(turns) == 2)


async def test_a_run_that_waits_goes_on_in_time_though_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        one.rest = 0.3
        await one.asked()
        await one.until(lambda turns: len(turns) == 1)
        right = time.time
        monkeypatch.setattr(time, "time", lambda: right() - 3 * 3600)
        await one.until(lambda turns: len(turns) == 2)


async def test_an_earlier_workflow_of_a_run_ends_when_the_run_begins_its_next_life(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])  # and sleeps for an hour
        await one.ledger(runs.begin_next_generation, run, 1)
        await one.runs.wake(run)
        await one.until(lambda turns: len(turns) == 2)
        earlier = await DBOS.retrieve_workflow_async(f"run-{run}-1")
        await asyncio.wait_for(earlier.get_result(), 10)
        assert one.turns == ["planning", "planning"]


async def test_two_workflows_of_a_run_never_take_a_turn_at_once(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        one.may_end.clear()
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
        await one.ledger(runs.begin_next_generation, run, 1)  # pressed in the middle of the turn of the first
        await one.runs.wake(run)
        for _ in range(50):
            await one.ledger(runs.generation, run)  # time enough for the second to begin
        one.may_end.set()
        await one.until(lambda turns: len(turns) == 2)
        assert one.most_at_once == 1


async def test_the_next_life_of_a_run_begins_once(tmp_path: Path) -> None:
    """The sweep has read the run before a press gave it another life."""
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        for _ in range(2):
            await one.ledger(runs.begin_next_generation, run, 1)
        assert await one.ledger(runs.generation, run) == 2
        await one.ledger(transition, run, Event.PLAN_MADE, RunState.VERIFIED)
        await one.ledger(runs.begin_next_generation, run, 2)
        assert await one.ledger(runs.generation, run) == 2


async def test_runs_of_records_that_went_back_in_time_are_carried_on_at_once(tmp_path: Path) -> None:
    """The engine's file knows their workflows as ended: of a run that is at work again, and of one whose number is given once more."""
    async with engine(tmp_path / "r.sqlite") as one:
        first = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
    shutil.copy(tmp_path / "r.sqlite", tmp_path / "backup.sqlite")
    async with engine(tmp_path / "r.sqlite") as one:
        second = await one.asked()
        await one.until(lambda _: {first, second} <= set(one.turned))
        for run in (first, second):
            await one.ends(run)
            await (await DBOS.retrieve_workflow_async(f"run-{run}-1")).get_result()
    shutil.copy(tmp_path / "backup.sqlite", tmp_path / "r.sqlite")
    async with engine(tmp_path / "r.sqlite") as one:
        await one.until(lambda _: first in one.turned)
        again = await one.asked()
        await one.until(lambda _: again in one.turned)
        assert again == second and (await one.ledger(runs.require, again)).generation == 2


async def test_two_bots_never_work_on_the_same_records(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        with pytest.raises(AlreadyRunning, match="another Switchover"):
            await WorkflowEngine(one.ledger, one._advance, tmp_path / "r.sqlite").open()


async def test_what_follows_a_run_begins_when_that_is_over(tmp_path: Path) -> None:
    async with engine(tmp_path / "r.sqlite") as one:
        run = await one.asked()
        await one.until(lambda turns: turns == ["planning"])
        follower = await one.ledger(runs.add, "light", {"people": "a"}, ANNA, HERE, 2.0, follows=run)
        await one.ledger(transition, run, Event.PLAN_MADE, RunState.VERIFIED)
        await one.runs.wake(run)
        await one.until(lambda turns: turns == ["planning", "verified", "planning"])
        assert one.turned[-1] == follower
