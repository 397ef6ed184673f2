"""Hosting and public providers on the servers. Names and proxies are unique over both kinds together."""

from pydantic import Field

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text


class HostingProvider(Fact):
    """Get-CsHostingProvider. Its default display hides half of these properties.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cshostingprovider
    """

    source = Cmdlet("sfb", "Get-CsHostingProvider")
    identity: NonEmptyText
    proxy_fqdn: NonEmptyText
    verification_level: NonEmptyText
    enabled: bool
    enabled_shared_address_space: bool
    hosts_ocs_users: bool = Field(alias="HostsOCSUsers")
    is_local: bool
    autodiscover_url: Text = ""

    def is_ready_for_hybrid(self) -> bool:
        """Whether the servers look behind it for people of their own domains."""
        return (
            self.enabled
            and self.enabled_shared_address_space
            and self.hosts_ocs_users
            and not self.is_local
            and self.verification_level == "UseSourceVerification"
        )


class PublicProvider(Fact):
    """Get-CsPublicProvider.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cspublicprovider
    """

    source = Cmdlet("sfb", "Get-CsPublicProvider")
    identity: NonEmptyText
    proxy_fqdn: NonEmptyText
