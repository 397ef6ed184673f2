"""What exists in the pretend estate, as plain data: people on both sides, the tenant, the servers. No I/O, no clock.

Nothing changes by itself: what takes time is stored with the moment from which it counts, and read against a given `now`.
Changing anything is for `estate.py` alone (it also logs and keeps it).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from adapters.lab.estate.person import LONG_AGO, EstatePerson, Licence
from adapters.lab.estate.servers import (
    AccessEdge,
    AgentGroup,
    CentralStore,
    DnsRecord,
    HostingProvider,
    ListedDomain,
    Mover,
    OAuthCertificate,
    OAuthObject,
    Pool,
    PublicProvider,
    Replica,
    SipDomain,
    SyncRun,
    SyncScheduler,
)

TENANT = "11111111-2222-4333-8444-555555555555"

# Service plans, by the ids of Microsoft's published list.
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
MCOSTANDARD = "0feaeb32-d00e-4d66-bd5a-43b5b83db82c"
PHONE_SYSTEM = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7"
AUDIO_CONFERENCING = "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40"
EXCHANGE = "efb87545-963c-4e0d-99df-69c6916d9eb0"  # EXCHANGE_S_ENTERPRISE


@dataclass(slots=True)
class EntraGroup:
    """An Entra group. Members are object ids of people and groups."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    licences: tuple[Licence, ...] = ()
    mail: str = ""


@dataclass(frozen=True, slots=True)
class ServicePlan:
    id: str
    name: str
    teams_name: str = ""  # the capability as Get-CsOnlineUser calls it
    feature: str = ""  # FeatureTypes entry


@dataclass(slots=True)
class Sku:
    id: str
    name: str  # skuPartNumber
    plans: tuple[ServicePlan, ...]
    units: int  # prepaidUnits.enabled
    consumed: int = 0


@dataclass(slots=True)
class Domain:
    """A domain of the tenant. `text` is the TXT record that proves ownership."""

    name: str
    text: str
    verified: bool = False
    default: bool = False
    initial: bool = False
    services: tuple[str, ...] = ("Email", "OfficeCommunicationsOnline")
    sip_enabled: bool = True  # Get-CsOnlineSipDomain
    authentication: str = "Managed"
    missed: datetime = LONG_AGO  # when a verification last looked in vain: resolvers remember that for a while


@dataclass(slots=True)
class KeyCredential:
    """One keyCredential of a service principal."""

    id: str
    name: str
    thumbprint: str
    starts: datetime
    ends: datetime


@dataclass(slots=True)
class ServicePrincipal:
    id: str
    app_id: str
    name: str
    names: tuple[str, ...] = ()  # servicePrincipalNames
    keys: list[KeyCredential] = field(default_factory=list)


@dataclass(slots=True)
class UpgradePolicy:
    """A coexistence mode as a policy; `Global` is what the tenant stands on."""

    name: str
    mode: str
    notify: bool = False


@dataclass(slots=True)
class Tenant:
    """The Microsoft 365 organisation and the settings that exist once."""

    id: str = TENANT
    name: str = "Contoso"
    initial_domain: str = "contoso.onmicrosoft.com"
    country: str = "DE"
    service_instance: str = "MicrosoftCommunicationsOnline/EURO-1E-S3"
    sync_enabled: bool = True
    last_sync: datetime | None = None
    forced_teams_only: bool = False  # TeamsUpgradeOverridePolicy, set by Microsoft alone
    global_mode: str = "Islands"
    global_notify: bool = False
    global_from: datetime = LONG_AGO  # effective modes follow from then
    mode_before: str = "Islands"
    meeting_migration: bool = True
    elsewhere: tuple[str, ...] = ()  # domains that another tenant has verified
    meetings_follow_dial_in: bool = True  # AutomaticallyMigrateUserMeetings


@dataclass(slots=True)
class Federation:
    """Get-CsTenantFederationConfiguration. The move service honours the shared SIP space from `shared_from` on."""

    allow_federated: bool = True
    allowed: tuple[str, ...] | None = None  # None = AllowAllKnownDomains
    blocked: tuple[str, ...] = ()
    shared: bool = True
    shared_from: datetime = LONG_AGO
    discovered_unverified: bool = False


@dataclass(slots=True)
class NumberAssignment:
    """A telephone number of the tenant and to whom it is assigned ("" = nobody)."""

    number: str
    kind: str = "DirectRouting"
    person: str = ""  # object id
    location: str = ""  # id of the emergency location


@dataclass(slots=True)
class SavedData:
    """A file of Export-CsUserData: contacts by the address that each person had then."""

    file: str
    contacts: dict[str, int]


