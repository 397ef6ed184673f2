"""How long and how often a read is asked again. The clock, the waiting and the chance are handed in."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.clock import Clock


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """At most `tries` requests and `within` seconds for one read; our own pauses are scaled by the clock."""

    tries: int = 6
    within: float = 180.0
    clock: Clock = field(default_factory=Clock)
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def pause(self, tried: int, asked: float | None) -> float:
        """Seconds until the next try: never less than the far end asked for, and never the same for all who were told so."""
        if asked is None:
            return self.clock.scale(min(2.0**tried, 60.0)) * (0.5 + self.chance() / 2)
        return asked + self.chance() * min(1.0, asked / 5)

    def is_exhausted(self, began: float, tried: int, pause: float) -> bool:
        """Whether waiting once more would be too often or too long. `tried` counts from one."""
        return tried >= self.tries or self.clock.monotonic() + pause - began > self.within
