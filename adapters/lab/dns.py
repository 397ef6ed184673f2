"""The pretend DNS: one server for both views of the estate's records, over UDP and TCP.

Asked without recursion it is the zones' own server and knows every change at once; asked with recursion it is a public
resolver, which goes on saying what it has once said, absence too, for as long as that lives.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from adapters.lab.estate.estate import NEGATIVE, Estate
from adapters.lab.estate.state import EstateState

UDP_SIZE = 512  # bytes that an asker without EDNS takes over UDP
Name = dns.name.Name
Type = dns.rdatatype.RdataType


@asynccontextmanager
async def dns_server(estate: Estate, port: int = 0) -> AsyncIterator[int]:
    """Serves on loopback for as long as the block lasts; yields the port."""
    zones, loop = Zones(estate), asyncio.get_running_loop()
    tcp = await asyncio.start_server(lambda reader, writer: _serve_tcp(zones, reader, writer), "127.0.0.1", port)
    bound = int(tcp.sockets[0].getsockname()[1])
    try:
        udp, _ = await loop.create_datagram_endpoint(lambda: _UdpServer(zones), local_addr=("127.0.0.1", bound))
        try:
            yield bound
        finally:
            udp.close()
    finally:
        tcp.close()


class Zones:
    """Answers questions from the estate's records."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._remembered: dict[tuple[Name, Type], tuple[datetime, dns.rrset.RRset | None]] = {}

    def answer_query(self, wire: bytes, udp: bool) -> bytes | None:
        """The reply, over UDP cut down to what the asker takes; None for what is no question."""
        try:
            question = dns.message.from_wire(wire)
            asked = question.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        reply = dns.message.make_response(question, recursion_available=True)
        if question.flags & dns.flags.RD:
            self._follow(reply, asked.name, asked.rdtype, public=True)
        else:
            reply.flags |= dns.flags.AA
            self._follow(reply, asked.name, asked.rdtype, public=False)
        if not reply.answer and not _is_known_name(self._estate.state, asked.name):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=max(UDP_SIZE, question.payload) if udp else 0xFFFF, prefer_truncation=True)

    def _follow(self, reply: dns.message.Message, name: Name, kind: Type, public: bool) -> None:
        """The records, or the alias and then those of its target."""
        for _ in range(8):
            found = self._find_records(name, kind, public)
            alias = None if found or kind == dns.rdatatype.CNAME else self._find_records(name, dns.rdatatype.CNAME, public)
            reply.answer += [each for each in (found, alias) if each]
            if not alias:
                return
            name = dns.name.from_text(str(alias[0]))

    def _find_records(self, name: Name, kind: Type, public: bool) -> dns.rrset.RRset | None:
        now, key = self._estate.now, (name, kind)
        if public and key in self._remembered and now < self._remembered[key][0]:
            return self._remembered[key][1]
        found = _records(self._estate.state, name, kind)
        if public:
            lives = timedelta(seconds=(found.ttl if found else NEGATIVE) / self._estate.time_factor)
            self._remembered[key] = now + lives, found
        return found


def _records(world: EstateState, name: Name, kind: Type) -> dns.rrset.RRset | None:
    """What the zone holds. Each domain of the estate is a zone, served by this very server."""
    host, text = _host_name(name), dns.rdatatype.to_text(kind)
    values = [(each.value, each.ttl) for each in world.records.values() if (each.name.lower(), each.type) == (host, text)]
    if not values and kind == dns.rdatatype.NS and host in _zones(world):
        values = [(f"ns1.{host}", 3600)]
    if not values and kind == dns.rdatatype.A and host.startswith("ns1."):
        values = [("127.0.0.1", 3600)]
    if not values:
        return None
    quoted = [_quote(value) if kind == dns.rdatatype.TXT else value for value, _ in values]
    records = [dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False) for value in quoted]
    return dns.rrset.from_rdata_list(name, min(ttl for _, ttl in values), records)


def _zones(world: EstateState) -> set[str]:
    return {".".join(each.name.lower().split(".")[-2:]) for each in world.records.values()} | {*world.domains, *world.sip_domains}


def _is_known_name(world: EstateState, name: Name) -> bool:
    """A name with records of another type, or with names below it, exists without having what was asked for."""
    host = _host_name(name)
    return host in _zones(world) or any(f".{each.name.lower()}".endswith(f".{host}") for each in world.records.values())


def _host_name(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _quote(text: str) -> str:
    """A character string holds at most 255 bytes; longer texts are several."""
    bare = text.strip('"').encode()
    parts = (bare[at : at + 255].decode("utf-8", "replace") for at in range(0, len(bare), 255))
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


class _UdpServer(asyncio.DatagramProtocol):
    def __init__(self, zones: Zones) -> None:
        self._zones = zones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        told = self._zones.answer_query(data, udp=True)
        if told:
            self._transport.sendto(told, address)


async def _serve_tcp(zones: Zones, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each message over TCP follows its length in two bytes."""
    try:
        while told := zones.answer_query(await reader.readexactly(int.from_bytes(await reader.readexactly(2))), udp=False):
            writer.write(len(told).to_bytes(2) + told)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
