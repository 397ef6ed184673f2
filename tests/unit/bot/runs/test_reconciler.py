"""Calls of which nobody knows what became: nothing else is sent about that person, and the run remembers them, whatever is pressed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.calls import Cmdlet
from bot.facts import Reader
from bot.gateway import ReadResult
from bot.ledger import audit, calls
from bot.step import Change, Plan
from bot.views import RunView
from tests.support.fake_gateway import STEPS, FakeGateway, LampNames, light
from tests.support.invariants import audit_faults
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states

AGREED = ("start", ANNA), ("approve", BEN)
OVER = 900.0  # seconds after which a call has surely ended


async def in_two_parts(which: LampNames, read: Reader) -> Plan:
    """Each lamp is dimmed first."""
    async for finding in light.plan(which, read):
        if isinstance(finding, Change):
            finding = replace(finding, do=(Cmdlet("mover", "Set-Lamp", {"Name": finding.subject, "State": "dim"}), *finding.do))
        yield finding


class Crash(Exception):
    """The bot has ended amid a call."""


class Interrupted(FakeGateway):
    """Whoever acts on some lamps is interrupted once."""

    interrupted: set[str]

    async def _act(self, name: str, state: str, what: str) -> ReadResult:
        if name in self.interrupted:
            self.interrupted.discard(name)
            raise Crash
        return await super()._act(name, state, what)


class House:
    """A harness in which a call may still be under way at the far end for as long as `lamps.calls_have_finished` is False."""

    def __init__(self, records: Path) -> None:
        self.records, self.lamps = records, Interrupted(a="off", b="off")
        self.lamps.calls_have_finished, self.lamps.interrupted = False, set()
        self.open(light)

    def open(self, step: object) -> None:
        self.office = RunHarness(self.records, self.lamps, {**STEPS, "light": step}, call_is_over_after=OVER)  # type: ignore[dict-item]

    async def lit(self, people: str = "a b") -> int:
        """A run in which the call for a is interrupted by a crash."""
        run = await self.office.request_run("light", people)
        for each in AGREED:
            assert (await self.office.act(run, *each)).ok
        self.lamps.interrupted = {"a"}
        with pytest.raises((Crash, ExceptionGroup)):
            await self.office.driver.advance(run)
        return run

    async def turns(self, run: int, n: int = 6) -> RunView:
        """Some turns, however long the run wants to rest between them."""
        for _ in range(n):
            await self.office.driver.advance(run)
        return await self.office.view(run)

    async def state(self, run: int) -> list[str]:
        return [row.state for row in await self.office.ledger(calls.of_run, run)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "records.sqlite")
    yield house
    assert not list(audit_faults(house.records))
    house.office.close()


async def test_nobodys_second_call_is_sent_while_the_first_is_in_doubt(tmp_path: Path) -> None:
    """Somebody was moved although nobody knew whether their contacts had been saved."""
    house = House(tmp_path / "records.sqlite")
    house.open(replace(light, plan=in_two_parts))
    house.lamps.faults = {"a": ["lost before"]}
    run = await house.office.request_run("light", "a")
    for each in AGREED:
        assert (await house.office.act(run, *each)).ok
    await house.turns(run)
    assert not house.lamps.executed and await house.state(run) == ["unknown", "pending"]
    house.lamps.calls_have_finished = True
    view = await house.office.settle(run)
    assert (view.state, house.lamps.executed["a"]) == ("verified", 2)
    house.office.close()


async def test_a_run_that_was_paused_before_a_crash_and_is_cancelled_after_it_waits_for_its_lost_call(house: House) -> None:
    run = await house.lit()
    for verb in ("pause", "cancel"):
        assert (await house.office.service.act(run, verb, ANNA)).ok  # type: ignore[arg-type]
        view = await house.turns(run)
    assert view.state == "verifying" and await house.state(run) == ["unknown", "skipped"]
    house.lamps.calls_have_finished, house.lamps.lamps["a"] = True, "on"
    view = await house.turns(run)
    assert (view.state, call_states(view)) == ("cancelled", {"a": "done", "b": "skipped"})


async def test_a_plan_is_made_anew_only_once_no_call_of_the_earlier_one_is_under_way(house: House) -> None:
    run = await house.lit()
    assert (await house.office.service.act(run, "pause", ANNA)).ok
    assert (await house.turns(run)).state == "paused"
    await house.office.ledger(audit.write, house.office.clock.now(), "accepted", None, {})  # what was agreed to counts no more
    assert "planned anew" in str((await house.office.act(run, "resume", ANNA)).words)
    assert (await house.turns(run)).state == "planning"
    assert await house.state(run) == ["unknown", "skipped"]
    house.lamps.calls_have_finished = True
    assert (await house.turns(run)).state == "planned"
    await house.office.act_and_settle(run, *AGREED)
    assert dict(house.lamps.executed) == {"a": 1, "b": 1}


async def test_a_lost_call_that_is_in_no_plan_any_more_is_left_out_when_it_is_seen_not_to_have_happened(house: House) -> None:
    """A call before it was left out when the plan was made anew, so it keeps a number behind a gap."""
    house.lamps.lamps["0"] = "off"
    house.lamps.faults = {"0": ["refused"]}
    run = await house.lit("0 a b")
    assert (await house.office.service.act(run, "pause", ANNA)).ok
    await house.turns(run)
    await house.office.ledger(audit.write, house.office.clock.now(), "accepted", None, {})
    house.lamps.calls_have_finished, house.lamps.hidden, house.lamps.lamps["0"] = True, {"a"}, "on"
    assert (await house.office.act(run, "resume", ANNA)).ok
    await house.turns(run)
    house.office.time.now += 1
    await house.office.act_and_settle(run, *AGREED)
    house.lamps.hidden = set()
    house.office.time.now += 60
    await house.turns(run)
    assert await house.state(run) == ["skipped", "done"] and dict(house.lamps.executed) == {"b": 1}


async def test_a_lost_call_outlives_a_new_plan_that_says_nothing_clear_about_it(house: House) -> None:
    """Whether a was lit cannot be read while the plan is made anew; later it shows."""
    run = await house.lit()
    assert (await house.office.service.act(run, "pause", ANNA)).ok
    await house.turns(run)
    await house.office.ledger(audit.write, house.office.clock.now(), "accepted", None, {})
    house.lamps.calls_have_finished, house.lamps.hidden = True, {"a"}
    assert (await house.office.act(run, "resume", ANNA)).ok
    assert (await house.turns(run)).state == "planned"
    house.office.time.now += 1
    await house.office.act_and_settle(run, AGREED[0])
    assert await house.state(run) == ["unknown", "pending"]
    house.lamps.hidden, house.lamps.lamps["a"] = set(), "on"
    assert (await house.office.act_and_settle(run, AGREED[1])).state == "verified"
    assert dict(house.lamps.executed) == {"b": 1} and await house.state(run) == ["done", "done"]
