"""A gateway that gives scripted answers to reads, and a reader over it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bot.calls import Cmdlet, GraphCall, Json, ReadCall, RemoteObject
from bot.errors import GatewayError
from bot.gateway import BeforeSend, CallId, ReadResult
from bot.reader.reader import EstateReader


class ScriptedGateway:
    """An outside that answers as it was told: pages or a trouble per cmdlet name, an answer or a trouble per Graph path."""

    def __init__(self, **pages: Sequence[ReadResult] | GatewayError) -> None:
        self.pages = pages
        self.requests: dict[str, ReadResult | Exception] = {}
        self.reads: list[ReadCall] = []
        self.batches: list[int] = []

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        self.reads.append(call)
        await asyncio.sleep(0)
        pages = self.pages[_name(call)]
        if isinstance(pages, GatewayError):
            raise pages
        for page in pages:
            yield page

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        self.batches.append(len(calls))
        return [self.requests[call.path] for call in calls]

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        raise AssertionError("a look changes nothing")

    async def has_finished(self, call: Cmdlet | GraphCall, ticket: CallId) -> bool | None:
        raise AssertionError("a look carries nothing out")


def _name(call: ReadCall) -> str:
    match call:
        case Cmdlet():
            return call.name.replace("-", "_")
        case GraphCall():
            return call.path.strip("/").replace("/", "_")
    return str(getattr(call, "name", ""))


class KeptFacts:
    """The snapshot of a look."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, Json]] = {}

    def __call__(self, fact: str, read: Mapping[str, Json]) -> None:
        self.facts.setdefault(fact, {}).update(read)


def ad_row(upn: str, sip: str = "", **more: Any) -> RemoteObject:
    return {"UserPrincipalName": upn, "SipAddress": f"sip:{sip or upn}", "UserAccountControl": 512, "AdminCount": 0, **more}


def reader_over(outside: ScriptedGateway, chunk: int = 1000) -> tuple[EstateReader, KeptFacts]:
    kept = KeptFacts()
    return EstateReader(outside, kept, chunk), kept
