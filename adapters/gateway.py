"""The outside as the worker knows it: each call goes to the machine that it is for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, Self

from adapters.dns import DnsResolver
from adapters.graph.client import GraphClient
from adapters.graph.retry import RetryPolicy
from adapters.powershell.client import PowerShellClient
from bot.calls import Cmdlet, DnsQuery, GraphCall, LocalSource, ReadCall
from bot.config import Settings
from bot.errors import Refused
from bot.gateway import BeforeSend, CallId, ReadResult
from bot.i18n import say
from bot.local_sources import LocalRows


class RemotePowerShell(Protocol):
    """Remote PowerShell."""

    def read(self, call: Cmdlet) -> AsyncIterator[ReadResult]: ...

    async def execute(self, call: Cmdlet, intent: BeforeSend) -> ReadResult: ...

    async def has_finished(self, call: Cmdlet, ticket: CallId) -> bool | None: ...

    async def close(self) -> None: ...


class Gateway:
    """Everything outside in one, as `bot.gateway.EstateGateway`. `known` are facts that need no machine: configuration, records, time."""

    def __init__(self, shell: RemotePowerShell, graph: GraphClient, dns: DnsResolver, known: Mapping[str, LocalRows]) -> None:
        self._shell, self._graph, self._dns, self._known = shell, graph, dns, known

    @classmethod
    def from_settings(cls, settings: Settings, known: Mapping[str, LocalRows], retry: RetryPolicy) -> Self:
        """Opens no connection yet. Raises `ConfigurationError` for a secret that is missing."""
        shell = PowerShellClient.from_settings(settings)
        return cls(shell, GraphClient.from_settings(settings.graph, settings.tenant, retry), DnsResolver.from_settings(settings.dns), known)

    async def close(self) -> None:
        await self._graph.close()
        await self._shell.close()

    def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        match call:
            case Cmdlet():
                return self._shell.read(call)
            case GraphCall():
                return self._graph.read(call)
            case DnsQuery():
                return self._dns.read(call)
            case LocalSource():
                return self._read_local(call)

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        return await self._graph.read_batch(calls)

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        return await (self._shell.execute(call, intent) if isinstance(call, Cmdlet) else self._graph.execute(call, intent))

    async def has_finished(self, call: Cmdlet | GraphCall, ticket: CallId) -> bool | None:
        return await (self._shell.has_finished(call, ticket) if isinstance(call, Cmdlet) else self._graph.has_finished(call, ticket))

    async def _read_local(self, call: LocalSource) -> AsyncIterator[ReadResult]:
        if call.name not in self._known:
            raise Refused(say("The configuration says nothing about {name}", name=call.name), target=call.name)
        yield ReadResult(rows=tuple(await self._known[call.name]()))
