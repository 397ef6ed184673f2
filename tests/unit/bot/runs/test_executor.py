"""What happens while a run looks or works: somebody presses, calls fail, get lost or never arrive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.calls import ReadCall
from bot.gateway import ReadResult
from bot.views import Action
from tests.support.fake_gateway import STEPS, Lamps
from tests.support.run_harness import ANNA, BEN, HERE, Office, states


class Overtaken(Lamps):
    """Somebody presses while it is looked at."""

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        if self.meanwhile:
            await self.meanwhile()
        async for answer in super().read(call):
            yield answer


@pytest.fixture
def lamps() -> Lamps:
    return Lamps(a="off", b="off", c="off", d="off", e="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: Lamps) -> AsyncIterator[Office]:
    office = Office(tmp_path / "records.sqlite", lamps, STEPS, concurrency=1, max_consecutive_failures=2)
    yield office
    office.close()


@pytest.mark.parametrize(("verb", "became"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_what_is_pressed_while_a_call_is_under_way_lets_nothing_else_begin(
    office: Office, lamps: Lamps, verb: Action, became: str
) -> None:
    run = await office.asked("light", "a b c")
    lamps.meanwhile = lambda: office.press(run, verb, ANNA)
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert view.state == became and dict(lamps.acts) == {"a": 1}


async def test_a_call_that_never_arrived_waits_again_when_the_run_is_paused(office: Office, lamps: Lamps) -> None:
    run = await office.asked("light", "a")
    lamps.trouble, lamps.meanwhile = {"a": ["never arrived"]}, lambda: office.desk.act(run, "pause", ANNA)
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert (view.state, states(view)) == ("paused", {"a": "pending"})
    assert (await office.pressed(run, ("resume", ANNA))).state == "verified" and lamps.acts["a"] == 1


async def test_a_call_whose_answer_is_always_lost_is_not_tried_for_ever(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {"a": ["lost before"] * 9}
    view = await office.pressed(await office.asked("light", "a"), ("start", ANNA), ("approve", BEN))
    assert (view.state, states(view)) == ("incomplete", {"a": "failed"})
    assert "tried 3 times" in str(view.changes[0].why) and len(lamps.trouble["a"]) == 6


async def test_failures_with_a_success_between_them_stop_nothing(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {name: ["refused"] for name in "bd"}
    run = await office.asked("light", "a b c d e")
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert states(view) == {"a": "done", "b": "failed", "c": "done", "d": "failed", "e": "done"}


async def test_a_run_that_is_cancelled_while_it_looks_has_no_plan(tmp_path: Path) -> None:
    lamps = Overtaken(a="off")
    office = Office(tmp_path / "records.sqlite", lamps, STEPS)
    asked = await office.desk.create_run("light", {"people": "a"}, ANNA, HERE)
    assert asked.run is not None
    run = asked.run
    lamps.meanwhile = lambda: office.desk.act(run, "cancel", ANNA)
    view = await office.settle(run)
    assert view.state == "cancelled" and not view.changes
    office.close()


async def test_what_this_run_did_not_do_is_not_taken_back(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {"b": ["refused"]}
    run = await office.asked("chain", "a b")
    await office.pressed(run, ("start", ANNA), ("approve", BEN))
    lamps.lamps["b"] = "on"  # by somebody else
    undo = await office.desk.act(run, "undo", ANNA)
    assert undo.run is not None
    view = await office.settle(undo.run)
    assert set(states(view)) == {"a"} and not view.other_findings


async def test_what_failed_can_be_tried_again_also_about_somebody_who_was_in_an_earlier_run(office: Office, lamps: Lamps) -> None:
    await office.pressed(await office.asked("light", "a"), ("start", ANNA), ("approve", BEN))
    lamps.lamps["a"], lamps.trouble = "off", {"a": ["refused"]}
    run = await office.asked("light", "a")
    assert (await office.pressed(run, ("start", ANNA), ("approve", BEN))).state == "incomplete"
    assert (await office.pressed(run, ("retry", ANNA))).state == "verified"
