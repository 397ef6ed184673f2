"""What waits to be received: one queue per shell and per command, read by long polls that may be lost, replaced or repeated."""

import asyncio
from collections import deque
from collections.abc import Callable

FRAGMENT = 32_768  # bytes per Stream element, the 21-byte fragment headers included, as Windows sends them
FULL = 4 * 2**20  # bytes that may wait before the one who writes has to


class MessageQueue:
    """Messages cut into fragments, in order; `ended` when nothing will follow."""

    def __init__(self) -> None:
        self.ended = False
        self.delivered = False  # the end itself was handed out: from now on the command is unknown to Receive
        self.last: tuple[str, str] | None = None  # MessageID and body of the last answer, for a client that asks again
        self._fragments: deque[bytes] = deque()
        self.size = 0  # bytes that wait
        self._reader = 0
        self._news = asyncio.Event()

    def put(self, object_id: int, message: bytes) -> None:
        """Cuts one PSRP message into fragments ([MS-PSRP] 2.2.4)."""
        size = FRAGMENT - 21
        parts = range(0, max(len(message), 1), size)
        for n, at in enumerate(parts):
            piece = message[at : at + size]
            flags = (n == 0) | (at + size >= len(message)) << 1
            self.put_fragments(b"".join((object_id.to_bytes(8), n.to_bytes(8), bytes([flags]), len(piece).to_bytes(4), piece)))

    def put_fragments(self, data: bytes) -> None:
        self._fragments.append(data)
        self.size += len(data)
        self._notify()

    def end(self) -> None:
        self.ended = True
        self._notify()

    async def wait_for_room(self) -> None:
        """Waits until the reader has caught up."""
        await self._wait_until(lambda: self.size < FULL)

    async def wait_until_full(self) -> None:
        """Waits until the writer has to wait."""
        await self._wait_until(lambda: self.size >= FULL)

    async def take(self, seconds: float, parts: int, gone: Callable[[], bool]) -> list[bytes] | None:
        """The next parts, or none with the end; None after `seconds`, when a newer reader has come, or when this one has gone."""
        self._reader += 1
        me = self._reader
        self._notify()
        try:
            async with asyncio.timeout(seconds):
                await self._wait_until(lambda: bool(self._fragments) or self.ended or self._reader != me)
        except TimeoutError:
            return None
        if self._reader != me or gone():
            return None
        taken = [self._next_part() for _ in range(parts) if self._fragments]
        self.delivered = self.ended and not self._fragments
        self._notify()
        return taken

    def _next_part(self) -> bytes:
        part = bytearray(self._fragments.popleft())
        while self._fragments and len(part) + len(self._fragments[0]) <= FRAGMENT:
            part += self._fragments.popleft()
        self.size -= len(part)
        return bytes(part)

    def _notify(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _wait_until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            await self._news.wait()
