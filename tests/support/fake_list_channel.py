"""What takes lists outside of a turn: a channel that keeps messages, and somebody's OneDrive."""

import asyncio
from dataclasses import replace

from botbuilder.schema import Activity

from bot.views import ConversationRef
from dialogs.channel.http import HttpClient


class FakeListChannel:
    """Where posts outside of a turn end: each with its place, or the person that it is for."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Activity]] = []
        self.came = asyncio.Event()

    async def post(self, spot: ConversationRef, activity: Activity, *, again: bool = False) -> str:
        self.sent.append((spot.conversation, activity))
        self.came.set()
        return "m"

    async def to_person(self, near: ConversationRef, user: str, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        return near, await self.post(replace(near, conversation=user), activity)


class FakeOneDrive(HttpClient):
    """Somebody's OneDrive, as far as it matters here."""

    def __init__(self) -> None:
        super().__init__()
        self.has: dict[str, bytes] = {}

    async def upload(self, url: str, content: bytes) -> None:
        self.has[url] = content


UPLOAD = "https://contoso-my.sharepoint.com/upload"
