"""The tenant, as the MicrosoftTeams module shows it."""

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import Text


class TeamsTenant(Fact):
    """Get-CsTenant. No page lists its TeamsUpgrade properties: one that is missing is empty.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-cstenant
    """

    source = Cmdlet("teams", "Get-CsTenant")
    must_exist = True
    tenant_id: Text
    display_name: Text = ""
    #: Set by Microsoft alone.
    teams_upgrade_override_policy: Text = ""
    teams_upgrade_effective_mode: Text = ""
