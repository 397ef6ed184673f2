"""Response groups on premises, and what auto attendants and call queues of Teams need there."""

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import Text, Texts, normalize_address


class AgentGroup(Fact):
    """Get-CsRgsAgentGroup: the agents of response groups, by name or as members of a distribution group.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csrgsagentgroup
    """

    source = Cmdlet("sfb", "Get-CsRgsAgentGroup")
    name: Text
    agents_by_uri: Texts
    distribution_group_address: Text = ""

    def has_agent(self, sip: str) -> bool:
        return any(normalize_address(uri) == sip for uri in self.agents_by_uri)


class HybridApplicationEndpoint(Fact):
    """Get-CsHybridApplicationEndpoint: an auto attendant or a call queue of Teams that has an account on premises.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cshybridapplicationendpoint
    """

    source = Cmdlet("sfb", "Get-CsHybridApplicationEndpoint")
    sip_address: Text
    display_name: Text = ""
