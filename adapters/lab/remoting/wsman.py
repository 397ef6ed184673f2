"""A WinRM endpoint on loopback: WS-Management over HTTPS with basic authentication, one path and one account per endpoint."""

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

from adapters.lab.endpoints import EndpointAccess
from adapters.lab.powershell.values import PipelineRunner, PSCommand
from adapters.lab.remoting import soap
from adapters.lab.remoting.pipeline import Pipeline
from adapters.lab.remoting.psrp import MALFORMED
from adapters.lab.remoting.soap import SoapFault, WsmanRequest
from adapters.lab.remoting.winrm import ShellQuotas, WinrmService
from bot.supervision import Supervisor

log = logging.getLogger(__name__)

RequestPhase = Literal["before", "started", "receive", "receive_ready", "after"]


@dataclass(frozen=True)
class FaultPoint:
    """Where a fault may strike. `request` is Create, Command, Receive, …; `command` and its statements are known where it is about one.

    before: arrived, nothing done yet · started: the pipeline runs, the answer to Command was not sent
    receive: a Receive arrived · receive_ready: its data was taken but not sent · after: done, the answer was not sent
    """

    phase: RequestPhase
    endpoint: str
    request: str
    shell: str = ""
    command: str = ""
    statements: tuple[tuple[PSCommand, ...], ...] = ()


FaultHook = Callable[[FaultPoint], Literal["drop"] | float | None]  # cut the connection, or wait so many seconds, or nothing


class ConnectionDropped(Exception):
    """The connection is to be cut."""


async def serve(
    machine: PipelineRunner,
    endpoints: Mapping[str, EndpointAccess],
    ssl_context: ssl.SSLContext,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: FaultHook | None = None,
    limits: ShellQuotas | None = None,
) -> "RemotingServer":
    """Opens the port. Raises OSError when it is taken."""
    remoting = RemotingServer(machine, endpoints, faults or (lambda point: None), limits or ShellQuotas())
    await remoting.open(ssl_context, host, port)
    return remoting


class RemotingServer:
    """The open port and everything behind it."""

    port: int

    def __init__(self, machine: PipelineRunner, endpoints: Mapping[str, EndpointAccess], faults: FaultHook, limits: ShellQuotas) -> None:
        self.winrm = WinrmService(machine, limits)
        self._places = {access.path: (endpoint, access) for endpoint, access in endpoints.items()}
        self._faults, self._reaper = faults, Supervisor()
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_post("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    async def open(self, ssl_context: ssl.SSLContext, host: str, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, ssl_context=ssl_context).start()
        self.port = self._runner.addresses[0][1]
        self._reaper.keep_going("reaping shells", self.winrm.reap, asyncio.Event(), every=1)

    async def close(self) -> None:
        await self._reaper.close()
        await self.winrm.close()
        await self._runner.cleanup()

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        endpoint, access = self._places.get(http.path, (None, None))
        if endpoint is None or access is None:
            return web.Response(status=404)
        if not _is_allowed(http.headers.get("Authorization", ""), access):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="WSMAN"'})
        try:
            request = soap.parse_request(await http.read())
        except (ParseError, ValueError, SoapFault):
            return _fault_response("", MALFORMED)
        try:
            return await self._answer(request, RequestScope(http, endpoint, access, request, self._faults))
        except SoapFault as fault:
            return _fault_response(request.message, fault)
        except ConnectionDropped:
            if http.transport:
                http.transport.abort()
            return web.Response()

    async def _answer(self, request: WsmanRequest, call: "RequestScope") -> web.Response:
        about = self.winrm.pipeline(request)
        if request.kind != "Command":  # there the statements must be read first
            await call.reach("before", about)
        body = await self.winrm.answer(request, call)
        await call.reach("after", about or self.winrm.pipeline(request))
        return web.Response(body=soap.build_answer(request, body), content_type="application/soap+xml", charset="utf-8")


class RequestScope:
    """One request on its way: who asks, and where faults may strike."""

    def __init__(self, http: web.Request, endpoint: str, access: EndpointAccess, request: WsmanRequest, faults: FaultHook) -> None:
        self.endpoint, self.configuration, self.user = endpoint, access.configuration, access.user
        self._http, self._request, self._faults = http, request, faults

    def is_gone(self) -> bool:
        """Whether the client's connection was lost: nobody would see the answer."""
        return self._http.transport is None or self._http.transport.is_closing()

    async def reach(self, phase: RequestPhase, pipeline: Pipeline | None = None) -> None:
        command = str(pipeline.id).upper() if pipeline else ""
        statements = tuple(tuple(statement) for statement in pipeline.statements) if pipeline else ()
        what = self._faults(FaultPoint(phase, self.endpoint, self._request.kind, self._request.shell, command, statements))
        if what == "drop":
            raise ConnectionDropped
        if isinstance(what, float | int):
            await asyncio.sleep(what)


def _is_allowed(header: str, access: EndpointAccess) -> bool:
    """Basic authentication, compared in constant time."""
    kind, _, encoded = header.partition(" ")
    try:
        said = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(said, f"{access.user}:{access.password}".encode())


def _fault_response(message: str, fault: SoapFault) -> web.Response:
    """Faults are HTTP 500: clients poll for ever when one comes as 200."""
    return web.Response(status=500, body=soap.build_fault(message, fault), content_type="application/soap+xml", charset="utf-8")
