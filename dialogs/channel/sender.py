"""Messages that nobody waits for in a turn: cards into conversations, new posts into channels, words to one person, edits.

Pace, retries and errors are the connector's; here edits of one card are put together, so that only the newest is sent.
"""

import asyncio
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationParameters, ConversationResourceResponse
from botframework.connector.aio import ConnectorClient

from bot.views import ConversationRef
from dialogs.channel.connector import Connector
from dialogs.channel.rate_limit import Timing
from dialogs.channel.turn_lock import run_beside


@dataclass
class PendingEdit:
    """An edit that has not left yet: whoever brings a newer card before it leaves shares its fate."""

    newest: Activity
    sent: "asyncio.Task[None]"


class ChannelSender:
    """Sends to stored places. Raises `Refused` (blocked, gone, too large), `Unreachable` (given up) and `InDoubt` (may have arrived).

    `again` says that a second arrival does no harm, as with a card that shows one state wherever it stands.
    """

    def __init__(self, connector: Connector, timing: Timing, every: float = 2.0) -> None:
        self._connector, self._timing, self._every = connector, timing, every
        self._leaving: dict[tuple[str, str], PendingEdit] = {}
        self._left: dict[tuple[str, str], float] = {}

    async def post(self, spot: ConversationRef, activity: Activity, *, again: bool = False) -> str:
        """The id of the new message."""
        client = await self._client(spot)
        sent = await client.conversations.send_to_conversation(spot.conversation, addressed_to(activity, spot), again=again)
        return str(sent.id) if sent and sent.id else ""

    async def post_to_channel(self, channel: ConversationRef, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        """Begins a new thread in the channel. Returns the place of the thread and the id of its first message."""
        data = {"channel": {"id": channel.conversation}, "tenant": {"id": channel.tenant}}
        made = await self._create_conversation(channel, again, is_group=True, channel_data=data, activity=activity)
        return replace(channel, conversation=made.id, kind="channel"), str(made.activity_id or "")

    async def to_person(self, near: ConversationRef, user: str, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        """Writes to one person; `user` is the `29:…` id. `near` is any place of the same service, for its address and tenant."""
        data = {"tenant": {"id": near.tenant}}
        # asking for the conversation twice gives the same one
        made = await self._create_conversation(near, True, is_group=False, channel_data=data, members=[ChannelAccount(id=user)])
        there = replace(near, conversation=made.id, kind="personal")
        return there, await self.post(there, activity, again=again)

    async def edit(self, spot: ConversationRef, message: str, activity: Activity) -> None:
        """Returns when this card, or a newer one for the same message, is up. One edit of a message every `every` seconds."""
        key = (spot.conversation, message)
        if key not in self._leaving:
            self._leaving[key] = PendingEdit(activity, run_beside(self._send_edit(spot, message), "editing a card"))
        edit = self._leaving[key]
        edit.newest = activity
        await asyncio.shield(edit.sent)

    async def _send_edit(self, spot: ConversationRef, message: str) -> None:
        key = (spot.conversation, message)
        while (wait := self._left.get(key, float("-inf")) + self._every - self._timing.now()) > 0:
            await self._timing.wait(wait)
        newest = self._leaving.pop(key).newest
        now = self._timing.now()
        self._left = {other: at for other, at in self._left.items() if at + self._every > now} | {key: now}
        client = await self._client(spot)
        await client.conversations.update_activity(spot.conversation, message, addressed_to(newest, spot))

    async def _create_conversation(self, near: ConversationRef, again: bool, **what: Any) -> ConversationResourceResponse:
        client = await self._client(near)
        parameters = ConversationParameters(bot=ChannelAccount(id=near.bot), tenant_id=near.tenant, **what)
        return await client.conversations.create_conversation(parameters, again=again)

    async def _client(self, spot: ConversationRef) -> ConnectorClient:
        return await self._connector.create(spot.service_url)


def addressed_to(activity: Activity, spot: ConversationRef) -> Activity:
    """The same message for this place; one card goes to several places at once."""
    there = copy(activity)
    there.channel_id, there.service_url = spot.channel, spot.service_url
    there.conversation, there.from_property = ConversationAccount(id=spot.conversation), ChannelAccount(id=spot.bot)
    return there
