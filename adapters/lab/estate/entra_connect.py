"""Entra Connect in the pretend estate: cycles that start by themselves or when asked, and what each carries over to the cloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from adapters.lab.estate.person import CLOUD, HERE, LONG_AGO, Account, Online, Person, carried_over
from adapters.lab.estate.servers import SyncRun
from adapters.lab.estate.state import World

if TYPE_CHECKING:
    from adapters.lab.estate.estate import Estate

EVERY, DELTA, INITIAL = 30 * 60.0, 2 * 60.0, 10 * 60.0  # seconds
KEPT_RUNS = 60
AD, AAD = "contoso.com", "contoso.onmicrosoft.com - AAD"


class Syncing:
    """Knows whose account has changed since it was last carried over, so that a cycle costs only those."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._waiting: dict[int, Person] | None = None  # None = nobody has looked yet

    @property
    def every(self) -> timedelta:
        """From the start of one cycle to the start of the next."""
        return timedelta(seconds=EVERY / self._estate.hurry)

    def noticed(self, world: World, person: Person) -> None:
        if self._waiting is not None and _waits(world, person):
            self._waiting[person.number] = person

    def forget(self) -> None:
        """What can arrive has changed for everybody: the next cycle looks at each account again."""
        self._waiting = None

    def start(self, world: World, policy: Literal["Delta", "Initial"], at: datetime) -> None:
        sync = world.sync
        sync.policy = policy if sync.schema_current else "Initial"
        sync.started = at
        sync.ends = at + timedelta(seconds=(DELTA if sync.policy == "Delta" else INITIAL) / self._estate.hurry)
        sync.last_start = at
        self._estate.keep("sync")

    def catch_up(self, world: World) -> None:
        """Ends the cycle that is over, and starts the one that is due; of many that were missed only the last."""
        sync, now = world.sync, self._estate.now
        if sync.ends and now >= sync.ends:
            self._end(world, sync.ends)
        due = sync.last_start + self.every
        if sync.started is None and sync.installed and sync.enabled and not sync.suspended and now >= due:
            self.start(world, sync.policy, due + self.every * ((now - due) // self.every))
            self.catch_up(world)

    def carry_one(self, person: Person) -> None:
        """One account out of turn."""
        if person.account and person.account.sync == "in scope":
            carry_over(self._estate.world, person, person.account, self._estate.now)
            self._estate.keep("people", person.number)

    def _end(self, world: World, at: datetime) -> None:
        sync, started = world.sync, world.sync.started or at
        exports = not sync.staging
        if exports and sync.schema_current:
            self._carry(world, at)
        profile = "Delta" if sync.policy == "Delta" else "Full"
        self._record(world, f"{profile} Import", AD, started, at)
        self._record(world, f"{profile} Synchronization", AD, started, at)
        if exports:
            self._record(world, "Export", AAD, started, at)
            world.tenant.last_sync, world.tenant.sync_enabled = at, True
            self._estate.keep("tenant")
        sync.started = sync.ends = None
        sync.policy = "Delta"
        self._estate.keep("sync")

    def _record(self, world: World, profile: str, connector: str, started: datetime, ended: datetime) -> None:
        world.sync.count += 1
        number = world.sync.count
        world.sync_runs[number] = SyncRun(number, profile, connector, started, ended)
        self._estate.keep("sync_runs", number)
        if world.sync_runs.pop(number - KEPT_RUNS, None):
            self._estate.keep("sync_runs", number - KEPT_RUNS)

    def _carry(self, world: World, at: datetime) -> None:
        if self._waiting is None:
            self._waiting = {person.number: person for person in world.people.values() if _waits(world, person)}
        waiting, self._waiting = self._waiting, {}
        for person in waiting.values():
            if person.account and person.account.sync == "in scope":
                carry_over(world, person, person.account, at)
                self._estate.keep("people", person.number)
            else:
                self._waiting[person.number] = person


def carry_over(world: World, person: Person, account: Account, at: datetime) -> None:
    """One account arrives in the cloud: a new cloud user, or the changed attributes of a known one.

    An address whose domain is not verified does not arrive; the login name then gets the tenant's first domain.
    """
    synced = replace(carried_over(account), at=at)
    upn = account.upn if _verified(world, account.upn) else f"{account.sam}@{world.tenant.initial_domain}"
    online = person.online
    if online is None:
        online = person.online = Online(upn, created=at)
    online.upn, online.synced, online.changed = upn, synced, at
    online.enabled = not account.disabled
    online.sip = synced.sip if _verified(world, synced.sip) else ""
    if not online.sip:
        online.home = online.home_before = ""
    elif online.home != CLOUD or account.locator == HERE:
        online.home = online.home_before = account.locator


def _verified(world: World, address: str) -> bool:
    domain = world.domains.get(address.rpartition("@")[2].lower())
    return domain is not None and domain.verified


def _waits(world: World, person: Person) -> bool:
    """Whether the cloud shows anything else than a cycle would bring there now."""
    account, online = person.account, person.online
    if account is None:
        return False
    if online is None or online.synced is None:
        return True
    carried = carried_over(account)
    arrives = carried.sip if _verified(world, carried.sip) else ""
    return replace(online.synced, at=LONG_AGO) != carried or online.sip != arrives or online.enabled == account.disabled
