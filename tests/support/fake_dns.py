"""A DNS server on loopback that gives one written answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode


class DnsAnswers(asyncio.DatagramProtocol):
    """A name server that answers everything with the same code."""

    def __init__(self, rcode: dns.rcode.Rcode) -> None:
        self.rcode, self.transport = rcode, asyncio.DatagramTransport()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        reply = dns.message.make_response(dns.message.from_wire(data))
        reply.set_rcode(self.rcode)
        self.transport.sendto(reply.to_wire(), address)


@asynccontextmanager
async def server_that_says(rcode: dns.rcode.Rcode) -> AsyncIterator[str]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: DnsAnswers(rcode), local_addr=("127.0.0.1", 0))
    yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    transport.close()
