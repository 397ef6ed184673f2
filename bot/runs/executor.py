"""Works the waiting rows of one run off: intent committed before each call, its outcome after, and a brake when it goes wrong."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bot.calls import destination
from bot.clock import Clock
from bot.errors import GatewayError, InDoubt, NotAgreed, Refused, RunHeld, Unreachable
from bot.evidence import clean_text
from bot.gateway import CallId
from bot.i18n import LocalizedText, say
from bot.known_errors import audit_evidence, cause_and_remedy, lookup, warning_text
from bot.known_errors.retry import decide_retry
from bot.ledger import Database, Ledger, audit, calls, runs
from bot.ledger.calls import CallRecord
from bot.runs.write_gate import Permit, WriteGate
from bot.views import CallState

TRIES = 3  # of a call that never arrived
PAUSES = (5.0, 20.0)  # seconds between those tries


@dataclass
class ExecutionProgress:
    """How a run goes: how many at once, and after how many failures in a row it stops by itself."""

    concurrency: int
    max_consecutive_failures: int
    retry_timeout: float = 0  # real seconds for which "not yet" is an answer
    licensed_at: Mapping[str, float] = field(default_factory=dict)  # subject -> when a licence was last given
    verify_each_call: frozenset[str] = frozenset()  # subjects of whom only one call is carried out between two looks
    has_succeeded: bool = False  # one call has gone well: the canary lives
    failures: int = 0
    unknown_outcomes: int = 0  # calls whose outcome must be looked at
    permit: Permit | None = None  # what may be sent; None where nothing waits to be sent
    objection: LocalizedText | None = None  # why nothing more may be sent

    def note_outcome(self, state: CallState) -> None:
        """How the last call of one subject ended: that an earlier one went well (the data was saved) proves nothing of those that count."""
        if state == CallState.PENDING:
            return
        self.has_succeeded |= state == CallState.DONE
        self.unknown_outcomes += state == CallState.UNKNOWN
        self.failures = 0 if state == CallState.DONE else self.failures + 1

    @property
    def is_braked(self) -> bool:
        return self.failures >= self.max_consecutive_failures


class Executor:
    """Carries out rows; knows the gateway, the ledger and nobody's plan."""

    def __init__(self, ledger: Ledger, gate: WriteGate, clock: Clock, announce: Callable[[int], None]) -> None:
        self._ledger, self._gate, self._clock, self._announce = ledger, gate, clock, announce

    async def send(self, waiting: Sequence[CallRecord], pace: ExecutionProgress) -> None:
        """Works on the subjects in their order, first one alone, then as many at once as the pace allows.

        Returns when all rows have ended, somebody stopped the run, or the brake did.
        """
        subjects = deque([list(group) for _, group in groupby(waiting, key=lambda row: row.subject)])
        while subjects and not pace.has_succeeded and not pace.is_braked:
            if not await self._send_subject(subjects.popleft(), pace):
                return
        hands = min(pace.concurrency, len(subjects))
        async with asyncio.TaskGroup() as group:
            for _ in range(hands):
                group.create_task(self._worker(subjects, pace))

    async def _worker(self, subjects: deque[list[CallRecord]], pace: ExecutionProgress) -> None:
        while subjects and not pace.is_braked:
            if not await self._send_subject(subjects.popleft(), pace):
                return

    async def _send_subject(self, calls: list[CallRecord], pace: ExecutionProgress) -> bool:
        """One subject's calls in order; the first that does not go well stops the rest. False when the run is held."""
        state = CallState.PENDING
        for row in calls:
            try:
                state = await self._send_with_retries(row, pace)
            except RunHeld:
                return False
            if state == CallState.FAILED:
                await self._ledger(_skip_rest, row, self._clock.now())
            if state != CallState.DONE or row.subject in pace.verify_each_call:
                break
        pace.note_outcome(state)
        return True

    async def _send_with_retries(self, row: CallRecord, pace: ExecutionProgress) -> CallState:
        for tried in range(TRIES):
            try:
                return await self._send_once(row, pace)
            except Unreachable as trouble:
                if tried == TRIES - 1:
                    return await self._record_outcome(row, CallState.FAILED, trouble)
                await asyncio.sleep(trouble.retry_after or self._clock.scale(PAUSES[tried]))
        raise AssertionError("the last try has returned")

    async def _send_once(self, row: CallRecord, pace: ExecutionProgress) -> CallState:
        permit = pace.permit
        if permit is None:
            raise RunHeld

        async def intent(ticket: CallId) -> None:
            await self._ledger(_commit_intent, row, ticket, self._clock.now(), permit)
            self._announce(row.run)

        call = row.call
        try:
            answer = await self._gate.send(row, permit, intent)
        except NotAgreed as objection:
            pace.objection = objection.why
            raise RunHeld from None
        except Refused as trouble:
            trouble.sent_to(destination(call))
            return await self._record_refusal(row, trouble, pace)
        except InDoubt as trouble:
            trouble.sent_to(destination(call))
            return await self._record_outcome(row, CallState.UNKNOWN, trouble)
        except Unreachable as trouble:
            trouble.sent_to(destination(call))
            await self._ledger(_requeue, row, self._clock.now(), trouble)
            raise
        return await self._record_outcome(row, CallState.DONE, warnings=answer.warnings)

    async def _record_refusal(self, row: CallRecord, trouble: Refused, pace: ExecutionProgress) -> CallState:
        """Failed, or only put off where the far end is known to say "not yet" in these words."""
        now, licensed_at = self._clock.now(), pace.licensed_at.get(row.subject)
        age = None if licensed_at is None else now - licensed_at
        tries, timeout, scaled = row.tries + 1, pace.retry_timeout, self._clock.scale
        retry = decide_retry(lookup(trouble), tries=tries, timeout=timeout, licence_age=age, scaled=scaled)
        if retry.wait is None:
            return await self._record_outcome(row, CallState.FAILED, trouble)
        await self._ledger(_postpone, row, now + retry.wait, now, trouble)
        self._announce(row.run)
        return CallState.PENDING

    async def _record_outcome(
        self, row: CallRecord, state: CallState, trouble: GatewayError | None = None, warnings: Sequence[str] = ()
    ) -> CallState:
        """`warnings` are what a call said that went well: it may be why nothing of it shows."""
        await self._ledger(_commit_outcome, row, state, self._clock.now(), trouble, "\n".join(warnings))
        self._announce(row.run)
        return state


