"""The calls of a run, from pending to their end: the intent is committed before a call is sent, the outcome after it."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.calls import WriteCall
from bot.errors import SubjectLocked
from bot.gateway import CallId
from bot.i18n import LocalizedText
from bot.ledger import Database
from bot.ledger.runs import sql_list
from bot.ledger.serialization import dump_call, dump_text, load_call, load_text
from bot.step import Change
from bot.views import ENDED, CallState

IN_ENTRA = "entra:"  # before an identity of which old records know only the id in Entra


@dataclass(frozen=True)
class CallRecord:
    """One call of a run and what has become of it."""

    run: int
    n: int
    subject: str
    part: int
    text: str  # the call, as it is kept
    state: CallState
    call_id: CallId | None
    sent_at: float | None
    ended_at: float | None
    tries: int
    verified: bool
    why: LocalizedText | None
    remedy: LocalizedText | None
    due_at: float | None = None  # not to be sent before
    order_key: str = ""
    waiting_since: float | None = None  # how long its lane has waited before it
    identity: str = ""  # of the person whom it is about, whatever they are called

    @property
    def audit_people(self) -> dict[str, str]:
        """Whom the audit names: the address as it was shown, and whose it was."""
        return {"subject": self.subject} | ({"identity": self.identity} if self.identity else {})

    @property
    def call(self) -> WriteCall:
        """Read when it is needed: a card of a thousand rows does not need one."""
        return load_call(self.text)


def add(db: Database, run: int, changes: Sequence[Change]) -> None:
    """The rows of the agreed changes, all waiting, everybody in them claimed for this run. Raises `SubjectLocked`.

    Calls that an earlier plan of this run has done stay, and so do calls in doubt; calls that were not begun are replaced.
    """
    db.execute("delete from calls where run = :run and state not in ('done', 'sent', 'unknown')", {"run": run})
    by_address = locks(db, besides=run)  # old rows claim an address; nobody else does who is known by an id
    if busy := next((lock_label(change) for change in changes if lock_label(change) in by_address), None):
        raise SubjectLocked(busy, by_address[busy][0])
    first = next(db.query("select coalesce(max(n) + 1, 0) as n from calls where run = :run", {"run": run}))["n"]
    calls = [(change, part, call) for change in changes for part, call in enumerate(change.do)]
    try:
        db.table("calls").insert_all(
            {
                "run": run,
                "n": n,
                "subject": change.subject,
                "part": part,
                "order_key": change.order_key,
                "call": dump_call(call),
                "state": CallState.PENDING,
                "lock_label": lock_label(change),
                "identity": change.identity.id if change.identity else "",
                "lock": lock_key(change) if part == 0 else None,
                "tries": 0,
                "verified": 0,
            }
            for n, (change, part, call) in enumerate(calls, first)
        )
    except sqlite3.IntegrityError:
        raise _lock_conflict(db, run, {lock_key(change): lock_label(change) for change in changes}) from None


def call_hash(text: str) -> str:
    """Tells one call, as it is kept, from all others."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def lock_label(change: Change) -> str:
    """Who is worked on while this change is carried out, as they are shown."""
    return change.locks or change.subject


def lock_key(change: Change) -> str:
    """By what they are claimed: a person by what never changes, all else by its name."""
    return change.identity.id if change.identity else lock_label(change)


def locks(db: Database, besides: int) -> dict[str, tuple[int, str]]:
    """Who is being worked on by another run: subject -> (run, object id of who asked)."""
    found = db.query(
        "select calls.lock, calls.run, runs.asked_by from calls join runs on runs.id = calls.run"
        " where calls.lock is not null and calls.run <> :run",
        {"run": besides},
    )
    return {row["lock"]: (row["run"], row["asked_by"]) for row in found}


def of_run(db: Database, run: int, *states: CallState) -> list[CallRecord]:
    """The rows of a run in their order; only those in one of these states, where states are named."""
    only = f" and state in {sql_list(states)}" if states else ""
    return [_record(row) for row in db.query(f"select * from calls where run = :run{only} order by n", {"run": run})]


def runs_with_unverified(db: Database, step: str, since: float, besides: int) -> list[int]:
    """Other runs of this step that are over, and of which something that was done since then was never seen to be as wanted."""
    found = db.query(
        "select distinct calls.run from calls join runs on runs.id = calls.run where runs.step = :step and calls.run <> :run"
        f" and runs.state in {sql_list(ENDED)} and calls.state = 'done' and calls.verified = 0 and calls.ended_at > :since"
        " order by calls.run",
        {"step": step, "run": besides, "since": since},
    )
    return [row["run"] for row in found]


def mark_sent(db: Database, run: int, n: int, call_id: CallId, at: float, generation: int | None = None) -> bool:
    """*sent*, committed before anything is sent. False when the row does not wait any more: then nothing may be sent.

    With a `generation`, also when the run is in another one, or not at work: this holds where several processes share the records too.
    """
    begun = db.execute(
        "update calls set state = 'sent', session = :session, call_id = :call_id, sent_at = :at, ended_at = null,"
        " due_at = null, waiting_since = null, tries = tries + 1, why = null, remedy = null"
        " where run = :run and n = :n and state = 'pending' and (:generation is null or exists"
        " (select 1 from runs where runs.id = :run and runs.generation = :generation and runs.state in ('running', 'waiting_for_admin')))",
        {"run": run, "n": n, "session": call_id.session, "call_id": call_id.call, "at": at, "generation": generation},
    )
    return begun.rowcount == 1


