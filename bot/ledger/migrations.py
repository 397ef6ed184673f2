"""The tables, as one list of dated migrations. A change of the schema is one more function at the end, never a change of an earlier one.

`open_database` applies what a file lacks. A file that was written before the first of them is refused, see `check_age`.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

from sqlite_utils.migrations import Migrations

from bot.errors import RecordsNotReadable
from bot.i18n import say
from bot.ledger.database import Database

Migrate = Callable[[Database], None]


class DatedMigrations(Migrations):
    """Migrations of `Database`, each named by its day and what it does."""

    def __call__(self, *, name: str | None = None) -> Callable[[Migrate], Migrate]:  # type: ignore[override]  # theirs take any database
        return super().__call__(name=name)  # type: ignore[return-value]

    @property
    def names(self) -> set[str]:
        return {migration.name for migration in self._migrations}


migrations = DatedMigrations("switchover")

#: Times are seconds since 1970; people are object ids; sentences, calls and findings are JSON text (see `bot.ledger.serialization`).
BASELINE = (
    """
    create table runs (
        id integer primary key,
        step text not null,
        state text not null default 'planning',
        answers text not null, -- as given
        resolved_answers text, -- as resolved once: a group to its members
        digest text not null default '', -- of the plan
        asked_by text not null,
        asked_at real not null,
        started_by text,
        agreed_by text,
        agreed_at real,
        agreed_digest text,
        why text,
        problems text, -- by field of the form
        again_at real, -- when the driver reads the estate again
        verifying_since real,
        gives_up_at real, -- until when the run waits for what was done to show
        conversation text not null,
        undo_of integer,
        follows integer, -- the run after which this one began by itself
        generation integer not null default 1, -- counts the workflows of this run: a retry is a new one
        ended_at real,
        plan_hash text,
        reads_hash text
    )
    """,
    "create index runs_by_state on runs (state)",
    """
    create table calls (
        run integer not null references runs (id),
        n integer not null,
        subject text not null,
        part integer not null, -- its place among the calls of the subject's change
        order_key text not null default '',
        call text not null,
        state text not null,
        lock text, -- by what the subject is locked, while this run works on it
        lock_label text not null default '', -- the same, as it is shown
        identity text not null default '', -- objectGUID of the person whom it is about
        session text,
        call_id text,
        sent_at real,
        ended_at real,
        due_at real, -- a pending call that was told "not yet" is not sent before
        waiting_since real,
        tries integer not null default 0,
        verified integer not null default 0,
        why text,
        remedy text,
        primary key (run, n)
    )
    """,
    "create index calls_by_state on calls (run, state)",
    "create index calls_by_subject on calls (run, subject)",
    "create unique index one_lock on calls (lock) where lock is not null",
    "create index calls_to_look_up on calls (identity) where identity glob 'entra:*'",
    """
    create table findings (
        run integer not null references runs (id), n integer not null, subject text, kind text, body text, primary key (run, n)
    )
    """,
    "create table reads (run integer not null references runs (id), fact text, subject text, body text, at real)",
    "create index reads_by_run on reads (run)",
    "create index reads_by_fact on reads (fact, run)",
    "create table snapshots (run integer not null, subject text not null, body text, at real, primary key (run, subject))",
    "create index snapshots_by_subject on snapshots (subject)",
    "create table identities (run integer not null, name text not null, identity text, address text, primary key (run, name))",
    """
    create table requests ( -- pause, resume and cancel
        id integer primary key, run integer not null references runs (id), request text not null, person text not null, at real
    )
    """,
    "create table waiting_actions (id integer primary key, run integer, action text, digest text, person text, at real, line integer)",
    "create table plans (run integer not null, digest text not null, at real, hashes text, primary key (run, digest))",
    """
    create table shown_plans (
        run integer not null, digest text not null, conversation text not null, person text not null, public integer, at real,
        primary key (run, digest, conversation, person)
    )
    """,
    "create table reminders (run integer not null, day integer not null, words text, at real, primary key (run, day))",
    "create table people (id text primary key, name text)",
    """
    create table audit (
        n integer primary key, at real, run integer, event text, hashed text, names text, previous text, hash text
    )
    """,
    "create index audit_by_run on audit (run)",
    "create trigger audit_no_update before update on audit begin select raise(abort, 'the audit is append-only'); end",
    "create trigger audit_no_delete before delete on audit begin select raise(abort, 'the audit is append-only'); end",
    "create table salt (id integer primary key, salt text)",
    "create table anchored (id integer primary key)",  # has a row once the newest audit line is noted outside the records too
    """
    create table card_messages (
        conversation text not null, activity text not null, run integer, reference text, shown text, person text,
        primary key (conversation, activity)
    )
    """,
    "create index card_messages_by_run on card_messages (run)",
    "create table posts (run integer not null, post text not null, primary key (run, post))",
    "create table step_statuses (step text primary key, state text, body text, at real, was text, changed_at real)",
    """
    create table status_messages (
        conversation text primary key, activity text, reference text, shown text, person text, asked_at real, since real
    )
    """,
    "create table journey (one integer primary key, phase text, off_at real, run integer, at real)",
    # n is the etag: autoincrement gives no number twice, also not after a deletion
    "create table conversation_states (n integer primary key autoincrement, key text not null unique, data text not null)",
    "create table deliveries (conversation text not null, activity text not null, at real not null, primary key (conversation, activity))",
    "create index deliveries_by_time on deliveries (at)",
    "create table health (id integer primary key, at real)",
)


@migrations(name="2026-11-30 baseline")
def baseline(db: Database) -> None:
    for statement in BASELINE:
        db.execute(statement)
    db.execute("insert into salt (id, salt) values (1, :salt)", {"salt": secrets.token_hex(16)})


def check_age(db: Database, path: Path | str) -> None:
    """Raises `RecordsNotReadable` where another version of Switchover has written these records, older or newer."""
    if not db["audit"].exists():
        return
    applied = {migration.name for migration in migrations.applied(db)}
    if "2026-11-30 baseline" not in applied:
        raise RecordsNotReadable(
            say(
                "{file} was written by a Switchover from before 30 November 2026, whose records this one cannot read. Keep the file,"
                " with those beside it, as evidence of what was done, and name a new file in the settings (records).",
                file=str(path),
            )
        )
    if unknown := applied - migrations.names:
        raise RecordsNotReadable(
            say(
                "{file} was written by a newer Switchover ({changes}). Install that one again,"
                " or name another file in the settings (records).",
                file=str(path),
                changes=", ".join(sorted(unknown)),
            )
        )
