"""The end of a run: what was said to be done counts when it is seen, and what was in doubt is told by looking."""

from collections.abc import Sequence

from bot.ledger import Records, audit, rows, runs
from bot.ledger.runs import RunRecord
from bot.say import say
from bot.step import Change, Finding, Fine, Unclear
from bot.view import State


def pending(db: Records, run: int) -> set[str]:
    """Subjects whose change has not been seen yet."""
    done = {row.subject for row in rows.all_of(db, run, "done") if not row.verified}
    return done | {row.subject for row in rows.all_of(db, run, "in doubt")}


def next_look(found: Sequence[Finding], subjects: set[str], otherwise: float) -> float:
    """Seconds until the first of these subjects wants to be looked at again."""
    times = [finding.again for finding in found if isinstance(finding, Unclear) and finding.subject in subjects and finding.again]
    return min(times, default=otherwise)


def settle(db: Records, run: RunRecord, found: Sequence[Finding], wait: float, gives_up: float, now: float) -> float:
    """Records what this look has shown. Returns the seconds until the next one, or 0 when the run's state has changed."""
    by_subject = {finding.subject: finding for finding in found}
    _confirm(db, run, {subject for subject in pending(db, run.id) if isinstance(by_subject.get(subject), Fine)}, now)
    if any(isinstance(by_subject.get(row.subject), Change) for row in rows.all_of(db, run.id, "in doubt")):
        runs.change(db, run.id, state="running")  # seen not to have happened: it is worked off once more
        return 0
    unseen = sorted(pending(db, run.id))
    if unseen and now - (run.settling_since or 0) < gives_up:
        runs.change(db, run.id, again_at=now + wait, why=say("done, not visible everywhere yet: {who}", who=_named(unseen)))
        return wait
    _end(db, run, unseen, now)
    return 0


def _confirm(db: Records, run: RunRecord, seen: set[str], now: float) -> None:
    for row in rows.all_of(db, run.id, "in doubt"):
        if row.subject in seen:
            rows.end(db, run.id, row.n, "done", now, say("found done after an interruption"))
            audit.write(db, now, "found done", run.id, {"subject": row.subject}, part=row.part, ours=True)
    rows.verify(db, run.id, sorted(seen))


def _end(db: Records, run: RunRecord, unseen: list[str], now: float) -> None:
    failed = rows.all_of(db, run.id, "failed", "in doubt")
    state: State = "incomplete" if unseen or failed else "verified"
    if state == "verified" and runs.wanted(db, run.id) == "cancel":
        state = "cancelled"
    why = say("not confirmed by looking: {who}", who=_named(unseen)) if unseen else None
    runs.change(db, run.id, state=state, why=why, ended_at=now, again_at=None)
    audit.write(db, now, "ended", run.id, {}, state=state, failed=len(failed), unconfirmed=len(unseen))


def _named(subjects: list[str]) -> str:
    shown = ", ".join(subjects[:5])
    return shown if len(subjects) <= 5 else f"{shown} (+{len(subjects) - 5})"
