"""Why a move to the cloud would not go: the same rules for the move itself and for the truth that tests compare with.

Texts are the near-exact ones of Microsoft's support articles (506, 507, 510, "Cannot find user", "SetMoveResourceData", "Insufficient
access rights") and of the page of Move-CsUser ("multiple federated Edge pools"); those marked (inf) are made up in their manner.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.lab.estate.person import CLOUD, HERE, AdAccount, EstatePerson
from adapters.lab.estate.state import AUDIO_CONFERENCING, MCOSTANDARD, PHONE_SYSTEM, TEAMS, EstateState

DC = "dc01.contoso.com"
FOREST = "contoso.com"
WRONG_ACCOUNT = (
    "HostedMigration fault: Error=(506), Description=(The user could move be moved because there appears to be a problem with this "
    "user account. Please verify the attribute settings on the account and then try again.)"
)
NO_LICENCE = "HostedMigration fault: Error=(507), Description=(User must has an assigned license to use Skype for Business Online.)"
NOT_SHARED = "HostedMigration fault: Error=(510), Description=(This user's tenant is not enabled for shared sip address space.)"
NO_RIGHTS = (
    f'Active Directory operation failed on "{DC}". You cannot retry this operation: "Insufficient access rights to perform the operation"'
)
OLD_BUILD = (
    "The move cannot be started: this version of Skype for Business Server does not meet the minimum build for moves to Teams."  # (inf)
)
NO_MODULE = "The MicrosoftTeams module is not installed, or is older than 6.2.1. Install it with Install-Module MicrosoftTeams."  # (inf)
REGRESSION = "Could not load file or assembly 'Microsoft.Identity.Client' or one of its dependencies."  # (inf) only "breaks" is documented
OLD_FOREST = "Forest header can't be null"
UNIFIED = "The contacts of the user are in the unified contact store. Roll them back with Invoke-CsUcsRollback before the move."  # (inf)
MINIMUM_BUILDS = {7: (7, 0, 2046, 385), 6: (6, 0, 9319, 619), 5: (5, 0, 8308, 1182)}
FIXED_BUILD = (7, 0, 2046, 849)


@dataclass(frozen=True)
class MoveObstacle:
    """One reason: in short for people, and the text of the error that a move meets."""

    short: str
    text: str
    #: The parameter of Move-CsUser that gets past it
    skipped_by: str = ""


def move_obstacles(world: EstateState, person: EstatePerson, now: datetime) -> Iterator[MoveObstacle]:
    """All reasons in the order in which a move meets them; none for somebody who is in the cloud already."""
    account = person.account
    if account is None or account.locator == CLOUD:
        return
    yield from _machine_obstacles(world)
    if not account.sip or not account.enabled:
        yield MoveObstacle("not enabled for Skype for Business", f'Management object not found for identity "{person.upn}".')
        return
    yield from _hybrid_obstacles(world, account, now)
    yield from _cloud_user_obstacles(world, person, now)
    yield from _licence_obstacles(world, person, account, now)
    yield from _account_obstacles(account, now)


def _machine_obstacles(world: EstateState) -> Iterator[MoveObstacle]:
    build = parse_version(world.mover.build)
    newest = max((parse_version(module) for module in world.mover.modules), default=(0,))
    if build < MINIMUM_BUILDS.get(build[0], FIXED_BUILD):
        yield MoveObstacle("server build too old", OLD_BUILD)
    if newest == (5, 3, 0):
        yield MoveObstacle("MicrosoftTeams 5.3.0 breaks moves", OLD_FOREST)
    elif newest < (6, 2, 1):
        yield MoveObstacle("MicrosoftTeams module missing or too old", NO_MODULE)
    elif newest[:2] > (7, 1) and build < FIXED_BUILD:
        yield MoveObstacle("MicrosoftTeams module too new for this server build", REGRESSION)
    if not world.mover.tls12:
        yield MoveObstacle("TLS 1.2 is off", "The underlying connection was closed: An unexpected error occurred on a send.")


def _hybrid_obstacles(world: EstateState, account: AdAccount, now: datetime) -> Iterator[MoveObstacle]:
    if account.domain != FOREST:
        text = f"Cannot find user in Active Directory with the following SIP URI: sip:{account.sip}."
        yield MoveObstacle("lives in another AD domain", text, skipped_by="DomainController")
    if sum(pool.federates for pool in world.pools.values()) > 1:
        yield MoveObstacle(
            "multiple federated Edge pools", "The move failed because there are multiple federated Edge pools in the topology."
        )
    if not (world.edge.federated and world.edge.routing == "UseDnsSrvRouting"):
        yield MoveObstacle(
            "the Edge does not federate", "Federation is not enabled for the Access Edge service. The move cannot be started."
        )  # (inf)
    fits = (p for p in world.hosting_providers.values() if p.proxy == CLOUD and p.enabled and p.shared and p.hosts_users)
    if not any(fits):
        yield MoveObstacle(
            "no hosting provider for Microsoft 365", f'Cannot find a hosting provider with ProxyFqdn "{CLOUD}" that hosts users.'
        )  # (inf)
    if not world.federation.shared or now < world.federation.shared_from:
        yield MoveObstacle("SIP address space not shared", NOT_SHARED)


def _cloud_user_obstacles(world: EstateState, person: EstatePerson, now: datetime) -> Iterator[MoveObstacle]:
    account, online = person.account, person.online
    assert account
    domain = world.domains.get(account.sip.rpartition("@")[2].lower())
    if domain is None or not domain.verified:
        yield MoveObstacle("SIP domain not verified", WRONG_ACCOUNT)
    elif not domain.sip_enabled:
        yield MoveObstacle("SIP domain disabled online", WRONG_ACCOUNT)
    if online is None or online.synced is None:
        yield MoveObstacle("not in the cloud" if online is None else "not synchronised", WRONG_ACCOUNT)
        return
    if online.deleted:
        yield MoveObstacle("deleted in the cloud", WRONG_ACCOUNT)
    if domain and domain.verified and online.sip.lower() != account.sip.lower():
        yield MoveObstacle("SIP address differs online", WRONG_ACCOUNT)
    elif domain and domain.verified and online.hosting_provider(now) != HERE:
        yield MoveObstacle("not shown as homed on premises online", WRONG_ACCOUNT)
    if online.validation_errors or online.conflicts:
        yield MoveObstacle("validation or provisioning error online", WRONG_ACCOUNT)


def _licence_obstacles(world: EstateState, person: EstatePerson, account: AdAccount, now: datetime) -> Iterator[MoveObstacle]:
    if person.online is None:
        return
    if not person.online.usage_location:
        yield MoveObstacle("no usage location", NO_LICENCE)
    for plan, name in ((TEAMS, "Teams"), (MCOSTANDARD, "Skype for Business Online")):
        if not has_plan(world, person, plan, now):
            yield MoveObstacle(f"no plan {name}", NO_LICENCE)
    if account.enterprise_voice and not has_plan(world, person, PHONE_SYSTEM, now):
        text = "The user is enabled for Enterprise Voice and must have an assigned license for Phone System."  # (inf)
        yield MoveObstacle("no plan Phone System", text, skipped_by="BypassEnterpriseVoiceCheck")
    if account.dial_in and not has_plan(world, person, AUDIO_CONFERENCING, now):
        text = "The user has dial-in conferencing and must have an assigned license for Audio Conferencing."  # (inf)
        yield MoveObstacle("no plan Audio Conferencing", text, skipped_by="BypassAudioConferencingCheck")


def _account_obstacles(account: AdAccount, now: datetime) -> Iterator[MoveObstacle]:
    if account.unified_contacts:
        yield MoveObstacle("contacts in the unified store", UNIFIED)
    if now < account.in_pool_from:
        yield MoveObstacle("not yet in the pool database", "SetMoveResourceData failed because the user is not provisioned.")
    if account.disabled:
        yield MoveObstacle("AD account disabled", WRONG_ACCOUNT)
    if account.protected:
        yield MoveObstacle("AD account protected", NO_RIGHTS)


def has_plan(world: EstateState, person: EstatePerson, plan_id: str, now: datetime) -> bool:
    """Whether the move service accepts this plan: provisioned, and known to it."""
    accepted = (licence for licence, plan in world.plans(person) if plan.id == plan_id and plan.id not in licence.disabled)
    return any(now >= licence.ready and now >= licence.counts and not licence.error for licence in accepted)


def parse_version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("-")[0].split("."))
