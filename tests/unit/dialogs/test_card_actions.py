"""What a button may not do: what comes with it is the client's word, its message included."""

from typing import Any

import pytest

from bot.ledger import status
from bot.runs.undo import UNDO, make_undo_step
from dialogs.cards.forms import form_version
from tests.support.sample_steps import ALEX, STEPS
from tests.support.written_conversation import WrittenConversation

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
async def test_a_button_that_nobody_made_is_answered_with_words_and_does_nothing(stage: WrittenConversation, data: Any, old: bool) -> None:
    card = await stage.draft_run()
    before = dict(stage.fake_service.runs)
    answer = await stage.send_action(ALEX, card, data, old)
    assert stage.fake_service.runs == before
    assert old or (answer.status == 200 and answer.body["value"])


@pytest.mark.parametrize("verb", ["submit", "form"])
async def test_no_button_asks_for_what_nobody_can_ask_for_by_name(stage: WrittenConversation, verb: str) -> None:
    """An undo's answers are calls: only a run that is taken back may write them."""
    card, undo = await stage.draft_run(), make_undo_step(STEPS)
    stage._steps = {**STEPS, UNDO: undo}
    stage.open()
    answers = {"answer.step": "move_users", "answer.answers": "{}", "answer.changes": "[]"}
    answer = await stage.send_action(ALEX, card, {"verb": verb, "step": UNDO, "form": form_version(undo), **answers})
    assert len(stage.fake_service.runs) == 1 and "a step that I do not know" in answer.body["value"]


async def test_a_press_with_an_old_digest_is_answered_with_words_and_the_card_as_it_is(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    await stage.send_action(ALEX, card, {"verb": "start", "run": 1, "digest": "of another plan"})
    assert stage.fake_service.runs[1].state == "planned"
    assert stage.newest_message.text == "The plan has changed since that card was made. Look at the new one and press again."
    assert "(Start)" in card.as_shown


@pytest.mark.parametrize("old", [False, True])
async def test_the_button_of_a_state_that_is_over_shows_the_state_as_it_is(stage: WrittenConversation, old: bool) -> None:
    card = await stage.draft_run()
    await stage.press(ALEX, "Cancel")
    await stage.send_action(ALEX, card, {"verb": "start", "run": 1, "digest": "digest-1"}, old)
    assert "Run 1 is cancelled; ask for its step again." in stage.newest_message.text
    assert "cancelled, nothing was changed" in card.as_shown


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("where", [None, "", "-1", "../conversations", "m1"])
async def test_the_board_stays_known_whatever_message_a_button_says_it_was_in(
    stage: WrittenConversation, where: str | None, old: bool
) -> None:
    await stage.type_text(ALEX, "help")
    await stage.type_text(ALEX, "where are we?")
    pressed = {"type": "message", "value": {"verb": "board"}}
    if not old:
        pressed = {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"data": {"verb": "board"}}}}
    await stage.deliver(ALEX, replyToId=where, **pressed)
    stands = await stage.ledger(status.message_in, "personal-20")
    assert "Where we are" in stage.clients.messages[stands.activity].as_shown
    assert "What you can say" in stage.clients.messages["m1"].as_shown


@pytest.mark.parametrize("old", [False, True])
async def test_no_form_takes_the_place_of_the_board(stage: WrittenConversation, old: bool) -> None:
    await stage.type_text(ALEX, "where are we?")
    shown = stage.newest_message
    await stage.send_action(ALEX, shown, {**FORM, "answer.people": "bob@contoso.com"}, old)
    stands = await stage.ledger(status.message_in, "personal-20")
    assert stands.activity == shown.id and "Where we are" in shown.as_shown
    assert any("run 1 · Move pilot users" in message.as_shown for message in stage.clients.messages.values())
