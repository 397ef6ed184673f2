"""The bond between the bot and its estate: one held connection. The estate ends some time after the last bond is gone.

Spoken in lines: the bot sends the key, the estate answers with its process id; after that, `end` asks it to end.
"""

import asyncio
import contextlib
import hmac
from dataclasses import dataclass, field

PATIENCE = 600.0  # seconds; real ones, whatever the hurry


@dataclass
class Bonds:
    """The estate's side. `ended` is set when nobody has held a bond for `patience` seconds, or when a holder asks for the end."""

    key: str
    pid: int
    patience: float = PATIENCE
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _held: dict[asyncio.StreamWriter, asyncio.Future[None]] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None

    async def serve(self, port: int) -> asyncio.Server:
        self._wait()
        return await asyncio.start_server(self._met, "127.0.0.1", port)

    async def close(self) -> None:
        """Lets everybody go who still holds a bond; that is how they learn of the end."""
        let_go = list(self._held.values())
        for writer in self._held:
            writer.close()
        await asyncio.gather(*let_go)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.patience, self.ended.set)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):  # gone, or a line without end: lost as quietly as let go
            if hmac.compare_digest((await reader.readline()).strip(), self.key.encode()):
                writer.write(f"{self.pid}\n".encode())
                await self._hold(reader, writer)
        writer.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._held[writer] = let_go = asyncio.get_running_loop().create_future()
        if self._timer:
            self._timer.cancel()
        try:
            async for line in reader:
                if line.strip() == b"end":
                    self.ended.set()
        finally:
            del self._held[writer]
            let_go.set_result(None)
            if not self._held:
                self._wait()


@dataclass(frozen=True)
class Bond:
    """The bot's side: held as long as it is not closed, also by a process that is killed."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int

    async def lost(self) -> None:
        """Returns when the estate has ended."""
        while await self.reader.read(100):
            pass

    async def end(self) -> None:
        """Asks the estate to end and waits until it has closed the bond."""
        self.writer.write(b"end\n")
        await self.lost()
        self.writer.close()


async def bound(port: int, key: str) -> Bond | None:
    """A bond with the estate that knows this key; None when there is none behind this port."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    writer.write(f"{key}\n".encode())
    try:
        async with asyncio.timeout(5):
            return Bond(reader, writer, int(await reader.readline()))
    except (OSError, ValueError, TimeoutError):
        writer.close()
        return None