def _commit_intent(db: Database, row: CallRecord, ticket: CallId, at: float, permit: Permit) -> None:
    is_wanted = runs.newest_request(db, row.run) == (permit.request, "run")
    if not is_wanted or not calls.mark_sent(db, row.run, row.n, ticket, at, permit.generation):
        raise RunHeld
    audit.write(
        db,
        at,
        CallState.SENT,
        row.run,
        row.audit_people,
        part=row.part,
        call=calls.call_hash(row.text),
        session=ticket.session,
        call_id=ticket.call,
    )
    if db.hold is not None:  # noticed since the permit was given, perhaps by this very line
        raise NotAgreed(say("the records are not as this bot left them: {why}", why=db.hold))


def _commit_outcome(db: Database, row: CallRecord, state: CallState, at: float, trouble: GatewayError | None, warnings: str) -> None:
    why, remedy = cause_and_remedy(trouble) if trouble else (warning_text(warnings) if warnings else None, None)
    calls.finish(db, row.run, row.n, state, at, why, remedy)
    people, facts = audit_evidence(trouble) if trouble else ({"words": clean_text(warnings)} if warnings else {}, {})
    audit.write(db, at, state, row.run, {**row.audit_people, **people}, part=row.part, **facts)


def _requeue(db: Database, row: CallRecord, at: float, trouble: GatewayError) -> None:
    """Nothing where it had not even begun: no session was free."""
    if calls.requeue(db, row.run, row.n):
        people, facts = audit_evidence(trouble)
        audit.write(db, at, "not sent", row.run, {**row.audit_people, **people}, part=row.part, **facts)


def _skip_rest(db: Database, failed: CallRecord, at: float) -> None:
    """What comes after a call that failed must not happen without it."""
    calls.skip_pending(db, failed.run, at, say("not begun: what comes before it has failed"), failed.subject)


def _postpone(db: Database, row: CallRecord, due_at: float, at: float, trouble: GatewayError) -> None:
    calls.postpone(db, row.run, row.n, due_at, *cause_and_remedy(trouble))
    people, facts = audit_evidence(trouble)
    audit.write(db, at, "not yet", row.run, {**row.audit_people, **people}, part=row.part, **facts)
