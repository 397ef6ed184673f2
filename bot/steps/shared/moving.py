"""Move-CsUser in both directions, and where a person is homed now as the two sides tell it."""

from datetime import timedelta

from bot.calls import Cmdlet, Secret, Value
from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.steps.shared.person_checks import ad_domain

SIGN_IN = say("contacts come along only if the first sign-in to Teams is within 30 days")
# A change of mode can take up to 24 hours: https://learn.microsoft.com/powershell/module/microsoftteams/grant-csteamsupgradepolicy
SHOWS_WITHIN = timedelta(hours=24)
AGAIN = 30.0  # seconds until the two sides are asked again when only one of them shows the move


def move_to_teams(person: OnPremUser, cloud: Cloud) -> Cmdlet:
    """The move to the cloud. Never -Force: it drops contacts and meetings for good."""
    return _move(person, cloud, cloud.proxy_fqdn)


def export_first(person: OnPremUser, cloud: Cloud) -> tuple[Cmdlet, ...]:
    """The safety export before a move, where a folder is configured. -UserFilter is the SIP address without "sip:"."""
    if not cloud.export_folder:
        return ()
    where = {"PoolFqdn": person.registrar_pool, "UserFilter": person.sip, "FileName": export_file(person, cloud)}
    return (Cmdlet("mover", "Export-CsUserData", where),)


def export_file(person: OnPremUser, cloud: Cloud) -> str:
    """The file of the safety export; empty where there is none. A later export of the same person takes its place, nobody else's does."""
    folder, name = cloud.export_folder.rstrip("\\"), "_".join(part for part in (person.sip, person.guid) if part)
    return f"{folder}\\{name}.zip" if folder else ""


def move_to_pool(person: OnPremUser, cloud: Cloud, pool: str) -> Cmdlet:
    """The move back to a pool on premises."""
    return _move(person, cloud, pool)


def _move(person: OnPremUser, cloud: Cloud, target: str) -> Cmdlet:
    parameters: dict[str, Value] = {"Identity": f"sip:{person.sip}", "Target": target, "Credential": Secret(cloud.admin), "Confirm": False}
    optional = {
        "DomainController": cloud.domain_controllers.get(ad_domain(person.identity), ""),
        "ProxyPool": cloud.proxy_pool,
        "HostedMigrationOverrideUrl": cloud.override_url,
    }
    return Cmdlet("mover", "Move-CsUser", parameters | {name: value for name, value in optional.items() if value})


def is_in_teams_by_servers(person: OnPremUser, cloud: Cloud) -> bool:
    return cloud.is_proxy(person.hosting_provider)


def is_in_teams_by_teams(online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    return isinstance(online, OnlineUser) and cloud.is_proxy(online.hosting_provider)


def is_in_teams(person: OnPremUser, online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    """Moved is who both sides call moved; Graph's accountType and OnPremHostingProvider lag for hours and prove nothing."""
    there = isinstance(online, OnlineUser) and is_in_teams_by_teams(online, cloud) and online.teams_upgrade_effective_mode == "TeamsOnly"
    return there and is_in_teams_by_servers(person, cloud) and not person.registrar_pool and not person.target_registrar_pool


def is_half_moved_back(person: OnPremUser, online: OnlineUser | ReadFailure | None, cloud: Cloud, pool: str) -> bool:
    """Whether a move back to this pool was left half done; repeating the same move is the documented repair."""
    settled = person.model_copy(update={"target_registrar_pool": ""})
    return bool(pool) and person.target_registrar_pool.lower() == pool and is_in_teams(settled, online, cloud)


def is_released_by_teams(online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    """Whether the cloud says that it has let go. OnPremHostingProvider follows with the next synchronisation and proves nothing."""
    if not isinstance(online, OnlineUser) or not online.hosting_provider:
        return False
    return not is_in_teams_by_teams(online, cloud) and online.teams_upgrade_effective_mode not in ("", "TeamsOnly")


def describe_both_sides(person: OnPremUser, online: OnlineUser | ReadFailure | None) -> LocalizedText:
    """What each side says, for a person whose sides disagree."""
    here = person.hosting_provider or "-"
    if person.target_registrar_pool:
        here = f"{here}, moving to {person.target_registrar_pool}"
    if isinstance(online, ReadFailure):
        return say("on premises says {here}; Teams could not be asked: {why}", here=here, why=online.why)
    if online is None:
        return say("on premises says {here}; Teams does not know the person", here=here)
    mode = online.teams_upgrade_effective_mode or "-"
    return say("on premises says {here}; Teams says {there}, mode {mode}", here=here, there=online.hosting_provider or "-", mode=mode)
