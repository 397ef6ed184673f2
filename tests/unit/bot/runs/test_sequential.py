"""In order: the next call when everything before it is seen, and what people must do in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.gateway import CallId
from bot.ledger import calls
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS)
    yield office
    office.close()


async def test_the_next_call_waits_until_the_one_before_is_seen(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["nothing happens"]}
    run = await office.request_run("chain", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "running" and "not visible" in str(view.why) and "b" not in lamps.executed
    lamps.lamps["a"] = "on"
    assert (await office.settle(run)).state == "verified" and dict(lamps.executed) == {"a": 1, "b": 1}


async def test_what_is_never_seen_ends_the_run_after_the_steps_own_time(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["nothing happens"]}
    run = await office.request_run("chain", "a b")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    office.time.now += 3600
    view = await office.settle(run)
    assert (
        view.state == "incomplete" and call_states(view) == {"a": "done", "b": "skipped"} and "not confirmed by looking: a" in str(view.why)
    )


async def test_a_failure_stops_what_comes_after_it(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["refused"]}
    run = await office.request_run("chain", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "incomplete" and call_states(view) == {"a": "failed", "b": "skipped"} and not lamps.executed
    assert (await office.act_and_settle(run, ("retry", ANNA))).state == "verified"


async def test_nothing_begins_behind_a_call_that_may_still_be_under_way(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("chain", "a b")
    for verb, who in (("start", ANNA), ("approve", BEN)):
        assert (await office.act(run, verb, who)).ok
    row = (await office.ledger(calls.of_run, run))[0]
    await office.ledger(calls.mark_sent, run, row.n, CallId("s", "c"), office.time.now)  # another life sent it, and has died
    lamps.calls_have_finished = False
    await office.settle(run)
    assert call_states(await office.view(run)) == {"a": "sent", "b": "pending"} and not lamps.executed
    lamps.calls_have_finished = True
    assert (await office.settle(run)).state == "verified" and dict(lamps.executed) == {"a": 1, "b": 1}


async def test_what_has_become_unclear_is_not_begun_before_it_is_clear(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("chain", "a")
    lamps.hidden = {"a"}
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert (view.state, call_states(view)) == ("running", {"a": "pending"}) and not lamps.executed
    lamps.hidden = set()
    assert (await office.settle(run)).state == "verified"


async def test_what_a_person_must_do_is_waited_for_and_seen(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps["b"] = "empty"
    run = await office.request_run("chain", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert (
        view.state == "waiting_for_admin"
        and [str(part) for part in view.manual_actions] == ["put a fuse into b"]
        and dict(lamps.executed) == {"a": 1}
    )
    assert (await office.act_and_settle(run, ("done", ANNA))).state == "waiting_for_admin"  # not believed: there is still no fuse in it
    lamps.lamps["b"] = "off"
    assert (await office.settle(run)).state == "verified" and lamps.executed["b"] == 1


async def test_what_a_person_never_does_ends_the_run_with_a_word(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps["b"] = "empty"
    run = await office.request_run("chain", "b")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    office.time.now += 3601
    view = await office.settle(run)
    assert view.state == "incomplete" and call_states(view) == {"b": "failed"}
