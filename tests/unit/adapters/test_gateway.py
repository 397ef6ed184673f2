"""Each call reaches the machine that it is for."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from adapters.dns import DnsResolver
from adapters.gateway import Gateway
from adapters.graph.client import GraphClient
from bot.calls import Cmdlet, DnsQuery, GraphCall, LocalSource, ReadCall, RemoteObject, WriteCall
from bot.errors import Refused
from bot.gateway import BeforeSend, CallId, ReadResult

SHELL_CALL, GRAPH_CALL = Cmdlet("sfb", "Get-CsUser"), GraphCall("GET", "/users")


class Named:
    """A machine that answers with its name."""

    def __init__(self, name: str) -> None:
        self.answer = ReadResult(rows=({"machine": name},))

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        yield self.answer

    async def read_batch(self, calls: Any) -> list[ReadResult]:
        return [self.answer for _ in calls]

    async def execute(self, call: WriteCall, intent: BeforeSend) -> ReadResult:
        return self.answer

    async def close(self) -> None: ...

    async def has_finished(self, call: WriteCall, ticket: CallId) -> bool:
        return self.answer.rows[0]["machine"] == "Graph"


@pytest.fixture
def machines() -> Gateway:
    shell, graph, dns = (Named(name) for name in ("PowerShell", "Graph", "DNS"))

    async def configuration() -> list[RemoteObject]:
        return [{"machine": "configuration"}]

    return Gateway(shell, cast(GraphClient, graph), cast(DnsResolver, dns), {"cloud": configuration})


@pytest.mark.parametrize(
    ("call", "machine"),
    [(SHELL_CALL, "PowerShell"), (GRAPH_CALL, "Graph"), (DnsQuery("contoso.com", "TXT"), "DNS"), (LocalSource("cloud"), "configuration")],
)
async def test_a_look_goes_where_it_belongs(machines: Gateway, call: ReadCall, machine: str) -> None:
    assert [page.rows async for page in machines.read(call)] == [({"machine": machine},)]


@pytest.mark.parametrize(("call", "machine"), [(SHELL_CALL, "PowerShell"), (GRAPH_CALL, "Graph")])
async def test_an_act_goes_where_it_belongs(machines: Gateway, call: Cmdlet | GraphCall, machine: str) -> None:
    async def intent(ticket: CallId) -> None: ...

    assert (await machines.execute(call, intent)).rows == ({"machine": machine},)
    assert await machines.has_finished(call, CallId("a life", "a call")) is (machine == "Graph")


async def test_many_small_reads_are_for_graph(machines: Gateway) -> None:
    assert len(await machines.read_batch([GRAPH_CALL, GRAPH_CALL])) == 2


async def test_a_setting_that_nobody_made_is_named(machines: Gateway) -> None:
    with pytest.raises(Refused, match="weather"):
        assert [page async for page in machines.read(LocalSource("weather"))]
