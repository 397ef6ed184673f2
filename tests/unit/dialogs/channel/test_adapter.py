"""The host: nothing twice, answers as the channel wants them, and what happens when a turn fails."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, AdaptiveCardInvokeResponse, InvokeResponse

from bot.service import ConversationMemory
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.connector import Connector
from dialogs.channel.rate_limit import Timing
from dialogs.state import ConversationStorage, SavedConversationState
from tests.support.bot_host import EchoBot, host_bot, open_ledger
from tests.support.fake_channel import APP, TENANT, FakeChannel, activity, deliver, in_conversation
from tests.support.fake_connector import ConnectorFault, FakeConnector
from tests.support.fake_sign_in import FakeEntra

DOOR = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)


@pytest.fixture
async def connector() -> AsyncIterator[FakeConnector]:
    async with FakeConnector() as connector:
        yield connector


async def test_a_delivery_seen_before_is_dropped_also_after_a_restart(connector: FakeConnector, tmp_path: Path) -> None:
    bot, one = EchoBot(), activity(connector.url, "move bob")
    for _ in range(2):
        ledger = open_ledger(str(tmp_path / "records.db"))
        async with host_bot(bot, DOOR, ledger) as host:
            answers = await asyncio.gather(*(deliver(host.url, one) for _ in range(3)))
            assert {status for status, _ in answers} == {200}
        ledger.close()
    assert bot.heard == ["move bob"]


async def test_the_same_id_elsewhere_or_on_an_edited_message_is_another_delivery(connector: FakeConnector) -> None:
    bot, one = EchoBot(), activity(connector.url)
    async with host_bot(bot, DOOR) as host:
        await deliver(host.url, one)
        await deliver(host.url, one | {"conversation": {"id": "a:other"}})
        await deliver(host.url, one | {"type": "messageUpdate"})
        await deliver(host.url, {name: value for name, value in one.items() if name != "id"})
    assert len(bot.heard) == 4


async def test_deliveries_are_forgotten_after_a_day(connector: FakeConnector) -> None:
    bot, one, now = EchoBot(), activity(connector.url), [0.0]
    async with host_bot(bot, DOOR, now=lambda: now[0]) as host:
        await deliver(host.url, one)
        now[0] = 25 * 3600
        await deliver(host.url, one)
    assert len(bot.heard) == 2


class Answering:
    """Answers an invoke with what it was made with."""

    def __init__(self, body: Any) -> None:
        self.body = body

    async def on_turn(self, context: TurnContext) -> None:
        if self.body is not None:
            await context.send_activity(Activity(type="invokeResponse", value=InvokeResponse(status=200, body=self.body)))


CARD = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": {"type": "AdaptiveCard", "version": "1.5"}}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (CARD, 200, CARD),
        (AdaptiveCardInvokeResponse(status_code=200, type=CARD["type"], value=CARD["value"]), 200, CARD),
        (None, 501, None),
    ],
    ids=["plain", "the SDK's own", "none"],
)
async def test_a_button_is_answered_with_plain_json(connector: FakeConnector, body: Any, status: int, said: Any) -> None:
    async with host_bot(Answering(body), DOOR) as host:
        press = activity(connector.url, type="invoke", name="adaptiveCard/action", value={"action": {"verb": "start", "data": {}}})
        assert await deliver(host.url, press) == (status, said)


async def test_expected_replies_come_back_in_the_answer(connector: FakeConnector) -> None:
    async with host_bot(EchoBot(), DOOR) as host:
        status, said = await deliver(host.url, activity(connector.url, deliveryMode="expectReplies"))
    assert status == 200 and [reply["text"] for reply in said["activities"]] == ["echo hello"] and connector.sent == []


class Failing:
    """Begins something, keeps it, and fails on a bad word."""

    def __init__(self, conversations: SavedConversationState) -> None:
        self._conversations = conversations
        self._begun = conversations.create_property("begun")
        self.found: list[Any] = []

    async def on_turn(self, context: TurnContext) -> None:
        self.found.append(await self._begun.get(context))
        await self._begun.set(context, context.activity.text or context.activity.name)
        if context.activity.text != "fine":
            raise RuntimeError("poison")
        await self._conversations.save_changes(context)


async def test_a_failed_turn_ends_in_one_sentence_and_poisons_nothing(connector: FakeConnector, caplog: pytest.LogCaptureFixture) -> None:
    ledger = open_ledger()
    conversations = SavedConversationState(ConversationStorage(ConversationMemory(ledger)))
    bot = Failing(conversations)
    async with host_bot(bot, DOOR, ledger, forget=conversations.forget) as host:
        for text in ("fine", "bad", "fine"):
            assert (await deliver(host.url, activity(connector.url, text)))[0] == 200
        press = activity(connector.url, None, type="invoke", name="adaptiveCard/action")
        status, said = await deliver(host.url, press)
    ledger.close()
    assert bot.found == [None, "fine", None, "fine"]
    [sorry] = connector.texts()
    assert sorry.startswith("Something went wrong on my side") and "poison" not in sorry
    reference = sorry.rsplit(" ", 1)[1]
    assert f"reference {reference}" in caplog.text and "RuntimeError: poison" in caplog.text
    assert status == 200 and said["value"].startswith("Something went wrong on my side")


async def test_a_reply_that_the_channel_refuses_does_not_make_it_deliver_again(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    connector.faults.extend([ConnectorFault(403, body={"error": {"code": "MessageWritesBlocked"}})] * 2)
    bot = EchoBot()
    async with host_bot(bot, DOOR) as host:
        assert (await deliver(host.url, activity(connector.url)))[0] == 200
    assert bot.heard == ["hello"] and "MessageWritesBlocked" in caplog.text


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[FakeEntra]:
    async with FakeEntra(tmp_path, TENANT) as entra:
        yield entra


async def test_one_token_does_for_many_turns_and_fetching_it_stalls_nothing(connector: FakeConnector, entra: FakeEntra) -> None:
    entra.hold = asyncio.Event()
    async with FakeChannel() as channel:
        door = channel.admission_policy()
        outbound = Connector(door, entra.credentials(APP), Timing())
        async with host_bot(EchoBot(), door, connector=outbound) as host:
            token = channel.token(connector.url)
            turns = [asyncio.create_task(deliver(host.url, in_conversation(connector.url, f"a:{n}", "hi"), token)) for n in range(8)]
            async with asyncio.timeout(5):
                await entra.asking.wait()  # in the same loop: a blocking sign-in would never get here
            entra.hold.set()
            assert [status for status, _ in await asyncio.gather(*turns)] == [200] * 8
            assert (await deliver(host.url, activity(connector.url), token))[0] == 200
    assert entra.asked == 1
    assert {sent.headers["Authorization"] for sent in connector.sent} == {"Bearer token-1"} and len(connector.sent) == 9


async def test_our_own_wrong_secret_is_not_told_to_the_channel_as_401(
    connector: FakeConnector, entra: FakeEntra, caplog: pytest.LogCaptureFixture
) -> None:
    entra.refuses = True
    bot = EchoBot()
    async with FakeChannel() as channel:
        door = channel.admission_policy()
        async with host_bot(bot, door, connector=Connector(door, entra.credentials(APP), Timing())) as host:
            assert (await deliver(host.url, activity(connector.url), channel.token(connector.url)))[0] == 200
    assert bot.heard == ["hello"] and connector.sent == []
    assert "AADSTS7000215" in caplog.text and "hush" not in caplog.text


async def test_health_is_answered() -> None:
    async with host_bot(EchoBot(), DOOR) as host, aiohttp.ClientSession() as session, session.get(f"{host.url}/healthz") as answer:
        assert answer.status == 200 and await answer.json() == {"ok": True}


async def test_a_slow_channel_holds_up_no_other_conversation(connector: FakeConnector) -> None:
    connector.hold = asyncio.Event()
    async with host_bot(EchoBot(), DOOR) as host:
        turns = [asyncio.create_task(deliver(host.url, in_conversation(connector.url, f"a:{n}", "hi"))) for n in range(48)]
        await connector.wait_for(48)  # all replies are on their way at once, none has been answered
        assert not any(turn.done() for turn in turns)
        connector.hold.set()
        assert [status for status, _ in await asyncio.gather(*turns)] == [200] * 48
