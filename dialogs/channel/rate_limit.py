"""How fast we may speak: one message at a time per conversation, in order, within the channel's limits."""

import asyncio
import random
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit: so many messages in so many seconds
LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
LONGEST = max(seconds for _, seconds in LIMITS)


@dataclass(frozen=True)
class Timing:
    """What time it is (seconds from anywhere), how to wait, and chance between 0 and 1: handed in, so that a test can hold them still."""

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class ConversationLane:
    """The way out to one conversation. Whoever holds `lock` may send; `turn` is awaited before each try."""

    def __init__(self, timing: Timing) -> None:
        self.lock = asyncio.Lock()
        self._timing = timing
        self._sent: deque[float] = deque(maxlen=max(count for count, _ in LIMITS))

    async def wait_for_turn(self) -> None:
        while (wait := self._until_allowed()) > 0:
            await self._timing.wait(wait)
        self._sent.append(self._timing.now())

    def _until_allowed(self) -> float:
        free_at = [self._sent[-count] + seconds for count, seconds in LIMITS if len(self._sent) >= count]
        return max(free_at, default=self._timing.now()) - self._timing.now()

    @property
    def is_idle(self) -> bool:
        """Nothing that was sent counts any more."""
        return not self.lock.locked() and (not self._sent or self._sent[-1] + LONGEST < self._timing.now())


class ConversationLanes:
    """All ways out, the longest unused first. Those that nobody used for an hour are dropped when a new one is needed."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._lanes: OrderedDict[str, ConversationLane] = OrderedDict()

    def of(self, conversation: str) -> ConversationLane:
        if conversation not in self._lanes:
            while self._lanes and next(iter(self._lanes.values())).is_idle:
                self._lanes.popitem(last=False)
            self._lanes[conversation] = ConversationLane(self._timing)
        self._lanes.move_to_end(conversation)
        return self._lanes[conversation]
