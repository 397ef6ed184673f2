"""Who lives where: as the servers tell it, and as Teams does."""

from pydantic import Field

from bot.calls import Cmdlet, ReadCall, where
from bot.facts import Fact
from bot.facts.types import Flag, Text, normalize_address

SAMPLE_SIZE = "100"  # of whom a mode is asked: enough to find some without a policy of their own
ON_PREMISES = "SRV:"  # the HostingProvider of everybody who is homed there


class OnlineUserOnPremises(Fact):
    """Get-CsOnlineUser -Filter: people whom Teams shows as homed on premises, not more than `most` of them.

    `identity` is the Entra object id. Only synchronised people with a valid SIP address are told.
    https://learn.microsoft.com/powershell/module/teams/get-csonlineuser
    """

    identity: Text
    on_prem_enterprise_voice_enabled: Flag

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        filtered = where("HostingProvider", "eq", ON_PREMISES)
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filtered, "ResultSize": int(about["most"])}, pick=cls.property_names())


class HomedUser(Fact):
    """Get-CsUser -Filter: people homed at the provider `name` (SRV: = on premises), not more than `most` of them."""

    sip_address: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        filtered = where("HostingProvider", "eq", about["name"])
        return Cmdlet("sfb", "Get-CsUser", {"Filter": filtered, "ResultSize": int(about["most"])}, pick=cls.property_names())

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class ModeOnPremises(Fact):
    """Get-CsOnlineUser -Filter: people whom Teams shows as homed on premises, not more than `most`, and the mode in effect."""

    sip_address: Text
    user_principal_name: Text = ""
    teams_upgrade_effective_mode: Text = ""
    teams_upgrade_policy: Text = ""  # of their own; empty = the tenant's counts
    account_enabled: bool | None = None
    on_prem_sip_enabled: bool | None = Field(default=None, alias="OnPremSIPEnabled")  # False = not enabled on the servers (any more)

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        filtered, most = where("HostingProvider", "eq", ON_PREMISES), int(about.get("most", SAMPLE_SIZE))
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filtered, "ResultSize": most}, pick=cls.property_names())

    @property
    def follows_tenant(self) -> bool:
        """Whether the mode of this person tells which mode the tenant gives: neither granted to them alone, nor left on an old account."""
        own = self.teams_upgrade_policy.removeprefix("Tag:")
        return own in ("", "Global") and self.account_enabled is not False and self.on_prem_sip_enabled is not False
