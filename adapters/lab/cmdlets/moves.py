"""Move-CsUser: one person, in the documented order: found, signed in, checked, exported, carried over, cleared away.

A move is really over after 2 × its latency + 1 s: it is ended then, with nothing changed.
https://learn.microsoft.com/skypeforbusiness/hybrid/move-users-from-on-premises-to-teams
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

from adapters.lab.cmdlets.meetings import queue_meetings
from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.cmdlets.users import ad_user
from adapters.lab.estate.move_rules import FOREST, NO_RIGHTS, WRONG_ACCOUNT, MoveObstacle, move_obstacles
from adapters.lab.estate.person import CLOUD, HERE, AdAccount, EstatePerson
from adapters.lab.estate.state import EstateState
from adapters.lab.powershell.binding import BoundParameters
from adapters.lab.powershell.values import Credential

MOVE_ERROR = "MoveError"  # + ,Microsoft.Rtc.Management.AD.Cmdlets.MoveOcsUserCmdlet
TIMED_OUT = "The operation has timed out."  # (inf)
BROKEN_OFF = "The connection to the hosted migration service was lost. The move of the user is not complete."  # (inf)
BUSY = "The user is being moved by another session. Wait until that move has ended."  # (inf)
ALREADY = "The user is already homed on the specified target."  # (inf) an error, so that nobody takes a repeated move for a second one
NOT_A_TARGET = 'Cannot find "{target}": it is neither a pool nor the proxy FQDN of a hosting provider.'  # (inf)
NEEDS_A_PERSON = "AADSTS50076: user interaction is required: the sign-in window cannot be shown in a non-interactive session."  # (inf)
WRONG_PASSWORD = "AADSTS50126: Error validating credentials due to invalid username or password."
UNKNOWN_ACCOUNT = (
    "AADSTS50034: The user account does not exist in the {tenant} directory. To sign into this application, the account must be added."
)
SECOND_FACTOR = (
    "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication to access this."
)
WRONG_URL = "The hosted migration service did not return expected status code from request for WWW-Authenticate header."


class MoveError(Exception):
    """The text of the error that Move-CsUser reports."""


@dataclass(frozen=True)
class Move:
    """Who, where to, and the parameters of the call."""

    person: EstatePerson
    account: AdAccount
    target: str
    bound: BoundParameters

    @property
    def is_to_cloud(self) -> bool:
        return self.target == CLOUD


@cmdlet("Move-CsUser", SFB)
async def move_cs_user(call: CmdletCall) -> AsyncIterator[CmdletOutput]:
    """One person. -UserList names a file on the server: there is none in the lab."""
    if "UserList" in call.bound.values:
        yield call.error(f"Could not find file '{call.bound['UserList']}'.", "FileNotFound", exception="System.IO.FileNotFoundException")
        return
    identity = str(call.identity)
    found = call.estate.directory.find_enabled(identity)
    if found is None:
        yield call.not_found_error(identity)
        return
    person, account = found
    try:
        await _move(call, Move(person, account, str(call.bound["Target"]).lower(), call.bound))
    except MoveError as failed:
        yield call.error(str(failed), MOVE_ERROR, identity, exception="Microsoft.Rtc.Management.AD.MoveUserException")
        return
    if call.bound.get("PassThru"):
        yield ad_user(person)


async def _move(call: CmdletCall, move: Move) -> None:
    """Raises `MoveFailed`. The outcome is in the effects log either way."""
    estate, number = call.estate, move.person.number
    if number in estate.moving:
        raise MoveError(BUSY)
    estate.moving.add(number)
    try:
        async with asyncio.timeout(2 * estate.move_latency + 1):
            await _move_in_time(call, move)
    except TimeoutError:
        _log_failure(call, move)
        raise MoveError(TIMED_OUT) from None
    finally:
        estate.moving.discard(number)


async def _move_in_time(call: CmdletCall, move: Move) -> None:
    latency, sip = call.estate.move_latency, move.account.sip
    if fault := call.take_fault("slow", subject=sip):
        await asyncio.sleep(fault.seconds)
    await asyncio.sleep(latency * 0.3)  # signing in, looking at both sides
    if reason := next(_refusals(call, move), None):
        _log_failure(call, move)
        raise MoveError(reason)
    await asyncio.sleep(latency * 0.4)  # exporting contacts and conferences
    if call.take_fault("half", subject=sip):
        move.account.target_pool = move.target
        _save(call, move, "half")
        raise MoveError(BROKEN_OFF)
    await asyncio.sleep(latency * 0.3)
    if reason := next(_refusals(call, move), None):  # the world may have changed meanwhile
        _log_failure(call, move)
        raise MoveError(reason)
    if move.is_to_cloud:
        _arrive_in_cloud(call, move)
    else:
        _arrive_at_home(call, move)
    _save(call, move, "done")


def _refusals(call: CmdletCall, move: Move) -> Iterator[str]:
    world, account, bound = call.world, move.account, move.bound
    provider = next((p for p in world.hosting_providers.values() if p.proxy == move.target), None)
    if not provider and "Registrar" not in getattr(world.pools.get(move.target), "roles", ()):
        yield NOT_A_TARGET.format(target=move.target)
    if move.target == (account.locator if account.locator != HERE else account.pool) and not account.target_pool:
        yield ALREADY
    yield from _domain_refusals(call, move)
    if move.is_to_cloud or account.locator == CLOUD:
        yield from _sign_in(call)
    if bound.get("HostedMigrationOverrideUrl") and not _is_ours(world, str(bound["HostedMigrationOverrideUrl"])):
        yield WRONG_URL
    if move.is_to_cloud:
        yield from (reason.text for reason in _remaining_obstacles(call, move) if not _is_about_domain(reason))
    elif account.locator == CLOUD and (move.person.online is None or move.person.online.home != CLOUD):
        yield WRONG_ACCOUNT
    elif account.protected:
        yield NO_RIGHTS


def _domain_refusals(call: CmdletCall, move: Move) -> Iterator[str]:
    """A person of another AD domain is found only through a domain controller of that domain."""
    controller = str(move.bound.get("DomainController") or FOREST).lower()
    domain = move.account.domain.lower()
    if controller != domain and controller.partition(".")[2] != domain:
        yield f"Cannot find user in Active Directory with the following SIP URI: sip:{move.account.sip}."


def _remaining_obstacles(call: CmdletCall, move: Move) -> Iterator[MoveObstacle]:
    """The obstacles that no parameter of this call gets past."""
    found = move_obstacles(call.world, move.person, call.now)
    return (obstacle for obstacle in found if not (obstacle.skipped_by and move.bound.get(obstacle.skipped_by)))


def _is_about_domain(obstacle: MoveObstacle) -> bool:
    return obstacle.skipped_by == "DomainController"


def _sign_in(call: CmdletCall) -> Iterator[str]:
    """Moves to and from the cloud need an admin there; -Credential works only for one without a second factor."""
    given, admin = call.bound.get("Credential"), call.estate.cloud_admin
    if not isinstance(given, Credential):
        if not call.estate.uncertain.app_only_move:
            yield NEEDS_A_PERSON
    elif given.user.lower() != admin.user.lower():
        yield UNKNOWN_ACCOUNT.format(tenant=call.world.tenant.name)
    elif given.password != admin.password:
        yield WRONG_PASSWORD
    elif call.world.mover.mfa:
        yield SECOND_FACTOR


def _is_ours(world: EstateState, url: str) -> bool:
    """The middle part of the tenant's ServiceInstance is in the host name: …/EURO-1E-S3 → admin1e.online.lync.com."""
    cell = world.tenant.service_instance.rpartition("/")[2].split("-")[1].lower()
    return url.lower() == f"https://admin{cell}.online.lync.com/hostedmigration/hostedmigrationservice.svc"


