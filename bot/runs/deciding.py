"""Presses by people whose rights hang on a group: the worker's side reads the group, then the press counts or does not."""

import logging
from collections.abc import Awaitable, Callable

from bot.access import FRESH
from bot.clock import Clock
from bot.errors import Trouble
from bot.ledger import Ledger, runs
from bot.ledger import access as wishes
from bot.ledger.access import Wish
from bot.outside import Outside
from bot.runs import pressing
from bot.runs.pressing import Rules
from bot.step import LOSE
from bot.view import Person

log = logging.getLogger(__name__)


class Deciding:
    """Works off the presses that wait for a group membership to be known."""

    def __init__(self, ledger: Ledger, outside: Outside, rules: Rules, clock: Clock, wake: Callable[[int], Awaitable[None]]) -> None:
        self._ledger, self._outside, self._rules, self._clock, self._wake = ledger, outside, rules, clock, wake

    async def decide(self) -> None:
        """Each waiting press once: as if it were pressed now, or dropped when nobody can say (unknown is no), or when it is of long ago."""
        read: dict[str, bool] = {}
        for wish in await self._ledger(wishes.wishes):
            await self._ledger(wishes.drop_wish, wish.id)
            if wish.at < self._clock.now() - FRESH:  # the process was down; whoever pressed may have gone home since
                continue
            if wish.who not in read:
                read[wish.who] = await self._is_read(wish.who)
            if read[wish.who]:
                await self._press(wish)

    async def _is_read(self, who: str) -> bool:
        try:
            await self._rules.access.refresh(self._ledger, self._outside, who, self._clock.now())
        except Trouble as trouble:
            log.warning("groups of %s not read, so what they pressed does not count: %s", who, trouble.words)
            return False
        return True

    async def _press(self, wish: Wish) -> None:
        if wish.run is None:
            return
        who = await self._ledger(runs.person, wish.who) or Person(wish.who, wish.who)
        now, typed = self._clock.now(), LOSE  # without the word it would not be waiting
        pressed = await self._ledger(pressing.press, self._rules, wish.run, wish.verb, who, wish.digest, now, typed)
        if pressed.run is not None:
            await self._wake(pressed.run)
