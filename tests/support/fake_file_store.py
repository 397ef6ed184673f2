"""A written stand-in for the store where Teams puts people's files: real sockets, and it can refuse, lead elsewhere, or never end."""

import asyncio
from typing import Any

from aiohttp import web

from tests.support.loopback_server import LoopbackServer

SENT = "application/vnd.microsoft.teams.file.download.info"


class FakeFileStore(LoopbackServer):
    """`async with Shelf() as shelf`: `shelf.has[name]` is what a file holds; `sent(name)` is how Teams tells a bot of it."""

    def __init__(self, **has: bytes) -> None:
        super().__init__()
        self.files: dict[str, bytes] = dict(has)
        self.asked: list[dict[str, str]] = []  # headers of each request
        self.hold = asyncio.Event()
        self.app.add_routes(
            [web.get("/files/{name}", self._file), web.get("/moved/{name}", self._moved), web.get("/slow/{name}", self._slow)]
        )
        self.app.add_routes([web.put("/new/{name}", self._put), web.put("/moved/{name}", self._elsewhere)])

    def link(self, name: str, way: str = "files") -> str:
        return str(self._server.make_url(f"/{way}/{name}").with_query(tempauth="secret"))

    def attachment(self, name: str, way: str = "files") -> dict[str, Any]:
        """The attachment of a message, as Teams makes it of a file."""
        content = {"downloadUrl": self.link(name, way), "uniqueId": "u1", "fileType": name.rpartition(".")[2]}
        return {"contentType": SENT, "contentUrl": f"https://contoso-my.sharepoint.com/{name}", "name": name, "content": content}

    async def _file(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if (name := request.match_info["name"]) not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[name])

    async def _put(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        self.files[request.match_info["name"]] = await request.read()
        return web.Response(status=201)

    async def _moved(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/files/{request.match_info['name']}")

    async def _elsewhere(self, request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"/new/{request.match_info['name']}")

    async def _slow(self, request: web.Request) -> web.StreamResponse:
        """Begins, and waits until it is told to go on or the client has gone."""
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(self.files[request.match_info["name"]])
        assert self.hold
        await self.hold.wait()
        return answer
