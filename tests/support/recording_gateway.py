"""The machines with an ear at the door: what was read and done through them, and reads that get no answer."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from adapters.gateway import Gateway
from adapters.lab.graph.openapi import find_operation
from bot.calls import Cmdlet, DnsQuery, GraphCall, ReadCall
from bot.errors import Unreachable
from bot.gateway import BeforeSend, ReadResult


class RecordingGateway(Gateway):
    """`reads` and `executed` are all calls so far. DNS questions in `unanswered` get no answer: the lab's resolvers know no faults."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.reads: list[ReadCall] = []
        self.executed: list[Cmdlet | GraphCall] = []
        self.unanswered: set[str] = set()

    def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        self.reads.append(call)
        if call_name(call) in self.unanswered:
            raise Unreachable("no answer from DNS")
        return super().read(call)

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        self.reads += calls
        return await super().read_batch(calls)

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        self.executed.append(call)
        return await super().execute(call, intent)


def call_name(call: ReadCall | Cmdlet | GraphCall) -> str:
    """How faults name it: "Get-CsUser", "GET /users/{user-id}"; a DNS question by its name, type and whom it asks."""
    match call:
        case Cmdlet():
            return call.name
        case GraphCall():
            return find_operation(call.method, call.path)[0].line
        case DnsQuery():
            return f"{call.type} {call.name} {call.ask}"
    return ""
