"""Compares the calls of a run with the lines that say what became of them."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.ledger import Database
from bot.ledger.audit import Line
from bot.ledger.calls import call_hash, lock_label
from bot.ledger.run_lines import Row, RunLines, differ
from bot.ledger.serialization import dump_call, load_finding
from bot.ledger.snapshots import snapshots_hash
from bot.step import Change

OUTCOMES = ("done", "failed", "unknown", "found done", "dropped")  # lines that say when a call ended
STAYS = ("done", "unknown")  # states of calls that stay when the run is planned anew
AFTER: Mapping[str, set[str]] = {  # states of a call that may follow its newest line
    "": {"pending", "skipped"},
    "sent": {"sent", "pending", "skipped"},  # pending: it never arrived
    "done": {"done"},
    "failed": {"failed"},
    "unknown": {"unknown"},
    "not yet": {"pending", "skipped"},
    "not sent": {"pending", "skipped"},
    "waiting_for_admin": {"pending", "failed", "skipped"},
    "found not done": {"pending", "skipped"},
    "dropped": {"skipped", "unknown"},
}


def find_call_faults(db: Database, run: Row, of: RunLines, hide: Callable[[str], str]) -> Iterator[str]:
    """What does not fit between the calls of a run and its lines."""
    started = of.newest("start")
    before = list(db.query("select * from snapshots where run = :run", {"run": run["id"]}))
    kept = {row["subject"]: load_finding(row["body"]) for row in before}
    is_of_now = started is not None and "snapshots" in started.facts  # older rows were told later whom they are about
    if started and is_of_now:
        yield from differ(("how people were before", snapshots_hash(db, run["id"]), started.facts["snapshots"]))
    rows = list(db.query("select * from calls where run = :run order by n", {"run": run["id"]}))
    newest = {(row["subject"], row["part"]): row["n"] for row in rows}
    about = defaultdict[tuple[str | None, object], list[Line]](list)
    for line in of.lines:
        about[line.people.get("subject"), line.facts.get("part")].append(line)
    expected = 0
    for row in rows:
        where = f"call {row['n']} for {row['subject']}"
        change = kept.get(row["subject"])
        agreed = change.do if isinstance(change, Change) else ()
        lines = _of_its_plan(row, of, about[hide(row["subject"]), row["part"]])
        begun = [line for line in lines if line.event == "sent"]
        is_of_earlier = bool(started and lines and lines[0].n < started.n)
        if row["n"] < expected or (row["n"] > expected and not is_of_earlier):  # what an earlier plan has done keeps its number
            yield f"{where}: is out of order"
        expected = row["n"] + 1
        if begun and "call" in begun[-1].facts and call_hash(row["call"]) != begun[-1].facts["call"]:
            yield f"{where}: is not the call that was sent"
        if not begun and row["part"] >= len(agreed):
            yield f"{where}: is in no plan that was started"
        elif not begun and row["call"] != dump_call(agreed[row["part"]]):
            yield f"{where}: is not the call that was planned"
        elif isinstance(change, Change) and _lock_of(row, is_of_now) != (
            change.order_key,
            lock_label(change),
            _identity(change) if is_of_now else None,
        ):
            yield f"{where}: waits for other calls, or holds somebody else, than was planned"
        if row["n"] == newest[row["subject"], row["part"]]:
            yield from (f"{where}: {fault}" for fault in _of_call(row, lines, of))
    planned = (kept[row["subject"]] for row in before if started and of.is_at(row["at"], started))
    if len(rows) < sum(len(change.do) for change in planned if isinstance(change, Change)):
        yield "calls that were planned are missing"
    ended = of.newest("ended", "seen late")
    if ended and ended is of.newest("ended", "seen late", "retry", "start", "planned"):
        counts = dict(Counter(row["state"] for row in rows))
        if "calls" in ended.facts:
            yield from differ(
                ("how the calls ended", counts, ended.facts["calls"]),
                ("how many calls were verified", sum(row["verified"] or 0 for row in rows), ended.facts["verified"]),
            )


def _lock_of(row: Row, is_of_now: bool) -> tuple[str, str, str | None]:
    return row["order_key"], row["lock_label"], row["identity"] if is_of_now else None


def _identity(change: Change) -> str:
    return change.identity.id if change.identity else ""


def _of_call(row: Row, lines: Sequence[Line], of: RunLines) -> Iterator[str]:
    again = _find_retry(row, lines, of)
    since = [line for line in lines if again is None or line.n > again.n]
    newest = lines[-1] if lines else None
    allowed = _call_states(newest)
    if again and not since and allowed & {"failed", "unknown", "skipped"}:
        allowed = allowed | {"pending", "skipped"}
    if row["state"] not in allowed:
        yield f"its state is {row['state']}, and the audit leads to {' or '.join(sorted(allowed))}"
    begun = next((line for line in reversed(lines) if line.event == "sent"), None)
    if begun and not of.is_at(row["sent_at"], begun):
        yield "when it began is not what the audit says"
    if begun and "call_id" in begun.facts:
        yield from differ(
            ("its session", row["session"], begun.facts["session"]),
            ("its id at the far end", row["call_id"], begun.facts["call_id"]),
        )
    elif begun is None and (row["sent_at"] or row["call_id"] or row["session"]):
        yield "the audit does not say that it began"
    tries = sum(line.event == "sent" for line in since)
    if row["verified"] and row["state"] not in ("done", "skipped"):
        yield "is verified, and the audit does not say that it was done"
    is_unsaid = row["state"] == "skipped" and not (since and since[-1].event in ("dropped", "found done"))
    if row["ended_at"] is not None and not is_unsaid and not of.is_at(row["ended_at"], *of.lines):
        yield "when it ended is in no line"
    if row["tries"] != tries:
        yield f"was tried {row['tries']} times, and the audit says {tries}"
    if row["state"] in ("done", "failed", "unknown") and newest and newest.event in OUTCOMES:
        yield from [] if of.is_at(row["ended_at"], newest) else ["when it ended is not what the audit says"]
    if row["lock"] not in (None, row["lock_label"], row["identity"]):
        yield "holds somebody else than it changes"


def _find_retry(row: Row, lines: Sequence[Line], of: RunLines) -> Line | None:
    """The press by which it began again, since which its tries are counted. What was done stays as it was."""
    retries = (line for line in reversed(of.lines) if line.event == "retry" and line.facts.get("state") == "running")
    return next((line for line in retries if line.n < _done_at(row, lines)), None)


def _of_its_plan(row: Row, of: RunLines, lines: Sequence[Line]) -> list[Line]:
    """Of the lines about this call, those since the plan to which it belongs was started."""
    own = (line.n for line in reversed(lines) if line.event == "sent" and row["call_id"] and line.facts.get("call_id") == row["call_id"])
    until = next(own, _done_at(row, lines))
    starts = (line.n for line in of.lines if line.event == "start" and line.n < until)
    since = max(starts, default=0)
    return [line for line in lines if line.n > since]


def _done_at(row: Row, lines: Sequence[Line]) -> float:
    """The number of the line that says what became of it, where no later plan has taken its place."""
    return lines[-1].n if row["state"] in STAYS and lines else math.inf


def _call_states(line: Line | None) -> set[str]:
    if line is not None and line.event == "found done":
        return {"done"} if line.facts.get("ours") else {"skipped"}
    return AFTER.get(line.event if line else "", {line.event if line else ""})
