"""Whether Microsoft holds the whole tenant at TeamsOnly, whatever mode was chosen for it.

https://learn.microsoft.com/skypeforbusiness/hybrid/configure-hybrid-connectivity (tenant mode and DNS)
"""

from collections.abc import Sequence

from bot.facts.homed import SomebodyHere
from bot.facts.tenant import TeamsTenant
from bot.say import say
from bot.step import Reason

FORCED = Reason(
    say("Microsoft has set the whole tenant to TeamsOnly (TeamsUpgradeOverridePolicy), so that no other mode counts"),
    say(
        "let lyncdiscover of a SIP domain lead to the servers on premises in public DNS, then verify that domain;"
        " where there is no public DNS at all, only Microsoft support can lift it"
    ),
    "domain",
)


def is_forced(tenant: TeamsTenant, chosen: str, people: Sequence[SomebodyHere]) -> bool | None:
    """None when nobody tells. The properties of the tenant are in no documentation: the surest sign is somebody on premises."""
    if tenant.teams_upgrade_override_policy:
        return True
    in_effect = {tenant.teams_upgrade_effective_mode, *(one.teams_upgrade_effective_mode for one in people)} - {""}
    return "TeamsOnly" in in_effect and chosen != "TeamsOnly" if in_effect else None
