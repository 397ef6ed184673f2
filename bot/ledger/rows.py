"""The rows of a run: one per call, from waiting to its end. Intent before the call, outcome after it."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.calls import WriteCall
from bot.errors import SubjectLocked
from bot.gateway import CallId
from bot.i18n import LocalizedText
from bot.ledger import Records
from bot.ledger.runs import sql_list
from bot.ledger.serialization import act_of, act_text, say_of, say_text
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
    ticket: CallId | None
    began_at: float | None
    ended_at: float | None
    tries: int
    verified: bool
    why: LocalizedText | None
    remedy: LocalizedText | None
    due_at: float | None = None  # not to be sent before
    lane: str = ""
    waiting_since: float | None = None  # how long its lane has waited before it
    identity: str = ""  # of the person whom it is about, whatever they are called

    @property
    def people(self) -> dict[str, str]:
        """Whom the audit names: the address as it was shown, and whose it was."""
        return {"subject": self.subject} | ({"identity": self.identity} if self.identity else {})

    @property
    def call(self) -> WriteCall:
        """Read when it is needed: a card of a thousand rows does not need one."""
        return act_of(self.text)


def add(db: Records, run: int, changes: Sequence[Change]) -> None:
    """The rows of the agreed changes, all waiting, everybody in them claimed for this run. Raises `SubjectLocked`.

    What an earlier plan of this run has done stays, and so does a call in doubt; what it had not done makes room.
    """
    db.execute("delete from rows where run = :run and state not in ('done', 'sent', 'unknown')", {"run": run})
    by_address = claims(db, besides=run)  # old rows claim an address; nobody else does who is known by an id
    if busy := next((held(change) for change in changes if held(change) in by_address), None):
        raise SubjectLocked(busy, by_address[busy][0])
    first = next(db.query("select coalesce(max(n) + 1, 0) as n from rows where run = :run", {"run": run}))["n"]
    calls = [(change, part, call) for change in changes for part, call in enumerate(change.do)]
    try:
        db.table("rows").insert_all(
            {
                "run": run,
                "n": n,
                "subject": change.subject,
                "part": part,
                "lane": change.order_key,
                "call": act_text(call),
                "state": CallState.PENDING,
                "holds": held(change),
                "identity": change.identity.id if change.identity else "",
                "claim": claim(change) if part == 0 else None,
                "tries": 0,
                "verified": 0,
            }
            for n, (change, part, call) in enumerate(calls, first)
        )
    except sqlite3.IntegrityError:
        raise _claimed(db, run, {claim(change): held(change) for change in changes}) from None


def call_hash(text: str) -> str:
    """Tells one call, as it is kept, from all others."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def held(change: Change) -> str:
    """Who is worked on while this change is carried out, as they are shown."""
    return change.locks or change.subject


def claim(change: Change) -> str:
    """By what they are claimed: a person by what never changes, all else by its name."""
    return change.identity.id if change.identity else held(change)


def claims(db: Records, besides: int) -> dict[str, tuple[int, str]]:
    """Who is being worked on by another run: subject -> (run, object id of who asked)."""
    found = db.query(
        "select rows.claim, rows.run, runs.asked_by from rows join runs on runs.id = rows.run"
        " where rows.claim is not null and rows.run <> :run",
        {"run": besides},
    )
    return {row["claim"]: (row["run"], row["asked_by"]) for row in found}


def all_of(db: Records, run: int, *states: CallState) -> list[CallRecord]:
    """The rows of a run in their order; only those in one of these states, where states are named."""
    only = f" and state in {sql_list(states)}" if states else ""
    return [_record(row) for row in db.query(f"select * from rows where run = :run{only} order by n", {"run": run})]


def unseen(db: Records, step: str, since: float, besides: int) -> list[int]:
    """Other runs of this step that are over, and of which something that was done since then was never seen to be as wanted."""
    found = db.query(
        "select distinct rows.run from rows join runs on runs.id = rows.run where runs.step = :step and rows.run <> :run"
        f" and runs.state in {sql_list(ENDED)} and rows.state = 'done' and rows.verified = 0 and rows.ended_at > :since order by rows.run",
        {"step": step, "run": besides, "since": since},
    )
    return [row["run"] for row in found]


def begin(db: Records, run: int, n: int, ticket: CallId, at: float, life: int | None = None) -> bool:
    """*sent*, committed before anything is sent. False when the row does not wait any more: then nothing may be sent.

    With a `life`, also when the run is in another one, or not at work: this holds where several processes share the records too.
    """
    begun = db.execute(
        "update rows set state = 'sent', session = :session, ticket = :ticket, began_at = :at, ended_at = null,"
        " due_at = null, waiting_since = null, tries = tries + 1, why = null, remedy = null"
        " where run = :run and n = :n and state = 'pending' and (:life is null or exists"
        " (select 1 from runs where runs.id = :run and runs.life = :life and runs.state in ('running', 'waiting_for_admin')))",
        {"run": run, "n": n, "session": ticket.session, "ticket": ticket.call, "at": at, "life": life},
    )
    return begun.rowcount == 1


