"""Runs in the records: the run itself, its plan, what was seen before, and what people asked it to do."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bot.i18n import LocalizedText
from bot.ledger import Database
from bot.ledger.serialization import (
    dump_conversation,
    dump_finding,
    dump_text,
    dump_texts,
    load_conversation,
    load_finding,
    load_text,
    load_texts,
)
from bot.step import Finding
from bot.views import ENDED, ConversationRef, Person, RunState


def sql_list(states: Iterable[str]) -> str:
    """States as the right side of `in`."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


IS_OPEN = f"state not in {sql_list(ENDED)}"


@dataclass(frozen=True)
class RunRecord:
    """One run as the records have it. Times are seconds since 1970; people are object ids."""

    id: int
    step: str
    state: RunState
    answers: dict[str, str]
    resolved_answers: dict[str, str] | None
    digest: str
    asked_by: str
    asked_at: float
    started_by: str | None
    agreed_by: str | None
    agreed_at: float | None
    agreed_digest: str | None
    why: LocalizedText | None
    problems: dict[str, LocalizedText]
    again_at: float | None
    verifying_since: float | None
    conversation: ConversationRef
    undo_of: int | None
    generation: int
    ended_at: float | None
    follows: int | None = None
    gives_up_at: float | None = None  # until when it looks whether what was done shows
    plan_hash: str | None = None  # of the findings and of the snapshot, as they were kept last
    reads_hash: str | None = None


def add(
    db: Database,
    step: str,
    answers: Mapping[str, str],
    who: Person,
    conversation: ConversationRef,
    at: float,
    undo_of: int | None = None,
    follows: int | None = None,
) -> int:
    """A new run in state *asked*. Returns its number."""
    remember_person(db, who)
    row = {
        "step": step,
        "answers": json.dumps(dict(answers)),
        "asked_by": who.id,
        "asked_at": at,
        "conversation": dump_conversation(conversation),
        "undo_of": undo_of,
        "follows": follows,
    }
    return cast(int, db.table("runs").insert(row).last_pk)


def get(db: Database, run: int) -> RunRecord | None:
    """The run of this number, or None."""
    return next((_record(row) for row in db.query("select * from runs where id = :run", {"run": run})), None)


def require(db: Database, run: int) -> RunRecord:
    """The run of this number, which is surely there."""
    found = get(db, run)
    if found is None:
        raise LookupError(f"there is no run {run}")
    return found


def write_state(db: Database, run: int, before: RunState, state: RunState, /, **columns: Any) -> bool:
    """Sets the state, and other columns with it, where the run is in the state `before`; only `bot.runs.lifecycle` may call this."""
    texts = {name: _column(value) for name, value in {"state": state, **columns}.items()}
    assignments = ", ".join(f"{name} = :{name}" for name in texts)
    written = db.execute(f"update runs set {assignments} where id = :run and state = :before", {**texts, "run": run, "before": before})
    return written.rowcount == 1


def update(db: Database, run: int, /, **values: Any) -> None:
    """Sets columns of a run besides its state; words and mappings are put into their text form."""
    if "state" in values:
        raise ValueError("the state of a run is written by bot.runs.lifecycle.transition")
    texts = {name: _column(value) for name, value in values.items()}
    db.execute(f"update runs set {', '.join(f'{name} = :{name}' for name in texts)} where id = :run", {**texts, "run": run})


def generation(db: Database, run: int) -> int | None:
    """The number of the workflow that carries the run on; None when there is no such run."""
    return next((row["generation"] for row in db.query("select generation from runs where id = :run", {"run": run})), None)


def begin_next_generation(db: Database, run: int, generation: int) -> None:
    """The run gets another workflow, unless it has one already or is over."""
    db.execute(
        f"update runs set generation = generation + 1 where id = :run and generation = :generation and {IS_OPEN}",
        {"run": run, "generation": generation},
    )


def recent(db: Database, limit: int) -> list[RunRecord]:
    """Open runs first, then the ended ones, each newest first."""
    return [_record(row) for row in db.query(f"select * from runs order by {IS_OPEN} desc, id desc limit :n", {"n": limit})]


def open_runs(db: Database) -> list[RunRecord]:
    """Every run that is not over."""
    return [_record(row) for row in db.query(f"select * from runs where {IS_OPEN} order by id")]


def followers(db: Database, run: int) -> list[RunRecord]:
    """The runs that began by themselves after this one."""
    return [_record(row) for row in db.query("select * from runs where follows = :run order by id", {"run": run})]


def followers_since(db: Database, step: str, since: float) -> list[RunRecord]:
    """The runs of this step that began by themselves since then, whichever run they follow."""
    found = db.query(
        "select * from runs where follows is not null and step = :step and asked_at >= :since order by id", {"step": step, "since": since}
    )
    return [_record(row) for row in found]


