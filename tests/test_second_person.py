"""The second person: who it can be, when one is needed, and for how long an approval holds."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from bot.runs.life import Right
from bot.runs.pressing import AGREED_FOR
from bot.view import Person
from tests.lamps import STEPS, Lamps
from tests.office import ANNA, BEN, Office, states

CAROL = Person("c", "Carol")
EQUALS: Mapping[Right, Sequence[str]] = {"ask": ["a", "b", "c"], "approve": ["a", "b", "c"]}


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
        assert not (await office.desk.press(run, "approve", who)).ok
    assert (await office.settle(run)).state == "awaiting" and not lamps.acts
    assert (await office.pressed(run, ("approve", CAROL))).state == "verified"


@pytest.mark.parametrize(("lit", "state"), [("a", "verified"), ("a b", "awaiting")])
async def test_only_a_plan_above_the_limit_needs_a_second_person(office: Office, lit: str, state: str) -> None:
    assert (await office.pressed(await office.asked("light", lit), ("start", ANNA))).state == state


@pytest.mark.parametrize(("later", "state"), [(AGREED_FOR - 1, "verified"), (AGREED_FOR, "drafted")])
async def test_an_approval_holds_for_a_day(office: Office, lamps: Lamps, later: float, state: str) -> None:
    lamps.trouble = {"a": ["refused"]}
    run = await office.asked("light", "a b")
    view = await office.pressed(run, ("start", ANNA), ("approve", BEN))
    assert states(view) == {"a": "failed", "b": "done"}
    office.time.now += later
    assert (await office.pressed(run, ("retry", ANNA))).state == state
