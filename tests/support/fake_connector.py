"""A written stand-in for the channel's connector: it writes down what the bot sends, and can refuse, wait or fail as it is told."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.loopback_server import LoopbackServer


@dataclass(frozen=True)
class SentRequest:
    """One request of the bot."""

    method: str
    conversation: str
    activity: str
    body: Any
    headers: dict[str, str]
    at: float


@dataclass
class ConnectorFault:
    """One bad answer. `arrives` says that the message is taken all the same; `hangs` that no answer comes at all."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    arrives: bool = False
    hangs: bool = False


class FakeConnector(LoopbackServer):
    """`async with FakeConnector() as connector`: `connector.url` is a service URL; `sent` is what arrived, `tried` what was attempted."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self.sent: list[SentRequest] = []
        self.tried: list[SentRequest] = []
        self.faults: deque[ConnectorFault] = deque()
        self.arrived = asyncio.Condition()
        self._ids = itertools.count(1)
        self.app.router.add_route("*", "/v3/conversations", self._create)
        self.app.router.add_route("*", "/v3/conversations/{conversation}/activities", self._activity)
        self.app.router.add_route("*", "/v3/conversations/{conversation}/activities/{activity}", self._activity)

    def texts(self) -> list[str]:
        """The words of all messages, in the order of their arrival."""
        return [sent.body.get("text") for sent in self.sent]

    async def wait_for(self, count: int) -> list[SentRequest]:
        """Waits until so many messages have arrived."""
        async with self.arrived, asyncio.timeout(10):
            await self.arrived.wait_for(lambda: len(self.sent) >= count)
        return self.sent

    async def _create(self, request: web.Request) -> web.Response:
        made = next(self._ids)
        body = await request.json()
        thread = f"{body['channelData']['channel']['id']};messageid={made}" if body.get("isGroup") else f"a:{body['members'][0]['id']}"
        return await self._take(request, body, {"id": thread, "activityId": f"message-{made}", "serviceUrl": self.url})

    async def _activity(self, request: web.Request) -> web.Response:
        edited = request.match_info.get("activity", "") if request.method == "PUT" else ""
        return await self._take(request, await request.json(), {"id": edited or f"message-{next(self._ids)}"})

    async def _take(self, request: web.Request, body: Any, answer: dict[str, str]) -> web.Response:
        place = request.match_info
        sent = SentRequest(
            request.method, place.get("conversation", ""), place.get("activity", ""), body, dict(request.headers), self._now()
        )
        self.tried.append(sent)
        fault = self.faults.popleft() if self.faults else None
        if fault is None or fault.arrives:
            async with self.arrived:
                self.sent.append(sent)
                self.arrived.notify_all()
        if self.hold is not None:
            await self.hold.wait()
        if fault is None:
            return web.json_response(answer, status=200 if request.method == "PUT" else 201)
        if fault.hangs:
            assert request.transport is not None
            request.transport.abort()
        if isinstance(fault.body, str):
            return web.Response(status=fault.status, text=fault.body, content_type="text/html", headers=fault.headers)
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