def end(
    db: Records, run: int, n: int, state: CallState, at: float, why: LocalizedText | None = None, remedy: LocalizedText | None = None
) -> None:
    """The outcome of one call. The subject's claim is freed when its last row has ended."""
    db.execute(
        "update rows set state = :state, ended_at = :at, why = :why, remedy = :remedy where run = :run and n = :n",
        {"run": run, "n": n, "state": state, "at": at, "why": say_text(why), "remedy": say_text(remedy)},
    )
    _free(db, run, next(db.query("select subject from rows where run = :run and n = :n", {"run": run, "n": n}))["subject"])


def put_back(db: Records, run: int, n: int) -> bool:
    """Waiting again: the call surely never happened. False when it had not begun."""
    again = "update rows set state = 'pending' where run = :run and n = :n and state in ('sent', 'unknown')"
    return db.execute(again, {"run": run, "n": n}).rowcount == 1


def put_off(db: Records, run: int, n: int, due_at: float, why: LocalizedText | None, remedy: LocalizedText | None) -> None:
    """Waiting again, for a while: the far end said "not yet"."""
    db.execute(
        "update rows set state = 'pending', due_at = :due_at, why = :why, remedy = :remedy where run = :run and n = :n",
        {"run": run, "n": n, "due_at": due_at, "why": say_text(why), "remedy": say_text(remedy)},
    )


def wait(db: Records, run: int, n: int, since: float, why: LocalizedText | None) -> None:
    """Its lane waits before it: `why` where it is a person who must do something."""
    db.execute(
        "update rows set waiting_since = :since, why = :why where run = :run and n = :n",
        {"run": run, "n": n, "since": since, "why": say_text(why)},
    )


def take_up(db: Records, run: int) -> None:
    """Failed, skipped and doubtful rows wait again and claim their subjects anew. Raises `SubjectLocked`."""
    again = "run = :run and state in ('failed', 'skipped', 'unknown')"
    known = f"iif(identity = '' or identity like '{IN_ENTRA}%', holds, identity)"
    people = {row["claim"]: row["holds"] for row in db.query(f"select {known} as claim, holds from rows where {again}", {"run": run})}
    try:
        db.execute("update rows set claim = null where run = :run", {"run": run})  # one in doubt holds its subject by its first row
        first = f"select min(n) from rows where {again} group by subject"
        db.execute(f"update rows set claim = {known} where run = :run and n in ({first})", {"run": run})
        begins = "state = 'pending', tries = 0, verified = 0, due_at = null, waiting_since = null, why = null, remedy = null"
        db.execute(f"update rows set {begins} where {again}", {"run": run})
    except sqlite3.IntegrityError:
        raise _claimed(db, run, people) from None


def skip_waiting(db: Records, run: int, at: float, why: LocalizedText, subject: str | None = None) -> None:
    """What had not begun will not: the run was cancelled or sent back, or an earlier call of this subject failed."""
    db.execute(
        f"update rows set state = 'skipped', ended_at = :at, why = :why where {_some(subject)} and state = 'pending'",
        {"run": run, "at": at, "why": say_text(why), "subject": subject},
    )
    _free(db, run, subject)


def waiting_in(db: Records, run: int, lane: str) -> set[str]:
    """The subjects of a lane of which something has not begun."""
    found = db.query("select subject from rows where run = :run and lane = :lane and state = 'pending'", {"run": run, "lane": lane})
    return {row["subject"] for row in found}


def verify(db: Records, run: int, subjects: Sequence[str]) -> None:
    """These subjects were seen as wanted after their change."""
    for subject in subjects:
        db.execute("update rows set verified = 1 where run = :run and subject = :subject", {"run": run, "subject": subject})


def _free(db: Records, run: int, subject: str | None = None) -> None:
    db.execute(
        f"update rows set claim = null where {_some(subject)} and claim is not null"
        " and not exists (select 1 from rows as other where other.run = rows.run and other.subject = rows.subject"
        " and other.state in ('pending', 'sent', 'unknown'))",
        {"run": run, "subject": subject},
    )


def _some(subject: str | None) -> str:
    """Of a run, the rows of one subject or all. In one condition for both, SQLite would read all for one."""
    return "run = :run and subject = :subject" if subject else "run = :run"


def _claimed(db: Records, run: int, people: Mapping[str, str]) -> SubjectLocked:
    """`people`: claim -> as they are shown."""
    others = claims(db, besides=run)
    who = next(who for who in people if who in others)
    return SubjectLocked(people[who], others[who][0])


def _record(row: dict[str, Any]) -> CallRecord:
    ticket = CallId(row.pop("session"), row.pop("ticket"))
    del row["claim"], row["holds"]
    made = {
        "text": row.pop("call"),
        "state": CallState(row["state"]),
        "ticket": ticket if ticket.call else None,
        "verified": bool(row["verified"]),
        "why": say_of(row["why"]),
        "remedy": say_of(row["remedy"]),
    }
    return CallRecord(**{**row, **made})
