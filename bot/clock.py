"""Time, handed in: what it is now, how much has passed, and how long the bot's own waits take (a hurried estate divides them)."""

import time
from collections.abc import Callable

TOLERANCE = 0.001  # seconds: a moment that is written down and read again may be off by so much
_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", None)  # counts on while the machine sleeps, as CLOCK_MONOTONIC does not


def since_boot() -> float:
    """Seconds that have passed since some moment before this process began, whatever the wall clock was set to meanwhile."""
    return time.monotonic() if _SINCE_BOOT is None else time.clock_gettime(_SINCE_BOOT)


def is_fresh(at: float | None, now: float, limit: float) -> bool:
    """Whether what is dated `at` still counts at `now` (seconds since 1970): it is not older than `limit` seconds.

    A date in the future was written by a clock that was wrong, so nobody knows how old it is: it is not fresh.
    """
    return at is not None and -TOLERANCE <= now - at <= limit


class Clock:
    """`now()` in seconds since 1970; it goes on evenly while the wall clock is set back or forward.

    `time_factor` divides the bot's own waits.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, time_factor: float = 1.0, monotonic: Callable[[], float] | None = None
    ) -> None:
        """Where only a wall clock is handed in, time passes as it says."""
        self._wall, self.time_factor = wall, time_factor
        self.monotonic = monotonic or (since_boot if wall is time.time else wall)
        self._ahead = wall() - self.monotonic()

    def now(self) -> float:
        """The date of this moment: what the wall clock showed at first (or when `jump` was last called), and what has passed since."""
        return self.monotonic() + self._ahead

    def was_set_by(self) -> float:
        """Seconds by which the wall clock was set forward (or back, where negative) since `now()` last agreed with it."""
        return self._wall() - self.now()

    def jump(self, seconds: float) -> None:
        """`now()` jumps by so much. Whoever calls this brings along what is dated and still waited for."""
        self._ahead += seconds

    def scale(self, seconds: float) -> float:
        """How long a wait of so many documented seconds really takes."""
        return seconds / self.time_factor
