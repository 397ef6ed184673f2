"""The hybrid parts and the servers: federation, hosting providers, the shared address space, replication, policies, versions."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, ValidationInfo

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.values import Flag, Text, Texts, Told, address

DNS_ROUTING = "UseDnsSrvRouting"


def _read(fact: type[Fact], place: Any, name: str, **parameters: str | bool) -> ReadCall:
    return Cmdlet(place, name, parameters, pick=fact.picked())


def off_with_default_routing(value: Any, edge: ValidationInfo) -> Any:
    """Partner discovery is a property of DNS routing alone."""
    return False if value is None and edge.data.get("routing_method") != DNS_ROUTING else value


class AccessEdge(Fact):
    """Get-CsAccessEdgeConfiguration: there is one, Global."""

    everywhere: ClassVar[bool] = True
    identity: Text = "Global"
    allow_outside_users: bool
    allow_federated_users: bool
    routing_method: Told
    enable_partner_discovery: Annotated[bool, BeforeValidator(off_with_default_routing)] = False
    default_route: Text = ""  # only with default routing

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsAccessEdgeConfiguration")

    def federates(self) -> bool:
        """Whether Microsoft 365 can be reached: with default routing hosting providers are impossible."""
        return self.allow_outside_users and self.allow_federated_users and self.routing_method == DNS_ROUTING


class HostingProvider(Fact):
    """Get-CsHostingProvider. Half of these are hidden in its default display."""

    identity: Told
    proxy_fqdn: Told
    verification_level: Told
    enabled: bool
    enabled_shared_address_space: bool
    hosts_ocs_users: bool = Field(alias="HostsOCSUsers")
    is_local: bool
    autodiscover_url: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsHostingProvider")

    def is_wanted(self) -> bool:
        """Whether people of our own domains are looked for behind it."""
        return (
            self.enabled
            and self.enabled_shared_address_space
            and self.hosts_ocs_users
            and not self.is_local
            and self.verification_level == "UseSourceVerification"
        )


class TenantFederation(Fact):
    """Get-CsTenantFederationConfiguration: there is one, Global."""

    everywhere: ClassVar[bool] = True
    identity: Told = "Global"
    allow_federated_users: bool
    shared_sip_address_space: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "teams", "Get-CsTenantFederationConfiguration")


class SipDomain(Fact):
    """Get-CsSipDomain: the SIP domains on premises."""

    everywhere: ClassVar[bool] = True
    name: Told

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsSipDomain")


class OnlineSipDomain(Fact):
    """Get-CsOnlineSipDomain: `status` is Enabled or Disabled. Its names are in no documentation: one that is not told is no answer."""

    everywhere: ClassVar[bool] = True  # each tenant has its own first domain
    name: Told
    status: Told

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "teams", "Get-CsOnlineSipDomain")


class PatchVersion(Fact):
    """Get-CsServerPatchVersion: the components of the machine that moves people (2015 and later)."""

    version: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "mover", "Get-CsServerPatchVersion")


class TeamsModule(Fact):
    """The MicrosoftTeams modules installed on the machine that moves people; the newest one is what Move-CsUser loads."""

    name: Text
    version: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "mover", "Get-Module", Name="MicrosoftTeams", ListAvailable=True)


class Pool(Fact):
    """Get-CsPool: `services` tells the registrar pools from the rest."""

    fqdn: Told
    services: Texts
    computers: Texts

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsPool")

    def is_registrar(self) -> bool:
        """Whether people can be homed here."""
        return any(service.partition(":")[0] == "Registrar" for service in self.services)


class WindowsService(Fact):
    """Get-CsWindowsService of one server, by its `name`. It needs rights on that server."""

    name: Text
    status: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsWindowsService", ComputerName=about["name"], ExcludeActivityLevel=True)


class FabricState(Fact):
    """Get-CsPoolFabricState of one pool, by its `name`: text, of whose wording the page says nothing."""

    everywhere: ClassVar[bool] = True
    text: Told = Field(alias="")

    @classmethod
    def picked(cls) -> tuple[str, ...]:
        return ()  # text has no properties

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsPoolFabricState", PoolFqdn=about["name"])


class ConferencingPolicy(Fact):
    """Get-CsConferencingPolicy: Global, Site:… or Tag:…"""

    identity: Text
    enable_dial_in_conferencing: Flag

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsConferencingPolicy")


class AgentGroup(Fact):
    """Get-CsRgsAgentGroup: who answers the calls of response groups, by name or as members of a distribution group."""

    name: Text
    agents_by_uri: Texts
    distribution_group_address: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsRgsAgentGroup")

    def names(self, sip: str) -> bool:
        return any(address(uri) == sip for uri in self.agents_by_uri)
