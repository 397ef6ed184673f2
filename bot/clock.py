"""Time, handed in: what it is now, and how long the bot's own waits take (a hurried estate divides them)."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`now` in seconds since 1970; `hurry` divides every wait that the bot chooses itself."""

    now: Callable[[], float] = time.time
    hurry: float = 1.0

    def real(self, seconds: float) -> float:
        """How long a wait of so many documented seconds really takes."""
        return seconds / self.hurry
