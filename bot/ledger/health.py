"""The sign of life in the records: one row, written anew each time. That it can be written proves the disk and the writer."""

from bot.i18n import LocalizedText
from bot.ledger import Database


def note_alive(db: Database, at: float) -> LocalizedText | None:
    """The bot lives at this moment. Returns why nothing may be sent from these records, where that is so."""
    db.execute("insert into health (id, at) values (1, :at) on conflict (id) do update set at = :at", {"at": at})
    return db.hold


def last_moment(db: Database) -> float:
    """When the bot lived last as far as the records know; 0 where they do not know."""
    lines = "select at from (select at from audit order by n desc limit 1)"
    return max((float(row["at"]) for row in db.query(f"select at from health union all {lines}")), default=0.0)
