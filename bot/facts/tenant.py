"""The tenant as the MicrosoftTeams module tells it."""

from typing import ClassVar

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import Flag, NonEmptyText, Text


class TeamsTenant(Fact):
    """Get-CsTenant. The names of its TeamsUpgrade properties are in no documentation: what is not told is empty."""

    must_exist: ClassVar[bool] = True
    tenant_id: Text
    display_name: Text = ""
    teams_upgrade_override_policy: Text = ""  # set by Microsoft alone
    teams_upgrade_effective_mode: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsTenant", pick=cls.property_names())


class GlobalUpgradePolicy(Fact):
    """Get-CsTeamsUpgradePolicy of everybody who has none of their own."""

    must_exist: ClassVar[bool] = True
    identity: Text
    mode: NonEmptyText
    notify_sfb_users: Flag = False

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsTeamsUpgradePolicy", {"Identity": "Global"}, pick=cls.property_names())

    @property
    def name(self) -> str:
        """By which it is granted: the policies are built in, one for each mode, and the same WithNotify."""
        return f"{self.mode}WithNotify" if self.notify_sfb_users else self.mode
