"""One turn of a run at a time, whoever takes it: two workflows of one process, or one day two replicas."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from bot.ledger import Ledger, runs


class TurnLock(Protocol):
    """Held for one turn of a run.

    `LocalTurnLock` is enough for one process. Replicas on one PostgreSQL would hold an advisory lock on the number of the run for
    as long as the block lasts, and compare the generation on the same connection. What a turn writes does not depend on it:
    `transition` and `mark_sent` compare state and generation in the statement that writes.
    """

    def hold(self, run: int, generation: int) -> AbstractAsyncContextManager[bool]:
        """Waits for its turn. The block gets False where the run has another generation by now: then it takes no turn."""


class LocalTurnLock:
    """Locks in memory, and the generation that the ledger has."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._locks = defaultdict[int, asyncio.Lock](asyncio.Lock)

    @asynccontextmanager
    async def hold(self, run: int, generation: int) -> AsyncIterator[bool]:
        async with self._locks[run]:
            yield await self._ledger(runs.generation, run) == generation
