"""How each subject was before a run changed it first: written down at Start, and kept through every later look of the run."""

from collections.abc import Sequence

from bot.ledger import Database
from bot.ledger.runs import hash_rows
from bot.ledger.serialization import dump_finding, load_finding
from bot.step import Change


def save(db: Database, run: int, changes: Sequence[Change], at: float) -> None:
    """The changes as they were planned, with their `snapshot`. Whoever this run has changed already stays as first seen."""
    for change in changes:
        db.execute(
            "insert or replace into snapshots (run, subject, body, at) select :run, :subject, :body, :at"
            " where not exists (select 1 from calls where run = :run and subject = :subject and state = 'done')",
            {"run": run, "subject": change.subject, "body": dump_finding(change), "at": at},
        )


def planned_changes(db: Database, run: int) -> list[Change]:
    """What this run has agreed to do to each subject, as it was planned before the first of it was done."""
    found = (load_finding(row["body"]) for row in db.query("select body from snapshots where run = :run order by rowid", {"run": run}))
    return [finding for finding in found if isinstance(finding, Change)]


def snapshots_hash(db: Database, run: int) -> str:
    """SHA-256 over how each subject of the run was, as it is kept."""
    return hash_rows(db, "select subject, body, at from snapshots where run = :run order by rowid", run)
