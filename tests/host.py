"""A bot on its real adapter and socket, over records in memory: what the tests of the host have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestServer
from botbuilder.core import TurnContext
from sqlite_utils.migrations import Migrations

from bot.ledger import Ledger
from bot.ledger.conversations import MIGRATIONS
from dialogs.door import Door
from dialogs.teams import Teams, application


@dataclass
class Echo:
    """Says what it hears, and remembers it."""

    heard: list[str | None] = field(default_factory=list)

    async def on_turn(self, context: TurnContext) -> None:
        self.heard.append(context.activity.text)
        await context.send_activity(f"echo {context.activity.text}")


@dataclass
class Host:
    url: str
    adapter: Teams


def records(path: str = ":memory:") -> Ledger:
    """A ledger with the tables of conversations only."""
    migrations = Migrations("tests")
    for name, create in MIGRATIONS:
        migrations(name=name)(create)
    return Ledger(path, migrations)


@asynccontextmanager
async def hosted(bot: Any, door: Door, ledger: Ledger | None = None, **more: Any) -> AsyncIterator[Host]:
    own = ledger or records()
    adapter = Teams(door, own, **more)
    server = TestServer(application(bot, adapter), host="127.0.0.1")
    await server.start_server()
    try:
        yield Host(str(server.make_url("/")).rstrip("/"), adapter)
    finally:
        await server.close()
        if ledger is None:
            own.close()
