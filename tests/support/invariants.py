"""What must hold whatever was pressed, killed or restored, told by the records, the engine's own file and the estate."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.ledger import Database, open_read_only
from bot.ledger.anchor import find_differences
from bot.ledger.audit import Line, find_broken
from bot.ledger.comparison import find_faults
from bot.ledger.runs import sql_list
from bot.runs.agreement import History
from bot.views import ENDED

OUTCOMES = {"done", "failed", "unknown", "not yet", "not sent", "found done", "found not done", "dropped"}
Json = dict[str, Any]


def audit_faults(path: Path) -> Iterator[str]:
    """What `switchover check-audit` would name, and what is told of calls that must not have been sent."""
    db = open_read_only(path)
    try:
        yield from (f"line {n} was changed" for n in find_broken(db))
        yield from find_faults(db)
        yield from find_differences(db, path)
        for run, lines in _by_run(db).items():
            yield from (f"run {run}: {fault}" for fault in (*_sent_twice(lines), *_unapproved(lines)))
    finally:
        db.close()


def unapproved(path: Path) -> list[str]:
    """Calls that were sent without what the audit must say of them before."""
    db = open_read_only(path)
    try:
        return [f"run {run}: {fault}" for run, lines in _by_run(db).items() for fault in _unapproved(lines)]
    finally:
        db.close()


Told = tuple[Line, dict[str, str]]  # a line, and the names behind it


def _by_run(db: Database) -> dict[int, list[Told]]:
    """The lines of each run, with those that concern all runs between them."""
    lines, of_all = defaultdict[int, list[Told]](list), list[Told]()
    for row in db.query("select hashed, names from audit order by n"):
        body, names = json.loads(row["hashed"]), json.loads(row["names"])
        told = Line(body["n"], body["at"], body["event"], body["people"], body["facts"]), names
        if body["run"] is None:
            of_all.append(told)
        else:
            lines[body["run"]].append(told)
    return {run: sorted([*of_run, *of_all], key=lambda told: told[0].n) for run, of_run in lines.items()}


def _sent_twice(lines: Sequence[Told]) -> Iterator[str]:
    """Two calls of a row open at once, or one that was sent although its outcome was known to be good."""
    is_open, is_done = set[tuple[str, int]](), set[tuple[str, int]]()
    for line, names in lines:
        call = names.get("subject", ""), line.facts.get("part", 0)
        if line.event == "start":
            is_done.clear()  # of another plan
        elif line.event == "sent":
            if call in is_open:
                yield f"line {line.n}: {call[0]} is sent while an earlier call is open"
            if call in is_done:
                yield f"line {line.n}: {call[0]} is sent although it was done"
            is_open.add(call)
        elif line.event in OUTCOMES and call[0]:
            is_open.discard(call)
            if line.event in ("done", "found done"):
                is_done.add(call)


def _unapproved(lines: Sequence[Told]) -> Iterator[str]:
    """Calls that begin without a fresh word of somebody else, or while the run is held."""
    history = History()
    for line, _ in lines:
        history.read(line)
        if line.event != "sent":
            continue
        asked, started, approved = history.asked, history.started, history.approved
        if asked is None or started is None or approved is None:
            yield f"line {line.n}: is sent without an approval"
        elif approved.people["who"] in {who.people.get(role) for who in (asked, started) for role in ("who", "for")}:
            yield f"line {line.n}: was approved by whoever asked or started"
        elif approved.facts["digest"] != started.facts["digest"]:
            yield f"line {line.n}: another plan was approved than started"
        elif history.is_stopped or history.is_cancelled:
            yield f"line {line.n}: is sent although the run was stopped"


def moved_too_often(path: Path, effects: Sequence[Json], call: str = "Move-CsUser") -> Iterator[str]:
    """People who were moved more often than agreed to, and calls that reached the estate without having been written down before."""
    db = open_read_only(path)
    try:
        agreed, sent = Counter[str](), Counter[str]()
        for lines in _by_run(db).values():
            begun = set[str]()
            for line, names in lines:
                if line.event == "start":
                    begun.clear()
                if line.event == "sent":
                    sent[_address(names)] += 1
                    agreed[_address(names)] += _address(names) not in begun
                    begun.add(_address(names))
    finally:
        db.close()
    arrived = Counter(effect["subject"] for effect in effects if effect["call"] == call)
    done = Counter(effect["subject"] for effect in effects if effect["call"] == call and effect["result"] == "done")
    for who in arrived:
        if done[who] > agreed[who]:
            yield f"{who} was moved {done[who]} times, and that was agreed to {agreed[who]} times"
        if arrived[who] > sent[who]:
            yield f"{call} for {who} arrived {arrived[who]} times, and was written down {sent[who]} times before"


def _address(names: dict[str, str]) -> str:
    return names["subject"].partition(" ")[0]


def workflow_faults(path: Path) -> list[str]:
    """Workflows that go on although their run is over or has another, and runs that nobody carries on."""
    db = open_read_only(path)
    try:
        wanted = {
            f"run-{row['id']}-{row['generation']}"
            for row in db.query(f"select id, generation from runs where state not in {sql_list(ENDED)}")
        }
    finally:
        db.close()
    with closing(sqlite3.connect(f"file:{path.with_suffix('.engine.sqlite')}?mode=ro", uri=True)) as engine:
        there = {name for (name,) in engine.execute("select workflow_uuid from workflow_status where status in ('PENDING', 'ENQUEUED')")}
    return [f"{name} goes on" for name in sorted(there - wanted)] + [f"nobody carries on {name}" for name in sorted(wanted - there)]
