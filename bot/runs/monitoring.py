"""Runs that look again by themselves while something is unclear: when next, and when it is over."""

from collections.abc import Sequence

from bot.clock import Clock, is_fresh
from bot.i18n import LocalizedText
from bot.ledger import Database, calls, runs
from bot.ledger.runs import RunRecord
from bot.runs import verifier
from bot.runs.lifecycle import Event, transition
from bot.runs.reminders import remind
from bot.step import Change, Finding, Step, Unclear
from bot.views import CallState, RunState

AFTER_FAILED_READ = 1800.0  # seconds after a look that failed
SHOWS = 1800.0  # seconds in which a change of its own may come to be seen
LONGEST = 86400.0  # seconds between two looks; where more seem to be left, the clock was set back


def seconds_until_next(db: Database, run: RunRecord, step: Step, found: Sequence[Finding], clock: Clock) -> float | None:
    """Real seconds until the next look, or None when this run does not watch any more. Reminders that are due are written down."""
    if not has_time(run, step, clock):
        return None
    reminder = remind(db, run, step, found, clock)
    waits = [clock.scale(finding.recheck_after) for finding in found if isinstance(finding, Unclear) and finding.recheck_after]
    waits += [reminder] if reminder is not None else []
    return min(*waits, clock.scale(LONGEST)) if waits else None


def has_time(run: RunRecord, step: Step, clock: Clock) -> bool:
    return step.monitors and clock.now() - run.asked_at < clock.scale(step.verify_timeout.total_seconds())


def has_more_to_watch(db: Database, run: RunRecord, step: Step, found: Sequence[Finding], clock: Clock) -> bool:
    """Whether a run that has nothing of its own to settle any more has something left to offer or to watch."""
    offers = any(isinstance(finding, Change) for finding in found)
    return step.monitors and (offers or seconds_until_next(db, run, step, found, clock) is not None)


def is_only_watching(db: Database, run: RunRecord, step: Step, found: Sequence[Finding], unseen: set[str], clock: Clock) -> bool:
    """Whether a run that watches waits for nothing of its own.

    It waits for what is in doubt, and for what is wanted again a moment after it was done: that may only not be visible yet.
    """
    if not step.monitors or runs.requested_stop(db, run.id) != "run" or calls.of_run(db, run.id, CallState.UNKNOWN):
        return False
    done = calls.of_run(db, run.id, CallState.DONE)
    fresh = {row.subject for row in done if is_fresh(row.ended_at, clock.now(), clock.scale(SHOWS))}
    return not any(isinstance(finding, Change) and finding.subject in unseen & fresh for finding in found)


def wait_after_failed_read(db: Database, run: RunRecord, step: Step, why: LocalizedText, clock: Clock) -> float | None:
    """Real seconds until a watching run looks again after a look that failed; None when failing ends it."""
    began = run.state != RunState.PLANNING or run.follows is not None
    if not began or not has_time(run, step, clock) or runs.require(db, run.id).state != run.state:
        return None
    wait = clock.scale(AFTER_FAILED_READ)
    if run.state == RunState.PLANNING:
        transition(db, run.id, Event.READ_FAILED, verifier.state_between_reads(db, run.id))
    runs.update(db, run.id, why=why, again_at=clock.now() + wait)
    return wait
