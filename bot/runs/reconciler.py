"""Brings a run's open rows into line with what is seen now: the same code after a pause, a failure and a crash."""

from collections.abc import Mapping, Sequence

from bot.calls import ManualAction
from bot.i18n import say, say_counted
from bot.ledger import Database, audit, calls, runs
from bot.ledger.calls import CallRecord
from bot.ledger.runs import RunRecord
from bot.runs import plan_diff
from bot.runs.lifecycle import Event, transition
from bot.runs.plan_diff import PlanDiff, changes, diff
from bot.step import Finding, Unclear
from bot.views import CallState, RunState

TRIES = 3  # of a call whose answer was lost and that was seen not to have happened


def reconcile(db: Database, run: RunRecord, found: Sequence[Finding], lost: set[str], strictly: bool, now: float) -> bool:
    """True when what is left to do is part of what was agreed; else the run goes back to its people with the new plan.

    `lost` are subjects whose earlier call may still be under way: they are left alone. False also where the run has left its state
    while it looked.
    """
    if runs.require(db, run.id).state != run.state:
        return False
    agreed = changes(runs.plan(db, run.id))
    left, planned = diff(agreed, found, strictly), {change.subject for change in agreed}
    if left.differs:
        _send_back(db, run, found, now)
        return False
    open_rows = calls.of_run(db, run.id, CallState.PENDING, CallState.SENT, CallState.UNKNOWN)
    begun = open_rows if strictly else calls.of_run(db, run.id, CallState.DONE)
    not_yet = _not_given_up(found, {row.subject: row.order_key for row in begun})
    for row in open_rows:
        if row.subject in planned and row.subject not in lost and not (row.state == CallState.PENDING and row.subject in not_yet):
            _settle_call(db, row, left, now)
    return True


def mark_interrupted_unknown(db: Database, run: RunRecord, now: float) -> None:
    """No call of this life is under way: what still begins is of an earlier one, and nobody knows what became of it."""
    for row in calls.of_run(db, run.id, CallState.SENT):
        why = say("it was under way when I was ended")
        calls.finish(db, run.id, row.n, CallState.UNKNOWN, now, why)
        audit.write(db, now, CallState.UNKNOWN, run.id, row.audit_people, part=row.part, why=why)


def _not_given_up(found: Sequence[Finding], lanes: Mapping[str, str]) -> set[str]:
    """Nothing unclear or unsaid is given up while something in its lane will be clear by itself: a call is on its way, a read has failed.

    What is unclear about none of these subjects concerns every lane. Asked about all that is done in order, and about those of
    independent subjects whose first call is done.
    """
    waits = {finding.subject for finding in found if isinstance(finding, Unclear) and finding.recheck_after}
    concerned = {lanes[subject] for subject in waits & lanes.keys()}
    told = {finding.subject for finding in found if not isinstance(finding, Unclear)}
    return {subject for subject, lane in lanes.items() if lane in concerned or waits - lanes.keys()} - told


def _send_back(db: Database, run: RunRecord, found: Sequence[Finding], now: float) -> None:
    calls.skip_pending(db, run.id, now, say("the plan has changed"))
    plan = plan_diff.save_plan(db, run.id, found, now)
    why = say("The estate has changed: this is the new plan.")
    transition(db, run.id, Event.PLAN_CHANGED, RunState.PLANNED, digest=plan, agreed_digest=None, why=why)
    audit.write(db, now, "plan changed", run.id, {}, digest=plan)


def _settle_call(db: Database, row: CallRecord, left: PlanDiff, now: float) -> None:
    behind = left.remaining.get(row.subject)
    if row.subject in left.already_done or (behind is not None and row.part < behind):
        _record_found_done(db, row, row.subject in left.already_done, now)
    elif row.subject in left.dropped:
        why = left.dropped[row.subject]
        calls.finish(db, row.run, row.n, CallState.SKIPPED if row.state == CallState.PENDING else CallState.UNKNOWN, now, why)
        audit.write(db, now, "dropped", row.run, row.audit_people, part=row.part, why=why)
    elif row.state != CallState.PENDING and row.tries >= TRIES:
        lost = say_counted("tried {n} time, and the answer was lost", "tried {n} times, and each time the answer was lost", n=row.tries)
        why = say("{why} ({words})", why=lost, words=row.why) if row.why else lost
        calls.finish(db, row.run, row.n, CallState.FAILED, now, why)
        audit.write(db, now, CallState.FAILED, row.run, row.audit_people, part=row.part, why=why)
    elif row.state != CallState.PENDING:
        calls.requeue(db, row.run, row.n)
        audit.write(db, now, "found not done", row.run, row.audit_people, part=row.part)


def _record_found_done(db: Database, row: CallRecord, whole: bool, now: float) -> None:
    """It is as wanted, perhaps with the `whole` subject: by the person asked, by our own lost call, or by somebody else before it."""
    by_hand = isinstance(row.call, ManualAction)
    ours = by_hand or row.state != CallState.PENDING
    why = (
        say("seen to be done") if by_hand else say("found done after an interruption") if ours else say("was already so when its turn came")
    )
    calls.finish(db, row.run, row.n, CallState.DONE if ours else CallState.SKIPPED, now, why)
    if whole:
        calls.mark_verified(db, row.run, [row.subject])
    audit.write(db, now, "found done", row.run, row.audit_people, part=row.part, ours=ours)
