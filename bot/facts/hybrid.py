"""The hybrid parts and the servers: federation, hosting providers, the shared address space, replication, policies, versions."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, ValidationInfo

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import Flag, NonEmptyText, Text, Texts, normalize_address

DNS_ROUTING = "UseDnsSrvRouting"


def _read(fact: type[Fact], place: Any, name: str, **parameters: str | bool) -> ReadCall:
    return Cmdlet(place, name, parameters, pick=fact.property_names())


def default_partner_discovery(value: Any, edge: ValidationInfo) -> Any:
    """Partner discovery is a property of DNS routing alone."""
    return False if value is None and edge.data.get("routing_method") != DNS_ROUTING else value


class AccessEdge(Fact):
    """Get-CsAccessEdgeConfiguration: there is one, Global."""

    must_exist: ClassVar[bool] = True
    identity: Text = "Global"
    allow_outside_users: bool
    allow_federated_users: bool
    routing_method: NonEmptyText
    enable_partner_discovery: Annotated[bool, BeforeValidator(default_partner_discovery)] = False
    default_route: Text = ""  # only with default routing

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsAccessEdgeConfiguration")

    def is_federating(self) -> bool:
        """Whether Microsoft 365 can be reached: with default routing hosting providers are impossible."""
        return self.allow_outside_users and self.allow_federated_users and self.routing_method == DNS_ROUTING


class HostingProvider(Fact):
    """Get-CsHostingProvider. Half of these are hidden in its default display."""

    identity: NonEmptyText
    proxy_fqdn: NonEmptyText
    verification_level: NonEmptyText
    enabled: bool
    enabled_shared_address_space: bool
    hosts_ocs_users: bool = Field(alias="HostsOCSUsers")
    is_local: bool
    autodiscover_url: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsHostingProvider")

    def is_ready_for_hybrid(self) -> bool:
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

    must_exist: ClassVar[bool] = True
    identity: NonEmptyText = "Global"
    allow_federated_users: bool
    shared_sip_address_space: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "teams", "Get-CsTenantFederationConfiguration")


class SipDomain(Fact):
    """Get-CsSipDomain: the SIP domains on premises."""

    must_exist: ClassVar[bool] = True
    name: NonEmptyText

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "sfb", "Get-CsSipDomain")


class OnlineSipDomain(Fact):
    """Get-CsOnlineSipDomain: `status` is Enabled or Disabled. Its names are in no documentation: one that is not told is no answer."""

    must_exist: ClassVar[bool] = True  # each tenant has its own first domain
    name: NonEmptyText
    status: NonEmptyText

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

    fqdn: NonEmptyText
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

    must_exist: ClassVar[bool] = True
    text: NonEmptyText = Field(alias="")

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
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

    def has_agent(self, sip: str) -> bool:
        return any(normalize_address(uri) == sip for uri in self.agents_by_uri)
