"""Looks for a run and puts the plan on the table: what would be done, what stands in the way, and when to look again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.calls import Json
from bot.clock import Clock
from bot.errors import GatewayError, InvalidAnswers
from bot.gateway import EstateGateway
from bot.i18n import LocalizedText, say
from bot.known_errors import audit_evidence, describe_error
from bot.ledger import Database, Ledger, audit, calls, identities, runs
from bot.ledger.audit import canonical
from bot.ledger.runs import RunRecord
from bot.reader.reader import EstateReader, KeepSnapshot, WriteList
from bot.runs import follow_up, monitoring, plan_diff, verifier
from bot.runs.identity_lookup import recognise
from bot.runs.lifecycle import Event, transition
from bot.runs.plan_diff import count_kinds, initial_state
from bot.step import Change, Finding, Obstacle, Reason, Step, findings
from bot.steps.shared.recognition import with_known_subjects
from bot.views import RunState

Reads = list[tuple[str, str, str]]  # fact, subject, JSON text of what was read


class Planner:
    """Calls the outside to look and never to change anything."""

    def __init__(
        self, ledger: Ledger, gateway: EstateGateway, steps: Mapping[str, Step], clock: Clock, lists: Callable[[int], WriteList]
    ) -> None:
        """`lists(run)` is where long lists of that run are written."""
        self._ledger, self._gateway, self._steps, self._clock, self._lists = ledger, gateway, steps, clock, lists

    async def plan(self, run: RunRecord) -> float:
        """Looks, and writes down what was found. Returns the seconds until the run wants to be looked at again."""
        try:
            run = await self._resolve_answers(run)
            found, seen = await self.read_findings(run)
        except GatewayError as trouble:
            why = say("Could not look: {why}", why=describe_error(trouble))
            wait = await self._ledger(monitoring.wait_after_failed_read, run, self._steps[run.step], why, self._clock)
            if wait is None:
                await self._ledger(self._record_failed_read, run, why, trouble)
            return wait or 0
        except InvalidAnswers as misspelt:
            await self._ledger(self._record_refused_answers, run, misspelt.problems)
            return 0
        return await self._ledger(self.record_plan, run, found, seen)

    async def _resolve_answers(self, run: RunRecord) -> RunRecord:
        """The run with its answers resolved once (a group to its members)."""
        step = self._steps[run.step]
        if run.resolved_answers is not None or step.resolve_answers is None:
            return run
        answers = await step.resolve_answers(step.form.model_validate(run.answers), await self._make_reader(run))
        resolved = {name: str(value) for name, value in answers.model_dump(mode="json", exclude_none=True).items()}
        await self._ledger(runs.update, run.id, resolved_answers=resolved)
        return replace(run, resolved_answers=resolved)

    async def read_findings(self, run: RunRecord, keeps: bool = True) -> tuple[list[Finding], Reads]:
        """All findings of one look, others' claims respected, and everything that it read."""
        step, seen = self._steps[run.step], Reads()

        def keep(fact: str, read: Mapping[str, Json]) -> None:
            seen.extend((fact, subject, canonical(value)) for subject, value in read.items())

        read = await self._make_reader(run, keep if keeps else None)
        found = await findings(step, step.form.model_validate(run.resolved_answers or run.answers), read)
        found = with_known_subjects(found, await self._ledger(identities.addresses, run.id))
        taken = await self._ledger(_locked_elsewhere, run.id)
        return [_respect_locks(finding, taken) for finding in found], seen

    async def _make_reader(self, run: RunRecord, keep: KeepSnapshot | None = None) -> EstateReader:
        """What looks for this run, and knows whom it has meant so far."""
        await recognise(self._ledger, self._gateway)
        meant = await self._ledger(identities.identities_of, run)
        return EstateReader(self._gateway, keep, write=self._lists(run.id), identities=meant)

    def record_plan(self, db: Database, run: RunRecord, found: Sequence[Finding], seen: Reads) -> float:
        """The plan is on the table, or there is nothing to plan: nobody of that name, all fine, or all stopped."""
        if runs.require(db, run.id).state != run.state:
            return 0  # cancelled while it looked
        now, step = self._clock.now(), self._steps[run.step]
        verifier.confirm_visible(db, run, found, now)
        if run.state == RunState.PLANNING:
            verifier.skip_not_done(db, run, found, say("seen not to have happened, and planned anew"), now)
        identities.save(db, run.id, found)
        plan = plan_diff.save_plan(db, run.id, found, now)
        runs.save_reads(db, run.id, seen, now)
        state, why, problems = initial_state(
            found,
            typed=not (run.digest or run.follows or run.undo_of),
            apart=step.ordering == "independent",
        )
        wait = monitoring.seconds_until_next(db, run, step, found, self._clock)
        again_at = now + wait if wait is not None else None
        if state == RunState.INCOMPLETE and wait is not None:
            state = verifier.state_between_reads(db, run.id)
            transition(db, run.id, Event.PLAN_MADE, state, digest=plan, why=None, again_at=again_at)
            if plan != run.digest:
                audit.write(db, now, "planned", run.id, {}, digest=plan, state=state, **count_kinds(found))
            return wait
        ended, new = None if state == RunState.PLANNED else now, (state, plan) != (run.state, run.digest)
        columns = {"why": why, "problems": problems, "ended_at": ended, "again_at": again_at, "agreed_digest": None}
        transition(db, run.id, Event.PLAN_MADE, state, digest=plan, **columns)
        if new:
            audit.write(db, now, "planned", run.id, {}, digest=plan, state=state, **count_kinds(found))
        self._begin_follow_up(db, run, found, now)
        return 0

    def _begin_follow_up(self, db: Database, run: RunRecord, found: Sequence[Finding], now: float) -> None:
        """Whoever is seen only now, by this run or after an earlier one, is followed from now on."""
        follower = self._steps.get(self._steps[run.step].follow_up or "")
        if follower:
            follow_up.begin(db, run.id, follower, now)
            follow_up.confirm_earlier(db, run.id, found, follower, now)

    def _record_failed_read(self, db: Database, run: RunRecord, why: LocalizedText, trouble: GatewayError) -> None:
        if runs.require(db, run.id).state == run.state:
            now = self._clock.now()
            transition(db, run.id, Event.READ_FAILED, RunState.INCOMPLETE, why=why, ended_at=now)
            people, facts = audit_evidence(trouble)
            audit.write(db, now, "incomplete", run.id, people, **facts)

    def _record_refused_answers(self, db: Database, run: RunRecord, problems: Mapping[str, LocalizedText]) -> None:
        """An answer that only the outside could tell to be wrong: the form comes back with the words beside its fields."""
        if runs.require(db, run.id).state == run.state:
            now, why = self._clock.now(), say("not carried out: an answer cannot be right")
            transition(db, run.id, Event.ANSWERS_REFUSED, RunState.CANCELLED, why=why, problems=problems, ended_at=now)
            audit.write(db, now, "cancelled", run.id, {}, why=why)


def _locked_elsewhere(db: Database, run: int) -> dict[str, tuple[int, str]]:
    taken = calls.locks(db, besides=run)
    return {subject: (other, runs.name_of(db, who)) for subject, (other, who) in taken.items()}


def _respect_locks(finding: Finding, taken: dict[str, tuple[int, str]]) -> Finding:
    by = (
        next((name for name in (calls.lock_key(finding), calls.lock_label(finding)) if name in taken), None)
        if isinstance(finding, Change)
        else None
    )
    if by is None:
        return finding
    run, who = taken[by]
    why = say("is in run {run}, asked by {who}", run=run, who=who)
    return Obstacle(finding.subject, (Reason(why, say("wait for that run, or cancel it")),), identity=finding.identity)
