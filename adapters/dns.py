"""DNS questions over dnspython: to the servers of the zone itself, or to public resolvers as everybody else sees it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY import CNAME, MX, NS, TXT
from dns.rdtypes.IN import SRV, A

from bot import config
from bot.calls import DnsQuery, RemoteObject
from bot.errors import Refused, Unreachable
from bot.evidence import reason_of
from bot.gateway import ReadResult
from bot.i18n import say

SECONDS = 4.0  # for one answer of one server
CHAIN = 8  # CNAMEs that are followed from zone to zone


@dataclass(frozen=True)
class NameServer:
    address: str
    port: int = 53

    @classmethod
    def parse(cls, text: str) -> "NameServer":
        """`192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`."""
        host, colon, port = text.rpartition(":")
        if colon and (":" not in host or host.endswith("]")):
            return cls(host.strip("[]"), int(port))
        return cls(text.strip("[]"))


class DnsResolver:
    """`public` are resolvers, as address or address:port; `authoritative` overrides the servers that the zone itself names."""

    def __init__(self, public: Sequence[str], authoritative: Sequence[str] = (), seconds: float = SECONDS, port: int = 53) -> None:
        self._public = tuple(map(NameServer.parse, public))
        self._authoritative = tuple(map(NameServer.parse, authoritative))
        self._seconds, self._port = seconds, port

    @classmethod
    def from_settings(cls, servers: config.Dns) -> "DnsResolver":
        return cls(servers.public, servers.authoritative)

    async def read(self, query: DnsQuery) -> AsyncIterator[ReadResult]:
        """One answer. No rows means that there surely is no such record; raises `Unreachable` when no server can say."""
        try:
            name, kind = dns.name.from_text(query.name), dns.rdatatype.from_text(query.type)
        except dns.exception.DNSException:
            raise Refused(say("{name} is no name that DNS could know", name=query.name), target=query.name) from None
        found = await (self._from_zone(name, kind) if query.ask == "authoritative" else self._from_public(name, kind))
        yield ReadResult(rows=tuple(_to_row(found.name, record, found.ttl) for record in found) if found else ())

    async def _from_public(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        return (await self._ask(self._public, name, kind)).resolve_chaining().answer

    async def _from_zone(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        """A server knows its own zones only, so an alias that leaves them is followed to the next zone's servers."""
        for _ in range(CHAIN):
            told = (await self._ask(await self._servers_of(name), name, kind, of_zone=True)).resolve_chaining()
            if told.answer or told.canonical_name == name:
                return told.answer
            name = told.canonical_name
        raise Unreachable(say("{name} leads from alias to alias without an end", name=_to_text(name)), target=_to_text(name))

    async def _servers_of(self, name: dns.name.Name) -> tuple[NameServer, ...]:
        if self._authoritative:
            return self._authoritative
        for zone in _name_and_parents(name):
            found = (await self._ask(self._public, zone, dns.rdatatype.NS)).resolve_chaining().answer
            if found:
                hosts = [record.target for record in found if isinstance(record, NS.NS)]
                addresses = [await self._from_public(host, dns.rdatatype.A) for host in hosts]
                return tuple(NameServer(each.address, self._port) for some in addresses for each in some or () if isinstance(each, A.A))
        raise Unreachable(say("No name servers are known for {name}", name=_to_text(name)), target=_to_text(name))

    async def _ask(
        self, servers: Sequence[NameServer], name: dns.name.Name, kind: dns.rdatatype.RdataType, of_zone: bool = False
    ) -> dns.message.QueryMessage:
        """The first reply that can be believed: a server that is not the zone's own does not speak for it.

        Where there is none, what each of them said is told.
        """
        question = dns.message.make_query(name, kind, flags=0 if of_zone else int(dns.flags.RD), use_edns=0, payload=1232)
        said = []
        for server in servers:
            try:
                reply, _ = await dns.asyncquery.udp_with_fallback(question, server.address, self._seconds, server.port)
            except (dns.exception.DNSException, OSError) as error:
                said.append(f"{server.address}: {reason_of(error)}")
                continue
            known = reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) and (not of_zone or reply.flags & dns.flags.AA)
            if known and isinstance(reply, dns.message.QueryMessage):
                return reply
            not_its_own = reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
            said.append(f"{server.address}: {'not authoritative' if not_its_own else dns.rcode.to_text(reply.rcode())}")
        words = ", ".join(said) or "-"
        raise Unreachable(say("No name server answers for {name} ({words})", name=_to_text(name), words=words), target=_to_text(name))


def _name_and_parents(name: dns.name.Name) -> list[dns.name.Name]:
    """The name and its parents, without the root."""
    return [dns.name.Name(name.labels[n:]) for n in range(len(name.labels) - 1)]


def _to_text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _to_row(name: dns.name.Name, record: dns.rdata.Rdata, ttl: int) -> RemoteObject:
    row: RemoteObject = {"Name": _to_text(name), "Type": dns.rdatatype.to_text(record.rdtype), "Ttl": ttl}
    match record:
        case TXT.TXT():
            return {**row, "Text": b"".join(record.strings).decode("utf-8", "replace")}
        case A.A():
            return {**row, "Address": record.address}
        case CNAME.CNAME():
            return {**row, "Target": _to_text(record.target)}
        case MX.MX():
            return {**row, "Target": _to_text(record.exchange), "Priority": record.preference}
        case SRV.SRV():
            target = {"Target": _to_text(record.target), "Port": record.port}
            return {**row, **target, "Priority": record.priority, "Weight": record.weight}
    return row
