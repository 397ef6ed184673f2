"""Several lanes side by side: in order within each, and none holds up or spoils another."""

from asyncio import Barrier
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from bot.gateway import CallId
from bot.ledger import audit, calls
from bot.views import RunView
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states

HOUR = 3600.0
TROUBLES = ("", "", "", "refused", "not yet", "lost before", "lost after", "nothing happens", "unreachable")


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a1="off", a2="off", b1="empty", b2="off", c1="empty")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    yield office
    office.close()


async def started(office: RunHarness, lamps: FakeGateway) -> int:
    run = await office.request_run("strings", " ".join(lamps.lamps))
    for verb, who in (("start", ANNA), ("approve", BEN)):
        assert (await office.act(run, verb, who)).ok
    return run


def told(view: RunView) -> list[str]:
    return [str(part) for part in view.manual_actions]


async def test_all_that_people_must_do_is_told_at_once_and_each_lane_goes_on_as_soon_as_its_own_is_seen(
    office: RunHarness, lamps: FakeGateway
) -> None:
    run = await started(office, lamps)
    view = await office.settle(run)
    assert view.state == "waiting_for_admin" and told(view) == ["put a fuse into b1", "put a fuse into c1"] and not view.why
    assert dict(lamps.executed) == {"a1": 1, "a2": 1}  # which nobody holds up
    lamps.lamps["c1"] = "off"
    view = await office.act_and_settle(run, ("done", ANNA))
    assert view.state == "waiting_for_admin" and told(view) == ["put a fuse into b1"] and lamps.executed["c1"] == 1
    lamps.lamps["b1"] = "off"
    view = await office.settle(run)
    assert view.state == "verified" and not view.manual_actions and set(lamps.lamps.values()) == {"on"}


async def test_a_part_that_nobody_does_is_given_up_and_spoils_no_other_lane(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office, lamps)
    await office.settle(run)
    lamps.lamps["c1"] = "off"
    office.time.now += HOUR - 1
    assert (await office.settle(run)).state == "waiting_for_admin"
    office.time.now += 1
    view = await office.settle(run)
    assert view.state == "incomplete"
    assert call_states(view) == {"a1": "done", "a2": "done", "b1": "failed", "b2": "skipped", "c1": "done"}
    assert "because of b1" in str(next(row.why for row in view.changes if row.subject == "b2"))


