"""Policies for many people: external access, conferencing, voice routing and coexistence."""

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import Flag, NonEmptyText, Text


class ExternalAccessPolicy(Fact):
    """Get-CsExternalAccessPolicy on premises: Global, Site:… or Tag:…

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csexternalaccesspolicy
    """

    source = Cmdlet("sfb", "Get-CsExternalAccessPolicy")
    must_exist = True
    identity: Text
    enable_federation_access: bool
    enable_outside_access: bool


class ConferencingPolicy(Fact):
    """Get-CsConferencingPolicy: Global, Site:… or Tag:…

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csconferencingpolicy
    """

    source = Cmdlet("sfb", "Get-CsConferencingPolicy")
    identity: Text
    enable_dial_in_conferencing: Flag


class VoiceRoutingPolicy(Fact):
    """Get-CsOnlineVoiceRoutingPolicy: the routes of outgoing calls by Direct Routing.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlinevoiceroutingpolicy
    """

    source = Cmdlet("teams", "Get-CsOnlineVoiceRoutingPolicy")
    identity: Text

    @property
    def name(self) -> str:
        return self.identity.removeprefix("Tag:")


class UpgradeNotice(Fact):
    """Get-CsTeamsUpgradePolicy on premises: there it only says whether people see a notice that Teams is coming.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csteamsupgradepolicy
    """

    source = Cmdlet("sfb", "Get-CsTeamsUpgradePolicy", {"Identity": "Global"})
    identity: Text
    notify_sfb_users: bool


class GlobalUpgradePolicy(Fact):
    """Get-CsTeamsUpgradePolicy in Teams: the policy of everybody without one of their own.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csteamsupgradepolicy
    """

    source = Cmdlet("teams", "Get-CsTeamsUpgradePolicy", {"Identity": "Global"})
    must_exist = True
    identity: Text
    mode: NonEmptyText
    notify_sfb_users: Flag = False

    @property
    def name(self) -> str:
        """The name by which it is granted: there is one policy for each mode, and another one WithNotify."""
        return f"{self.mode}WithNotify" if self.notify_sfb_users else self.mode
