"""Entra Connect in the pretend estate: cycles that start by themselves or when asked, and what each carries over to the cloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from adapters.lab.estate.person import CLOUD, HERE, LONG_AGO, AdAccount, CloudUser, EstatePerson, synced_attributes
from adapters.lab.estate.servers import SyncRun
from adapters.lab.estate.state import EstateState

if TYPE_CHECKING:
    from adapters.lab.estate.estate import Estate

EVERY, DELTA, INITIAL = 30 * 60.0, 2 * 60.0, 10 * 60.0  # seconds
KEPT_RUNS = 60
AD, AAD = "contoso.com", "contoso.onmicrosoft.com - AAD"


class EntraConnect:
    """Knows whose account has changed since it was last carried over, so that a cycle costs only those."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._waiting: dict[int, EstatePerson] | None = None  # None = nobody has looked yet

    @property
    def interval(self) -> timedelta:
        """From the start of one cycle to the start of the next."""
        return timedelta(seconds=EVERY / self._estate.time_factor)

    def note_change(self, world: EstateState, person: EstatePerson) -> None:
        if self._waiting is not None and _is_pending(world, person):
            self._waiting[person.number] = person

    def check_all_again(self) -> None:
        """What can arrive has changed for everybody: the next cycle looks at each account again."""
        self._waiting = None

    def start_cycle(self, world: EstateState, policy: Literal["Delta", "Initial"], at: datetime) -> None:
        sync = world.sync
        sync.policy = policy if sync.schema_current else "Initial"
        sync.started = at
        sync.ends = at + timedelta(seconds=(DELTA if sync.policy == "Delta" else INITIAL) / self._estate.time_factor)
        sync.last_start = at
        self._estate.mark_changed("sync")

    def catch_up(self, world: EstateState) -> None:
        """Ends the cycle that is over, and starts the one that is due; of many that were missed only the last."""
        sync, now = world.sync, self._estate.now
        if sync.ends and now >= sync.ends:
            self._end_cycle(world, sync.ends)
        due = sync.last_start + self.interval
        if sync.started is None and sync.installed and sync.enabled and not sync.suspended and now >= due:
            self.start_cycle(world, sync.policy, due + self.interval * ((now - due) // self.interval))
            self.catch_up(world)

    def sync_one(self, person: EstatePerson) -> None:
        """One account out of turn."""
        if person.account and person.account.sync == "in scope":
            sync_account(self._estate.state, person, person.account, self._estate.now)
            self._estate.mark_changed("people", person.number)

    def _end_cycle(self, world: EstateState, at: datetime) -> None:
        sync, started = world.sync, world.sync.started or at
        exports = not sync.staging
        if exports and sync.schema_current:
            self._export(world, at)
        profile = "Delta" if sync.policy == "Delta" else "Full"
        self._record_run(world, f"{profile} Import", AD, started, at)
        self._record_run(world, f"{profile} Synchronization", AD, started, at)
        if exports:
            self._record_run(world, "Export", AAD, started, at)
            world.tenant.last_sync, world.tenant.sync_enabled = at, True
            self._estate.mark_changed("tenant")
        sync.started = sync.ends = None
        sync.policy = "Delta"
        self._estate.mark_changed("sync")

    def _record_run(self, world: EstateState, profile: str, connector: str, started: datetime, ended: datetime) -> None:
        world.sync.count += 1
        number = world.sync.count
        world.sync_runs[number] = SyncRun(number=number, profile=profile, connector=connector, started=started, ended=ended)
        self._estate.mark_changed("sync_runs", number)
        if world.sync_runs.pop(number - KEPT_RUNS, None):
            self._estate.mark_changed("sync_runs", number - KEPT_RUNS)

    def _export(self, world: EstateState, at: datetime) -> None:
        if self._waiting is None:
            self._waiting = {person.number: person for person in world.people.values() if _is_pending(world, person)}
        waiting, self._waiting = self._waiting, {}
        for person in waiting.values():
            if person.account and person.account.sync == "in scope":
                sync_account(world, person, person.account, at)
                self._estate.mark_changed("people", person.number)
            else:
                self._waiting[person.number] = person


def sync_account(world: EstateState, person: EstatePerson, account: AdAccount, at: datetime) -> None:
    """One account arrives in the cloud: a new cloud user, or the changed attributes of a known one.

    An address whose domain is not verified does not arrive; the login name then gets the tenant's first domain.
    """
    synced = replace(synced_attributes(account), at=at)
    upn = account.upn if _is_verified(world, account.upn) else f"{account.sam}@{world.tenant.initial_domain}"
    online = person.online
    if online is None:
        online = person.online = CloudUser(upn=upn, created=at)
    online.upn, online.synced, online.changed = upn, synced, at
    online.enabled = not account.disabled
    online.sip = synced.sip if _is_verified(world, synced.sip) else ""
    if not online.sip:
        online.home = online.home_before = ""
    elif online.home != CLOUD or account.locator == HERE:
        online.home = online.home_before = account.locator


def _is_verified(world: EstateState, address: str) -> bool:
    domain = world.domains.get(address.rpartition("@")[2].lower())
    return domain is not None and domain.verified


def _is_pending(world: EstateState, person: EstatePerson) -> bool:
    """Whether the cloud shows anything else than a cycle would bring there now."""
    account, online = person.account, person.online
    if account is None:
        return False
    if online is None or online.synced is None:
        return True
    carried = synced_attributes(account)
    arrives = carried.sip if _is_verified(world, carried.sip) else ""
    return replace(online.synced, at=LONG_AGO) != carried or online.sip != arrives or online.enabled == account.disabled