def _arrive_in_cloud(call: CmdletCall, move: Move) -> None:
    """AD points to the cloud, what was on premises is deleted, the cloud takes over, meetings are queued."""
    estate, account, online = call.estate, move.account, move.person.online
    assert online
    account.locator, account.pool, account.target_pool = CLOUD, "", ""
    account.contacts, account.changed = 0, call.now
    online.home_before, online.home = online.hosting_provider(call.now), CLOUD
    online.home_from = online.policy_from = estate.time_after(estate.uncertain.online_shows_move_after)
    online.policy, online.changed = "UpgradeToTeams", call.now
    queue_meetings(call, move.person, online, "SfbToTeams")


def _arrive_at_home(call: CmdletCall, move: Move) -> None:
    """The home comes back, and nothing else: no contacts, no meetings, no number."""
    account, online = move.account, move.person.online
    account.locator, account.pool, account.target_pool = HERE, move.target, ""
    account.changed = call.now
    if online:
        online.home = online.home_before = HERE
        online.policy, online.changed = "", call.now


def _log_failure(call: CmdletCall, move: Move) -> None:
    call.log(move.account.sip, "failed")


def _save(call: CmdletCall, move: Move, result: Literal["done", "half"]) -> None:
    call.estate.mark_changed("people", move.person.number)
    call.log(move.account.sip, result)