def last_of_each_step(db: Database) -> dict[str, RunRecord]:
    """The newest run of each step."""
    found = db.query("select * from runs where id in (select max(id) from runs group by step)")
    return {row["step"]: _record(row) for row in found}


def save_plan(db: Database, run: int, found: Sequence[Finding]) -> None:
    """The findings of the newest look, in their order, instead of any earlier ones."""
    db.execute("delete from findings where run = :run", {"run": run})
    rows = ({"run": run, "n": n, "subject": f.subject, "kind": f.kind, "body": dump_finding(f)} for n, f in enumerate(found))
    db.table("findings").insert_all(rows)
    db.execute("update runs set plan_hash = :hash where id = :run", {"hash": plan_hash(db, run), "run": run})


def plan(db: Database, run: int) -> list[Finding]:
    """The findings that are on the run's card, in their order."""
    return [load_finding(row["body"]) for row in db.query("select body from findings where run = :run order by n", {"run": run})]


def plan_hash(db: Database, run: int) -> str:
    """SHA-256 over all findings on the run's card, as they are kept."""
    return hash_rows(db, "select n, subject, kind, body from findings where run = :run order by n", run)


def reads_hash(db: Database, run: int) -> str:
    """SHA-256 over the snapshot of the run, as it is kept."""
    return hash_rows(db, "select fact, subject, body, at from reads where run = :run order by rowid", run)


def answers_hash(answers: Mapping[str, str]) -> str:
    """SHA-256 over what somebody has answered."""
    return hashlib.sha256(json.dumps(dict(answers), sort_keys=True).encode()).hexdigest()


def hash_rows(db: Database, query: str, run: int) -> str:
    """SHA-256 over the rows of a query about a run, column by column."""
    hashed = hashlib.sha256()
    for row in db.execute(query, {"run": run}):
        hashed.update("\x1f".join(map(str, row)).encode() + b"\x1e")
    return hashed.hexdigest()


def newest_request(db: Database, run: int) -> tuple[int, str]:
    """Number of the newest control of a run, and what is wanted: "pause", "cancel" or "run"."""
    found = db.query("select id, request from requests where run = :run order by id desc limit 1", {"run": run})
    number, verb = next(((row["id"], row["request"]) for row in found), (0, "resume"))
    return number, "run" if verb == "resume" else verb


def save_reads(db: Database, run: int, seen: Sequence[tuple[str, str, str]], at: float) -> None:
    """The snapshot from before: (fact, subject, JSON text) of everything that the plan's look returned."""
    db.execute("delete from reads where run = :run", {"run": run})
    rows = ({"run": run, "fact": fact, "subject": subject, "body": body, "at": at} for fact, subject, body in seen)
    db.table("reads").insert_all(rows)
    db.execute("update runs set reads_hash = :hash where id = :run", {"hash": reads_hash(db, run), "run": run})


def record_request(db: Database, run: int, request: str, who: Person, at: float) -> None:
    """Somebody's pause, resume or cancel; read between rows."""
    remember_person(db, who)
    db.execute(
        "insert into requests (run, request, person, at) values (:run, :request, :person, :at)",
        {"run": run, "request": request, "person": who.id, "at": at},
    )


def requested_stop(db: Database, run: int) -> str:
    """The newest control of a run: "pause", "cancel", or "run" when nobody stopped it."""
    return newest_request(db, run)[1]


def remember_person(db: Database, who: Person) -> None:
    """Keeps the name that goes with an object id, for display."""
    db.execute("insert into people (id, name) values (:id, :name) on conflict (id) do update set name = :name", vars(who))


def person(db: Database, who: str | None) -> Person | None:
    """The person of this object id with the name last seen."""
    if who is None:
        return None
    name = next((row["name"] for row in db.query("select name from people where id = :id", {"id": who})), who)
    return Person(who, name)


def name_of(db: Database, who: str) -> str:
    """The name last seen of this object id, or the id itself."""
    found = person(db, who)
    return found.name if found else who


def _column(value: Any) -> Any:
    if isinstance(value, LocalizedText):
        return dump_text(value)
    return dump_texts(value) if isinstance(value, dict) else value


def _record(row: dict[str, Any]) -> RunRecord:
    texts = {
        "answers": json.loads(row["answers"]),
        "resolved_answers": json.loads(row["resolved_answers"]) if row["resolved_answers"] else None,
        "problems": load_texts(row["problems"]),
        "why": load_text(row["why"]),
        "conversation": load_conversation(row["conversation"]),
    }
    return RunRecord(**{**row, **texts, "state": RunState(row["state"])})
