"""When a run that watches has something to remind people of: on the days that its step names, once each."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.ledger import Database, reminders
from bot.ledger.runs import RunRecord
from bot.step import Finding, Step

DAY = 86400.0


def remind(db: Database, run: RunRecord, step: Step, found: Sequence[Finding], clock: Clock) -> float | None:
    """Writes down what is due by now.

    Returns the real seconds until the next day to remind of, or None when there is nothing left to say.
    """
    words = step.reminder_text(found) if step.reminder_text else None
    if words is None:
        return None
    now, told = clock.now(), {day for day, _ in reminders.of_run(db, run.id)}
    left = {day: run.asked_at + clock.scale(day * DAY) - now for day in step.reminder_days if day not in told}
    for day in sorted(day for day, seconds in left.items() if seconds <= 0):
        reminders.save(db, run.id, day, words, now)
    return min((seconds for seconds in left.values() if seconds > 0), default=None)
