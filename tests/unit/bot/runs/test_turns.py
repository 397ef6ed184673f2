"""One turn of a run at a time, and none by a workflow of an earlier generation."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.ledger import Ledger, runs
from bot.runs.engine import WorkflowEngine
from bot.runs.turns import LocalTurnLock, TurnLock
from tests.support.run_harness import ANNA, HERE


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "records.sqlite")
    yield ledger
    ledger.close()


async def test_turns_of_one_run_come_one_after_another_and_those_of_others_beside_them(ledger: Ledger) -> None:
    turns: TurnLock = LocalTurnLock(ledger)
    first, second = [await ledger(runs.add, "light", {}, ANNA, HERE, 0) for _ in range(2)]
    began = list[str]()
    may_end = asyncio.Event()

    async def take(name: str, run: int) -> None:
        async with turns.hold(run, 1):
            began.append(name)
            await may_end.wait()

    async with asyncio.TaskGroup() as tasks:
        for name, run in (("a", first), ("b", first), ("c", second)):
            tasks.create_task(take(name, run))
        while len(began) < 2:
            await ledger(runs.get, first)  # time enough for the others to begin
        assert began == ["a", "c"]
        may_end.set()
    assert began == ["a", "c", "b"]


async def test_a_workflow_of_an_earlier_generation_takes_no_turn(ledger: Ledger) -> None:
    turns, run = LocalTurnLock(ledger), await ledger(runs.add, "light", {}, ANNA, HERE, 0)
    await ledger(runs.begin_next_generation, run, 1)
    for generation, may in ((1, False), (2, True)):
        async with turns.hold(run, generation) as is_ours:
            assert is_ours is may


class OtherReplica:
    """A lock whose run is always somebody else's by now."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    @asynccontextmanager
    async def hold(self, run: int, generation: int) -> AsyncIterator[bool]:
        self.asked.set()
        yield False


async def test_the_engine_asks_the_lock_before_each_turn(tmp_path: Path, ledger: Ledger) -> None:
    taken, lock = list[int](), OtherReplica()

    async def advance(run: int) -> None:
        taken.append(run)

    engine = WorkflowEngine(ledger, advance, tmp_path / "records.sqlite", turns=lock)
    await engine.open()
    try:
        await engine.wake(await ledger(runs.add, "light", {}, ANNA, HERE, 0))
        async with asyncio.timeout(20):
            await lock.asked.wait()
    finally:
        await engine.close()
    assert not taken
