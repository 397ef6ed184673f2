"""Calls for one subject that wait for each other, among subjects that do not: looked at in between, and taken back from the middle."""

from asyncio import Barrier, timeout
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.i18n import say
from bot.ledger import calls
from bot.runs.undo import UNDO, make_undo_step
from bot.step import Change, Fine, Plan, Unclear, step
from bot.views import RunView
from tests.support.fake_gateway import FakeGateway, Lamp, LampNames
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states, finding_kinds

HURRY = 1_000_000  # of the office's clock
WAY = ("off", "dim", "on")


@step(say("Warm lamps up"), phrases=("warm",), ordering="independent")
async def warm(which: LampNames, read: Reader) -> Plan:
    """A cold lamp must be seen to be dim before it is switched on."""
    for name, lamp in (await read.by_key(Lamp, which.people.split())).items():
        if lamp is None or isinstance(lamp, ReadFailure):
            yield Unclear(name, say("could not be read"), recheck_after=60)
        elif lamp.state == "on":
            yield Fine(name, say("is on"))
        else:
            at = WAY.index(lamp.state)
            do, undo = WAY[at + 1 :], reversed(WAY[at:-1])
            calls, back = tuple(to(name, s) for s in do), tuple(to(name, s) for s in undo)
            yield Change(name, say("cold → warm"), calls, back, locks=f"socket of {name}", verify_each_call=True)


def to(name: str, state: str) -> Cmdlet:
    return Cmdlet("mover", "Set-Lamp", {"Name": name, "State": state})


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    steps = {"warm": warm}
    steps[UNDO] = make_undo_step(steps)
    office = RunHarness(tmp_path / "records.sqlite", lamps, steps)
    yield office
    office.close()


async def started(office: RunHarness, people: str = "a b") -> RunView:
    return await office.act_and_settle(await office.request_run("warm", people), ("start", ANNA), ("approve", BEN))


async def later(office: RunHarness, run: int) -> RunView:
    office.time.now += 120 / HURRY
    return await office.settle(run)


async def test_the_next_call_waits_until_the_one_before_is_seen_and_holds_up_nobody_else(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["nothing happens"]}
    run = await started(office)
    assert lamps.lamps == {"a": "off", "b": "on"} and lamps.executed == {"a": 1, "b": 2}
    assert run.state == "running" and "not visible everywhere yet" in str(run.why)
    lamps.lamps["a"] = "dim"
    run = await later(office, run.id)
    assert (run.state, lamps.executed) == ("verified", {"a": 2, "b": 2})


async def test_who_has_begun_is_not_given_up_because_a_look_says_nothing(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["nothing happens"]}
    run = await started(office)
    lamps.hidden = {"a"}
    run = await later(office, run.id)
    assert call_states(run)["a"] == "pending" and "could not be read" in str(run.why)
    lamps.hidden, lamps.lamps["a"] = set(), "dim"
    assert (await later(office, run.id)).state == "verified"


async def test_what_stopped_in_the_middle_is_taken_back_from_there(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["", "refused"]}
    run = await started(office)
    assert run.state == "incomplete" and lamps.lamps == {"a": "dim", "b": "on"}
    undo = await office.service.act(run.id, "undo", ANNA)
    assert undo.run is not None
    await office.settle(undo.run)
    back = await office.act_and_settle(undo.run, ("start", ANNA), ("approve", BEN))
    assert (back.state, lamps.lamps) == ("verified", {"a": "off", "b": "off"})
    assert lamps.executed == {"a": 2, "b": 4}


async def test_what_is_taken_back_is_told_in_the_words_of_the_change(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office, "a")
    undo = await office.service.act(run.id, "undo", ANNA)
    assert undo.run is not None
    (row,) = (await office.settle(undo.run)).changes
    assert row.change.effect == say("taken back: {effect}", effect=run.changes[0].change.effect)


async def test_who_is_held_by_a_change_is_held_by_its_way_back_too(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office)
    assert await office.ledger(calls.locks, 0) == {}
    undo = await office.service.act(run.id, "undo", ANNA)
    assert undo.run is not None
    await office.settle(undo.run)
    await office.act_and_settle(undo.run, ("start", ANNA))
    assert set(await office.ledger(calls.locks, 0)) == {"socket of a", "socket of b"}


async def test_what_cannot_be_read_is_not_taken_back(office: RunHarness, lamps: FakeGateway) -> None:
    run = await started(office)
    lamps.hidden = {"a"}
    undo = await office.service.act(run.id, "undo", ANNA)
    assert undo.run is not None
    view = await office.settle(undo.run)
    assert set(call_states(view)) == {"b"} and finding_kinds(view) == ["unclear"]


async def test_the_way_back_has_a_way_back(office: RunHarness, lamps: FakeGateway) -> None:
    number = (await started(office)).id
    for wanted in ("off", "on"):
        undo = await office.service.act(number, "undo", ANNA)
        assert undo.run is not None
        number = undo.run
        await office.settle(number)
        view = await office.act_and_settle(number, ("start", ANNA), ("approve", BEN))
        assert (view.state, lamps.lamps) == ("verified", {"a": wanted, "b": wanted})


async def test_the_ledger_is_read_as_often_for_many_who_are_taken_back_as_for_one(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= {f"lamp{n}": "off" for n in range(20)}
    assert await _reads(office, "a") == await _reads(office, " ".join(sorted(lamps.lamps.keys() - {"a"})))


async def _reads(office: RunHarness, people: str) -> int:
    """How often the rows of a run are read in the first turn that takes its changes back."""
    undo = await office.service.act((await started(office, people)).id, "undo", ANNA)
    assert undo.run is not None
    await office.settle(undo.run)
    for verb, who in (("start", ANNA), ("approve", BEN)):
        assert (await office.act(undo.run, verb, who)).ok
    told: list[str] = []
    await office.ledger(lambda db: db.conn.set_trace_callback(told.append))
    await office.driver.advance(undo.run)
    await office.ledger(lambda db: db.conn.set_trace_callback(None))
    return sum(statement.startswith("select * from calls") for statement in told)


async def test_subjects_that_do_not_depend_on_each_other_are_taken_back_at_once(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps |= dict.fromkeys("abc", "dim")
    run = await started(office, "a b c")
    undo = await office.service.act(run.id, "undo", ANNA)
    assert undo.run is not None
    await office.settle(undo.run)
    lamps.executed.clear()
    lamps.barrier = Barrier(2)
    async with timeout(20):
        back = await office.act_and_settle(undo.run, ("start", ANNA), ("approve", BEN))
    assert (back.state, set(lamps.lamps.values())) == ("verified", {"dim"})