async def test_each_lane_has_the_whole_time_for_each_of_its_parts(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps["c2"] = "empty"
    run = await started(office, lamps)
    await office.settle(run)
    office.time.now += HOUR - 1
    lamps.lamps["c1"] = "off"
    await office.settle(run)
    office.time.now += 2  # b1 has had its hour, and c2 is waited for since two seconds
    view = await office.settle(run)
    assert view.state == "waiting_for_admin" and told(view) == ["put a fuse into c2"] and call_states(view)["b1"] == "failed"


async def test_a_refusal_stops_its_own_lane_only(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= {"b1": "off", "c1": "off"}
    lamps.faults = {"a1": ["refused"]}
    view = await office.settle(await started(office, lamps))
    assert view.state == "incomplete"
    assert call_states(view) == {"a1": "failed", "a2": "skipped", "b1": "done", "b2": "done", "c1": "done"}


async def test_lanes_go_at_once_after_the_first_has_gone_well(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps = {"a1": "off", "b1": "off", "c1": "off"}
    lamps.barrier = Barrier(2)
    view = await office.settle(await started(office, lamps))
    assert view.state == "verified" and lamps.most_running == 2


async def test_failures_in_a_row_stop_the_lanes_that_have_not_begun(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= {"b1": "off", "c1": "off", "d1": "off", "e1": "off"}
    lamps.faults = {name: ["refused"] for name in ("a1", "b1", "c1")}
    view = await office.settle(await started(office, lamps))
    assert view.state == "paused" and "3 failures in a row" in str(view.why)
    assert call_states(view)["d1"] == call_states(view)["e1"] == "pending"


async def test_what_is_not_seen_yet_or_put_off_holds_up_its_own_lane_only(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= {"b1": "off", "c1": "off"}
    lamps.faults = {"a1": ["nothing happens"], "b1": ["not yet"]}
    run = await started(office, lamps)
    view = await office.settle(run)
    assert view.state == "running" and lamps.executed["c1"] == 1 and not lamps.executed["a2"] + lamps.executed["b2"]
    assert "not visible everywhere yet: a1" in str(view.why) and "not yet: b1" in str(view.why)
    lamps.lamps["a1"] = "on"
    office.time.now += 900
    assert (await office.settle(run)).state == "verified"


async def test_a_call_that_may_still_be_under_way_holds_up_its_own_lane_only(tmp_path: Path) -> None:
    """The first life ends while the call of one lamp is under way: its row stays *doing*."""
    lamps = FakeGateway(a1="off", a2="off", b1="off")
    first = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    run = await started(first, lamps)
    row = (await first.ledger(calls.of_run, run))[0]
    await first.ledger(calls.mark_sent, run, row.n, CallId("s", "c"), first.time.now)
    first.close()
    second = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    lamps.calls_have_finished = False
    view = await second.settle(run)
    assert call_states(view) == {"a1": "sent", "a2": "pending", "b1": "done"} and dict(lamps.executed) == {"b1": 1}
    lamps.calls_have_finished = True
    assert (await second.settle(run)).state == "verified" and dict(lamps.executed) == {"a1": 1, "a2": 1, "b1": 1}
    second.close()


async def test_what_waits_for_people_is_known_to_the_next_life(tmp_path: Path) -> None:
    lamps = FakeGateway(a1="empty", b1="empty")
    first = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    run = await started(first, lamps)
    await first.settle(run)
    first.close()
    second = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    assert told(await second.view(run)) == ["put a fuse into a1", "put a fuse into b1"]
    second.time.now += HOUR  # the clock went on while nobody was there
    view = await second.settle(run)
    assert view.state == "incomplete" and call_states(view) == {"a1": "failed", "b1": "failed"}
    second.close()


async def test_i_have_done_it_is_harmless_while_the_run_looks_anyway(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office, lamps)
    view = await office.view(run)
    assert view.state == "running" and "done" not in view.actions
    pressed = await office.service.act(run, "done", ANNA, view.digest)
    assert pressed.ok and "looking already" in str(pressed.words)
    await office.service.act(run, "pause", ANNA)
    assert (await office.service.act(run, "done", ANNA)).ok  # and it ends nobody's pause
    assert (await office.settle(run)).state == "paused"


async def test_i_have_done_it_is_harmless_when_all_is_done_and_only_looked_for(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= {"b1": "off", "c1": "off"}
    lamps.faults = {"a2": ["nothing happens"]}
    run = await started(office, lamps)
    assert (await office.settle(run)).state == "verifying"
    pressed = await office.service.act(run, "done", ANNA)
    assert pressed.ok and (await office.settle(run)).state == "verifying"


async def test_each_part_that_waits_for_a_person_is_in_the_audit_once(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office, lamps)
    for _ in range(3):
        await office.settle(run)
    events = [line["event"] for line in await office.ledger(audit.lines, run, 100)]
    assert events.count("waiting_for_admin") == 2


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_happens_each_lane_keeps_its_order_and_nothing_is_done_twice(tmp_path: Path, seed: int) -> None:
    """Any troubles, any order of fuses, any crash between two turns: what is on behind something dark would be out of order."""
    chance = Random(seed)
    names = [f"{lane}{n}" for lane in "abc"[: chance.randint(1, 3)] for n in range(1, chance.randint(2, 4))]
    lamps = FakeGateway(**{name: chance.choice(["off", "off", "empty"]) for name in names})
    lamps.faults = {name: [chance.choice(TROUBLES) for _ in range(chance.randint(0, 2))] for name in names}
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
    run = await started(office, lamps)
    for _ in range(1000):
        wait = await office.driver.advance(run)
        lit = [[lamps.lamps[name] == "on" for name in lane] for _, lane in groupby(names, key=lambda name: name[0])]
        assert all(sorted(lane, reverse=True) == lane for lane in lit), lamps.lamps
        if wait is None:
            break
        office.time.now += wait * chance.choice((0, 1, 20))
        if empty := [name for name in names if lamps.lamps[name] == "empty" and chance.random() < 0.2]:
            lamps.lamps[chance.choice(empty)] = "off"
        if chance.random() < 0.2:
            office.close()
            now, office = office.time.now, RunHarness(tmp_path / "records.sqlite", lamps, STEPS, time_factor=1)
            office.time.now = now
    view = await office.view(run)
    assert all(acts == 1 for name, acts in lamps.executed.items() if lamps.lamps[name] == "on")
    assert view.state == ("verified" if set(lamps.lamps.values()) == {"on"} else "incomplete")
    assert {row.subject for row in view.changes if row.state == "done"} >= {name for name in names if lamps.lamps[name] == "on"}
    office.close()
