"""What happens while a run looks or works: somebody presses, calls fail, get lost or never arrive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.calls import ReadCall
from bot.gateway import ReadResult
from bot.views import Action
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, HERE, RunHarness, call_states


class Overtaken(FakeGateway):
    """Somebody presses while it is looked at."""

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        if self.during_call:
            await self.during_call()
        async for answer in super().read(call):
            yield answer


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="off", d="off", e="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, concurrency=1, max_consecutive_failures=2)
    yield office
    office.close()


@pytest.mark.parametrize(("verb", "became"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_what_is_pressed_while_a_call_is_under_way_lets_nothing_else_begin(
    office: RunHarness, lamps: FakeGateway, verb: Action, became: str
) -> None:
    run = await office.request_run("light", "a b c")
    lamps.during_call = lambda: office.act(run, verb, ANNA)
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == became and dict(lamps.executed) == {"a": 1}


async def test_a_call_that_never_arrived_waits_again_when_the_run_is_paused(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a")
    lamps.faults, lamps.during_call = {"a": ["never arrived"]}, lambda: office.service.act(run, "pause", ANNA)
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert (view.state, call_states(view)) == ("paused", {"a": "pending"})
    assert (await office.act_and_settle(run, ("resume", ANNA))).state == "verified" and lamps.executed["a"] == 1


async def test_a_call_whose_answer_is_always_lost_is_not_tried_for_ever(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["lost before"] * 9}
    view = await office.act_and_settle(await office.request_run("light", "a"), ("start", ANNA), ("approve", BEN))
    assert (view.state, call_states(view)) == ("incomplete", {"a": "failed"})
    assert "tried 3 times" in str(view.changes[0].why) and len(lamps.faults["a"]) == 6


async def test_failures_with_a_success_between_them_stop_nothing(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {name: ["refused"] for name in "bd"}
    run = await office.request_run("light", "a b c d e")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert call_states(view) == {"a": "done", "b": "failed", "c": "done", "d": "failed", "e": "done"}


async def test_a_run_that_is_cancelled_while_it_looks_has_no_plan(tmp_path: Path) -> None:
    lamps = Overtaken(a="off")
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS)
    asked = await office.service.create_run("light", {"people": "a"}, ANNA, HERE)
    assert asked.run is not None
    run = asked.run
    lamps.during_call = lambda: office.service.act(run, "cancel", ANNA)
    view = await office.settle(run)
    assert view.state == "cancelled" and not view.changes
    office.close()


async def test_what_this_run_did_not_do_is_not_taken_back(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"b": ["refused"]}
    run = await office.request_run("chain", "a b")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    lamps.lamps["b"] = "on"  # by somebody else
    undo = await office.service.act(run, "undo", ANNA)
    assert undo.run is not None
    view = await office.settle(undo.run)
    assert set(call_states(view)) == {"a"} and not view.other_findings


async def test_what_failed_can_be_tried_again_also_about_somebody_who_was_in_an_earlier_run(office: RunHarness, lamps: FakeGateway) -> None:
    await office.act_and_settle(await office.request_run("light", "a"), ("start", ANNA), ("approve", BEN))
    lamps.lamps["a"], lamps.faults = "off", {"a": ["refused"]}
    run = await office.request_run("light", "a")
    assert (await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))).state == "incomplete"
    assert (await office.act_and_settle(run, ("retry", ANNA))).state == "verified"
