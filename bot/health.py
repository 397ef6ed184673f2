"""Whether the bot is well: the records can be written, everything that is to be kept going goes on, and nothing waits to be sent."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.i18n import LocalizedText
from bot.ledger import Ledger, health
from bot.supervision import Problem, Supervisor, start_task

RECORDS = "the records"
TIMEOUT = 3.0  # seconds that a sign of life may take
WAITED = 300.0  # seconds that a card or a post may wait to be sent


@dataclass(frozen=True)
class Parts:
    """What else is asked, all in seconds: how long each thing to be sent has waited, how late turns of runs are, when the last turn was."""

    undelivered: Callable[[], Sequence[float]] = tuple
    overdue_turns: Callable[[], Mapping[int, float]] = dict
    since_last_turn: Callable[[], float | None] = lambda: None


class Health:
    """Asked over HTTP. Every answer comes within a few seconds, also when the records do not answer at all."""

    def __init__(self, ledger: Ledger, supervisor: Supervisor, clock: Clock, parts: Parts, patience: float = TIMEOUT) -> None:
        self._ledger, self._supervisor, self._clock, self._parts, self._patience = ledger, supervisor, clock, parts, patience
        self._writing: asyncio.Task[None] | None = None  # the one sign of life under way, however often somebody asks
        self._writing_since = 0.0
        self._hold: LocalizedText | None = None  # why nothing is sent

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well, and the same in words. Names no secret: of errors only their class."""
        unwell = [*await self._records(), *self._supervisor.problems(), *self._engine(), *self._outbox()]
        undelivered, turn = self._parts.undelivered(), self._parts.since_last_turn()
        told: dict[str, Any] = {
            "ok": not unwell,
            "work": {job.name: self._date(job.succeeded_at) for job in self._supervisor.jobs()},
            "engine": {"last turn": None if turn is None else self._date(self._clock.monotonic() - turn)},
            "outbox": {"waiting": len(undelivered), "oldest": round(max(undelivered, default=0.0), 1)},
        }
        if unwell:
            told["unwell"] = [
                {"part": one.part, "since": one.since.isoformat(timespec="seconds"), "what": one.description} for one in unwell
            ]
        return not unwell, told

    async def write_sign_of_life(self) -> None:
        """One sign of life. What keeps it from being written is remembered as what is wrong with the records."""
        try:
            self._hold = await self._ledger(health.note_alive, self._clock.now())
        except Exception as error:
            self._supervisor.note_failure(RECORDS, error)
        else:
            self._supervisor.note_success(RECORDS)

    async def _records(self) -> list[Problem]:
        if self._writing is None or self._writing.done():
            self._writing = start_task("writing a sign of life", self.write_sign_of_life(), Context())
            self._writing_since = self._clock.monotonic()
        _, late = await asyncio.wait([self._writing], timeout=self._patience)
        if not late:  # how it went is known to the supervisor
            held_since = self._supervisor.date(self._clock.monotonic())
            return [Problem(RECORDS, held_since, f"are not as they were left, so nothing is sent: {self._hold}")] if self._hold else []
        return [Problem(RECORDS, self._supervisor.date(self._writing_since), "do not answer")]

    def _engine(self) -> list[Problem]:
        now = self._clock.monotonic()
        return [
            Problem(f"run {run}", self._supervisor.date(now - seconds), "its turn is overdue")
            for run, seconds in self._parts.overdue_turns().items()
        ]

    def _outbox(self) -> list[Problem]:
        waiting = [seconds for seconds in self._parts.undelivered() if seconds > WAITED]
        if not waiting:
            return []
        since = self._supervisor.date(self._clock.monotonic() - max(waiting))
        return [Problem("cards and posts", since, f"{len(waiting)} wait to be sent")]

    def _date(self, moment: float | None) -> str | None:
        return None if moment is None else self._supervisor.date(moment).isoformat(timespec="seconds")
