"""What WinRM does with each kind of request: shells and commands are made, fed, received from, stopped, forgotten."""

import asyncio
import base64
import time
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID
from xml.sax.saxutils import escape

from adapters.lab.powershell.values import PipelineRunner
from adapters.lab.remoting.pipeline import Pipeline
from adapters.lab.remoting.psrp import MALFORMED, UNKNOWN, Shell
from adapters.lab.remoting.soap import DONE, RUNNING, SoapFault, WsmanRequest, build_receive_body, parse_duration

PARTS = 4  # Stream elements per answer, as Windows sends them
VANISHED = 60  # seconds without a word after which the client of a shell counts as gone

TIMED_OUT = SoapFault(2150858793, "w:TimedOut", "The operation did not complete within the time specified in OperationTimeout.")
TOO_MANY_SHELLS = SoapFault(2150859173, "w:QuotaLimit", "This user has exceeded the maximum number of concurrent shells.")
NO_SUCH_RESOURCE = SoapFault(
    2150858811, "w:DestinationUnreachable", "The resource URI was not found: there is no such session configuration."
)
STILL_CONNECTED = SoapFault(2150859189, "w:AccessDenied", "The shell is connected to another client.")
UNSUPPORTED = SoapFault(2150858752, "a:ActionNotSupported", "The action is not supported by the resource.")


@dataclass(frozen=True)
class ShellQuotas:
    """WinRM's quotas and timeouts, with Windows' defaults."""

    shells: int = 30
    commands: int = 1000
    #: seconds
    idle: float = 7200


class Caller(Protocol):
    """The sender of a request: its endpoint with the configuration, its account, and the fault hook bound to this request."""

    endpoint: str
    configuration: str
    user: str

    def is_gone(self) -> bool: ...

    async def reach(self, phase: Literal["before", "started", "receive", "receive_ready"], pipeline: Pipeline | None = None) -> None: ...