@dataclass(slots=True)
class UncertainBehaviour:
    """What nobody could find out about the real thing, so that the lab can behave both ways."""

    online_shows_move_after: float = 0  # seconds until Get-CsOnlineUser shows a move
    shared_space_counts_after: float = 300  # seconds; minutes to 24 h until the move service honours SharedSipAddressSpace
    meetings_succeed: bool = True
    ad_number_works: bool = True  # voice is on in Teams with a number that AD manages, where there is Phone System
    line_uri_shows_ad: bool = False  # Get-CsOnlineUser shows a number of AD as LineUri too, not as OnPremLineURI alone
    teams_unknown: Literal["in the target", "named", "unnamed"] = "in the target"  # how Get-CsOnlineUser says that it knows nobody so
    tenant_tells_mode: bool = True  # Get-CsTenant has the TeamsUpgrade properties, which no page names
    own_mode_beats_force: bool = False  # a policy of their own counts for people of a tenant that Microsoft forces
    names_find_addresses: bool = False  # Get-CsUser takes a bare name for a SIP address before it takes it for a sign-in name
    teams_only_refused_by: Literal["warning", "error"] = "warning"  # how Grant-CsTeamsUpgradePolicy says that the tenant cannot be so
    numbers_refused_by: Literal["object", "error"] = "object"  # Set- and Remove-CsPhoneNumberAssignment: issue 9165, by design
    app_only_move: bool = False  # Move-CsUser without -Credential works from a non-interactive session


@dataclass
class EstateState:
    """Everything there is. Tables are keyed as their comment says; each table and each single object can be kept by its name."""

    people: dict[int, EstatePerson] = field(default_factory=dict)  # number
    groups: dict[str, EntraGroup] = field(default_factory=dict)  # object id
    skus: dict[str, Sku] = field(default_factory=dict)  # sku id
    domains: dict[str, Domain] = field(default_factory=dict)  # name, lower case
    principals: dict[str, ServicePrincipal] = field(default_factory=dict)  # app id
    upgrade_policies: dict[str, UpgradePolicy] = field(default_factory=dict)  # online, by name
    notify_policies: dict[str, UpgradePolicy] = field(default_factory=dict)  # on premises, by name
    sip_domains: dict[str, SipDomain] = field(default_factory=dict)  # name
    hosting_providers: dict[str, HostingProvider] = field(default_factory=dict)  # name
    public_providers: dict[str, PublicProvider] = field(default_factory=dict)  # name
    allowed_domains: dict[str, ListedDomain] = field(default_factory=dict)  # name
    blocked_domains: dict[str, ListedDomain] = field(default_factory=dict)  # name
    pools: dict[str, Pool] = field(default_factory=dict)  # fqdn
    agent_groups: dict[str, AgentGroup] = field(default_factory=dict)  # name
    replicas: dict[str, Replica] = field(default_factory=dict)  # fqdn
    certificates: dict[str, OAuthCertificate] = field(default_factory=dict)  # thumbprint
    oauth: dict[str, OAuthObject] = field(default_factory=dict)  # "kind/name"
    numbers: dict[str, NumberAssignment] = field(default_factory=dict)  # number
    settings: dict[str, dict[str, str | bool]] = field(default_factory=dict)  # of one object each, by the noun of its cmdlets
    records: dict[str, DnsRecord] = field(default_factory=dict)  # "name TYPE value"
    saved: dict[str, SavedData] = field(default_factory=dict)  # file on a server, lower case
    sync_runs: dict[int, SyncRun] = field(default_factory=dict)  # run number
    tenant: Tenant = field(default_factory=Tenant)
    federation: Federation = field(default_factory=Federation)
    edge: AccessEdge = field(default_factory=AccessEdge)
    central_store: CentralStore = field(default_factory=CentralStore)
    sync: SyncScheduler = field(default_factory=SyncScheduler)
    mover: Mover = field(default_factory=Mover)
    uncertain: UncertainBehaviour = field(default_factory=UncertainBehaviour)

    def person(self, object_id: str) -> EstatePerson | None:
        """By Entra object id; soft-deleted people too (`online.deleted`)."""
        head, _, tail = object_id.lower().rpartition("-")
        known = self.people.get(int(tail)) if head == "00000000-0000-4000-8000" and tail.isdecimal() else None
        return known if known and known.online else None

    def plans(self, person: EstatePerson) -> Iterator[tuple[Licence, ServicePlan]]:
        """Every service plan of every licence, the switched-off ones too (they are in `licence.disabled`)."""
        for licence in person.online.licences if person.online else ():
            for plan in self.skus[licence.sku].plans:
                yield licence, plan

    def plan_status(self, person: EstatePerson, plan_id: str, now: datetime) -> str | None:
        """provisioningStatus as licenseDetails shows it; None = no licence holds this plan. The best one wins."""
        ranks = ("Success", "PendingProvisioning", "Disabled")
        found = {
            "Disabled" if plan.id in licence.disabled else "Success" if now >= licence.ready else "PendingProvisioning"
            for licence, plan in self.plans(person)
            if plan.id == plan_id
        }
        return next((rank for rank in ranks if rank in found), None)
