"""Looks, carries out, looks again: moves one run from state to state by what the ledger says, and by nothing else."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.calls import Json
from bot.causes import in_words
from bot.clock import Clock
from bot.errors import Misspelt, Trouble
from bot.ledger import Ledger, Records, audit, rows, runs
from bot.ledger.audit import canonical
from bot.ledger.rows import RowRecord
from bot.ledger.runs import RunRecord
from bot.outside import Outside
from bot.reading.looking import Looking, Write, counted
from bot.runs import following, settling, watching
from bot.runs.carrying import Carrying, Pace
from bot.runs.in_order import InOrder
from bot.runs.plans import changes, counts, digest, outcome
from bot.runs.resuming import reconcile
from bot.say import Say, say
from bot.step import Change, Finding, Obstacle, Reason, Step, findings
from bot.view import State

log = logging.getLogger(__name__)
REST = 24 * 3600.0  # seconds; only a person moves the run on, and whoever does wakes it
SLICE = 500  # rows between two looks


@dataclass(frozen=True)
class Limits:
    """What the configuration says about working: how many at once, when it brakes, when a lost call has surely ended."""

    at_once: int = 5
    brake: int = 3
    call_is_over_after: dict[str, float] | None = None  # seconds by place, of real time

    def over_after(self, row: RowRecord) -> float:
        return (self.call_is_over_after or {}).get(getattr(row.call, "place", "graph"), 900.0)


class Worker:
    """Takes one run a step further each time it is asked to. Nobody else changes anything outside."""

    def __init__(
        self,
        ledger: Ledger,
        outside: Outside,
        steps: dict[str, Step],
        clock: Clock,
        limits: Limits,
        announce: Callable[[int], None],
        lists: Callable[[int], Write] = lambda run: counted,
    ) -> None:
        """`lists(run)` is where long lists of that run are written."""
        self._ledger, self._outside, self._steps, self._clock, self._limits = ledger, outside, steps, clock, limits
        self._announce, self._lists = announce, lists
        self._carrying = Carrying(ledger, outside, clock, announce)
        self._in_order = InOrder(ledger, self._carrying, clock)

    async def advance(self, number: int) -> float | None:
        """One turn of a run by its state. Returns the seconds until it wants another, or None when the run is over."""
        run = await self._ledger(runs.of, number)
        match run.state:
            case "asked":
                wait: float | None = await self._plan(run)
            case "running" | "waiting":
                wait = await self._work(run)
            case "settling":
                wait = await self._in_time(run, self._settle)
            case "drafted" if run.again_at:
                wait = await self._in_time(run, self._plan)
            case "incomplete" | "verified" | "cancelled":
                wait = None
            case _:
                wait = REST
        self._announce(number)
        return wait

    async def _plan(self, run: RunRecord) -> float:
        try:
            run = await self._resolved(run)
            found, seen = await self._look(run)
        except Trouble as trouble:
            why = say("Could not look: {why}", why=in_words(trouble))
            wait = await self._ledger(watching.is_blind, run, self._steps[run.step], why, self._clock)
            if wait is None:
                await self._ledger(self._moved, run, run.state, "incomplete", why)
            return wait or 0
        except Misspelt as misspelt:
            await self._ledger(self._not_asked, run, misspelt.problems)
            return 0
        return await self._ledger(self._drafted, run, found, seen)

    async def _resolved(self, run: RunRecord) -> RunRecord:
        """The run with its answers resolved once (a group to its members)."""
        step = self._steps[run.step]
        if run.fixed is not None or step.resolve is None:
            return run
        answers = await step.resolve(step.form.model_validate(run.answers), Looking(self._outside))
        fixed = {name: str(value) for name, value in answers.model_dump(mode="json", exclude_none=True).items()}
        await self._ledger(runs.change, run.id, fixed=fixed)
        return replace(run, fixed=fixed)

    async def _look(self, run: RunRecord, keeps: bool = True) -> tuple[list[Finding], list[tuple[str, str, str]]]:
        """All findings of one look, others' claims respected, and everything that it read."""
        step, seen = self._steps[run.step], list[tuple[str, str, str]]()

        def keep(fact: str, read: Mapping[str, Json]) -> None:
            seen.extend((fact, subject, canonical(value)) for subject, value in read.items())

        read = Looking(self._outside, keep if keeps else None, write=self._lists(run.id))
        found = await findings(step, step.form.model_validate(run.fixed or run.answers), read)
        taken = await self._ledger(_taken, run.id)
        return [_busy(finding, taken) for finding in found], seen

    def _drafted(self, db: Records, run: RunRecord, found: list[Finding], seen: list[tuple[str, str, str]]) -> float:
        """The plan is on the table, or there is nothing to plan: nobody of that name, all fine, or all stopped."""
        if runs.of(db, run.id).state != run.state:
            return 0  # cancelled while it looked
        now = self._clock.now()
        runs.keep_plan(db, run.id, found)
        runs.keep_seen(db, run.id, seen, now)
        state, why, problems = outcome(found, typed=not (run.digest or run.follows or run.undo_of))
        wait = watching.until_next(db, run, self._steps[run.step], found, self._clock)
        again_at = now + wait if wait is not None else None
        if state == "incomplete" and wait is not None:
            runs.change(db, run.id, state="settling", digest=digest(found), why=None, again_at=again_at)
            return wait
        ended, new = None if state == "drafted" else now, (state, digest(found)) != (run.state, run.digest)
        runs.change(
            db, run.id, state=state, digest=digest(found), why=why, problems=problems, ended_at=ended, again_at=again_at, agreed=None
        )
        if new:
            audit.write(db, now, "planned", run.id, {}, digest=digest(found), state=state, **counts(found))
        return 0

    async def _in_time(self, run: RunRecord, look: Callable[[RunRecord], Awaitable[float]]) -> float:
        """Looks when it is time, however often the run is woken, and whatever the clock was set to meanwhile."""
        left = (run.again_at or 0) - self._clock.now()
        return left if 0 < left <= self._clock.real(watching.LONGEST) else await look(run)

    async def _work(self, run: RunRecord) -> float:
        """Plans again, carries out what is left of the agreed plan, and goes on to settle."""
        if await self._ledger(runs.wanted, run.id) == "run":
            lost = await self._lost_calls(run)
            try:
                found, _ = await self._look(run, keeps=False)
            except Trouble as trouble:
                await self._ledger(runs.change, run.id, why=say("Could not look, trying again: {why}", why=in_words(trouble)))
                return self._clock.real(settling.LOOK_AGAIN)
            now, in_order = self._clock.now(), self._steps[run.step].pace == "in order"
            if not await self._ledger(reconcile, run, found, set(lost), in_order, now):
                return 0
            again = await (self._in_turn if in_order else self._everybody)(run, found, await self._pace(run, found))
            if lost or again is not None:
                return min([*lost.values(), *([again] if again is not None else [])])
        return await self._ledger(self._after_work, run)

    async def _pace(self, run: RunRecord, found: Sequence[Finding]) -> Pace:
        """How fast the run goes, when it brakes, and what makes a refusal mean "not yet"."""
        trusted, agreed = bool(await self._ledger(rows.all_of, run.id, "done")), changes(found)
        return Pace(
            self._limits.at_once,
            self._limits.brake,
            gives_up=self._clock.real(self._steps[run.step].gives_up.total_seconds()),
            licensed_at={one.subject: one.licensed_at for one in agreed if one.licensed_at},
            one_by_one=frozenset(one.subject for one in agreed if one.one_by_one),
            trusted=trusted,
        )

    async def _everybody(self, run: RunRecord, found: Sequence[Finding], pace: Pace) -> float | None:
        """Works the waiting rows off. Returns when to look at outcomes that are in doubt, or to try again what was put off."""
        waiting = await self._ledger(settling.clear_to_go, run, found, self._clock.real, self._clock.now())
        if waiting and run.again_at:
            await self._ledger(settling.go_on, run)
        await self._carrying.work(waiting[:SLICE], pace)
        await self._brake(run, pace, len(waiting))
        left = await self._ledger(rows.all_of, run.id, "waiting")
        return 0 if pace.doubts else await self._ledger(settling.put_off, run, left, self._clock.now())

    async def _in_turn(self, run: RunRecord, found: Sequence[Finding], pace: Pace) -> float | None:
        """One call in every lane. Returns when to come back."""
        again = await self._in_order.work(run, found, pace)
        await self._brake(run, pace, len(await self._ledger(rows.all_of, run.id, "waiting")) + pace.failures)
        return again

    async def _brake(self, run: RunRecord, pace: Pace, waiting: int) -> None:
        """`waiting` are the rows that were to be worked off."""
        if pace.braked and waiting > pace.failures:
            why = say("{n} failures in a row: look at them before going on", n=pace.failures)
            await self._ledger(self._moved, run, "running", "paused", why)

    async def _lost_calls(self, run: RunRecord) -> dict[str, float]:
        """Subjects whose call may still be under way at the far end, and the seconds until it has surely ended."""
        lost = {}
        for row in await self._ledger(rows.all_of, run.id, "doing", "in doubt"):
            left = await self._still_running(row)
            if left > 0:
                lost[row.subject] = left
        return lost

    async def _still_running(self, row: RowRecord) -> float:
        left = (row.began_at or 0) + self._limits.over_after(row) - self._clock.now()
        if left <= 0 or row.ticket is None:
            return 0
        over = await self._outside.is_over(row.call, row.ticket) if row.call.kind != "hand" else True
        return 0 if over else min(left, 1.0)

    def _after_work(self, db: Records, run: RunRecord) -> float:
        wanted, now = runs.wanted(db, run.id), self._clock.now()
        run = runs.of(db, run.id)
        if run.state not in ("running", "waiting"):
            return REST
        if wanted == "pause":
            runs.change(db, run.id, state="paused", why=None)
            return REST
        if wanted == "cancel":
            rows.skip_waiting(db, run.id, now, say("cancelled before it began"))
        if rows.all_of(db, run.id, "waiting"):
            return 0
        runs.change(db, run.id, state="settling", settling_since=run.settling_since or now, again_at=None, why=None)
        return 0

    async def _settle(self, run: RunRecord) -> float:
        """Looks whether everything that was done can be seen; gives up after the step's own time."""
        if not await self._ledger(rows.all_of, run.id):
            return await self._plan(run)  # it watches, and has nothing of its own to settle
        pending, step = await self._ledger(settling.pending, run.id), self._steps[run.step]
        seen: list[tuple[str, str, str]] = []
        try:
            found, seen = await self._look(run, step.watches) if pending or step.watches else ([], [])
        except Trouble as trouble:
            log.info("run %s: could not look again: %s", run.id, trouble.code)
            why = say("Could not look: {why}", why=in_words(trouble))
            wait, found = await self._ledger(watching.is_blind, run, step, why, self._clock), []
            if wait is not None:
                return wait
        return await self._ledger(self._settled, run, found, seen, pending)

    def _settled(self, db: Records, run: RunRecord, found: list[Finding], seen: list[tuple[str, str, str]], pending: set[str]) -> float:
        """What the look has shown is recorded; a run that watches goes on, and what follows an ended one begins."""
        step, now, gives_up = self._steps[run.step], self._clock.now(), self._steps[run.step].gives_up.total_seconds()
        unseen = settling.confirm(db, run, found, now)
        if watching.looks_beyond(db, run, step, found, unseen, self._clock):
            if watching.goes_on(db, run, step, found, self._clock):
                return self._drafted(db, run, found, seen)
            gives_up = 0  # no time will show what is left
        wait = self._clock.real(settling.next_look(found, pending, watching.BLIND if step.watches else settling.LOOK_AGAIN))
        wait = settling.settle(db, run, found, wait, self._clock.real(gives_up), now)
        if step.followed_by in self._steps:
            following.begin(db, run.id, self._steps[step.followed_by], now)
        return wait

    def _not_asked(self, db: Records, run: RunRecord, problems: Mapping[str, Say]) -> None:
        """An answer that only the outside could tell to be wrong: the form comes back with the words beside its fields."""
        if runs.of(db, run.id).state == run.state:
            now, why = self._clock.now(), say("not carried out: an answer cannot be right")
            runs.change(db, run.id, state="cancelled", why=why, problems=problems, ended_at=now)
            audit.write(db, now, "cancelled", run.id, {}, why=why)

    def _moved(self, db: Records, run: RunRecord, from_: State, to: State, why: Say) -> None:
        if runs.of(db, run.id).state == from_:
            ended = self._clock.now() if to == "incomplete" else None
            runs.change(db, run.id, state=to, why=why, ended_at=ended)
            audit.write(db, self._clock.now(), to, run.id, {}, why=why)


def _taken(db: Records, run: int) -> dict[str, tuple[int, str]]:
    taken = rows.claims(db, besides=run)
    return {subject: (other, runs.named(db, who)) for subject, (other, who) in taken.items()}


def _busy(finding: Finding, taken: dict[str, tuple[int, str]]) -> Finding:
    if not isinstance(finding, Change) or rows.held(finding) not in taken:
        return finding
    run, who = taken[rows.held(finding)]
    why = say("is in run {run}, asked by {who}", run=run, who=who)
    return Obstacle(finding.subject, (Reason(why, say("wait for that run, or cancel it")),))
