"""How long each kept list was the last time: the trend of the gap report."""

import json
from datetime import UTC, datetime

from bot.calls import RemoteObject
from bot.ledger import Records

LISTS = "a list"  # under which the snapshot has how long each kept list is


def last_report(db: Records) -> list[RemoteObject]:
    """The newest comparison of everybody, or none."""
    found = list(
        db.query(
            "select subject, body, at from seen where fact = :lists and run ="
            " (select max(seen.run) from seen join runs on runs.id = seen.run where fact = :lists and runs.step = :step)",
            {"lists": LISTS, "step": "directory_sync"},
        )
    )
    if not found:
        return []
    at = datetime.fromtimestamp(found[0]["at"], UTC).isoformat()
    return [{"At": at, "Counts": {row["subject"]: json.loads(row["body"]) for row in found}}]
