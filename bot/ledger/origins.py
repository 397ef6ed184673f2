"""Where people came from, as our own runs know it: what each move to Teams has kept from before."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.calls import RemoteObject
from bot.ledger import Records
from bot.ledger.identities import known
from bot.ledger.rows import IN_ENTRA

# Whose row it is: who people are, in old rows of whom nobody could tell the address.
WHOSE = f"iif(rows.identity = '' or rows.identity like '{IN_ENTRA}%', rows.subject, rows.identity)"

# When we moved each person back last, and when their saved data was imported last: nothing in the estate shows the latter.
BACK = f"""
    select {WHOSE} as whose,
        max(iif(json_extract(call, '$.name') = 'Move-CsUser' and rows.state in ('sent', 'unknown', 'done'), began_at, 0)) as moved,
        max(iif(json_extract(call, '$.name') = 'Import-CsUserData' and rows.state = 'done', rows.ended_at, 0)) as imported
    from rows join runs on runs.id = rows.run where runs.step = 'move_back' group by whose
"""


def origins(db: Records) -> list[RemoteObject]:
    """Everybody whom we have moved, as they were before the newest move; they moved when it began, its outcome may be seen days later.

    Two who had the same address one after the other are two.
    """
    found = db.query(
        f"select {WHOSE} as whose, rows.identity as identity, json_extract(before.body, '$.snapshot') as body,"
        " coalesce(json_extract(before.body, '$.identity.address'), before.subject) as subject,"
        " max(coalesce(rows.began_at, rows.ended_at)) as at"
        " from before join runs on runs.id = before.run"
        " join rows on rows.run = before.run and rows.subject = before.subject and rows.state = 'done'"
        " where runs.step = 'move_users' and json_extract(rows.call, '$.name') = 'Move-CsUser'"
        " group by before.run, before.subject order by before.run"
    )
    newest = {row["whose"]: row for row in found}
    owing = {back["whose"] for back in db.query(BACK) if _owes(back, newest.get(back["whose"]))}
    return [
        {
            **json.loads(row["body"]),
            "SipAddress": f"sip:{row['subject']}",
            "Guid": known(row["identity"]),
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
