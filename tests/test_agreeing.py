"""What loses data is started only by whoever types that they know: on the card, or in words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.say import say
from dialogs.cards.run import TYPED, Eyes, run_card
from dialogs.words import phrases, understand
from tests.desk import NOW
from tests.lamps import STEPS, Lamps
from tests.office import ANNA, BEN, Office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    steps = {**STEPS, "dark": replace(STEPS["dark"], loses=say("The light is lost"))}
    office = Office(tmp_path / "records.sqlite", Lamps(a="on", b="off"), steps)
    yield office
    office.close()


async def test_nothing_starts_without_the_word_and_the_answer_says_which(office: Office) -> None:
    run = await office.asked("dark", "a")
    for typed in ("", "yes"):
        pressed = await office.press(run, "start", ANNA, typed=typed)
        assert not pressed.ok and "The light is lost. Type LOSE" in str(pressed.words)
    assert (await office.view(run)).state == "drafted"
    assert (await office.press(run, "start", ANNA, typed=" lose ")).ok


async def test_an_undo_asks_for_the_word_where_the_way_back_loses_something(office: Office) -> None:
    lit = await office.pressed(await office.asked("light", "b"), ("start", ANNA), ("approve", BEN))
    undo = await office.desk.press(lit.id, "undo", ANNA)
    assert undo.ok and undo.run is not None
    view = await office.settle(undo.run)
    assert view.loses and not (await office.press(undo.run, "start", ANNA)).ok


async def test_where_nothing_is_lost_start_is_a_button_as_ever(office: Office) -> None:
    run = await office.asked("light", "b")
    assert (await office.view(run)).loses is None and (await office.press(run, "start", ANNA)).ok


async def test_the_card_has_a_field_for_the_word_that_goes_along_with_start_alone(office: Office) -> None:
    view = await office.view(await office.asked("dark", "a"))
    card = run_card(view, Eyes(NOW), STEPS)
    assert [one["label"] for one in card["body"] if one.get("id") == TYPED] == ["The light is lost. Type LOSE to agree to that."]
    alone = {action["title"] for action in card["actions"] if "associatedInputs" not in action}
    assert alone == {"Start"}


def test_the_word_can_be_typed_after_the_number() -> None:
    known = phrases(list(STEPS.values()))
    said = understand("start run 7 lose", known)
    assert said and (said.verb, said.run, said.rest) == ("start", 7, "LOSE")
    plain = understand("start run 7", known)
    assert plain and (plain.run, plain.rest) == (7, "")
