"""Who lives where: as the servers tell it, and as Teams does."""

from bot.calls import Cmdlet, Look, where
from bot.facts import Fact
from bot.facts.values import Flag, Text, address

ON_PREMISES = "SRV:"  # the HostingProvider of everybody who is homed there


class HomedOnline(Fact):
    """Get-CsOnlineUser -Filter: people whom Teams shows as homed on premises, not more than `most` of them.

    `identity` is the Entra object id. Only synchronised people with a valid SIP address are told.
    https://learn.microsoft.com/powershell/module/teams/get-csonlineuser
    """

    identity: Text
    on_prem_enterprise_voice_enabled: Flag

    @classmethod
    def call(cls, **about: str) -> Look:
        filtered = where("HostingProvider", "eq", ON_PREMISES)
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filtered, "ResultSize": int(about["most"])}, pick=cls.picked())


class HomedPerson(Fact):
    """Get-CsUser -Filter: people homed at the provider `name` (SRV: = on premises), not more than `most` of them."""

    sip_address: Text

    @classmethod
    def call(cls, **about: str) -> Look:
        filtered = where("HostingProvider", "eq", about["name"])
        return Cmdlet("sfb", "Get-CsUser", {"Filter": filtered, "ResultSize": int(about["most"])}, pick=cls.picked())

    @property
    def sip(self) -> str:
        return address(self.sip_address)


class SomebodyHere(Fact):
    """Get-CsOnlineUser -Filter: somebody whom Teams shows as homed on premises, and the mode that is in effect for them."""

    sip_address: Text
    teams_upgrade_effective_mode: Text = ""

    @classmethod
    def call(cls, **about: str) -> Look:
        filtered = where("HostingProvider", "eq", ON_PREMISES)
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filtered, "ResultSize": 1}, pick=cls.picked())