class WinrmService:
    """All shells of all endpoints. Raises `SoapFault` where WinRM answers with one."""

    def __init__(self, machine: PipelineRunner, limits: ShellQuotas) -> None:
        self._machine, self._limits = machine, limits
        self.shells: dict[UUID, Shell] = {}

    async def answer(self, request: WsmanRequest, caller: Caller) -> str:
        """The body of the answer."""
        match request.kind:
            case "Create":
                return self._create_shell(request, caller)
            case "Enumerate":
                return self._enumerate(request, caller)
            case "Get" if request.resource.endswith("/config"):
                return "<cfg:Config><cfg:MaxEnvelopeSizekb>500</cfg:MaxEnvelopeSizekb></cfg:Config>"
        shell = self._find_shell(request, caller)
        shell.touched = time.monotonic()
        try:
            return await self._dispatch(request, caller, shell)
        finally:
            shell.touched = time.monotonic()

    def pipeline(self, request: WsmanRequest) -> Pipeline | None:
        """The command that a request is about, where it is known."""
        shell = self.shells.get(_parse_uuid(request.shell))
        return shell.pipelines.get(_parse_uuid(_command_id(request))) if shell else None

    async def reap(self) -> None:
        """Closes shells that nobody has spoken to for their idle time."""
        now = time.monotonic()
        for identity, shell in list(self.shells.items()):
            if now - shell.touched > shell.idle:
                await self.shells.pop(identity).close()

    async def close(self) -> None:
        shells, self.shells = self.shells, {}
        await asyncio.gather(*(shell.close() for shell in shells.values()))

    async def _dispatch(self, request: WsmanRequest, caller: Caller, shell: Shell) -> str:
        match request.kind:
            case "Receive":
                return await self._receive(request, caller, shell)
            case "Command":
                return await self._begin_command(request, caller, shell)
            case "Send":
                self._find_pipeline(request, shell)
                shell.feed(_fragments(request, "rsp:Send/rsp:Stream"))
                return "<rsp:SendResponse/>"
            case "Signal":
                return await self._signal(request, shell)
            case "Delete":
                await self.shells.pop(shell.id).close()
                return ""
            case "Disconnect":
                shell.connected = False
                return "<rsp:DisconnectResponse/>"
            case "Reconnect":
                shell.connected = True
                return "<rsp:ReconnectResponse/>"
            case "Connect":
                return self._connect(request, shell)
            case "Get":
                return _shell_element(shell)
        raise UNSUPPORTED

    def _create_shell(self, request: WsmanRequest, caller: Caller) -> str:
        if request.resource != f"http://schemas.microsoft.com/powershell/{caller.configuration}":
            raise NO_SUCH_RESOURCE
        if len(self._own_shells(caller)) >= self._limits.shells:
            raise TOO_MANY_SHELLS
        idle = request.text("rsp:Shell/rsp:IdleTimeOut")
        name = request.text("rsp:Shell/rsp:Name")
        shell = Shell(caller.endpoint, caller.user, name, parse_duration(idle) if idle else self._limits.idle, self._machine)
        shell.feed(_fragments(request, "rsp:Shell/pwsh:creationXml"))
        self.shells[shell.id] = shell
        selectors = f'<w:SelectorSet><w:Selector Name="ShellId">{_format_id(shell.id)}</w:Selector></w:SelectorSet>'
        reference = f"<a:ReferenceParameters><w:ResourceURI>{request.resource}</w:ResourceURI>{selectors}</a:ReferenceParameters>"
        return f"<x:ResourceCreated>{reference}</x:ResourceCreated>{_shell_element(shell)}"

    async def _begin_command(self, request: WsmanRequest, caller: Caller, shell: Shell) -> str:
        first = _fragments(request, "rsp:CommandLine/rsp:Arguments")
        identity = UUID(bytes_le=first[45:61])  # after the fragment's 21 bytes: destination, type, pool id, pipeline id
        if identity in shell.pipelines:
            raise SoapFault(2150859174, "w:AlreadyExists", "The command already exists.")
        pipeline = shell.begin_pipeline(identity, first, self._limits.commands)
        try:
            await caller.reach("before", pipeline)
        except BaseException:
            await shell.end(identity)  # it is as if the request had never arrived
            raise
        pipeline.allow_start()
        await caller.reach("started", pipeline)
        return f"<rsp:CommandResponse><rsp:CommandId>{_format_id(identity)}</rsp:CommandId></rsp:CommandResponse>"

    async def _receive(self, request: WsmanRequest, caller: Caller, shell: Shell) -> str:
        pipeline = self._find_pipeline(request, shell)
        stream = pipeline.stream if pipeline else shell.stream
        if stream.last and stream.last[0] == request.message:  # a client that has not seen the answer asks again
            return stream.last[1]
        if stream.delivered:
            raise UNKNOWN
        await caller.reach("receive", pipeline)
        parts = await stream.take(request.seconds, PARTS, caller.is_gone)
        if parts is None:
            raise TIMED_OUT
        body = build_receive_body(_format_id(pipeline.id) if pipeline else "", parts, stream.delivered)
        stream.last = request.message, body
        await caller.reach("receive_ready", pipeline)
        return body

    async def _signal(self, request: WsmanRequest, shell: Shell) -> str:
        pipeline = self._find_pipeline(request, shell)
        if pipeline is None:
            raise UNKNOWN
        if request.text("rsp:Signal/rsp:Code").lower().endswith("/terminate"):
            await shell.end(pipeline.id)
        else:
            await pipeline.stop()
        return "<rsp:SignalResponse/>"

    def _connect(self, request: WsmanRequest, shell: Shell) -> str:
        if _command_id(request):
            self._find_pipeline(request, shell)
            return "<rsp:ConnectResponse/>"
        if shell.connected and time.monotonic() - shell.touched < VANISHED:
            raise STILL_CONNECTED
        said = shell.attach(_fragments(request, "rsp:Connect/pwsh:connectXml"))
        shell.connected = True
        inline = base64.b64encode(said).decode()
        return f"<rsp:ConnectResponse><pwsh:connectResponseXml>{inline}</pwsh:connectResponseXml></rsp:ConnectResponse>"

    def _enumerate(self, request: WsmanRequest, caller: Caller) -> str:
        if request.resource.endswith("/Command"):
            wanted = request.text("n:Enumerate/w:Filter/w:SelectorSet/w:Selector").upper()
            commands = (shell.pipelines.values() for shell in self._own_shells(caller) if _format_id(shell.id) == wanted)
            items = "".join(_command_element(pipeline) for some in commands for pipeline in some)
        else:
            items = "".join(_shell_element(shell) for shell in self._own_shells(caller))
        return f"<n:EnumerateResponse><n:EnumerationContext/><w:Items>{items}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"

    def _own_shells(self, caller: Caller) -> list[Shell]:
        return [shell for shell in self.shells.values() if (shell.endpoint, shell.owner) == (caller.endpoint, caller.user)]

    def _find_shell(self, request: WsmanRequest, caller: Caller) -> Shell:
        shell = self.shells.get(_parse_uuid(request.shell))
        if shell is None or shell not in self._own_shells(caller):
            raise UNKNOWN
        return shell

    def _find_pipeline(self, request: WsmanRequest, shell: Shell) -> Pipeline | None:
        """The command that the request names, or None when it is about the shell."""
        command = _command_id(request)
        if command and _parse_uuid(command) not in shell.pipelines:
            raise UNKNOWN
        return shell.pipelines[_parse_uuid(command)] if command else None


def _command_id(request: WsmanRequest) -> str:
    paths = {
        "Receive": "rsp:Receive/rsp:DesiredStream",
        "Send": "rsp:Send/rsp:Stream",
        "Signal": "rsp:Signal",
        "Connect": "rsp:Connect",
        "Command": "rsp:CommandLine",
    }
    return request.attribute(paths[request.kind], "CommandId") if request.kind in paths else ""


def _fragments(request: WsmanRequest, path: str) -> bytes:
    try:
        return base64.b64decode(request.text(path), validate=True)
    except ValueError as broken:
        raise MALFORMED from broken


def _parse_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody has this one


def _format_id(identity: UUID) -> str:
    return str(identity).upper()


def _shell_element(shell: Shell) -> str:
    connected = shell.connected and time.monotonic() - shell.touched < VANISHED
    return (
        f"<rsp:Shell><rsp:ShellId>{_format_id(shell.id)}</rsp:ShellId><rsp:Name>{escape(shell.name)}</rsp:Name>"
        f"<rsp:Owner>{escape(shell.owner)}</rsp:Owner><rsp:IdleTimeOut>PT{shell.idle:.3f}S</rsp:IdleTimeOut>"
        f"<rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>"
        f"<rsp:State>{'Connected' if connected else 'Disconnected'}</rsp:State></rsp:Shell>"
    )


def _command_element(pipeline: Pipeline) -> str:
    state = DONE if pipeline.stream.ended else RUNNING
    return (
        f"<rsp:Command><rsp:ShellId>{_format_id(pipeline.shell)}</rsp:ShellId><rsp:CommandId>{_format_id(pipeline.id)}</rsp:CommandId>"
        f"<rsp:State>{state}</rsp:State></rsp:Command>"
    )