def finish(
    db: Database, run: int, n: int, state: CallState, at: float, why: LocalizedText | None = None, remedy: LocalizedText | None = None
) -> None:
    """The outcome of one call. The subject's claim is freed when its last row has ended."""
    db.execute(
        "update calls set state = :state, ended_at = :at, why = :why, remedy = :remedy where run = :run and n = :n",
        {"run": run, "n": n, "state": state, "at": at, "why": dump_text(why), "remedy": dump_text(remedy)},
    )
    _release_lock(db, run, next(db.query("select subject from calls where run = :run and n = :n", {"run": run, "n": n}))["subject"])


def requeue(db: Database, run: int, n: int) -> bool:
    """Waiting again: the call surely never happened. False when it had not begun."""
    again = "update calls set state = 'pending' where run = :run and n = :n and state in ('sent', 'unknown')"
    return db.execute(again, {"run": run, "n": n}).rowcount == 1


def postpone(db: Database, run: int, n: int, due_at: float, why: LocalizedText | None, remedy: LocalizedText | None) -> None:
    """Waiting again, for a while: the far end said "not yet"."""
    db.execute(
        "update calls set state = 'pending', due_at = :due_at, why = :why, remedy = :remedy where run = :run and n = :n",
        {"run": run, "n": n, "due_at": due_at, "why": dump_text(why), "remedy": dump_text(remedy)},
    )


def note_wait(db: Database, run: int, n: int, since: float, why: LocalizedText | None) -> None:
    """Its lane waits before it: `why` where it is a person who must do something."""
    db.execute(
        "update calls set waiting_since = :since, why = :why where run = :run and n = :n",
        {"run": run, "n": n, "since": since, "why": dump_text(why)},
    )


def retry_all(db: Database, run: int) -> None:
    """Failed, skipped and doubtful rows wait again and claim their subjects anew. Raises `SubjectLocked`."""
    again = "run = :run and state in ('failed', 'skipped', 'unknown')"
    known = f"iif(identity = '' or identity like '{IN_ENTRA}%', lock_label, identity)"
    people = {
        row["lock"]: row["lock_label"] for row in db.query(f"select {known} as lock, lock_label from calls where {again}", {"run": run})
    }
    try:
        db.execute("update calls set lock = null where run = :run", {"run": run})  # one in doubt holds its subject by its first row
        first = f"select min(n) from calls where {again} group by subject"
        db.execute(f"update calls set lock = {known} where run = :run and n in ({first})", {"run": run})
        begins = "state = 'pending', tries = 0, verified = 0, due_at = null, waiting_since = null, why = null, remedy = null"
        db.execute(f"update calls set {begins} where {again}", {"run": run})
    except sqlite3.IntegrityError:
        raise _lock_conflict(db, run, people) from None


def skip_pending(db: Database, run: int, at: float, why: LocalizedText, subject: str | None = None) -> None:
    """What had not begun will not: the run was cancelled or sent back, or an earlier call of this subject failed."""
    db.execute(
        f"update calls set state = 'skipped', ended_at = :at, why = :why where {_condition(subject)} and state = 'pending'",
        {"run": run, "at": at, "why": dump_text(why), "subject": subject},
    )
    _release_lock(db, run, subject)


def pending_subjects_in(db: Database, run: int, order_key: str) -> set[str]:
    """The subjects of a lane of which something has not begun."""
    found = db.query(
        "select subject from calls where run = :run and order_key = :order_key and state = 'pending'", {"run": run, "order_key": order_key}
    )
    return {row["subject"] for row in found}


def mark_verified(db: Database, run: int, subjects: Sequence[str]) -> None:
    """These subjects were seen as wanted after their change."""
    for subject in subjects:
        db.execute("update calls set verified = 1 where run = :run and subject = :subject", {"run": run, "subject": subject})


def _release_lock(db: Database, run: int, subject: str | None = None) -> None:
    db.execute(
        f"update calls set lock = null where {_condition(subject)} and lock is not null"
        " and not exists (select 1 from calls as other where other.run = calls.run and other.subject = calls.subject"
        " and other.state in ('pending', 'sent', 'unknown'))",
        {"run": run, "subject": subject},
    )


def _condition(subject: str | None) -> str:
    """Of a run, the rows of one subject or all. In one condition for both, SQLite would read all for one."""
    return "run = :run and subject = :subject" if subject else "run = :run"


def _lock_conflict(db: Database, run: int, people: Mapping[str, str]) -> SubjectLocked:
    """`people`: claim -> as they are shown."""
    others = locks(db, besides=run)
    who = next(who for who in people if who in others)
    return SubjectLocked(people[who], others[who][0])


def _record(row: dict[str, Any]) -> CallRecord:
    call_id = CallId(row.pop("session"), row.pop("call_id"))
    del row["lock"], row["lock_label"]
    made = {
        "text": row.pop("call"),
        "state": CallState(row["state"]),
        "call_id": call_id if call_id.call else None,
        "verified": bool(row["verified"]),
        "why": load_text(row["why"]),
        "remedy": load_text(row["remedy"]),
    }
    return CallRecord(**{**row, **made})
