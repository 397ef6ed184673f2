"""The only way by which a change leaves the process: every call that is sent passes `WriteGate.send`.

A run's agreement is looked up once in each life of the process, and again after each start, resume and retry (their numbers
are in the permit); each call is then compared with what was agreed, without a query.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.calls import ManualAction
from bot.clock import Clock
from bot.errors import NotAgreed, Refused
from bot.gateway import BeforeSend, EstateGateway, ReadResult
from bot.i18n import say
from bot.ledger import Database, Ledger, runs
from bot.ledger.calls import CallRecord
from bot.runs.agreement import find_objection
from bot.step import Step


@dataclass(frozen=True)
class Permit:
    """What may be sent for a run, as long as it is in this life and nobody has pressed anything since."""

    run: int
    generation: int
    request: int  # the newest control of the run when this was looked up
    calls: Mapping[tuple[str, int], str]  # by subject and part, as text


class WriteGate:
    """Gives permits, and sends only what a permit names."""

    def __init__(self, ledger: Ledger, gateway: EstateGateway, steps: Mapping[str, Step], clock: Clock, approval_above: int) -> None:
        self._ledger, self._gateway, self._steps, self._clock = ledger, gateway, steps, clock
        self._approval_above = approval_above
        self._permits: dict[int, Permit] = {}

    async def permit(self, run: int, life: int, control: int) -> Permit:
        """The permit of a run in this life, under its newest control. Raises `NotAgreed`."""
        known = self._permits.get(run)
        if known is None or (known.generation, known.request) != (life, control):
            known = await self._ledger(self._look_up, run)
            self._permits[run] = known
        return known

    def _look_up(self, db: Database, run: int) -> Permit:
        why, evidence = find_objection(db, self._steps, run, self._approval_above, self._clock.now())
        if why is not None:
            raise NotAgreed(why)
        return Permit(run, evidence.run.generation, runs.newest_request(db, run)[0], evidence.calls)

    async def send(self, row: CallRecord, permit: Permit, intent: BeforeSend) -> ReadResult:
        """Sends one call. `intent` commits that it begins, and raises where it must not.

        Raises `NotAgreed`, and what `EstateGateway.execute` raises.
        """
        call = row.call
        if isinstance(call, ManualAction):
            raise Refused("a person has to do this")
        if permit.run != row.run or permit.calls.get((row.subject, row.part)) != row.text:
            raise NotAgreed(say("a call for {subject} is not in the plan that was agreed to", subject=row.subject))
        return await self._gateway.execute(call, intent)
