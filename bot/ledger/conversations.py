"""What conversations need to remember: their state with etags, and the deliveries seen before."""

from collections.abc import Mapping, Sequence

from bot.ledger import Records


def create_states(db: Records) -> None:
    """`n` is the etag: AUTOINCREMENT gives no number twice, also not after a deletion."""
    db.execute("create table states (n integer primary key autoincrement, key text not null unique, data text not null)")


def create_deliveries(db: Records) -> None:
    db.execute("create table deliveries (conversation text, activity text, at real not null, primary key (conversation, activity))")
    db.execute("create index deliveries_at on deliveries (at)")


MIGRATIONS = [("conversation states", create_states), ("deliveries", create_deliveries)]


def read_states(db: Records, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Key → (etag, data) of those that exist."""
    found: dict[str, tuple[str, str]] = {}
    for key in keys:
        for row in db.query("select n, data from states where key = :key", {"key": key}):
            found[key] = (str(row["n"]), row["data"])
    return found


def write_states(db: Records, changes: Mapping[str, tuple[str | None, str]]) -> dict[str, str]:
    """Key → (etag that must still be there, or None for any; data). Returns the new etags.

    Raises KeyError on a conflict, as the SDK's own stores do.
    """
    return {key: _write(db, key, etag, data) for key, (etag, data) in changes.items()}


def _write(db: Records, key: str, etag: str | None, data: str) -> str:
    current = read_states(db, [key]).get(key)
    if etag is not None and current is not None and current[0] != etag:
        raise KeyError(f"Etag conflict on {key}.\nOriginal: {etag}\nCurrent: {current[0]}")
    return str(db.execute("insert or replace into states (key, data) values (:key, :data)", {"key": key, "data": data}).lastrowid)


def delete_states(db: Records, keys: Sequence[str]) -> None:
    for key in keys:
        db.execute("delete from states where key = :key", {"key": key})


def first_time(db: Records, conversation: str, activity: str, at: float, keep: float) -> bool:
    """Notes this delivery; False when it was noted before. What is older than `keep` seconds is forgotten."""
    db.execute("delete from deliveries where at < :before", {"before": at - keep})
    noted = db.execute(
        "insert or ignore into deliveries (conversation, activity, at) values (:conversation, :activity, :at)",
        {"conversation": conversation, "activity": activity, "at": at},
    )
    return noted.rowcount == 1
