"""The outside as the worker knows it: each call goes to the machine that it is for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from adapters.dns import Dns
from adapters.graph.client import Graph
from bot.calls import Cmdlet, DnsQuery, GraphCall, Look, Row, Setting
from bot.errors import Refused
from bot.outside import Answer, Intent, Ticket
from bot.say import say

Known = Callable[[], Awaitable[Sequence[Row]]]


class Shell(Protocol):
    """Remote PowerShell."""

    def look(self, call: Cmdlet) -> AsyncIterator[Answer]: ...

    async def carry(self, call: Cmdlet, intent: Intent) -> Answer: ...

    async def is_over(self, call: Cmdlet, ticket: Ticket) -> bool | None: ...


class Machines:
    """Everything outside in one, as `bot.outside.Outside`. `known` are facts that need no machine: configuration, records, time."""

    def __init__(self, shell: Shell, graph: Graph, dns: Dns, known: Mapping[str, Known]) -> None:
        self._shell, self._graph, self._dns, self._known = shell, graph, dns, known

    def look(self, call: Look) -> AsyncIterator[Answer]:
        match call:
            case Cmdlet():
                return self._shell.look(call)
            case GraphCall():
                return self._graph.look(call)
            case DnsQuery():
                return self._dns.look(call)
            case Setting():
                return self._told(call)

    async def look_at_each(self, calls: Sequence[GraphCall]) -> Sequence[Answer | Exception]:
        return await self._graph.look_at_each(calls)

    async def carry(self, call: Cmdlet | GraphCall, intent: Intent) -> Answer:
        return await (self._shell.carry(call, intent) if isinstance(call, Cmdlet) else self._graph.carry(call, intent))

    async def is_over(self, call: Cmdlet | GraphCall, ticket: Ticket) -> bool | None:
        return await (self._shell.is_over(call, ticket) if isinstance(call, Cmdlet) else self._graph.is_over(call, ticket))

    async def _told(self, call: Setting) -> AsyncIterator[Answer]:
        if call.name not in self._known:
            raise Refused(say("The configuration says nothing about {name}", name=call.name), target=call.name)
        yield Answer(rows=tuple(await self._known[call.name]()))
