"""One turn at a time in each conversation, and work that goes on beside the turns."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import ConversationReference

from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.turn_lock import run_beside
from tests.support.bot_host import host_bot
from tests.support.fake_channel import APP, TENANT, activity, deliver, in_conversation
from tests.support.fake_connector import FakeConnector

DOOR = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)


@pytest.fixture
async def connector() -> AsyncIterator[FakeConnector]:
    async with FakeConnector() as connector:
        yield connector


class Counting:
    """Reads a number, lets others run, writes it back one higher: two at once would lose one."""

    def __init__(self) -> None:
        self.count, self.inside, self.most = 0, 0, 0
        self.together = asyncio.Event()

    async def on_turn(self, context: TurnContext) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        before = self.count
        for _ in range(5):
            await asyncio.sleep(0)
        self.count = before + 1
        self.inside -= 1


async def test_turns_of_one_conversation_run_one_after_another(connector: FakeConnector) -> None:
    bot = Counting()
    async with host_bot(bot, DOOR) as host:
        await asyncio.gather(*(deliver(host.url, activity(connector.url)) for _ in range(10)))
    assert bot.count == 10 and bot.most == 1


class Meeting:
    """Each turn waits until another conversation's turn is there too."""

    def __init__(self) -> None:
        self.both = asyncio.Barrier(2)

    async def on_turn(self, context: TurnContext) -> None:
        async with asyncio.timeout(5):
            await self.both.wait()


async def test_turns_of_different_conversations_do_not_wait_for_each_other(connector: FakeConnector) -> None:
    async with host_bot(Meeting(), DOOR) as host:
        await asyncio.gather(*(deliver(host.url, in_conversation(connector.url, name, "hi")) for name in ("a:1", "a:2")))
    assert connector.sent == []  # no apology


class Proactive:
    """In its turn continues its own conversation, and starts work aside that continues it later."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.later: asyncio.Task[Any] | None = None

    async def on_turn(self, context: TurnContext) -> None:
        reference = TurnContext.get_conversation_reference(context.activity)
        self.later = run_beside(self._continue(context.adapter, reference, "aside"))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await self._continue(context.adapter, reference, "inside")
        self.said.append("turn ends")

    async def _continue(self, adapter: Any, reference: ConversationReference, word: str) -> None:
        async def say(context: TurnContext) -> None:
            self.said.append(word)

        await adapter.continue_conversation(reference, say, APP)


async def test_a_turn_may_continue_its_own_conversation_and_work_aside_waits_for_its_end(connector: FakeConnector) -> None:
    bot = Proactive()
    async with host_bot(bot, DOOR) as host:
        await deliver(host.url, activity(connector.url))
        assert bot.later is not None
        await bot.later
    assert bot.said == ["inside", "turn ends", "aside"]


async def test_a_failure_of_work_aside_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise RuntimeError("lost its way")

    await asyncio.wait([run_beside(fails())])
    assert "lost its way" in caplog.text
