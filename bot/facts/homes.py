"""People by the side on which they are homed, as the servers and as Teams show them."""

from pydantic import Field

from bot.calls import Cmdlet, ReadCall, filter_clause
from bot.facts import Fact
from bot.facts.types import Flag, Text, normalize_address

SAMPLE_SIZE = "100"  # people whose mode is read: enough to find some without a policy of their own
ON_PREMISES = "SRV:"  # the HostingProvider of everybody who is homed on premises


class HomedUser(Fact):
    """Get-CsUser -Filter: people homed at the provider `name` (SRV: = on premises), at most `most` of them.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csuser
    """

    sip_address: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        homed = filter_clause("HostingProvider", "eq", about["name"])
        return cls.select(Cmdlet("sfb", "Get-CsUser", {"Filter": homed, "ResultSize": int(about["most"])}))

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class OnlineUserOnPremises(Fact):
    """Get-CsOnlineUser -Filter: people that Teams shows as homed on premises, at most `most` of them.

    `identity` is the Entra object id. Only synchronised people with a valid SIP address are returned.
    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlineuser
    """

    identity: Text
    on_prem_enterprise_voice_enabled: Flag

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        homed = filter_clause("HostingProvider", "eq", ON_PREMISES)
        return cls.select(Cmdlet("teams", "Get-CsOnlineUser", {"Filter": homed, "ResultSize": int(about["most"])}))


class ModeOnPremises(Fact):
    """Get-CsOnlineUser -Filter: people that Teams shows as homed on premises, at most `most`, with their effective mode.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlineuser
    """

    sip_address: Text
    user_principal_name: Text = ""
    teams_upgrade_effective_mode: Text = ""
    #: A policy of their own; empty = the tenant's policy applies.
    teams_upgrade_policy: Text = ""
    account_enabled: bool | None = None
    #: False = not enabled on the servers, or no longer.
    on_prem_sip_enabled: bool | None = Field(default=None, alias="OnPremSIPEnabled")

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        homed, most = filter_clause("HostingProvider", "eq", ON_PREMISES), int(about.get("most", SAMPLE_SIZE))
        return cls.select(Cmdlet("teams", "Get-CsOnlineUser", {"Filter": homed, "ResultSize": most}))

    @property
    def follows_tenant(self) -> bool:
        """Whether this person's mode shows the tenant's: it was not granted to them alone, and the account is in use."""
        own = self.teams_upgrade_policy.removeprefix("Tag:")
        return own in ("", "Global") and self.account_enabled is not False and self.on_prem_sip_enabled is not False
