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
from tests.support.fake_gateway import STEPS, Lamps
from tests.support.run_harness import ANNA, BEN, Office, states

CAROL = Person("c", "Carol")
EQUALS: Mapping[Permission, Sequence[str]] = {"ask": ["a", "b", "c"], "approve": ["a", "b", "c"]}


@pytest.fixture
def lamps() -> Lamps:
    return Lamps(a="off", b="off", c="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: Lamps) -> AsyncIterator[Office]:
    office = Office(tmp_path / "records.sqlite", lamps, STEPS, approval_above=1, rights=EQUALS)
    yield office
    office.close()


async def test_neither_who_asked_nor_who_started_can_approve(office: Office, lamps: Lamps) -> None:
    run = await office.asked("light", "a b", ANNA)
    await office.pressed(run, ("start", BEN))
    for who in (ANNA, BEN):
        assert not (await office.press(run, "approve", who)).ok
    assert (await office.settle(run)).state == "awaiting_approval" and not lamps.acts
    assert (await office.pressed(run, ("approve", CAROL))).state == "verified"


@pytest.mark.parametrize(("lit", "state"), [("a", "verified"), ("a b", "awaiting_approval")])
async def test_only_a_plan_above_the_limit_needs_a_second_person(office: Office, lit: str, state: str) -> None:
    assert (await office.pressed(await office.asked("light", lit), ("start", ANNA))).state == state


@pytest.mark.parametrize(("later", "state"), [(AGREED_FOR - 1, "verified"), (AGREED_FOR + 1, "planned")])
async def test_an_approval_holds_for_a_day(office: Office, lamps: Lamps, later: float, state: str) -> None:
    lamps.trouble = {"a": ["refused"]}
    run = await office.asked("light", "a b")
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert states(view) == {"a": "failed", "b": "done"}
    office.time.now += later
    assert (await office.pressed(run, ("retry", ANNA))).state == state


def test_a_step_concerns_everybody_unless_it_changes_the_people_on_its_list_only() -> None:
    assert {step.name for step in REAL if not step.concerns_everybody} == {step.name for step in REAL if issubclass(step.form, PeopleForm)}


@pytest.mark.parametrize("step", [replace(STEPS["light"], concerns_everybody=True), replace(STEPS["light"], loses=say("Light is lost"))])
async def test_what_concerns_everybody_or_loses_something_needs_two_however_few_subjects_it_has(tmp_path: Path, step: Step) -> None:
    office = Office(tmp_path / "all.sqlite", Lamps(a="off"), {**STEPS, "light": step}, approval_above=100, rights=EQUALS)
    assert (await office.pressed(await office.asked("light", "a"), ("start", ANNA))).state == "awaiting_approval"
    office.close()


@pytest.mark.parametrize(("everybody", "state"), [(True, "awaiting_approval"), (False, "verified")])
async def test_taking_back_needs_as_many_people_as_the_step_itself(tmp_path: Path, everybody: bool, state: str) -> None:
    steps = {**STEPS, "light": replace(STEPS["light"], concerns_everybody=everybody, undone_by=None)}
    steps[UNDO] = make_undo_step(steps)
    office = Office(tmp_path / "all.sqlite", Lamps(a="off"), steps, approval_above=100, rights=EQUALS)
    run = await office.asked("light", "a")
    await office.pressed(run, ("start", ANNA), *([("approve", BEN)] if everybody else []))
    undo = (await office.desk.act(run, "undo", ANNA)).run
    assert undo
    await office.settle(undo)
    assert (await office.pressed(undo, ("start", ANNA))).state == state
    office.close()


@pytest.mark.parametrize("verb", ["pause", "resume", "done", "retry", "start", "approve"])
async def test_a_cancel_cannot_be_taken_back(office: Office, lamps: Lamps, verb: str) -> None:
    run = await office.asked("light", "a b c")
    await office.press(run, "start", ANNA)
    await office.press(run, "approve", BEN)

    async def cancel_and_press() -> None:
        await office.desk.act(run, "cancel", ANNA)
        assert not (await office.view(run)).actions
        assert not (await office.press(run, verb, BEN)).ok

    lamps.meanwhile = cancel_and_press
    assert (await office.settle(run)).state == "cancelled"
    assert sum(lamps.acts.values()) == 1


async def test_a_paused_run_that_is_cancelled_cannot_be_resumed(office: Office, lamps: Lamps) -> None:
    run = await office.asked("light", "a b")
    await office.press(run, "start", ANNA)
    await office.press(run, "approve", BEN)
    await office.desk.act(run, "pause", ANNA)
    assert (await office.settle(run)).state == "paused"
    await office.desk.act(run, "cancel", ANNA)
    assert not (await office.desk.act(run, "resume", BEN)).ok
    assert (await office.settle(run)).state == "cancelled" and not lamps.acts


async def test_what_a_cancelled_run_has_left_begins_again_only_with_a_new_approval(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {"a": ["refused"]}
    run = await office.asked("light", "a b c")
    await office.press(run, "start", ANNA)
    await office.press(run, "approve", BEN)
    lamps.meanwhile = lambda: office.desk.act(run, "cancel", ANNA)
    assert (await office.settle(run)).state == "incomplete"
    assert (await office.pressed(run, ("retry", BEN))).state == "planned" and not lamps.acts
    assert (await office.pressed(run, ("start", ANNA), ("approve", BEN))).state == "verified"


async def test_a_call_that_was_lost_in_a_cancelled_run_is_looked_at_and_not_sent_again(office: Office, lamps: Lamps) -> None:
    lamps.trouble = {"a": ["lost before"]}
    run = await office.asked("light", "a b")
    await office.press(run, "start", ANNA)
    await office.press(run, "approve", BEN)
    lamps.meanwhile = lambda: office.desk.act(run, "cancel", ANNA)
    view = await office.settle(run)
    assert view.state == "cancelled" and states(view) == {"a": "skipped", "b": "skipped"}
    assert not lamps.acts
