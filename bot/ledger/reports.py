"""How long each kept list was the last time: the trend of the gap report."""

import json
from datetime import UTC, datetime

from bot.calls import RemoteObject
from bot.ledger import Database

LISTS = "a list"  # under which the snapshot has how long each kept list is


def last_report(db: Database) -> list[RemoteObject]:
    """The newest comparison of everybody, or none."""
    found = list(
        db.query(
            "select subject, body, at from reads where fact = :lists and run ="
            " (select max(reads.run) from reads join runs on runs.id = reads.run where fact = :lists and runs.step = :step)",
            {"lists": LISTS, "step": "directory_sync"},
        )
    )
    if not found:
        return []
    at = datetime.fromtimestamp(found[0]["at"], UTC).isoformat()
    return [{"At": at, "Counts": {row["subject"]: json.loads(row["body"]) for row in found}}]
