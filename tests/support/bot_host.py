"""A bot on its real adapter and socket, over records in memory: what the tests of the host have in common."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestServer
from botbuilder.core import TurnContext

from bot.ledger import Ledger
from bot.service import ConversationMemory
from dialogs.channel.adapter import TeamsAdapter, application
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.rate_limit import Timing


@dataclass
class EchoBot:
    """Says what it hears, and remembers it."""

    heard: list[str | None] = field(default_factory=list)

    async def on_turn(self, context: TurnContext) -> None:
        self.heard.append(context.activity.text)
        await context.send_activity(f"echo {context.activity.text}")


@dataclass
class Host:
    url: str
    adapter: TeamsAdapter


def open_ledger(path: str = ":memory:") -> Ledger:
    """A ledger of its own."""
    return Ledger(path)


class ManualTiming:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def timing(self) -> Timing:
        return Timing(now=lambda: self.now, wait=self._wait, chance=lambda: 0.5)

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def host_bot(
    bot: Any, door: AdmissionPolicy, ledger: Ledger | None = None, now: Callable[[], float] = time.time, **more: Any
) -> AsyncIterator[Host]:
    own = ledger or open_ledger()
    adapter = TeamsAdapter(door, ConversationMemory(own, now), **more)
    server = TestServer(application(bot, adapter), host="127.0.0.1")
    await server.start_server()
    try:
        yield Host(str(server.make_url("/")).rstrip("/"), adapter)
    finally:
        await server.close()
        if ledger is None:
            own.close()


TENANT = "11111111-2222-4333-8444-555555555555"


ADMIT_TENANT = AdmissionPolicy(TENANT, frozenset({"127.0.0.1"}), without_token=True)
