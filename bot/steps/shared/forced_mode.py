"""Whether Microsoft holds the whole tenant at TeamsOnly: one answer for all steps.

https://learn.microsoft.com/skypeforbusiness/hybrid/configure-hybrid-connectivity (tenant mode and DNS)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.homes import ModeOnPremises
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.tenant import TeamsTenant
from bot.facts.types import normalize_address
from bot.i18n import LocalizedText, first_few, say
from bot.reader.tolerant import all_or_failure
from bot.step import Reason
from bot.step_names import DOMAIN
from bot.steps.shared.decide import AGAIN

TEAMS_ONLY = "TeamsOnly"
ENOUGH = 2  # people who agree: one alone may have been left behind, or wait for a change
LEAD_HOME = say(
    "let lyncdiscover of a SIP domain lead to the servers on premises in public DNS, then verify that domain;"
    " where there is no public DNS at all, only Microsoft support can lift it"
)
FORCED = Reason(
    say("Microsoft has set the whole tenant to TeamsOnly (TeamsUpgradeOverridePolicy), so that no other mode counts"),
    LEAD_HOME,
    DOMAIN,
)


@dataclass(frozen=True, kw_only=True)
class ForcedMode:
    """Whether Microsoft has set the whole tenant to TeamsOnly."""

    #: None = neither the tenant nor its users tell.
    is_forced: bool | None
    #: What speaks for it, where it is not the property that only Microsoft sets.
    seen: LocalizedText | None = None
    #: What could not be told.
    why_unclear: LocalizedText | None = None
    #: Seconds after which a read that failed is worth another try.
    recheck_after: float | None = None
    #: Told by the property that only Microsoft sets; all else may be a change that has not arrived yet.
    by_override: bool = False

    @property
    def reason(self) -> Reason:
        """Why nobody could stay on premises, where it is forced."""
        return FORCED if self.seen is None else Reason(self.seen, LEAD_HOME, DOMAIN)


async def read_forced_mode(
    read: Reader, tenants: Sequence[TeamsTenant] | ReadFailure, modes: Sequence[GlobalUpgradePolicy] | ReadFailure
) -> ForcedMode:
    """Reads the tenant, and where that tells nothing, the modes of people on premises.

    The properties of the tenant are in no documentation.
    """
    if isinstance(tenants, ReadFailure) or isinstance(modes, ReadFailure):
        unread = next(one for one in (tenants, modes) if isinstance(one, ReadFailure))
        return ForcedMode(
            is_forced=None, why_unclear=say("the mode of the tenant could not be read: {why}", why=unread.why), recheck_after=AGAIN
        )
    if any(one.teams_upgrade_override_policy for one in tenants):
        return ForcedMode(is_forced=True, by_override=True)
    chosen = modes[0].mode
    if chosen == TEAMS_ONLY:
        return ForcedMode(is_forced=False)  # what was chosen is in effect: no sign could tell the two apart
    if in_effect := {one.teams_upgrade_effective_mode for one in tenants} - {""}:
        return ForcedMode(is_forced=True, seen=_teams_only_text(chosen)) if TEAMS_ONLY in in_effect else ForcedMode(is_forced=False)
    return _judge_by_users(chosen, await all_or_failure(read, ModeOnPremises))


def _teams_only_text(chosen: str) -> LocalizedText:
    return say(
        "TeamsOnly is in effect for the whole tenant although {mode} was chosen:"
        " Microsoft forces it, or the choice is less than 24 hours old",
        mode=chosen,
    )


def _judge_by_users(chosen: str, people: Sequence[ModeOnPremises] | ReadFailure) -> ForcedMode:
    """Concludes from people without a policy of their own whose account is in use."""
    if isinstance(people, ReadFailure):
        return ForcedMode(
            is_forced=None, why_unclear=say("the mode of the tenant could not be read: {why}", why=people.why), recheck_after=AGAIN
        )
    following = [one for one in people if one.follows_tenant]
    if any(one.teams_upgrade_effective_mode == chosen for one in following):
        return ForcedMode(is_forced=False)
    held = [normalize_address(one.sip_address) for one in following if one.teams_upgrade_effective_mode == TEAMS_ONLY]
    names = first_few(held, 10)
    if len(held) >= ENOUGH:
        words = say(
            "people without a mode of their own are TeamsOnly although {mode} was chosen: {names};"
            " Microsoft forces it, or the choice is less than 24 hours old",
            mode=chosen,
            names=names,
        )
        return ForcedMode(is_forced=True, seen=words)
    if held:
        words = say(
            "chosen is {mode}; only {name} is TeamsOnly without a mode of their own, which tells nothing of the others yet",
            mode=chosen,
            name=names,
        )
        return ForcedMode(is_forced=None, why_unclear=words)
    words = say("chosen is {mode}; which mode is in effect shows once somebody without a mode of their own is synchronised", mode=chosen)
    return ForcedMode(is_forced=None, why_unclear=words)
