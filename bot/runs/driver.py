"""Looks, carries out, looks again: moves one run from state to state by what the ledger says, and by nothing else."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.calls import ManualAction
from bot.clock import Clock
from bot.config import Settings
from bot.errors import GatewayError, NotAgreed
from bot.events import Events
from bot.gateway import EstateGateway
from bot.i18n import LocalizedText, say, say_counted
from bot.known_errors import describe_error
from bot.ledger import Database, Ledger, audit, calls, runs
from bot.ledger.calls import CallRecord
from bot.ledger.runs import RunRecord
from bot.reader.reader import WriteList, count_rows
from bot.runs import follow_up, monitoring, reconciler, verifier
from bot.runs.executor import ExecutionProgress, Executor
from bot.runs.lifecycle import Event, transition
from bot.runs.plan_diff import changes
from bot.runs.planner import Planner, Reads
from bot.runs.reconciler import reconcile
from bot.runs.reminders import remind
from bot.runs.sequential import Sequential
from bot.runs.write_gate import WriteGate
from bot.step import Finding, Step, Unclear
from bot.views import ENDED, CallState, RunState

log = logging.getLogger(__name__)
REST = 24 * 3600.0  # seconds; only a person moves the run on, and whoever does wakes it
SLICE = 500  # rows between two looks
OTHERS_GO_ON = 1800.0  # seconds after which what follows begins for those who are seen, although others are not


@dataclass(frozen=True)
class ExecutionLimits:
    """What the configuration says about working: how many at once, when it brakes, when a lost call has surely ended."""

    concurrency: int = 5
    max_consecutive_failures: int = 3
    call_is_over_after: dict[str, float] | None = None  # seconds by place, of real time
    approval_above: int = 0  # people; above it somebody else must have approved

    @classmethod
    def from_settings(cls, settings: Settings) -> "ExecutionLimits":
        over: dict[str, float] = {place: remoting.call_is_over_after for place, remoting in settings.endpoints.items()}
        return cls(settings.concurrency, settings.max_consecutive_failures, over, settings.approval_above)

    def seconds_until_over(self, row: CallRecord) -> float:
        return (self.call_is_over_after or {}).get(getattr(row.call, "endpoint", "graph"), 900.0)


class RunDriver:
    """Takes one run a step further each time it is asked to. Nobody else changes anything outside."""

    def __init__(
        self,
        ledger: Ledger,
        gateway: EstateGateway,
        steps: dict[str, Step],
        clock: Clock,
        limits: ExecutionLimits,
        events: Events,
        lists: Callable[[int], WriteList] = lambda run: count_rows,
    ) -> None:
        """`lists(run)` is where long lists of that run are written."""
        self._ledger, self._gateway, self._steps, self._clock, self._limits = ledger, gateway, steps, clock, limits
        self._events = events
        self._planner = Planner(ledger, gateway, steps, clock, lists)
        self._gate = WriteGate(ledger, gateway, steps, clock, limits.approval_above)
        self._executor = Executor(ledger, self._gate, clock, events.run_changed)
        self._sequential = Sequential(ledger, self._executor, clock)

    async def advance(self, number: int) -> float | None:
        """One turn of a run by its state. Returns the seconds until it wants another, or None when the run is over."""
        run = await self._ledger(runs.require, number)
        match run.state:
            case RunState.PLANNING:
                wait: float | None = await self._when_no_call_is_out(run, self._planner.plan)
            case RunState.RUNNING | RunState.WAITING_FOR_ADMIN:
                wait = await self._send_calls(run)
            case RunState.VERIFYING | RunState.MONITORING:
                wait = await self._when_due(run, self._verify)
            case RunState.PLANNED if run.again_at:
                wait = await self._when_due(run, self._planner.plan)
            case RunState.AWAITING_APPROVAL | RunState.PAUSED if monitoring.has_time(run, self._steps[run.step], self._clock):
                wait = await self._when_due(run, self._remind)
            case RunState.INCOMPLETE | RunState.VERIFIED | RunState.CANCELLED:
                wait = None
            case _:
                wait = REST
        self._events.run_changed(number)
        if wait is None:
            self._events.run_ended(number)
        return wait

    async def _when_no_call_is_out(self, run: RunRecord, look: Callable[[RunRecord], Awaitable[float]]) -> float:
        """Looks only once none of its calls is under way any more: what is not there yet would be taken for not done."""
        lost = await self._lost_calls(run)
        return min(lost.values()) if lost else await look(run)

    async def _when_due(self, run: RunRecord, look: Callable[[RunRecord], Awaitable[float]]) -> float:
        """Looks when it is time, however often the run is woken, and whatever the clock was set to meanwhile."""
        left = (run.again_at or 0) - self._clock.now()
        return left if 0 < left <= self._clock.scale(monitoring.LONGEST) else await look(run)

    async def _remind(self, run: RunRecord) -> float:
        """A run that waits for a person keeps the plan that it waits with, and looks all the same whom to remind of."""
        wait: float | None = self._clock.scale(monitoring.AFTER_FAILED_READ)
        with contextlib.suppress(GatewayError):
            found, _ = await self._planner.read_findings(run, keeps=False)
            wait = await self._ledger(monitoring.seconds_until_next, run, self._steps[run.step], found, self._clock)
        await self._ledger(runs.update, run.id, again_at=self._clock.now() + (wait or REST))
        return wait or REST

    async def _send_calls(self, run: RunRecord) -> float:
        """Plans again, carries out what is left of the agreed plan, and goes on to settle."""
        control, wanted = await self._ledger(runs.newest_request, run.id)
        if wanted == "run":
            lost = await self._lost_calls(run)
            try:
                found, _ = await self._planner.read_findings(run, keeps=False)
            except GatewayError as trouble:
                await self._ledger(runs.update, run.id, why=say("Could not look, trying again: {why}", why=describe_error(trouble)))
                return self._clock.scale(verifier.LOOK_AGAIN)
            now, in_order = self._clock.now(), self._steps[run.step].ordering == "in order"
            await self._ledger(remind, run, self._steps[run.step], found, self._clock)
            if not await self._ledger(reconcile, run, found, set(lost), in_order, now):
                return 0
            pace = await self._progress(run, found, control)
            again = None if pace.objection else await (self._send_in_order if in_order else self._send_independent)(run, found, pace)
            if pace.objection and not lost:
                return await self._ledger(self._stop, run, pace.objection)
            if lost or again is not None:
                return min([*lost.values(), *([again] if again is not None else [])])
        return await self._ledger(self._after_work, run)

    async def _progress(self, run: RunRecord, found: Sequence[Finding], control: int) -> ExecutionProgress:
        """How fast the run goes, when it brakes, and what makes a refusal mean "not yet"."""
        agreed, done = changes(found), await self._ledger(calls.of_run, run.id, CallState.DONE)
        open_still = await self._ledger(calls.of_run, run.id, CallState.PENDING, CallState.SENT, CallState.UNKNOWN, CallState.FAILED)
        pace = ExecutionProgress(
            self._limits.concurrency,
            self._limits.max_consecutive_failures,
            retry_timeout=self._clock.scale(self._steps[run.step].verify_timeout.total_seconds()),
            licensed_at={one.subject: one.licensed_at for one in agreed if one.licensed_at},
            verify_each_call=frozenset(one.subject for one in agreed if one.verify_each_call),
            has_succeeded=bool({row.subject for row in done} - {row.subject for row in open_still}),
        )
        if any(row.state == CallState.PENDING and not isinstance(row.call, ManualAction) for row in open_still):
            try:
                pace.permit = await self._gate.permit(run.id, run.generation, control)
            except NotAgreed as objection:
                pace.objection = objection.why
        return pace

    async def _send_independent(self, run: RunRecord, found: Sequence[Finding], pace: ExecutionProgress) -> float | None:
        """Works the waiting rows off. Returns when to look at outcomes that are in doubt, or to try again what was put off."""
        waiting = await self._ledger(verifier.choose_calls, run, found, self._clock.scale, self._clock.now())
        if waiting and run.again_at:
            await self._ledger(verifier.resume_sending, run)
        await self._executor.send(waiting[:SLICE], pace)
        await self._brake(run, pace, len({row.subject for row in waiting}))
        left = await self._ledger(calls.of_run, run.id, CallState.PENDING)
        return 0 if pace.unknown_outcomes else await self._ledger(verifier.wait_for_postponed, run, left, self._clock.now())

    async def _send_in_order(self, run: RunRecord, found: Sequence[Finding], pace: ExecutionProgress) -> float | None:
        """One call in every lane. Returns when to come back."""
        again = await self._sequential.send_next(run, found, pace)
        await self._brake(run, pace, len(await self._ledger(calls.of_run, run.id, CallState.PENDING)) + pace.failures)
        return again

    async def _brake(self, run: RunRecord, pace: ExecutionProgress, waiting: int) -> None:
        """`waiting` is how many were to be worked off."""
        if pace.is_braked and waiting > pace.failures:
            why = say_counted(
                "{n} failure: look at it before going on", "{n} failures in a row: look at them before going on", n=pace.failures
            )
            await self._ledger(self._pause, run, why)

    def _stop(self, db: Database, run: RunRecord, objection: LocalizedText) -> float:
        """Nothing of the run may be sent: it waits for people, who are told why. Whoever has stopped it meanwhile knows why."""
        if runs.requested_stop(db, run.id) != "run":
            return self._after_work(db, run)
        log.error("run %s: nothing is sent: %s", run.id, objection)
        self._pause(db, run, say("Nothing was sent: {why}.", why=objection))
        return REST

    def _pause(self, db: Database, run: RunRecord, why: LocalizedText) -> None:
        if runs.require(db, run.id).state in (RunState.RUNNING, RunState.WAITING_FOR_ADMIN) and runs.requested_stop(db, run.id) != "cancel":
            transition(db, run.id, Event.STOPPED, RunState.PAUSED, why=why)
            audit.write(db, self._clock.now(), "paused", run.id, {}, why=why)

    async def _lost_calls(self, run: RunRecord) -> dict[str, float]:
        """Subjects whose call may still be under way at the far end, and the seconds until it has surely ended."""
        lost = {}
        for row in await self._ledger(calls.of_run, run.id, CallState.SENT, CallState.UNKNOWN):
            left = await self._still_running(row)
            if left > 0:
                lost[row.subject] = left
        return lost

    async def _still_running(self, row: CallRecord) -> float:
        left = (row.sent_at or 0) + self._limits.seconds_until_over(row) - self._clock.now()
        if left <= 0 or row.call_id is None:
            return 0
        over = await self._gateway.has_finished(row.call, row.call_id) if row.call.kind != "hand" else True
        return 0 if over else min(left, 1.0)

    def _after_work(self, db: Database, run: RunRecord) -> float:
        wanted, now = runs.requested_stop(db, run.id), self._clock.now()
        run = runs.require(db, run.id)
        if run.state not in (RunState.RUNNING, RunState.WAITING_FOR_ADMIN):
            return REST
        reconciler.mark_interrupted_unknown(db, run, now)
        if wanted == "pause":
            transition(db, run.id, Event.PAUSE_REACHED, RunState.PAUSED, why=None)
            return REST
        if wanted == "cancel":
            calls.skip_pending(db, run.id, now, say("cancelled before its turn"))
        if calls.of_run(db, run.id, CallState.PENDING):
            return 0
        since = run.verifying_since or now
        transition(db, run.id, Event.CALLS_ENDED, RunState.VERIFYING, verifying_since=since, again_at=None, gives_up_at=None, why=None)
        return 0

    async def _verify(self, run: RunRecord) -> float:
        """Looks whether everything that was done can be seen; gives up after the step's own time."""
        if not await self._ledger(calls.of_run, run.id):
            return await self._planner.plan(run)  # it watches, and has nothing of its own to settle
        if lost := await self._lost_calls(run):
            return min(lost.values())
        pending, step = await self._ledger(verifier.unverified_subjects, run.id), self._steps[run.step]
        seen: Reads = []
        try:
            found, seen = await self._planner.read_findings(run, step.monitors) if pending or step.monitors else ([], [])
        except GatewayError as trouble:
            log.info("run %s: could not look again: %s", run.id, describe_error(trouble))
            why = say("Could not look: {why}", why=describe_error(trouble))
            wait = await self._ledger(monitoring.wait_after_failed_read, run, step, why, self._clock)
            found = [Unclear(subject, why) for subject in sorted(pending)]
            if wait is not None:
                return wait
        return await self._ledger(self._record_verification, run, found, seen, pending)

    def _record_verification(self, db: Database, run: RunRecord, found: list[Finding], seen: Reads, pending: set[str]) -> float:
        """What the look has shown is recorded; a run that watches goes on, and what follows an ended one begins."""
        if runs.require(db, run.id).state != run.state:
            return 0  # somebody has ended it while it looked
        step, now = self._steps[run.step], self._clock.now()
        gives_up = (step.visible_within or step.verify_timeout).total_seconds()
        unseen = verifier.confirm_visible(db, run, found, now)
        if monitoring.is_only_watching(db, run, step, found, unseen, self._clock):
            if monitoring.has_more_to_watch(db, run, step, found, self._clock):
                return self._planner.record_plan(db, run, found, seen)
            gives_up = 0  # no time will show what is left
        wait = self._clock.scale(
            verifier.seconds_until_look(
                verifier.look_delays(found), pending, monitoring.AFTER_FAILED_READ if step.monitors else verifier.LOOK_AGAIN
            )
        )
        if not step.monitors:
            wait = verifier.back_off(wait, now - (run.verifying_since or now), self._clock.scale(verifier.LONGEST))
        wait = verifier.verify(db, run, found, wait, self._clock.scale(gives_up), now)
        self._begin_follow_up(db, run, now)
        return wait

    def _begin_follow_up(self, db: Database, run: RunRecord, now: float) -> None:
        """Whoever is verified is followed when the run ends; while it waits for the last ones, the others do not wait for them."""
        follower, run = self._steps.get(self._steps[run.step].follow_up or ""), runs.require(db, run.id)
        waits_long = run.state == RunState.VERIFYING and now - (run.verifying_since or now) >= self._clock.scale(OTHERS_GO_ON)
        if follower and (run.state in ENDED or (waits_long and not runs.followers(db, run.id))):
            follow_up.begin(db, run.id, follower, now)
