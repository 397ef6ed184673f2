"""A refusal that is known to mean "not yet" is waited out; nobody else is held up by it, and nothing is sent too soon."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.facts import Reader
from bot.i18n import say
from bot.step import Change, Plan, step
from tests.support.fake_gateway import STEPS, FakeGateway, LampNames, light
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states

GIVEN: dict[str, float] = {}  # lamp -> when its licence was given


@step(say("Light licensed lamps"), phrases=("licensed",), ordering="independent")
async def licensed(which: LampNames, read: Reader) -> Plan:
    """Lamps that need a licence, which counts only a while after it was given."""
    async for finding in light.plan(which, read):
        yield replace(finding, licensed_at=GIVEN.get(finding.subject)) if isinstance(finding, Change) else finding


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    GIVEN.clear()
    office = RunHarness(tmp_path / "records.sqlite", lamps, {**STEPS, "licensed": licensed}, time_factor=1)
    yield office
    office.close()


async def started(office: RunHarness, step: str, people: str) -> int:
    run = await office.request_run(step, people)
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    return run


async def test_what_is_not_there_yet_waits_and_holds_up_nobody_else(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["not yet"]
    run = await started(office, "light", "a b c")
    view = await office.view(run)
    assert view.state == "running" and call_states(view) == {"a": "pending", "b": "done", "c": "done"}
    assert "not yet: a" in str(view.why) and view.next_look_at and view.next_look_at.timestamp() == office.time.now + 900
    assert [str(row.why) for row in view.changes if row.why] and not view.count("failed")


async def test_it_is_not_sent_again_before_its_time(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["not yet"]
    run = await started(office, "light", "a b")
    office.time.now += 899
    assert call_states(await office.settle(run))["a"] == "pending" and lamps.executed["a"] == 0
    office.time.now += 2
    assert (await office.settle(run)).state == "verified" and lamps.executed["a"] == 1


async def test_after_the_steps_own_time_it_has_failed(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["not yet"] * 99
    run = await started(office, "light", "a")
    for _ in range(9):
        office.time.now += 901
        view = await office.settle(run)
    assert view.state == "incomplete" and call_states(view) == {"a": "failed"}


async def test_each_is_told_what_was_said_to_them_and_not_what_was_said_to_the_first(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults.update(a=["not yet"], b=["licence too new"], c=["not yet"])
    GIVEN["b"] = office.time.now - 60
    view = await office.view(await started(office, "licensed", "a b c"))
    first, second = sorted(str(view.why).splitlines())
    assert first.startswith("not yet: a, c: DNS verification record was not found") and second.startswith("not yet: b: HostedMigration")


async def test_in_order_nothing_goes_past_what_is_not_there_yet(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["not yet"]
    run = await started(office, "chain", "a b")
    assert call_states(await office.view(run)) == {"a": "pending", "b": "pending"} and not lamps.executed
    office.time.now += 901
    assert (await office.settle(run)).state == "verified"


@pytest.mark.parametrize(
    ("age", "became"),
    {60: "pending", 1799: "pending", 1801: "failed", None: "failed"}.items(),
    ids=["new", "not quite old", "old", "unknown"],
)
async def test_a_missing_licence_is_only_not_yet_while_it_is_young(
    office: RunHarness, lamps: FakeGateway, age: float | None, became: str
) -> None:
    lamps.faults["a"] = ["licence too new"]
    GIVEN.update({} if age is None else {"a": office.time.now - age})
    assert call_states(await office.view(await started(office, "licensed", "a"))) == {"a": became}


async def test_a_licence_that_does_not_count_yet_is_asked_about_a_few_times_only(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["licence too new"] * 99
    began = GIVEN["a"] = office.time.now
    run, tried = await started(office, "licensed", "a"), [0]
    while (view := await office.settle(run)).next_look_at and view.state == "running":
        office.time.now = view.next_look_at.timestamp()
        tried.append(round((office.time.now - began) / 60))
    assert tried == [0, 5, 15, 30] and view.state == "incomplete"


async def test_a_run_that_waits_for_this_can_be_cancelled(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults["a"] = ["not yet"]
    run = await started(office, "light", "a b")
    view = await office.act_and_settle(run, ("cancel", ANNA))
    assert view.state == "cancelled" and call_states(view) == {"a": "skipped", "b": "done"}
    assert not_sent(lamps, {"a": 0, "b": 1})


def not_sent(lamps: FakeGateway, acts: Mapping[str, int]) -> bool:
    return all(lamps.executed[name] == times for name, times in acts.items())
