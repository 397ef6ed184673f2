"""How each subject was before a run changed it first: written down at Start, and kept through every later look of the run."""

from collections.abc import Sequence

from bot.ledger import Records
from bot.ledger.runs import hash_rows
from bot.ledger.serialization import finding_of, finding_text
from bot.step import Change


def keep(db: Records, run: int, changes: Sequence[Change], at: float) -> None:
    """The changes as they were planned, with their `snapshot`. Whoever this run has changed already stays as first seen."""
    for change in changes:
        db.execute(
            "insert or replace into before (run, subject, body, at) select :run, :subject, :body, :at"
            " where not exists (select 1 from rows where run = :run and subject = :subject and state = 'done')",
            {"run": run, "subject": change.subject, "body": finding_text(change), "at": at},
        )


def changed(db: Records, run: int) -> list[Change]:
    """What this run has agreed to do to each subject, as it was planned before the first of it was done."""
    found = (finding_of(row["body"]) for row in db.query("select body from before where run = :run order by rowid", {"run": run}))
    return [finding for finding in found if isinstance(finding, Change)]


def before_hash(db: Records, run: int) -> str:
    """SHA-256 over how each subject of the run was, as it is kept."""
    return hash_rows(db, "select subject, body, at from before where run = :run order by rowid", run)


def create_before(db: Records) -> None:
    """The migration."""
    db.table("before").create({"run": int, "subject": str, "body": str, "at": float}, pk=("run", "subject"))
    db.table("before").create_index(["subject"])
