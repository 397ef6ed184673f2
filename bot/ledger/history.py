"""What our own runs know that nothing in the estate shows: whom we moved, from where, licences on their way, the last gap report."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.calls import RemoteObject
from bot.ledger import Database
from bot.ledger.calls import IN_ENTRA
from bot.ledger.identities import object_guid
from bot.ledger.runs import sql_list
from bot.views import RunState

AT_WORK = (RunState.RUNNING, RunState.PAUSED, RunState.VERIFYING, RunState.MONITORING)
LISTS = "a list"  # the kind of read that has how long each kept list of a gap report is

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


def pending_licences(db: Database) -> list[RemoteObject]:
    """To whom our open runs have given a licence that does not show yet: all calls are done, none is verified."""
    found = db.query(
        "select calls.subject as subject, max(calls.identity) as identity from calls join runs on runs.id = calls.run"
        f" where runs.step = 'licences' and runs.state in {sql_list(AT_WORK)}"
        " group by calls.run, calls.subject having min(calls.state = 'done' and not coalesce(calls.verified, 0))"
    )
    return [{"SipAddress": f"sip:{row['subject']}", "Guid": object_guid(row["identity"])} for row in found]


def last_report(db: Database) -> list[RemoteObject]:
    """How long each list of the newest comparison of everybody was, or none."""
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
