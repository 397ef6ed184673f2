"""A run that goes in order: in each lane the next call, once everything before it is seen. A lane holds up nobody but itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.calls import ManualAction
from bot.clock import Clock
from bot.i18n import LocalizedText, line_list, say
from bot.ledger import Database, Ledger, audit, calls, runs
from bot.ledger.calls import CallRecord
from bot.ledger.runs import RunRecord
from bot.runs import verifier
from bot.runs.executor import ExecutionProgress, Executor
from bot.runs.lifecycle import Event, transition
from bot.step import Change, Finding
from bot.views import CallState, RunState

ASK_AGAIN = 120.0  # seconds between two looks whether a person has done their part


@dataclass(frozen=True)
class Wait:
    """What a lane waits for before its next row, and for how many real seconds until it is looked at again."""

    call: CallRecord
    seconds: float
    unseen: tuple[str, ...] = ()  # subjects
    manual_action: LocalizedText | None = None  # what a person must do

    @property
    def is_postponed(self) -> bool:
        return not self.unseen and self.manual_action is None


class Sequential:
    """Takes every lane of a run one call further, where its turn has come."""

    def __init__(self, ledger: Ledger, carrying: Executor, clock: Clock) -> None:
        self._ledger, self._carrying, self._clock = ledger, carrying, clock

    async def send_next(self, run: RunRecord, found: Sequence[Finding], pace: ExecutionProgress) -> float | None:
        """One call in every lane whose turn it is. Returns the seconds until the next look; None = no call is left.

        A lane waits before one row for as long as the pace says that "not yet" is an answer.
        """
        turn, wait = await self._ledger(self._choose_calls, run, found, pace.retry_timeout)
        await self._carrying.send(turn, pace)
        await self._ledger(_stop_failed, run, {row.n for row in turn}, self._clock.now())
        return 0 if turn else wait

    def _choose_calls(
        self, db: Database, run: RunRecord, found: Sequence[Finding], gives_up: float
    ) -> tuple[list[CallRecord], float | None]:
        """The rows that go now, and the seconds until the first of the other lanes is looked at; None = there are no others."""
        now, waiting = self._clock.now(), calls.of_run(db, run.id, CallState.PENDING)
        first = {row.order_key: row for row in reversed(waiting)}
        unseen, wanted = verifier.unseen_predecessors(db, run, found, first.values(), now), verifier.look_delays(found)
        in_order = sorted(first.items(), key=lambda item: item[1].n)
        rests = {lane: self._find_wait(row, unseen[lane], wanted, found, now) for lane, row in in_order}
        turn = [first[lane] for lane, rest in rests.items() if rest is None]
        if turn:
            runs.update(db, run.id, verifying_since=None)
        left = [rest for rest in rests.values() if rest and not _stop_or_note_wait(db, run, rest, gives_up, now)]
        _record_waits(db, run, left, found, gives_up, now)
        return turn, min((rest.seconds for rest in left), default=None)

    def _find_wait(
        self, row: CallRecord, unseen: set[str], wanted: Mapping[str, float], found: Sequence[Finding], now: float
    ) -> Wait | None:
        """Why this row, the first of its lane, does not go yet; None = it does."""
        if unseen:
            wait, waited = self._clock.scale(verifier.seconds_until_look(wanted, unseen)), now - (row.waiting_since or now)
            return Wait(row, verifier.back_off(wait, waited, self._clock.scale(verifier.LONGEST)), tuple(sorted(unseen)))
        if isinstance(row.call, ManualAction):
            return Wait(row, self._clock.scale(ASK_AGAIN), manual_action=_newest_instruction(row.call, row, found))
        return Wait(row, (row.due_at or 0) - now) if (row.due_at or 0) > now else None


def _newest_instruction(call: ManualAction, row: CallRecord, found: Sequence[Finding]) -> LocalizedText:
    """The newest look knows them exactly."""
    calls = (call for finding in found if isinstance(finding, Change) and finding.subject == row.subject for call in finding.do)
    return next((newer.words for newer in calls if isinstance(newer, ManualAction)), call.words)


def _stop_or_note_wait(db: Database, run: RunRecord, rest: Wait, gives_up: float, now: float) -> bool:
    """The lane stops here when it has waited for too long before one row; else since when it waits, and for what, is written down.

    How often a call is put off is for `bot.known_errors` to say.
    """
    row, since = rest.call, rest.call.waiting_since or now
    if rest.is_postponed:
        return False
    if now - since < gives_up:
        if rest.manual_action and row.why is None:
            audit.write(db, now, RunState.WAITING_FOR_ADMIN, run.id, row.audit_people, part=row.part)
        calls.note_wait(db, run.id, row.n, since, rest.manual_action)
        return False
    if rest.manual_action:
        why = say("nobody has done it in time")
        calls.finish(db, run.id, row.n, CallState.FAILED, now, why, rest.manual_action)
        audit.write(db, now, CallState.FAILED, run.id, row.audit_people, part=row.part, why=why)
    elif set(rest.unseen) - {row.subject}:
        runs.update(db, run.id, verifying_since=since)  # it is not waited for once more at the end
    _skip_lane(db, row, now, rest.unseen[0] if rest.unseen else row.subject)
    return True


def _stop_failed(db: Database, run: RunRecord, turn: set[int], now: float) -> None:
    for row in calls.of_run(db, run.id, CallState.FAILED):
        if row.n in turn:
            _skip_lane(db, row, now)


def _skip_lane(db: Database, row: CallRecord, now: float, because: str | None = None) -> None:
    """Nothing in this lane goes on past what did not go well."""
    why = say("not begun, because of {subject}", subject=because or row.subject)
    for subject in calls.pending_subjects_in(db, row.run, row.order_key):
        calls.skip_pending(db, row.run, now, why, subject)


def _record_waits(db: Database, run: RunRecord, left: Sequence[Wait], found: Sequence[Finding], gives_up: float, now: float) -> None:
    """The state of the lanes together: what waits for a person is told row by row, everything else in the run's own words."""
    unseen, later = sorted({subject for rest in left for subject in rest.unseen}), [rest.call for rest in left if rest.is_postponed]
    words = [*([verifier.describe_unseen(unseen, found)] if unseen else []), *([verifier.describe_postponed(later)] if later else [])]
    needs_admin = any(rest.manual_action for rest in left)
    transition(
        db,
        run.id,
        Event.ADMIN_NEEDED if needs_admin else Event.CALLS_CHOSEN,
        RunState.WAITING_FOR_ADMIN if needs_admin else RunState.RUNNING,
        again_at=now + min(rest.seconds for rest in left) if left else None,
        gives_up_at=min(((rest.call.waiting_since or now) + gives_up for rest in left if not rest.is_postponed), default=None),
        why=line_list(words) if len(words) > 1 else next(iter(words), None),
    )
