"""Presses by people whose rights hang on a group: the worker's side reads the group, then the press counts or does not."""

import logging
from collections.abc import Awaitable, Callable

from bot.authorization import FRESH
from bot.clock import Clock, is_fresh
from bot.errors import BrokenChain, GatewayError
from bot.gateway import EstateGateway
from bot.known_errors import describe_error
from bot.ledger import Database, Ledger, audit, runs, waiting_actions
from bot.ledger.waiting_actions import WaitingAction
from bot.runs import actions
from bot.runs.actions import RunPolicy
from bot.step import LOSE
from bot.supervision import note_progress
from bot.views import ActionResult, Person

log = logging.getLogger(__name__)


class DeferredActions:
    """Works off the presses that wait for a group membership to be known."""

    def __init__(
        self, ledger: Ledger, gateway: EstateGateway, rules: RunPolicy, clock: Clock, wake: Callable[[int], Awaitable[None]]
    ) -> None:
        self._ledger, self._gateway, self._rules, self._clock, self._wake = ledger, gateway, rules, clock, wake

    async def work_off(self) -> None:
        """Each waiting press once: as if it were pressed now, or dropped when nobody can say (unknown is no), or when it is of long ago.

        Raises what kept it from deciding about one of them, once it is through with the others; that one waits still.
        """
        read: dict[str, bool] = {}
        trouble: Exception | None = None
        for wish in await self._ledger(waiting_actions.all_waiting):
            try:
                await self._work_off_one(wish, read)
            except Exception as error:
                trouble = error
        if trouble:
            raise trouble

    async def _work_off_one(self, wish: WaitingAction, read: dict[str, bool]) -> None:
        counts = is_fresh(wish.at, self._clock.now(), FRESH)  # else the process was down; whoever pressed may have gone home since
        if counts and wish.person not in read:
            read[wish.person] = await self._read_groups(wish.person)
        if not counts or not read[wish.person] or wish.run is None:
            await self._ledger(waiting_actions.remove, wish.id)
        else:
            await self._perform(wish, wish.run)

    async def _read_groups(self, who: str) -> bool:
        note_progress(f"reading the groups of {who}")
        try:
            await self._rules.authorizer.read_groups(self._gateway, who, self._clock.now())
        except GatewayError as trouble:
            log.warning("groups of %s not read, so what they pressed does not count: %s", who, describe_error(trouble))
            return False
        return True

    async def _perform(self, wish: WaitingAction, run: int) -> None:
        note_progress(f"pressing {wish.action} of run {run}")
        who = await self._ledger(runs.person, wish.person) or Person(wish.person, wish.person)
        pressed = await self._ledger(_perform_deferred, wish, self._rules, run, who, self._clock.now())
        if pressed.run is not None:
            await self._wake(pressed.run)


def _perform_deferred(db: Database, wish: WaitingAction, rules: RunPolicy, run: int, who: Person, now: float) -> ActionResult:
    """One transaction: a press is neither lost nor done twice, whatever happens meanwhile."""
    waiting_actions.remove(db, wish.id)
    if not _is_in_the_audit(db, wish, run):
        log.error("a press of %s that waited is not in the audit, so it does not count", wish.action)
        return ActionResult(False)
    return actions.perform(db, rules, run, wish.action, who, wish.digest, now, LOSE)  # without the word it would not be waiting


def _is_in_the_audit(db: Database, wish: WaitingAction, run: int) -> bool:
    """Whether somebody has really pressed this: whoever can write the database can write a waiting press."""
    who, said = audit.pseudonymizer(db)(wish.person), {"action": wish.action, "digest": wish.digest}
    try:
        lines = [line for line in audit.read_proven(db, run) if line.n == wish.line and line.event == "pressed"]
    except BrokenChain:
        return False
    return any(line.facts == said and line.people.get("who") == who for line in lines)
