"""Where people came from, as our own runs know it: what each move to Teams has kept from before."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.calls import RemoteObject
from bot.ledger import Database
from bot.ledger.calls import IN_ENTRA
from bot.ledger.identities import object_guid

# Whose row it is: who people are, in old rows of whom nobody could tell the address.
WHOSE = f"iif(calls.identity = '' or calls.identity like '{IN_ENTRA}%', calls.subject, calls.identity)"

# When we moved each person back last, and when their saved data was imported last: nothing in the estate shows the latter.
BACK = f"""
    select {WHOSE} as whose,
        max(iif(json_extract(call, '$.name') = 'Move-CsUser' and calls.state in ('sent', 'unknown', 'done'), sent_at, 0)) as moved,
        max(iif(json_extract(call, '$.name') = 'Import-CsUserData' and calls.state = 'done', calls.ended_at, 0)) as imported
    from calls join runs on runs.id = calls.run where runs.step = 'move_back' group by whose
"""


def moves(db: Database) -> list[RemoteObject]:
    """Everybody whom we have moved, as they were before the newest move; they moved when it began, its outcome may be seen days later.

    Two who had the same address one after the other are two.
    """
    found = db.query(
        f"select {WHOSE} as whose, calls.identity as identity, json_extract(snapshots.body, '$.snapshot') as body,"
        " coalesce(json_extract(snapshots.body, '$.identity.address'), snapshots.subject) as subject,"
        " max(coalesce(calls.sent_at, calls.ended_at)) as at"
        " from snapshots join runs on runs.id = snapshots.run"
        " join calls on calls.run = snapshots.run and calls.subject = snapshots.subject and calls.state = 'done'"
        " where runs.step = 'move_users' and json_extract(calls.call, '$.name') = 'Move-CsUser'"
        " group by snapshots.run, snapshots.subject order by snapshots.run"
    )
    newest = {row["whose"]: row for row in found}
    owing = {back["whose"] for back in db.query(BACK) if _owes(back, newest.get(back["whose"]))}
    return [
        {
            **json.loads(row["body"]),
            "SipAddress": f"sip:{row['subject']}",
            "Guid": object_guid(row["identity"]),
            "MovedAt": _moment(row["at"]),
            "OwesImport": whose in owing,
        }
        for whose, row in newest.items()
    ]


def _owes(back: dict[str, Any], there: dict[str, Any] | None) -> bool:
    """Whether they came back after that move to Teams, and nothing was imported since."""
    return there is not None and bool(back["moved"] >= there["at"] and back["moved"] > back["imported"])


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
