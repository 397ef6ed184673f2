"""Which coexistence mode somebody is in: the tenant's, their own, or the one that Microsoft forces."""

from datetime import datetime

from adapters.lab.estate.person import HERE, EstatePerson
from adapters.lab.estate.state import EstateState


def effective_mode(world: EstateState, person: EstatePerson, now: datetime) -> str:
    """TeamsUpgradeEffectiveMode. A forced TeamsOnly overrides every policy, or all but those of single people."""
    online, forced = person.online, world.tenant.forced_teams_only
    if online and online.policy and now >= online.policy_from and (not forced or world.uncertain.own_mode_beats_force):
        return world.upgrade_policies[online.policy].mode
    if forced:
        return "TeamsOnly"
    return tenant_mode(world, now)


def tenant_mode(world: EstateState, now: datetime) -> str:
    """What people without a policy of their own are in; a change takes its time."""
    return world.tenant.global_mode if now >= world.tenant.global_from else world.tenant.mode_before


def interpreted_user_type(world: EstateState, person: EstatePerson, now: datetime) -> str:
    """InterpretedUserType: there is no official list, do not branch on the word."""
    online = person.online
    assert online
    home, mode = online.hosting_provider(now), effective_mode(world, person, now)
    if online.synced is None:
        return "PureOnlineTeamsOnlyUser" if home else "PureOnlineNoService"
    if not home:
        return "DirSyncNoServiceWithMCOValidationError" if online.validation_errors else "DirSyncNoService"
    place, kind = ("Onprem", "SfBUser") if home == HERE else ("Online", "TeamsOnlyUser" if mode == "TeamsOnly" else "SfBUser")
    return f"Hybrid{place}{kind if online.enabled else 'DisabledUser'}"
