"""Where a person is homed now, as the two sides tell it."""

from datetime import timedelta

from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.teams_users import OnlineUser
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say

# A change of mode can take up to 24 hours: https://learn.microsoft.com/powershell/module/microsoftteams/grant-csteamsupgradepolicy
SHOWS_WITHIN = timedelta(hours=24)
AGAIN = 30.0  # seconds until the two sides are asked again when only one of them shows the move


def is_in_teams_by_servers(person: OnPremUser, cloud: Cloud) -> bool:
    return cloud.is_proxy(person.hosting_provider)


def is_in_teams_by_teams(online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    return isinstance(online, OnlineUser) and cloud.is_proxy(online.hosting_provider)


def is_in_teams(person: OnPremUser, online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    """Whether both sides say that the person is moved.

    Graph's accountType and OnPremHostingProvider lag for hours and prove nothing.
    """
    there = isinstance(online, OnlineUser) and is_in_teams_by_teams(online, cloud) and online.teams_upgrade_effective_mode == "TeamsOnly"
    return there and is_in_teams_by_servers(person, cloud) and not person.registrar_pool and not person.target_registrar_pool


def is_half_moved_back(person: OnPremUser, online: OnlineUser | ReadFailure | None, cloud: Cloud, pool: str) -> bool:
    """Whether a move back to this pool was left half done.

    Repeating the same move is the documented repair.
    """
    settled = person.model_copy(update={"target_registrar_pool": ""})
    return bool(pool) and person.target_registrar_pool.lower() == pool and is_in_teams(settled, online, cloud)


def is_released_by_teams(online: OnlineUser | ReadFailure | None, cloud: Cloud) -> bool:
    """Whether the cloud says that it has released the person.

    OnPremHostingProvider follows with the next synchronisation and proves nothing.
    """
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
