"""Reminders that have fallen due: written down once each, so that a restart repeats none."""

from bot.i18n import LocalizedText
from bot.ledger import Database
from bot.ledger.serialization import dump_text, load_text


def save(db: Database, run: int, day: int, words: LocalizedText, at: float) -> None:
    """The reminder of this day; the first words stay."""
    db.execute(
        "insert or ignore into reminders (run, day, words, at) values (:run, :day, :words, :at)",
        {"run": run, "day": day, "words": dump_text(words), "at": at},
    )


def of_run(db: Database, run: int) -> tuple[tuple[int, LocalizedText], ...]:
    """Day and words of each reminder that has fallen due, in their order."""
    found = db.query("select day, words from reminders where run = :run order by day", {"run": run})
    return tuple((row["day"], words) for row in found if (words := load_text(row["words"])) is not None)
