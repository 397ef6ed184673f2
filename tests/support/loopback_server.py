"""What the written stand-ins for far services have in common: real sockets on loopback for as long as a block lasts."""

import asyncio
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer


class LoopbackServer:
    """While `hold` is there, answers wait for it; at the end of the block whoever still waits is let go."""

    def __init__(self) -> None:
        self.hold: asyncio.Event | None = None
        self.app = web.Application()
        self._server = TestServer(self.app, host="127.0.0.1")

    async def __aenter__(self) -> Self:
        await self._server.start_server(shutdown_timeout=0.1)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.hold is not None:
            self.hold.set()
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/")).rstrip("/")
