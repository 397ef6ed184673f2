"""How a client without Teams speaks with the bot: activities over HTTP, and on loopback the connector that it answers to."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web

from bot.views import Person
from dialogs.terminal.loopback import Heard, connector_app

BOT = {"id": "28:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "name": "Switchover"}


@contextlib.asynccontextmanager
async def open_connection(bot: str, tenant: str) -> AsyncIterator["ClientConnection"]:
    """`bot` is the URL of /api/messages."""
    async with ClientSession(timeout=ClientTimeout(total=60)) as http:
        yield ClientConnection(http, bot, tenant)


@dataclass
class ClientConnection:
    """How activities get to the bot. Answers come back to `service_url`."""

    http: ClientSession
    bot: str
    tenant: str
    service_url: str = ""

    async def send(self, person: Person, conversation: str, **fields: Any) -> Any:
        """One activity. Returns the JSON of the answer, which only an invoke has. Raises ClientError."""
        activity = {
            "id": f"in-{time.time_ns()}",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": f"29:{person.id}", "aadObjectId": person.id, "name": person.name},
            "recipient": BOT,
            "conversation": {
                "id": conversation,
                "conversationType": "personal" if conversation == personal_conversation(person) else "channel",
            },
            "channelData": {"tenant": {"id": self.tenant}},
            "locale": "en",
            **fields,
        }
        async with self.http.post(self.bot, json=activity, raise_for_status=True) as answer:
            body = await answer.read()
            return json.loads(body) if body else None

    @contextlib.asynccontextmanager
    async def listen(self, heard: Heard, more: Iterable[web.RouteDef] = ()) -> AsyncIterator[None]:
        """`heard` is told what the bot posts and edits, for as long as the block lasts; `more` is served beside."""
        app = connector_app(heard)
        app.add_routes(more)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.service_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield
        finally:
            await runner.cleanup()


def personal_conversation(person: Person) -> str:
    """The conversation of one person with the bot."""
    return f"personal-{person.id}"
