"""What must hold before a person is moved back, beside the pool."""

from collections.abc import Iterator, Sequence

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.teams_users import OnlineUser
from bot.i18n import say
from bot.reader.tolerant import each_or_failure
from bot.step import Finding, Obstacle, Reason
from bot.step_names import COEXISTENCE
from bot.steps.shared.decide import Remark
from bot.steps.shared.estate_checks import check_estate_of_user
from bot.steps.shared.home_state import is_in_teams_by_teams
from bot.steps.shared.people_input.accounts import NO_ACCOUNT, NOT_ENABLED
from bot.steps.shared.person_checks import UserCheck, check_account, check_account_protection, not_checked, note_sign_in_name

ALL_TEAMS_ONLY = (
    say("everybody in the tenant is TeamsOnly, and who comes back would stay so"),
    say("choose another coexistence mode for everybody first"),
)


# check_server_build asks for more than 2015 CU8, before which a TeamsOnly grant of a person had to be taken away first
CHECKS: tuple[UserCheck, ...] = (check_account, check_account_protection, check_estate_of_user, note_sign_in_name)


async def check_cloud_only(others: Sequence[Finding], cloud: Cloud, read: Reader) -> list[Finding]:
    """A person whom only Teams knows was made in the cloud, and cannot come back."""
    strangers = [
        one.subject for one in others if isinstance(one, Obstacle) and (one.unknown or one.reasons[0] in (NO_ACCOUNT, NOT_ENABLED))
    ]
    online = await each_or_failure(read, OnlineUser, strangers)
    remedy = say(
        "enable an account in AD first (Enable-CsUser -HostingProviderProxyFqdn {proxy}), and let it synchronise", proxy=cloud.proxy_fqdn
    )
    made = Reason(say("was made in the cloud and has no account on premises"), remedy)
    return [Obstacle(one.subject, (made,), one.notes) if is_in_teams_by_teams(online.get(one.subject), cloud) else one for one in others]


def check_mode(modes: list[GlobalUpgradePolicy] | ReadFailure) -> Iterator[Remark]:
    if isinstance(modes, ReadFailure):
        yield not_checked(say("the coexistence mode of everybody"), modes)
    elif any(one.mode == "TeamsOnly" for one in modes):
        yield Reason(*ALL_TEAMS_ONLY, cured_by=COEXISTENCE)
