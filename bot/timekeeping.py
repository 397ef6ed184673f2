"""Notices that the wall clock was set, while the bot runs or while it was down, and brings along what is dated."""

import logging

from bot.clock import Clock
from bot.ledger import Database, Ledger, health
from bot.ledger.clock_changes import shift_dates

log = logging.getLogger(__name__)
EVERY = 30.0  # seconds between two looks at the wall clock
NOTICED = 2.0  # seconds; by less a clock is set every now and then, and nothing here is as exact


class Timekeeping:
    """Until it has looked, `Clock.now()` goes on as if nobody had set the wall clock: so nothing has to hurry."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    async def begin(self) -> None:
        """Before anything else looks at dates: is it earlier now than when the bot lived last?"""
        now, last = self._clock.now(), await self._ledger(health.last_moment)
        if last - now > NOTICED:
            log.warning("the clock was set back by %.0f s or more while the bot was down: agreements do not count any more", last - now)
            await self._ledger(shift_dates, now, now - last, lost=True)
        await self._ledger(health.note_alive, now)

    async def check_clock(self) -> None:
        """Follows the wall clock if it was set, and writes a sign of life."""
        by = self._clock.was_set_by()
        if abs(by) > NOTICED:
            log.warning("the clock was set by %.0f s", by)
            await self._follow_clock(by)
        await self._ledger(health.note_alive, self._clock.now())

    async def _follow_clock(self, by: float) -> None:
        """Clock and dates jump in one transaction, on the thread that everything else is dated on."""
        followed = False

        def follow(db: Database) -> None:
            nonlocal followed
            shift_dates(db, self._clock.now() + by, by, lost=False)
            self._clock.jump(by)
            followed = True

        try:
            await self._ledger(follow)
        except BaseException:
            if followed:  # the commit failed
                self._clock.jump(-by)
            raise
