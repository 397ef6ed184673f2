"""What stands on premises in the pretend estate: Edge, providers, servers, Entra Connect, certificates. Plain data."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from adapters.lab.estate.person import LONG_AGO


@dataclass(slots=True)
class SipDomain:
    """A SIP domain of the on-premises topology."""

    name: str
    default: bool = False


@dataclass(slots=True, kw_only=True)
class AccessEdge:
    """Get-CsAccessEdgeConfiguration, Global."""

    outside: bool = True
    federated: bool = True
    discovery: bool = True
    anonymous: bool = True
    routing: Literal["UseDnsSrvRouting", "UseDefaultRouting"] = "UseDnsSrvRouting"
    default_route: str = ""
    #: With default routing
    verification: str = "UseSourceVerification"
    #: Further parameters that were set, by their own names
    others: dict[str, str | int | bool] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class HostingProvider:
    name: str
    proxy: str
    enabled: bool = True
    #: EnabledSharedAddressSpace
    shared: bool = False
    #: HostsOCSUsers
    hosts_users: bool = False
    verification: str = "UseSourceVerification"
    local: bool = False
    autodiscover: str = ""


@dataclass(slots=True)
class PublicProvider:
    name: str
    proxy: str
    enabled: bool = False
    verification: str = "UseSourceVerification"


@dataclass(slots=True)
class ListedDomain:
    """An entry of the allowed or the blocked list on premises."""

    name: str
    proxy: str = ""
    comment: str = ""


@dataclass(slots=True, kw_only=True)
class Pool:
    fqdn: str
    site: str = "Site:Contoso"
    roles: tuple[str, ...] = ("Registrar", "UserServer", "WebServer", "ApplicationServer")
    computers: tuple[str, ...] = ()
    #: An Edge pool with the federation route
    federates: bool = False
    #: Computers whose Front End service does not run
    stopped: tuple[str, ...] = ()

    @property
    def services(self) -> list[str]:
        return [f"{role}:{self.fqdn}" for role in self.roles]


@dataclass(slots=True)
class AgentGroup:
    """Who answers the calls of response groups: SIP addresses without "sip:", or the members of a distribution group."""

    name: str
    agents: tuple[str, ...] = ()
    distribution_group: str = ""


@dataclass(slots=True, kw_only=True)
class Replica:
    """A server with a copy of the Central Management Store; it has the newest change from `current_from` on (NEVER = unreachable)."""

    fqdn: str
    version: str = "7.0.2046.849"
    change: datetime = LONG_AGO
    current_from: datetime = LONG_AGO
    reachable: bool = True
    #: Of replication; a computer of another maker's application need not have one
    has_agent: bool = True


@dataclass(slots=True)
class CentralStore:
    """The Central Management Store: who hands it out, and since when each of its two agents is stopped (None = it runs)."""

    master: str = "pool01.contoso.com"
    master_stopped: datetime | None = None
    #: The File Transfer Agent
    agent_stopped: datetime | None = None

    @property
    def stopped_since(self) -> datetime | None:
        """Since when no server gets anything; None = they do."""
        return min((at for at in (self.master_stopped, self.agent_stopped) if at), default=None)


@dataclass(slots=True)
class Mover:
    """The machine that runs Move-CsUser: its server build and its MicrosoftTeams modules. The newest installed one is used."""

    build: str = "7.0.2046.849"
    modules: tuple[str, ...] = ("6.6.0",)
    tls12: bool = True
    #: The cloud admin's account asks for a second factor
    mfa: bool = False


@dataclass(slots=True, kw_only=True)
class SyncRun:
    number: int
    #: "Delta Import", "Delta Synchronization", "Export", …
    profile: str
    connector: str
    started: datetime
    ended: datetime
    result: str = "success"


@dataclass(slots=True, kw_only=True)
class SyncScheduler:
    """Entra Connect. A cycle runs from `started` to `ends`; what it carries over appears online at its end."""

    installed: bool = True
    enabled: bool = True
    staging: bool = False
    suspended: bool = False
    #: The wizard has seen the Skype for Business attributes
    schema_current: bool = True
    version: str = "2.5.190.0"
    #: Of the cycle that runs, or of the next one
    policy: Literal["Delta", "Initial"] = "Delta"
    started: datetime | None = None
    ends: datetime | None = None
    last_start: datetime = LONG_AGO
    count: int = 0


@dataclass(slots=True, kw_only=True)
class OAuthCertificate:
    thumbprint: str
    subject: str
    starts: datetime
    ends: datetime
    use: str = "OAuthTokenIssuer"
    #: DER of the public half, base64
    public: str = ""


OAuthValue = str | bool | int | list[str] | None


@dataclass(slots=True)
class OAuthObject:
    """One named object of the OAuth trust (auth server, partner application, connector, …): its properties under their own names."""

    #: The noun of its cmdlets, e.g. "PartnerApplication", "CsOAuthServer"
    kind: str
    name: str
    values: dict[str, OAuthValue] = field(default_factory=dict)


@dataclass(slots=True)
class DnsRecord:
    """One DNS record as the public sees it. `value` as in a zone file: text, target, address or "priority weight port target"."""

    name: str
    type: Literal["TXT", "SRV", "A", "CNAME", "MX", "NS"]
    value: str
    ttl: int = 3600
