"""The end of a run: what was said to be done counts when it is seen, and what was in doubt is told by looking."""

from collections.abc import Callable, Sequence

from bot.ledger import Records, audit, rows, runs
from bot.ledger.rows import RowRecord
from bot.ledger.runs import RunRecord
from bot.say import Say, named, say
from bot.step import Change, Finding, Fine, Unclear
from bot.view import State

LOOK_AGAIN = 30.0  # seconds, where a finding names no time of its own


def pending(db: Records, run: int) -> set[str]:
    """Subjects whose change has not been seen yet."""
    done = {row.subject for row in rows.all_of(db, run, "done") if not row.verified}
    return done | {row.subject for row in rows.all_of(db, run, "in doubt")}


def next_look(found: Sequence[Finding], subjects: set[str], otherwise: float = LOOK_AGAIN) -> float:
    """Seconds until the first of these subjects wants to be looked at again."""
    times = [finding.again for finding in found if isinstance(finding, Unclear) and finding.subject in subjects and finding.again]
    return min(times, default=otherwise)


def settle(db: Records, run: RunRecord, found: Sequence[Finding], wait: float, gives_up: float, now: float) -> float:
    """Records what this look has shown. Returns the seconds until the next one, or 0 when the run's state has changed."""
    by_subject = {finding.subject: finding for finding in found}
    unseen = sorted(confirm(db, run, found, now))
    if any(isinstance(by_subject.get(row.subject), Change) for row in rows.all_of(db, run.id, "in doubt")):
        runs.change(db, run.id, state="running")  # seen not to have happened: it is worked off once more
        return 0
    broken_off = {row.subject for row in rows.all_of(db, run.id, "failed", "skipped")}  # time alone will not complete these
    expected = [subject for subject in unseen if subject not in broken_off]
    if expected and now - (run.settling_since or 0) < gives_up:
        runs.change(db, run.id, again_at=now + wait, why=say("done, not visible everywhere yet: {who}", who=named(expected)))
        return wait
    _end(db, run, unseen, now)
    return 0


def confirm(db: Records, run: RunRecord, found: Sequence[Finding], now: float) -> set[str]:
    """What this look shows as wanted is verified. Returns the subjects that are still to be seen."""
    open_still = pending(db, run.id)
    seen = {finding.subject for finding in found if isinstance(finding, Fine) and finding.subject in open_still}
    for row in rows.all_of(db, run.id, "in doubt"):
        if row.subject in seen:
            rows.end(db, run.id, row.n, "done", now, say("found done after an interruption"))
            audit.write(db, now, "found done", run.id, {"subject": row.subject}, part=row.part, ours=True)
    rows.verify(db, run.id, sorted(seen))
    return open_still - seen


def not_seen_before(db: Records, run: RunRecord, found: Sequence[Finding], row: RowRecord, now: float) -> set[str]:
    """The subjects of its lane that must be seen before this row's turn comes.

    All earlier ones, also where a call may still be under way; its own earlier calls; and itself where it is unclear.
    """
    under_way = {other.subject for other in rows.all_of(db, run.id, "doing")}
    lane = {other.subject for other in rows.all_of(db, run.id) if other.lane == row.lane}
    unseen = (confirm(db, run, found, now) | under_way) & lane - {row.subject}
    left = sum(other.subject == row.subject for other in rows.all_of(db, run.id, "waiting"))
    behind = any(isinstance(finding, Change) and finding.subject == row.subject and len(finding.do) > left for finding in found)
    unclear = not any(isinstance(finding, Change) and finding.subject == row.subject for finding in found)  # or nothing was said about it
    return unseen | ({row.subject} if behind or unclear else set())


def due(waiting: Sequence[RowRecord], now: float) -> list[RowRecord]:
    """The rows of everybody whose turn it is: who was put off holds up nobody else."""
    later = {row.subject for row in waiting if (row.due_at or 0) > now}
    return [row for row in waiting if row.subject not in later]


def clear_to_go(db: Records, run: RunRecord, found: Sequence[Finding], real: Callable[[float], float], now: float) -> list[RowRecord]:
    """The rows whose turn it is. Who has begun is put off while nothing clear is said and, one by one, until the last call is seen."""
    waiting, by_subject = due(rows.all_of(db, run.id, "waiting"), now), {finding.subject: finding for finding in found}
    begun = {row.subject for row in rows.all_of(db, run.id, "done")}
    held = dict[str, tuple[float, Say]]()
    for subject in begun & {row.subject for row in waiting}:
        match by_subject.get(subject):
            case Change(one_by_one=True, do=do) if len(do) > sum(row.subject == subject for row in waiting):
                held[subject] = LOOK_AGAIN, say("what was done is not visible everywhere yet")
            case Unclear(why=why, again=again):
                held[subject] = again or LOOK_AGAIN, why
            case None:
                held[subject] = LOOK_AGAIN, say("the second look says nothing about it")
    for subject, (wait, why) in held.items():
        first = next(row for row in waiting if row.subject == subject)
        rows.put_off(db, run.id, first.n, now + real(wait), why, None)
    return [row for row in waiting if row.subject not in held]


def put_off(db: Records, run: RunRecord, waiting: Sequence[RowRecord], now: float) -> float | None:
    """Seconds until the first of these is tried again; None when there are none, or when it is somebody's turn."""
    later = [row for row in waiting if (row.due_at or 0) > now]
    if not later or due(waiting, now):
        return None
    first = min(row.due_at or 0 for row in later)
    why = say("not yet: {who}: {why}", who=named([row.subject for row in later]), why=later[0].why or "")
    runs.change(db, run.id, again_at=first, why=why)
    return first - now


def go_on(db: Records, run: RunRecord) -> None:
    """Nothing is waited for any more."""
    runs.change(db, run.id, state="running", settling_since=None, again_at=None, why=None)


def _end(db: Records, run: RunRecord, unseen: list[str], now: float) -> None:
    failed = rows.all_of(db, run.id, "failed", "in doubt")
    left = sorted({row.subject for row in rows.all_of(db, run.id, "skipped") if not row.verified})
    state: State = "incomplete" if unseen or failed or left else "verified"
    if not unseen and not failed and runs.wanted(db, run.id) == "cancel":
        state = "cancelled"
    runs.change(db, run.id, state=state, why=_what_is_left(state, unseen, left), ended_at=now, again_at=None)
    audit.write(db, now, "ended", run.id, {}, state=state, failed=len(failed), unconfirmed=len(unseen))


def _what_is_left(state: State, unseen: list[str], left: list[str]) -> Say | None:
    if unseen:
        return say("not confirmed by looking: {who}", who=named(unseen))
    return say("agreed, and not carried out: {who}", who=named(left)) if left and state == "incomplete" else None
