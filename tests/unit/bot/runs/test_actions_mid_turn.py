"""Presses that come amid a turn of the run, or that are refused half-way: what was there stays, and who stops a run is heard."""

from pathlib import Path
from typing import Any

import pytest

from bot.ledger import runs
from tests.support.recorded_runs import AGREED, House, lost
from tests.support.run_harness import ANNA


async def test_a_refused_retry_leaves_everything_as_it_was(house: House) -> None:
    """In run 1, b failed and a is in doubt; meanwhile another run has b."""
    run = await lost(house, b=["refused"])
    await house.office.pressed(await house.office.asked("light", "b"), *AGREED[:1])
    before = await house.office.ledger(_all, run)
    assert "unknown" in {row["state"] for row in before[0] if row["lock"]}
    assert not (await house.office.press(run, "retry", ANNA)).ok
    assert await house.office.ledger(_all, run) == before and not house.faults()


async def test_a_refused_start_leaves_everything_as_it_was(house: House) -> None:
    """Two plans for the same lamp; the second has been planned and started before, without it."""
    run = await house.lit("a b", b=["refused"])
    await house.office.pressed(run, ("look", ANNA))
    other = await house.office.asked("light", "b c")
    await house.office.pressed(other, *AGREED[:1])
    before = await house.office.ledger(_all, run)
    assert not (await house.office.press(run, "start", ANNA)).ok
    assert await house.office.ledger(_all, run) == before and not house.faults()


def _all(db: Any, run: int) -> list[Any]:
    return [list(db.query(f"select * from {table} where run = :run", {"run": run})) for table in ("calls", "snapshots")]


@pytest.mark.parametrize("verb", ["cancel", "pause"])
async def test_who_stops_a_run_amid_its_first_look_is_heard(house: House, verb: str) -> None:
    """A cancel used to leave it paused for good: nobody could let it go on, and nobody could cancel it."""
    run = await house.office.asked("light", "a b")
    for each in AGREED:
        assert (await house.office.press(run, *each)).ok

    async def press() -> None:
        assert (await house.office.desk.act(run, verb, ANNA)).ok  # type: ignore[arg-type]

    house.lamps.amid_a_look = press
    view = await house.office.settle(run)
    assert (view.state, view.why) == ({"cancel": "cancelled", "pause": "paused"}[verb], None)
    assert not house.lamps.acts and not house.faults()
    assert (await house.office.ledger(runs.require, run)).generation == 1


async def test_a_run_that_is_cancelled_while_it_brakes_is_cancelled(tmp_path: Path) -> None:
    house = House(tmp_path / "records.sqlite", brake=1)
    house.lamps.trouble = {"a": ["refused"]}
    run = await house.office.asked("light", "a b c")
    for each in AGREED:
        assert (await house.office.press(run, *each)).ok

    async def cancel() -> None:
        assert (await house.office.desk.act(run, "cancel", ANNA)).ok

    house.lamps.meanwhile = cancel
    view = await house.office.settle(run)
    assert (view.state, view.count("failed"), view.count("skipped")) == ("incomplete", 1, 2) and not house.faults()
    house.office.close()
