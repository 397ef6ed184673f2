"""DNS over real sockets: the adapter on one side, the lab's server on the other."""

from collections.abc import AsyncIterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from adapters.dns import DnsResolver, NameServer
from adapters.lab.dns import dns_server
from adapters.lab.estate.estate import NEGATIVE, Estate
from adapters.lab.estate.population import populate
from adapters.lab.estate.servers import DnsRecord
from bot.calls import DnsQuery, RemoteObject
from bot.errors import Refused, Unreachable
from tests.support.fake_dns import server_that_says
from tests.support.lab_cloud import START, StoppedClock


class Place:
    """A zone, its servers, and what people publish there."""

    def __init__(self, estate: Estate, time: StoppedClock, port: int) -> None:
        self.estate, self.time, self.port = estate, time, port
        self.dns = DnsResolver([f"127.0.0.1:{port}"], [f"127.0.0.1:{port}"])

    def publish(self, name: str, kind: Any, value: str, ttl: int = 3600) -> None:
        self.estate.state.records[f"{name} {kind} {value}"] = DnsRecord(name, kind, value, ttl)

    async def rows(self, name: str, kind: Any, ask: Any = "public") -> list[RemoteObject]:
        return await rows(self.dns, DnsQuery(name, kind, ask))


async def rows(client: DnsResolver, query: DnsQuery) -> list[RemoteObject]:
    return [row async for answer in client.read(query) for row in answer.rows]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    time = StoppedClock()
    estate = Estate(initial_state=populate(1, 1, "ready", START), clock=time.moment)
    async with dns_server(estate) as port:
        yield Place(estate, time, port)


@pytest.mark.parametrize(
    ("name", "kind", "value", "row"),
    [
        ("a.contoso.com", "TXT", "MS=ms1 ü", {"Text": "MS=ms1 ü"}),
        ("a.contoso.com", "A", "203.0.113.7", {"Address": "203.0.113.7"}),
        ("a.contoso.com", "CNAME", "webdir.online.lync.com", {"Target": "webdir.online.lync.com"}),
        ("a.contoso.com", "MX", "10 mail.contoso.com", {"Target": "mail.contoso.com", "Priority": 10}),
        ("_a._tls.contoso.com", "SRV", "1 2 443 sip.contoso.com", {"Target": "sip.contoso.com", "Port": 443, "Priority": 1, "Weight": 2}),
    ],
)
async def test_a_record_becomes_a_row(place: Place, name: str, kind: Any, value: str, row: RemoteObject) -> None:
    place.publish(name, kind, value, ttl=600)
    for ask in ("authoritative", "public"):
        assert await place.rows(name, kind, ask) == [{"Name": name, "Type": kind, "Ttl": 600, **row}]


async def test_a_long_answer_comes_over_tcp(place: Place) -> None:
    texts = [f"{n:03d} " + "x" * 300 for n in range(12)]
    for text in texts:
        place.publish("long.contoso.com", "TXT", text)
    assert sorted(str(row["Text"]) for row in await place.rows("long.contoso.com", "TXT")) == texts


async def test_what_is_not_there_is_surely_none(place: Place) -> None:
    for ask in ("authoritative", "public"):
        assert await place.rows("nothing.contoso.com", "A", ask) == []
        assert await place.rows("contoso.com", "MX", ask) == []


async def test_an_alias_is_followed(place: Place) -> None:
    place.publish("here.contoso.com", "CNAME", "there.contoso.com")
    place.publish("there.contoso.com", "A", "203.0.113.9")
    assert [row["Address"] for row in await place.rows("here.contoso.com", "A")] == ["203.0.113.9"]


async def test_the_public_view_lags_behind_the_zone_itself(place: Place) -> None:
    assert await place.rows("new.contoso.com", "TXT") == []
    place.publish("new.contoso.com", "TXT", "MS=ms1")
    assert await place.rows("new.contoso.com", "TXT", "authoritative")
    assert await place.rows("new.contoso.com", "TXT") == []
    place.time.at += NEGATIVE
    assert await place.rows("new.contoso.com", "TXT")


async def test_the_servers_of_a_zone_are_found_through_its_name_servers(place: Place) -> None:
    place.publish("new.emea.contoso.com", "TXT", "MS=ms1")
    client = DnsResolver([f"127.0.0.1:{place.port}"], port=place.port)
    assert [row["Text"] for row in await rows(client, DnsQuery("new.emea.contoso.com", "TXT", "authoritative"))] == ["MS=ms1"]


async def test_a_server_that_is_not_the_zones_own_does_not_speak_for_it() -> None:
    async with server_that_says(dns.rcode.NXDOMAIN) as address:
        client = DnsResolver([address], [address])
        assert await rows(client, DnsQuery("contoso.com", "TXT")) == []
        with pytest.raises(Unreachable):
            await rows(client, DnsQuery("contoso.com", "TXT", "authoritative"))


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
async def test_a_server_that_cannot_say_is_no_answer(rcode: dns.rcode.Rcode) -> None:
    async with server_that_says(rcode) as address:
        with pytest.raises(Unreachable):
            await rows(DnsResolver([address]), DnsQuery("contoso.com", "TXT"))


async def test_the_next_resolver_is_asked_when_one_is_silent(place: Place) -> None:
    place.publish("a.contoso.com", "A", "203.0.113.7")
    async with server_that_says(dns.rcode.SERVFAIL) as broken:
        client = DnsResolver([broken, f"127.0.0.1:{place.port}"])
        assert await rows(client, DnsQuery("a.contoso.com", "A"))


async def test_a_silent_server_is_waited_for_only_so_long() -> None:
    with pytest.raises(Unreachable):
        await rows(DnsResolver(["127.0.0.1:1"], seconds=0.05), DnsQuery("contoso.com", "TXT"))


async def test_a_name_that_cannot_be_is_refused(place: Place) -> None:
    with pytest.raises(Refused):
        await place.rows("a..contoso.com", "A")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", NameServer("192.0.2.1")),
        ("192.0.2.1:5353", NameServer("192.0.2.1", 5353)),
        ("2001:db8::1", NameServer("2001:db8::1")),
        ("[2001:db8::1]:5353", NameServer("2001:db8::1", 5353)),
    ],
)
def test_a_server_is_written_as_address_and_port(text: str, server: NameServer) -> None:
    assert NameServer.parse(text) == server
