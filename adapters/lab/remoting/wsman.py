"""A WinRM endpoint on loopback: WS-Management over HTTPS with basic authentication, one path and one account per place."""

import asyncio
import base64
import binascii
import hmac
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import ParseError

from aiohttp import web

from adapters.lab.endpoints import Access
from adapters.lab.powershell.values import Command, Machine
from adapters.lab.remoting import soap
from adapters.lab.remoting.pipeline import Pipeline
from adapters.lab.remoting.psrp import MALFORMED
from adapters.lab.remoting.soap import Fault, Request
from adapters.lab.remoting.winrm import Limits, Winrm
from bot.supervision import Supervisor

log = logging.getLogger(__name__)

Phase = Literal["before", "started", "receive", "receive_ready", "after"]


@dataclass(frozen=True)
class Moment:
    """Where a fault may strike. `request` is Create, Command, Receive, …; `command` and its statements are known where it is about one.

    before: arrived, nothing done yet · started: the pipeline runs, the answer to Command was not sent
    receive: a Receive arrived · receive_ready: its data was taken but not sent · after: done, the answer was not sent
    """

    phase: Phase
    place: str
    request: str
    shell: str = ""
    command: str = ""
    statements: tuple[tuple[Command, ...], ...] = ()


Faults = Callable[[Moment], Literal["drop"] | float | None]  # cut the connection, or wait so many seconds, or nothing


class Dropped(Exception):
    """The connection is to be cut."""


async def serve(
    machine: Machine,
    places: Mapping[str, Access],
    ssl_context: ssl.SSLContext,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    limits: Limits | None = None,
) -> "Remoting":
    """Opens the port. Raises OSError when it is taken."""
    remoting = Remoting(machine, places, faults or (lambda moment: None), limits or Limits())
    await remoting.open(ssl_context, host, port)
    return remoting


class Remoting:
    """The open port and everything behind it."""

    port: int

    def __init__(self, machine: Machine, places: Mapping[str, Access], faults: Faults, limits: Limits) -> None:
        self.winrm = Winrm(machine, limits)
        self._places = {access.path: (place, access) for place, access in places.items()}
        self._faults, self._reaper = faults, Supervisor()
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_post("/{path:.*}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    async def open(self, ssl_context: ssl.SSLContext, host: str, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=ssl_context).start()
        self.port = self._runner.addresses[0][1]
        self._reaper.keep("reaping shells", self.winrm.reap, asyncio.Event(), every=1)

    async def close(self) -> None:
        await self._reaper.close()
        await self.winrm.close()
        await self._runner.cleanup()

    async def _post(self, http: web.Request) -> web.StreamResponse:
        place, access = self._places.get(http.path, (None, None))
        if place is None or access is None:
            return web.Response(status=404)
        if not _is_allowed(http.headers.get("Authorization", ""), access):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="WSMAN"'})
        try:
            request = soap.parse(await http.read())
        except (ParseError, ValueError, Fault):
            return _refused("", MALFORMED)
        try:
            return await self._answered(request, Call(http, place, access, request, self._faults))
        except Fault as fault:
            return _refused(request.message, fault)
        except Dropped:
            if http.transport:
                http.transport.abort()
            return web.Response()

    async def _answered(self, request: Request, call: "Call") -> web.Response:
        about = self.winrm.pipeline(request)
        if request.kind != "Command":  # there the statements must be read first
            await call.reached("before", about)
        body = await self.winrm.answer(request, call)
        await call.reached("after", about or self.winrm.pipeline(request))
        return web.Response(body=soap.answer(request, body), content_type="application/soap+xml", charset="utf-8")


class Call:
    """One request on its way: who asks, and where faults may strike."""

    def __init__(self, http: web.Request, place: str, access: Access, request: Request, faults: Faults) -> None:
        self.place, self.configuration, self.user = place, access.configuration, access.user
        self._http, self._request, self._faults = http, request, faults

    def is_gone(self) -> bool:
        """Whether the client's connection was lost: nobody would see the answer."""
        return self._http.transport is None or self._http.transport.is_closing()

    async def reached(self, phase: Phase, pipeline: Pipeline | None = None) -> None:
        command = str(pipeline.id).upper() if pipeline else ""
        statements = tuple(tuple(statement) for statement in pipeline.statements) if pipeline else ()
        what = self._faults(Moment(phase, self.place, self._request.kind, self._request.shell, command, statements))
        if what == "drop":
            raise Dropped
        if isinstance(what, float | int):
            await asyncio.sleep(what)


def _is_allowed(header: str, access: Access) -> bool:
    """Basic authentication, compared in constant time."""
    kind, _, encoded = header.partition(" ")
    try:
        said = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(said, f"{access.user}:{access.password}".encode())


def _refused(message: str, fault: Fault) -> web.Response:
    """Faults are HTTP 500: clients poll for ever when one comes as 200."""
    return web.Response(status=500, body=soap.refusal(message, fault), content_type="application/soap+xml", charset="utf-8")
