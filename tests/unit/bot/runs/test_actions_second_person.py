"""The second person: who it can be, when one is needed, and for how long an approval holds."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.i18n import say
from bot.runs.agreement import AGREED_FOR
from bot.runs.lifecycle import Permission
from bot.runs.undo import UNDO, make_undo_step
from bot.step import Step
from bot.steps import STEPS as REAL
from bot.steps.shared.people_input.question import PeopleForm
from bot.views import Person
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states

CAROL = Person("c", "Carol")
EQUALS: Mapping[Permission, Sequence[str]] = {"ask": ["a", "b", "c"], "approve": ["a", "b", "c"]}


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, approval_above=1, rights=EQUALS)
    yield office
    office.close()


async def test_neither_who_asked_nor_who_started_can_approve(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b", ANNA)
    await office.act_and_settle(run, ("start", BEN))
    for who in (ANNA, BEN):
        assert not (await office.act(run, "approve", who)).ok
    assert (await office.settle(run)).state == "awaiting_approval" and not lamps.executed
    assert (await office.act_and_settle(run, ("approve", CAROL))).state == "verified"


@pytest.mark.parametrize(("lit", "state"), [("a", "verified"), ("a b", "awaiting_approval")])
async def test_only_a_plan_above_the_limit_needs_a_second_person(office: RunHarness, lit: str, state: str) -> None:
    assert (await office.act_and_settle(await office.request_run("light", lit), ("start", ANNA))).state == state


@pytest.mark.parametrize(("later", "state"), [(AGREED_FOR - 1, "verified"), (AGREED_FOR + 1, "planned")])
async def test_an_approval_holds_for_a_day(office: RunHarness, lamps: FakeGateway, later: float, state: str) -> None:
    lamps.faults = {"a": ["refused"]}
    run = await office.request_run("light", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert call_states(view) == {"a": "failed", "b": "done"}
    office.time.now += later
    assert (await office.act_and_settle(run, ("retry", ANNA))).state == state


def test_a_step_concerns_everybody_unless_it_changes_the_people_on_its_list_only() -> None:
    assert {step.name for step in REAL if not step.concerns_everybody} == {step.name for step in REAL if issubclass(step.form, PeopleForm)}


@pytest.mark.parametrize("step", [replace(STEPS["light"], concerns_everybody=True), replace(STEPS["light"], loses=say("Light is lost"))])
async def test_what_concerns_everybody_or_loses_something_needs_two_however_few_subjects_it_has(tmp_path: Path, step: Step) -> None:
    office = RunHarness(tmp_path / "all.sqlite", FakeGateway(a="off"), {**STEPS, "light": step}, approval_above=100, rights=EQUALS)
    assert (await office.act_and_settle(await office.request_run("light", "a"), ("start", ANNA))).state == "awaiting_approval"
    office.close()


@pytest.mark.parametrize(("everybody", "state"), [(True, "awaiting_approval"), (False, "verified")])
async def test_taking_back_needs_as_many_people_as_the_step_itself(tmp_path: Path, everybody: bool, state: str) -> None:
    steps = {**STEPS, "light": replace(STEPS["light"], concerns_everybody=everybody, undone_by=None)}
    steps[UNDO] = make_undo_step(steps)
    office = RunHarness(tmp_path / "all.sqlite", FakeGateway(a="off"), steps, approval_above=100, rights=EQUALS)
    run = await office.request_run("light", "a")
    await office.act_and_settle(run, ("start", ANNA), *([("approve", BEN)] if everybody else []))
    undo = (await office.service.act(run, "undo", ANNA)).run
    assert undo
    await office.settle(undo)
    assert (await office.act_and_settle(undo, ("start", ANNA))).state == state
    office.close()


@pytest.mark.parametrize("verb", ["pause", "resume", "done", "retry", "start", "approve"])
async def test_a_cancel_cannot_be_taken_back(office: RunHarness, lamps: FakeGateway, verb: str) -> None:
    run = await office.request_run("light", "a b c")
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)

    async def cancel_and_press() -> None:
        await office.service.act(run, "cancel", ANNA)
        assert not (await office.view(run)).actions
        assert not (await office.act(run, verb, BEN)).ok

    lamps.during_call = cancel_and_press
    assert (await office.settle(run)).state == "cancelled"
    assert sum(lamps.executed.values()) == 1


async def test_a_paused_run_that_is_cancelled_cannot_be_resumed(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b")
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)
    await office.service.act(run, "pause", ANNA)
    assert (await office.settle(run)).state == "paused"
    await office.service.act(run, "cancel", ANNA)
    assert not (await office.service.act(run, "resume", BEN)).ok
    assert (await office.settle(run)).state == "cancelled" and not lamps.executed


async def test_what_a_cancelled_run_has_left_begins_again_only_with_a_new_approval(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["refused"]}
    run = await office.request_run("light", "a b c")
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)
    lamps.during_call = lambda: office.service.act(run, "cancel", ANNA)
    assert (await office.settle(run)).state == "incomplete"
    assert (await office.act_and_settle(run, ("retry", BEN))).state == "planned" and not lamps.executed
    assert (await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))).state == "verified"


async def test_a_call_that_was_lost_in_a_cancelled_run_is_looked_at_and_not_sent_again(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["lost before"]}
    run = await office.request_run("light", "a b")
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)
    lamps.during_call = lambda: office.service.act(run, "cancel", ANNA)
    view = await office.settle(run)
    assert view.state == "cancelled" and call_states(view) == {"a": "skipped", "b": "skipped"}
    assert not lamps.executed
