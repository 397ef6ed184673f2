"""What a button may not do: what comes with it is the client's word, its message included."""

from typing import Any

import pytest

from bot.ledger import status
from bot.runs.undo import UNDO, make_undo_step
from dialogs.cards.forms import form_version
from tests.support.sample_steps import ALEX, STEPS
from tests.support.written_conversation import WrittenStage

FORM = {"verb": "submit", "step": "move_users", "form": form_version(STEPS["move_users"])}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"verb": "destroy", "run": 1},
        {"verb": "start", "run": "1; drop table runs"},
        {"verb": "start", "run": -1},
        {"verb": "start"},
        {"verb": "start", "run": 1},
        {"verb": "cancel", "run": 1},
        {"verb": "start", "run": 99},
        {"verb": ["start"], "run": 1},
        {"verb": "start", "run": 1, "digest": "x" * 1000},
        {"verb": "submit", "step": "nothing"},
        {"verb": "submit", "run": 1},
        {"verb": "form", "step": {"$ref": "x"}},
        "start",
        [1],
        None,
    ],
)
@pytest.mark.parametrize("old", [False, True])
async def test_a_button_that_nobody_made_is_answered_with_words_and_does_nothing(stage: WrittenStage, data: Any, old: bool) -> None:
    card = await stage.drafted()
    before = dict(stage.written.runs)
    answer = await stage.sends(ALEX, card, data, old)
    assert stage.written.runs == before
    assert old or (answer.status == 200 and answer.body["value"])


@pytest.mark.parametrize("verb", ["submit", "form"])
async def test_no_button_asks_for_what_nobody_can_ask_for_by_name(stage: WrittenStage, verb: str) -> None:
    """An undo's answers are calls: only a run that is taken back may write them."""
    card, undo = await stage.drafted(), make_undo_step(STEPS)
    stage._steps = {**STEPS, UNDO: undo}
    stage.open()
    answers = {"answer.step": "move_users", "answer.answers": "{}", "answer.changes": "[]"}
    answer = await stage.sends(ALEX, card, {"verb": verb, "step": UNDO, "form": form_version(undo), **answers})
    assert len(stage.written.runs) == 1 and "a step that I do not know" in answer.body["value"]


async def test_a_press_with_an_old_digest_is_answered_with_words_and_the_card_as_it_is(stage: WrittenStage) -> None:
    card = await stage.drafted()
    await stage.sends(ALEX, card, {"verb": "start", "run": 1, "digest": "of another plan"})
    assert stage.written.runs[1].state == "planned"
    assert stage.newest.text == "The plan has changed since that card was made. Look at the new one and press again."
    assert "(Start)" in card.shown


@pytest.mark.parametrize("old", [False, True])
async def test_the_button_of_a_state_that_is_over_shows_the_state_as_it_is(stage: WrittenStage, old: bool) -> None:
    card = await stage.drafted()
    await stage.presses(ALEX, "Cancel")
    await stage.sends(ALEX, card, {"verb": "start", "run": 1, "digest": "digest-1"}, old)
    assert "Run 1 is cancelled; ask for its step again." in stage.newest.text
    assert "cancelled, nothing was changed" in card.shown


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("where", [None, "", "-1", "../conversations", "m1"])
async def test_the_board_stays_known_whatever_message_a_button_says_it_was_in(stage: WrittenStage, where: str | None, old: bool) -> None:
    await stage.types(ALEX, "help")
    await stage.types(ALEX, "where are we?")
    pressed = {"type": "message", "value": {"verb": "board"}}
    if not old:
        pressed = {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"data": {"verb": "board"}}}}
    await stage.turn(ALEX, replyToId=where, **pressed)
    stands = await stage.ledger(status.message_in, "personal-20")
    assert "Where we are" in stage.clients.messages[stands.activity].shown
    assert "What you can say" in stage.clients.messages["m1"].shown


@pytest.mark.parametrize("old", [False, True])
async def test_no_form_takes_the_place_of_the_board(stage: WrittenStage, old: bool) -> None:
    await stage.types(ALEX, "where are we?")
    shown = stage.newest
    await stage.sends(ALEX, shown, {**FORM, "answer.people": "bob@contoso.com"}, old)
    stands = await stage.ledger(status.message_in, "personal-20")
    assert stands.activity == shown.id and "Where we are" in shown.shown
    assert any("run 1 · Move pilot users" in message.shown for message in stage.clients.messages.values())
