"""Who lives on premises as Teams tells it."""

from bot.calls import Cmdlet, Look, where
from bot.facts import Fact, Text
from bot.facts.people import Flag


class HomedOnline(Fact):
    """Get-CsOnlineUser -Filter: people whom Teams shows as homed on premises, not more than `most` of them.

    `identity` is the Entra object id. Only synchronised people with a valid SIP address are told.
    https://learn.microsoft.com/powershell/module/teams/get-csonlineuser
    """

    identity: Text
    on_prem_enterprise_voice_enabled: Flag

    @classmethod
    def call(cls, **about: str) -> Look:
        filtered = where("HostingProvider", "eq", "SRV:")
        return Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filtered, "ResultSize": int(about["most"])}, pick=cls.picked())
