"""What follows a run begins on every way to verified, for each once: also where something shows only after the run has given up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ledger import runs
from bot.views import RunView
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states
from tests.support.watching_steps import HURRY, watch

HOURS = 3600 / HURRY


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="on")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, {**STEPS, "light": replace(STEPS["light"], follow_up="watch"), "watch": watch})
    yield office
    office.close()


async def followed(office: RunHarness, run: int) -> list[str]:
    """Whom each run that follows this one is about."""
    return [one.answers["people"] for one in await office.ledger(runs.followers, run)]


async def not_shown(office: RunHarness, lamps: FakeGateway) -> RunView:
    """Both are switched on, and what was done with b shows only later: by then the run has given up."""
    lamps.faults = {"b": ["nothing happens"]}
    run = await office.act_and_settle(await office.request_run("light", "a b"), ("start", ANNA), ("approve", BEN))
    assert run.state == "verifying"
    office.time.now += 1.1 * HOURS
    run = await office.settle(run.id)
    assert run.state == "incomplete" and await followed(office, run.id) == ["a"]
    return run


async def test_what_shows_only_when_somebody_looks_again_is_followed(office: RunHarness, lamps: FakeGateway) -> None:
    run = await not_shown(office, lamps)
    lamps.lamps["b"] = "on"
    assert (await office.act_and_settle(run.id, ("look", ANNA))).state == "verified"
    assert await followed(office, run.id) == ["a", "b"]
    assert call_states(await office.view(run.id)) == {"a": "done", "b": "done"}
    office.time.now += HOURS
    await office.settle(run.id)
    assert len(await followed(office, run.id)) == 2


async def test_also_where_the_new_look_finds_something_else_to_do(office: RunHarness, lamps: FakeGateway) -> None:
    run = await not_shown(office, lamps)
    lamps.lamps |= {"a": "off", "b": "on"}
    again = await office.act_and_settle(run.id, ("look", ANNA))
    assert again.state == "planned" and await followed(office, run.id) == ["a", "b"]
    await office.act_and_settle(run.id, ("cancel", ANNA))
    assert await followed(office, run.id) == ["a", "b"]


async def test_what_a_later_run_sees_of_an_earlier_one_is_followed_there(office: RunHarness, lamps: FakeGateway) -> None:
    run = await not_shown(office, lamps)
    lamps.lamps["b"] = "on"
    later = await office.request_run("light", "a b c")
    assert (await office.view(later)).state == "verified"
    assert await followed(office, run.id) == ["a", "b"] and await followed(office, later) == []
    assert (await office.act_and_settle(run.id, ("look", ANNA))).state == "verified"
    assert len(await followed(office, run.id)) == 2


async def test_whoever_was_changed_once_more_is_followed_once(office: RunHarness, lamps: FakeGateway) -> None:
    run = await not_shown(office, lamps)
    later = await office.act_and_settle(await office.request_run("light", "b"), ("start", ANNA), ("approve", BEN))
    assert later.state == "verified" and await followed(office, later.id) == ["b"]
    await office.request_run("light", "a b")
    assert await followed(office, run.id) == ["a"]


async def test_those_who_show_do_not_wait_for_those_who_do_not(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"b": ["nothing happens"]}
    run = await office.act_and_settle(await office.request_run("light", "a b"), ("start", ANNA), ("approve", BEN))
    assert await followed(office, run.id) == []
    office.time.now += 0.6 * HOURS
    assert (await office.settle(run.id)).state == "verifying" and await followed(office, run.id) == ["a"]
    lamps.lamps["b"] = "on"
    office.time.now += 0.2 * HOURS
    assert (await office.settle(run.id)).state == "verified" and await followed(office, run.id) == ["a", "b"]


async def test_what_is_refused_after_a_new_plan_takes_nothing_from_those_who_are_done(office: RunHarness, lamps: FakeGateway) -> None:
    run = await not_shown(office, lamps)
    await office.act_and_settle(run.id, ("look", ANNA))
    await office.act_and_settle(run.id, ("start", ANNA))
    lamps.lamps["b"] = "on"
    refused = await office.act_and_settle(run.id, ("refuse", BEN))
    assert refused.state == "cancelled" and await followed(office, run.id) == ["a"]
    await office.request_run("light", "b")
    assert await followed(office, run.id) == ["a", "b"]
