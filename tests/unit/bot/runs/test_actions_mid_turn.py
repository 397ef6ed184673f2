"""Presses that come amid a turn of the run, or that are refused half-way: what was there stays, and who stops a run is heard."""

from pathlib import Path
from typing import Any

import pytest

from bot.ledger import runs
from tests.support.recorded_runs import AGREED, RecordedRuns, lose_a_call
from tests.support.run_harness import ANNA


async def test_a_refused_retry_leaves_everything_as_it_was(house: RecordedRuns) -> None:
    """In run 1, b failed and a is in doubt; meanwhile another run has b."""
    run = await lose_a_call(house, b=["refused"])
    await house.office.act_and_settle(await house.office.request_run("light", "b"), *AGREED[:1])
    before = await house.office.ledger(_all, run)
    assert "unknown" in {row["state"] for row in before[0] if row["lock"]}
    assert not (await house.office.act(run, "retry", ANNA)).ok
    assert await house.office.ledger(_all, run) == before and not house.faults()


async def test_a_refused_start_leaves_everything_as_it_was(house: RecordedRuns) -> None:
    """Two plans for the same lamp; the second has been planned and started before, without it."""
    run = await house.light_lamps("a b", b=["refused"])
    await house.office.act_and_settle(run, ("look", ANNA))
    other = await house.office.request_run("light", "b c")
    await house.office.act_and_settle(other, *AGREED[:1])
    before = await house.office.ledger(_all, run)
    assert not (await house.office.act(run, "start", ANNA)).ok
    assert await house.office.ledger(_all, run) == before and not house.faults()


def _all(db: Any, run: int) -> list[Any]:
    return [list(db.query(f"select * from {table} where run = :run", {"run": run})) for table in ("calls", "snapshots")]


@pytest.mark.parametrize("verb", ["cancel", "pause"])
async def test_who_stops_a_run_amid_its_first_look_is_heard(house: RecordedRuns, verb: str) -> None:
    """A cancel used to leave it paused for good: nobody could let it go on, and nobody could cancel it."""
    run = await house.office.request_run("light", "a b")
    for each in AGREED:
        assert (await house.office.act(run, *each)).ok

    async def press() -> None:
        assert (await house.office.service.act(run, verb, ANNA)).ok  # type: ignore[arg-type]

    house.lamps.during_read = press
    view = await house.office.settle(run)
    assert (view.state, view.why) == ({"cancel": "cancelled", "pause": "paused"}[verb], None)
    assert not house.lamps.executed and not house.faults()
    assert (await house.office.ledger(runs.require, run)).generation == 1


async def test_a_run_that_is_cancelled_while_it_brakes_is_cancelled(tmp_path: Path) -> None:
    house = RecordedRuns(tmp_path / "records.sqlite", brake=1)
    house.lamps.faults = {"a": ["refused"]}
    run = await house.office.request_run("light", "a b c")
    for each in AGREED:
        assert (await house.office.act(run, *each)).ok

    async def cancel() -> None:
        assert (await house.office.service.act(run, "cancel", ANNA)).ok

    house.lamps.during_call = cancel
    view = await house.office.settle(run)
    assert (view.state, view.count("failed"), view.count("skipped")) == ("incomplete", 1, 2) and not house.faults()
    house.office.close()
