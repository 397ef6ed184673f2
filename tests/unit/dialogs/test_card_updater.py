"""Cards kept true and channel posts out: nothing lost, nothing twice, also over restarts and a silent channel."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Unreachable
from bot.ledger import messages, shown_plans
from tests.support.conversation import AUDIT
from tests.support.run_harness import HERE
from tests.support.sample_steps import ALEX, MEGAN
from tests.support.written_conversation import WrittenConversation


class Silent:
    """A channel that takes nothing."""

    async def edit(self, *_: Any) -> None:
        raise Unreachable("the channel does not answer")

    async def post_to_channel(self, *_: Any, **__: Any) -> Any:
        raise Unreachable("the channel does not answer")


async def test_what_could_not_be_sent_is_sent_after_the_next_start_and_nothing_twice(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    clients, stage.clients = stage.clients, Silent()  # type: ignore[assignment]
    stage.open()
    await stage.fake_service.act(1, "start", ALEX, stage.fake_service.runs[1].digest)
    await stage.card_updater.wait_until_shown()
    stage.clients = clients
    assert "1 change" in card.as_shown
    for _ in range(3):
        await stage.restart()
    posts = [message for message in clients.messages.values() if message.conversation == AUDIT]
    assert "needs a second person" in card.as_shown
    assert len(posts) == 1 and "(Approve) (Refuse)" in posts[0].as_shown


async def test_what_could_not_be_sent_is_sent_once_the_channel_answers_again(
    stage: WrittenConversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.supervision.FIRST", 0.01)
    card = await stage.draft_run()
    clients, silent = stage.clients, Silent()
    stage.clients = silent  # type: ignore[assignment]
    stage.open()
    await stage.fake_service.act(1, "start", ALEX, stage.fake_service.runs[1].digest)
    await stage.card_updater.wait_until_shown()
    assert len(stage.card_updater.seconds_behind()) == 1
    silent.edit, silent.post_to_channel = clients.edit, clients.post_to_channel  # type: ignore[method-assign]
    async with asyncio.timeout(20):
        while stage.card_updater.seconds_behind():
            await stage.card_updater.wait_until_shown()
            await asyncio.sleep(0)
    posts = [message for message in clients.messages.values() if message.conversation == AUDIT]
    assert "needs a second person" in card.as_shown and len(posts) == 1


async def test_a_plan_whose_card_could_not_be_edited_was_not_shown(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    digest = stage.fake_service.runs[1].digest
    await stage.ledger(shown_plans.unmark_shown, 1, digest, replace(HERE, conversation=card.conversation), ALEX.id)
    await stage.ledger(messages.mark_unsure, card.conversation, card.id)
    stage.clients = Silent()  # type: ignore[assignment]
    stage.open()
    stage.card_updater.run_changed(1)
    await stage.card_updater.wait_until_shown()
    assert not await stage.ledger(shown_plans.was_shown_to, 1, digest, ALEX.id, card.conversation)


async def test_cards_are_edited_where_their_conversation_was_heard_last(stage: WrittenConversation) -> None:
    await stage.draft_run()
    await stage.deliver(ALEX, type="message", text="runs", serviceUrl="http://127.0.0.1:2/")
    assert {place.conversation.service_url for place in await stage.ledger(messages.of_run, 1)} == {"http://127.0.0.1:2/"}


async def test_the_outcome_is_posted_once(stage: WrittenConversation) -> None:
    await stage.draft_run()
    await stage.press(ALEX, "Start")
    await stage.press(MEGAN, "Approve")
    await stage.follow_direction("all is moved and verified")
    for _ in range(2):
        await stage.restart()
    outcomes = [message.as_shown for message in stage.clients.messages.values() if "done and verified" in message.as_shown]
    assert len(outcomes) == 1
    assert "asked by Alex Wilber, agreed by Megan Bowen" in outcomes[0]


async def test_a_card_that_would_look_the_same_is_not_sent_again(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    (before,) = await stage.ledger(messages.of_run, 1)
    stage.clients.messages.pop(card.id)  # an edit would fail now
    await stage.restart()
    assert await stage.ledger(messages.of_run, 1) == [before]


async def test_a_card_that_may_be_older_than_the_run_is_edited_once_more(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    true, stale = card.as_shown, {"type": "AdaptiveCard", "body": []}
    await stage.ledger(messages.mark_unsure, card.conversation, card.id)
    stage.clients.replace_card(card, stale)  # the answer to a button arrived after the edit
    stage.card_updater.run_changed(1)
    await stage.card_updater.wait_until_shown()
    assert card.as_shown == true


async def test_an_edit_does_not_make_sure_what_became_unsure_meanwhile(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    (before,) = await stage.ledger(messages.of_run, 1)
    await stage.ledger(messages.mark_unsure, card.conversation, card.id)
    await stage.ledger(messages.mark_shown, before, "something newer")
    assert [place.shown for place in await stage.ledger(messages.of_run, 1)] == [""]


async def test_a_board_that_could_not_be_edited_is_edited_after_the_next_start(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "where are we?")
    card, clients = stage.newest_message, stage.clients
    stage.clients = Silent()  # type: ignore[assignment]
    stage.open()
    stage.fake_service.finish_refresh("federation to do")
    await stage.card_updater.wait_until_shown()
    assert "something to do" not in card.as_shown
    stage.clients = clients
    await stage.restart()
    assert "▸ Federate with Office 365: something to do" in card.as_shown


async def test_a_board_of_which_nothing_has_changed_is_not_sent_again(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "where are we?")
    stage.clients.messages.pop(stage.newest_message.id)  # an edit would fail now
    await stage.restart()


async def test_the_channel_reads_the_language_of_its_deployment_whoever_presses(stage: WrittenConversation) -> None:
    stage.locale = "de-DE"
    await stage.draft_run()
    await stage.press(ALEX, "Starten")
    await stage.press(MEGAN, "Approve")
    await stage.follow_direction("all is moved and verified")
    there = [message.as_shown for message in stage.clients.messages.values() if message.conversation == AUDIT]
    here = [message.as_shown for message in stage.clients.messages.values() if message.conversation != AUDIT]
    assert all("asked by Alex Wilber, agreed by Megan Bowen" in shown for shown in there) and there
    assert "verlangt von Alex Wilber, genehmigt von Megan Bowen" in here[0]
