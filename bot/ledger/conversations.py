"""What conversations need to remember: their state with etags, and the deliveries seen before."""

from collections.abc import Mapping, Sequence

from bot.ledger import Database
from bot.views import ConversationRef


def read_states(db: Database, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Key → (etag, data) of those that exist."""
    found: dict[str, tuple[str, str]] = {}
    for key in keys:
        for row in db.query("select n, data from conversation_states where key = :key", {"key": key}):
            found[key] = (str(row["n"]), row["data"])
    return found


def write_states(db: Database, changes: Mapping[str, tuple[str | None, str]]) -> dict[str, str]:
    """Key → (etag that must still be there, or None for any; data). Returns the new etags.

    Raises KeyError on a conflict, as the SDK's own stores do.
    """
    return {key: _write(db, key, etag, data) for key, (etag, data) in changes.items()}


def _write(db: Database, key: str, etag: str | None, data: str) -> str:
    current = read_states(db, [key]).get(key)
    if etag is not None and current is not None and current[0] != etag:
        raise KeyError(f"Etag conflict on {key}.\nOriginal: {etag}\nCurrent: {current[0]}")
    return str(
        db.execute("insert or replace into conversation_states (key, data) values (:key, :data)", {"key": key, "data": data}).lastrowid
    )


def delete_states(db: Database, keys: Sequence[str]) -> None:
    for key in keys:
        db.execute("delete from conversation_states where key = :key", {"key": key})


def is_first_delivery(db: Database, conversation: str, activity: str, at: float, keep: float) -> bool:
    """Notes this delivery; False when it was noted before. What is older than `keep` seconds is forgotten."""
    db.execute("delete from deliveries where at < :before", {"before": at - keep})
    noted = db.execute(
        "insert or ignore into deliveries (conversation, activity, at) values (:conversation, :activity, :at)",
        {"conversation": conversation, "activity": activity, "at": at},
    )
    return noted.rowcount == 1


def update_address(db: Database, ref: ConversationRef) -> None:
    """The conversation is reached at another service URL from now on: so are its cards and its status board."""
    for table in ("card_messages", "status_messages"):
        db.execute(
            f"update {table} set reference = json_set(reference, '$.service_url', :url, '$.locale', :locale)"
            " where conversation = :conversation",
            {"conversation": ref.conversation, "url": ref.service_url, "locale": ref.locale},
        )
