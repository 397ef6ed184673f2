"""Compares everything that is recorded with the lines of the audit that say the same: for `switchover check-audit`.

Each fault is a sentence that names the run or the line. What is in no line cannot be compared: `UNPROVEN` has these columns and
why nothing that is sent depends on them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bot.ledger import Database, audit
from bot.ledger.call_comparison import find_call_faults
from bot.ledger.run_lines import Row, RunLines, differ
from bot.ledger.runs import answers_hash, plan_hash, reads_hash
from bot.views import ENDED

UNPROVEN: Mapping[str, str] = {
    "runs.resolved_answers": "a group's members at the first look; the plan that was agreed to is made of them and proven",
    "runs.why, runs.problems": "words on the card",
    "runs.again_at, runs.verifying_since, runs.gives_up_at": "when it is looked again; looking sends nothing",
    "runs.conversation": "where the card stands; a conversation may be reached in another way later",
    "runs.generation": "which workflow carries it on",
    "runs.state among running, waiting_for_admin, paused, verifying and monitoring": "nothing is sent without a look in the audit",
    "calls.why, calls.remedy": "words on the card; the audit has them with the line",
    "calls.state of what has not begun, until the run ends": "skipped or not; what is sent is proven, and the end counts the calls",
    "calls.ended_at of what has never begun": "when it was left out",
    "calls.verified of what is done, until the run ends": "whether it was seen; the end counts them",
    "salt.id, anchored.id": "the only row of its table",
    "calls.due_at, calls.waiting_since": "when a call is tried; what and whether is proven",
    "requests.id": "the order is proven",
    "people.name where nothing was pressed since": "shown only",
    "reminders, card_messages, posts, step_statuses, status_messages": "what is shown where",
    "conversation_states, deliveries, health": "forms that are being filled, and signs of life",
    "journey": "what the board says of the whole way; each step looks at the estate itself",
    "plans, shown_plans": "which plan stood where and what differs from it; an agreement carries the digest of the plan itself",
}
LOOKING = {"verifying", "monitoring"}
NO_RUN = -1  # its number: it has no findings and no reads
AT_WORK = {"running", "waiting_for_admin", "paused", *LOOKING}


def find_faults(db: Database) -> Iterator[str]:
    """What does not fit, as sentences; nothing where all does. Whatever was written into the records, this ends in words."""
    for name in ("audit_no_update", "audit_no_delete"):
        if not list(db.query("select 1 from sqlite_master where type = 'trigger' and name = :name", {"name": name})):
            yield f"the trigger {name}, which keeps the audit append-only, is gone"
    lines = defaultdict[int, RunLines](RunLines)
    yield from _read(db, lines)
    hide = audit.pseudonymizer(db)
    runs = list(db.query("select * from runs order by id"))
    for run in runs:
        yield from _in_words(f"run {run['id']}", partial(_of_run, db, run, lines[run["id"]], hide))
    for number in sorted(lines.keys() - {run["id"] for run in runs}):
        yield f"run {number}: the audit has it, the records have not"
    yield from _in_words("people", partial(_of_people, db, lines, hide))
    yield from _in_words("waiting presses", partial(_of_presses, db, lines, hide))


def _in_words(where: str, faults: Callable[[], Iterator[str]]) -> Iterator[str]:
    try:
        for fault in faults():
            yield f"{where}: {fault}"
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        yield f"{where}: holds something that this bot did not write ({type(error).__name__})"


def _read(db: Database, lines: dict[int, RunLines]) -> Iterator[str]:
    before, clock = None, list[audit.Line]()
    for row in db.query("select n, at, hashed, names from audit order by n"):
        try:
            body, names = json.loads(row["hashed"]), json.loads(row["names"])
            line = audit.Line(body["n"], body["at"], body["event"], body["people"], body["facts"])
            if missing := body["people"].keys() - names.keys():
                yield f"line {row['n']}: the names behind {', '.join(sorted(missing))} were taken out"
            if before is not None and line.at < before - 1:
                yield f"line {row['n']}: is dated {round(before - line.at)} s before the line before it"
            before = line.at
            if body["run"] is not None:
                lines[body["run"]].lines.append(line)
            elif line.event == "clock set":
                clock.append(line)
        except (ValueError, LookupError, TypeError, AttributeError):
            yield f"line {row['n']}: holds something that this bot did not write"
    for of in lines.values():
        of.clock = clock


def _of_run(db: Database, run: Row, of: RunLines, hide: Callable[[str], str]) -> Iterator[str]:
    asked = of.newest("asked")
    if asked is None:
        yield "no line says that somebody asked for it"
        return
    who = asked.people.get("who") or asked.people.get("for")
    told = asked.facts
    yield from differ(
        ("the step", run["step"], told.get("step")),
        ("who asked", hide(run["asked_by"]), who),
        ("when it was asked for", run["asked_at"], asked.at),
        ("the run that it takes back", run["undo_of"], told.get("undo_of")),
        ("the run that it follows", run["follows"], told.get("follows")),
        ("what was answered", answers_hash(json.loads(run["answers"])), told.get("answers")),
    )
    planned = of.newest("planned", "plan changed")
    yield from differ(
        ("the digest of the plan", run["digest"], planned.facts.get("digest") if planned else ""),
        ("the findings", plan_hash(db, run["id"]), run["plan_hash"] or plan_hash(db, NO_RUN)),
        ("what was seen", reads_hash(db, run["id"]), run["reads_hash"] or reads_hash(db, NO_RUN)),
    )
    yield from _of_agreement(run, of, hide)
    yield from _of_state(run, of)
    yield from find_call_faults(db, run, of, hide)
    yield from _of_controls(db, run, of, hide)


def _of_agreement(run: Row, of: RunLines, hide: Callable[[str], str]) -> Iterator[str]:
    started = of.newest("start")
    approved = of.newest("approve")
    if approved and started and approved.n < started.n:
        approved = None
    by = approved or (started if started and started.facts.get("state") == "running" else None)
    planned = of.newest("planned", "plan changed")
    is_void = by is None or (planned is not None and planned.n > by.n)
    yield from differ(
        ("who started it", run["started_by"] and hide(run["started_by"]), started and started.people.get("who")),
        ("who agreed", run["agreed_by"] and hide(run["agreed_by"]), approved and approved.people.get("who")),
        ("when it was agreed to", run["agreed_at"], by and by.at),
    )
    if run["agreed_digest"] is not None or not is_void:
        yield from differ(("the plan that was agreed to", run["agreed_digest"], by and by.facts.get("digest")))


def _of_state(run: Row, of: RunLines) -> Iterator[str]:
    told = next((line for line in reversed(of.lines) if line.event in STATES or "state" in line.facts), None)
    allowed = _states_after(told)
    if run["state"] not in allowed:
        yield f"its state is {run['state']}, and the audit leads to {' or '.join(sorted(allowed))}"
    is_told = run["state"] in ENDED or run["ended_at"] is not None
    if is_told and run["ended_at"] not in {line.at for line in of.lines}:
        yield "when it ended is in no line"


STATES: Mapping[str, set[str]] = {
    "asked": {"planning", *LOOKING},
    "plan changed": {"planned"},
    "incomplete": {"incomplete"},
    "cancelled": {"cancelled"},
    "paused": {"paused"},
}


def _states_after(line: audit.Line | None) -> set[str]:
    """The states that a run may be in after its newest line that tells of one."""
    if line is None:
        return {"planning"}
    if line.event in STATES:
        return STATES[line.event]
    state = str(line.facts.get("state"))
    if line.event == "planned" and state in LOOKING:
        return LOOKING  # which of them it is, is not told anew
    if state in ("planned", "planning"):
        return {state, *LOOKING}
    if line.event == "undo" or state == "verified":
        return {state, "verified", *LOOKING} if line.event == "undo" else {state}
    return AT_WORK if state in AT_WORK else {state}


def _of_controls(db: Database, run: Row, of: RunLines, hide: Callable[[str], str]) -> Iterator[str]:
    told = [
        ("resume" if line.event in ("start", "retry") else line.event, line.people.get("who"), line.at)
        for line in of.lines
        if (line.event == "start" and "plan" in line.facts)
        or (line.event in ("pause", "resume", "retry", "cancel") and line.facts.get("state") == "running")
    ]
    query = "select request, person, at from requests where run = :run order by id"
    kept = [(row["request"], hide(row["person"]), row["at"]) for row in db.query(query, {"run": run["id"]})]
    if kept != told:
        yield "who paused, resumed or cancelled it, or when, is not what the audit says"


def _of_people(db: Database, lines: Mapping[int, RunLines], hide: Callable[[str], str]) -> Iterator[str]:
    names: dict[str, str] = {}
    told: set[str] = set()
    for line in sorted((line for of in lines.values() for line in of.lines), key=lambda line: line.n):
        told |= {line.people[role] for role in ("who", "for") if role in line.people}
        if "who" in line.people and "name" in line.people:
            names[line.people["who"]] = line.people["name"]
    known = set()
    for row in db.query("select id, name from people"):
        known.add(hide(row["id"]))
        if hide(row["id"]) not in told:
            yield f"{row['name']} ({row['id']}) is in no line"
        elif hide(row["name"]) != names.get(hide(row["id"]), hide(row["name"])):
            yield f"{row['id']} had another name than {row['name']} when they pressed last"
    if told - known:
        yield f"{len(told - known)} of those who asked or pressed are missing"


def _of_presses(db: Database, lines: Mapping[int, RunLines], hide: Callable[[str], str]) -> Iterator[str]:
    for row in db.query("select * from waiting_actions where run is not null"):
        line = next((line for line in lines[row["run"]].lines if line.n == row["line"]), None)
        said = line and (line.event, line.people.get("who"), line.facts)
        is_said = said == ("pressed", hide(row["person"]), {"action": row["action"], "digest": row["digest"]})
        if not (line and is_said and lines[row["run"]].is_at(row["at"], line)):
            yield f"{row['action']} of run {row['run']} is in no line"
