"""What happens between two calls of a run: somebody's pause, failures that are not in a row, a call that never arrived."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.runs.worker import Limits
from bot.view import Verb
from tests.lamps import STEPS, Lamps
from tests.office import ANNA, BEN, Office, states


@pytest.fixture
def lamps() -> Lamps:
    return Lamps(a="off", b="off", c="off", d="off", e="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: Lamps) -> AsyncIterator[Office]:
    office = Office(tmp_path / "records.sqlite", lamps, STEPS, limits=Limits(at_once=1, brake=2))
    yield office
    office.close()


@pytest.mark.parametrize(("verb", "became"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_what_is_pressed_while_a_call_is_under_way_lets_nothing_else_begin(
    office: Office, lamps: Lamps, verb: Verb, became: str
) -> None:
    run = await office.asked("light", "a b c")
    lamps.meanwhile = lambda: office.desk.press(run, verb, ANNA)
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert view.state == became and dict(lamps.acts) == {"a": 1}


async def test_a_call_that_never_arrived_waits_again_when_the_run_is_paused(office: Office, lamps: Lamps) -> None:
    run = await office.asked("light", "a")
    lamps.trouble, lamps.meanwhile = {"a": ["never arrived"]}, lambda: office.desk.press(run, "pause", ANNA)
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert (view.state, states(view)) == ("paused", {"a": "waiting"})
    assert (await office.pressed(run, ("resume", ANNA))).state == "verified" and lamps.acts["a"] == 1


async def test_failures_with_a_success_between_them_stop_nothing(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {name: ["refused"] for name in "bd"}
    run = await office.asked("light", "a b c d e")
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert states(view) == {"a": "done", "b": "failed", "c": "done", "d": "failed", "e": "done"}
