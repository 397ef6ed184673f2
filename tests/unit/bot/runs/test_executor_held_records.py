"""Records that are found not to fit while a run is at work stop it before its next call, though it had its permit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.i18n import say
from bot.ledger.anchor import set_hold
from tests.support.attacked_run import AttackedRun
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import RunHarness


@pytest.fixture
async def attacked(tmp_path: Path) -> AsyncIterator[AttackedRun]:
    lamps, path = FakeGateway(a="off", b="off"), tmp_path / "records.sqlite"
    one = AttackedRun(RunHarness(path, lamps, STEPS), lamps, path)
    yield one
    one.office.close()


async def test_records_that_are_found_not_to_fit_stop_a_run_at_work(attacked: AttackedRun) -> None:
    """The permit of the run was given before."""
    await attacked.approve()
    attacked.lamps.during_call = lambda: attacked.office.ledger(set_hold, say("they are an older copy"))
    view = await attacked.advance()
    assert sum(attacked.lamps.executed.values()) == 1
    assert view.state == "paused" and "they are an older copy" in str(view.why)


async def test_a_line_that_somebody_else_has_written_stops_the_very_next_call(attacked: AttackedRun) -> None:
    await attacked.approve()

    async def write() -> None:
        attacked.write(
            "insert into audit (n, at, event, hashed, names, previous, hash) select max(n) + 1, 1, 'x', '{}', '{}', '', 'x' from audit"
        )

    attacked.lamps.during_call = write
    view = await attacked.advance()
    assert sum(attacked.lamps.executed.values()) == 1 and view.state == "paused"
