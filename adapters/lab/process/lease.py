"""The lease that the bot holds on its estate: one open connection. The estate ends some time after the last lease is gone.

Spoken in lines: the bot sends the key, the estate answers with its process id; after that, `end` asks it to end.
"""

import asyncio
import contextlib
import hmac
from dataclasses import dataclass, field

TIMEOUT = 600.0  # seconds; real ones, whatever the time factor


@dataclass
class LeaseServer:
    """The estate's side. `ended` is set when nobody has held a lease for `timeout` seconds, or when a holder asks for the end."""

    key: str
    pid: int
    timeout: float = TIMEOUT
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _holders: dict[asyncio.StreamWriter, asyncio.Future[None]] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None

    async def serve(self, port: int) -> asyncio.Server:
        self._start_timer()
        return await asyncio.start_server(self._accept, "127.0.0.1", port)

    async def close(self) -> None:
        """Closes the leases that are still held: so their holders learn of the end."""
        let_go = list(self._holders.values())
        for writer in self._holders:
            writer.close()
        await asyncio.gather(*let_go)

    def _start_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.timeout, self.ended.set)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):  # gone, or a line without end: lost as quietly as let go
            if hmac.compare_digest((await reader.readline()).strip(), self.key.encode()):
                writer.write(f"{self.pid}\n".encode())
                await self._hold(reader, writer)
        writer.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._holders[writer] = let_go = asyncio.get_running_loop().create_future()
        if self._timer:
            self._timer.cancel()
        try:
            async for line in reader:
                if line.strip() == b"end":
                    self.ended.set()
        finally:
            del self._holders[writer]
            let_go.set_result(None)
            if not self._holders:
                self._start_timer()


@dataclass(frozen=True)
class Lease:
    """The bot's side: held as long as it is not closed, also by a process that is killed."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int

    async def wait_until_lost(self) -> None:
        """Returns when the estate has ended."""
        while await self.reader.read(100):
            pass

    async def end(self) -> None:
        """Asks the estate to end and waits until it has closed the lease."""
        self.writer.write(b"end\n")
        await self.wait_until_lost()
        self.writer.close()


async def acquire_lease(port: int, key: str) -> Lease | None:
    """A lease on the estate that knows this key; None when there is none behind this port."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    writer.write(f"{key}\n".encode())
    try:
        async with asyncio.timeout(5):
            return Lease(reader, writer, int(await reader.readline()))
    except (OSError, ValueError, TimeoutError):
        writer.close()
        return None
