"""Runs that look again by themselves while something is unclear: when next, and when it is over."""

from collections.abc import Sequence

from bot.clock import Clock
from bot.ledger import Records, runs
from bot.ledger.runs import RunRecord
from bot.runs.reminding import remind
from bot.runs.settling import next_look
from bot.say import Say
from bot.step import Change, Finding, Step, Unclear

OFTEN = 30.0  # seconds, where a finding names no time of its own
BLIND = 1800.0  # seconds after a look that failed


def until_next(db: Records, run: RunRecord, step: Step, found: Sequence[Finding], clock: Clock) -> float | None:
    """Real seconds until the next look, or None when this run does not watch any more. Reminders that are due are written down."""
    if not has_time(run, step, clock):
        return None
    reminder = remind(db, run, step, found, clock)
    unclear = {finding.subject for finding in found if isinstance(finding, Unclear) and finding.again}
    look = clock.real(next_look(found, unclear, OFTEN)) if unclear else None
    return min((seconds for seconds in (look, reminder) if seconds is not None), default=None)


def has_time(run: RunRecord, step: Step, clock: Clock) -> bool:
    return step.watches and clock.now() - run.asked_at < clock.real(step.gives_up.total_seconds())


def goes_on(db: Records, run: RunRecord, step: Step, found: Sequence[Finding], clock: Clock) -> bool:
    """Whether a run that has nothing of its own to settle any more has something left to offer or to watch."""
    offers = any(isinstance(finding, Change) for finding in found)
    return step.watches and (offers or until_next(db, run, step, found, clock) is not None)


def is_blind(db: Records, run: RunRecord, step: Step, why: Say, clock: Clock) -> float | None:
    """Real seconds until a watching run looks again after a look that failed; None when failing ends it."""
    began = run.state != "asked" or run.follows is not None
    if not began or not has_time(run, step, clock) or runs.of(db, run.id).state != run.state:
        return None
    wait = clock.real(BLIND)
    runs.change(db, run.id, state="settling" if run.state == "asked" else run.state, why=why, again_at=clock.now() + wait)
    return wait
