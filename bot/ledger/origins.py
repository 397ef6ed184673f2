"""Where people came from, as our own runs know it: what each move to Teams has kept from before."""

import json
from datetime import UTC, datetime

from bot.calls import Row
from bot.ledger import Records


def origins(db: Records) -> list[Row]:
    """Everybody whom we have moved, as they were before the newest move."""
    found = db.query(
        "select before.subject as subject, json_extract(before.body, '$.before') as body, max(rows.ended_at) as at"
        " from before join runs on runs.id = before.run"
        " join rows on rows.run = before.run and rows.subject = before.subject and rows.state = 'done'"
        " where runs.step = 'move_users' group by before.run, before.subject order by before.run"
    )
    newest = {row["subject"]: row for row in found}
    return [{**json.loads(row["body"]), "SipAddress": f"sip:{subject}", "MovedAt": _moment(row["at"])} for subject, row in newest.items()]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
