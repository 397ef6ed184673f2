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


@dataclass(slots=True, kw_only=True)
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
    #: The capability as Get-CsOnlineUser calls it
    teams_name: str = ""
    #: FeatureTypes entry
    feature: str = ""


@dataclass(slots=True, kw_only=True)
class Sku:
    id: str
    #: skuPartNumber
    name: str
    plans: tuple[ServicePlan, ...]
    #: prepaidUnits.enabled
    units: int
    consumed: int = 0


@dataclass(slots=True, kw_only=True)
class Domain:
    """A domain of the tenant. `text` is the TXT record that proves ownership."""

    name: str
    text: str
    verified: bool = False
    default: bool = False
    initial: bool = False
    services: tuple[str, ...] = ("Email", "OfficeCommunicationsOnline")
    #: Get-CsOnlineSipDomain
    sip_enabled: bool = True
    authentication: str = "Managed"
    #: When a verification last looked in vain: resolvers remember that for a while
    missed: datetime = LONG_AGO


@dataclass(slots=True, kw_only=True)
class KeyCredential:
    """One keyCredential of a service principal."""

    id: str
    name: str
    thumbprint: str
    starts: datetime
    ends: datetime


@dataclass(slots=True, kw_only=True)
class ServicePrincipal:
    id: str
    app_id: str
    name: str
    #: servicePrincipalNames
    names: tuple[str, ...] = ()
    keys: list[KeyCredential] = field(default_factory=list)


@dataclass(slots=True)
class UpgradePolicy:
    """A coexistence mode as a policy; `Global` is what the tenant stands on."""

    name: str
    mode: str
    notify: bool = False


@dataclass(slots=True, kw_only=True)
class Tenant:
    """The Microsoft 365 organisation and the settings that exist once."""

    id: str = TENANT
    name: str = "Contoso"
    initial_domain: str = "contoso.onmicrosoft.com"
    country: str = "DE"
    service_instance: str = "MicrosoftCommunicationsOnline/EURO-1E-S3"
    sync_enabled: bool = True
    last_sync: datetime | None = None
    #: TeamsUpgradeOverridePolicy, set by Microsoft alone
    forced_teams_only: bool = False
    global_mode: str = "Islands"
    global_notify: bool = False
    #: Effective modes follow from then
    global_from: datetime = LONG_AGO
    mode_before: str = "Islands"
    meeting_migration: bool = True
    #: Domains that another tenant has verified
    elsewhere: tuple[str, ...] = ()
    #: AutomaticallyMigrateUserMeetings
    meetings_follow_dial_in: bool = True


@dataclass(slots=True, kw_only=True)
class Federation:
    """Get-CsTenantFederationConfiguration. The move service honours the shared SIP space from `shared_from` on."""

    allow_federated: bool = True
    #: None = AllowAllKnownDomains
    allowed: tuple[str, ...] | None = None
    blocked: tuple[str, ...] = ()
    shared: bool = True
    shared_from: datetime = LONG_AGO
    discovered_unverified: bool = False


@dataclass(slots=True)
class NumberAssignment:
    """A telephone number of the tenant and to whom it is assigned ("" = nobody)."""

    number: str
    kind: str = "DirectRouting"
    #: Object id
    person: str = ""
    #: Id of the emergency location
    location: str = ""


@dataclass(slots=True)
class SavedData:
    """A file of Export-CsUserData: contacts by the address that each person had then."""

    file: str
    contacts: dict[str, int]


@dataclass(slots=True, kw_only=True)
class UncertainBehaviour:
    """What nobody could find out about the real thing, so that the lab can behave both ways."""

    #: Seconds until Get-CsOnlineUser shows a move
    online_shows_move_after: float = 0
    #: Seconds; minutes to 24 h until the move service honours SharedSipAddressSpace
    shared_space_counts_after: float = 300
    meetings_succeed: bool = True
    #: Voice is on in Teams with a number that AD manages, where there is Phone System
    ad_number_works: bool = True
    #: Get-CsOnlineUser shows a number of AD as LineUri too, not as OnPremLineURI alone
    line_uri_shows_ad: bool = False
    #: How Get-CsOnlineUser says that it knows nobody so
    teams_unknown: Literal["in the target", "named", "unnamed"] = "in the target"
    #: Get-CsTenant has the TeamsUpgrade properties, which no page names
    tenant_tells_mode: bool = True
    #: A policy of their own counts for people of a tenant that Microsoft forces
    own_mode_beats_force: bool = False
    #: Get-CsUser takes a bare name for a SIP address before it takes it for a sign-in name
    names_find_addresses: bool = False
    #: How Grant-CsTeamsUpgradePolicy says that the tenant cannot be so
    teams_only_refused_by: Literal["warning", "error"] = "warning"
    #: Set- and Remove-CsPhoneNumberAssignment: issue 9165, by design
    numbers_refused_by: Literal["object", "error"] = "object"
    #: Move-CsUser without -Credential works from a non-interactive session
    app_only_move: bool = False


@dataclass(kw_only=True)
class EstateState:
    """Everything there is. Tables are keyed as their comment says; each table and each single object can be kept by its name."""

    #: number
    people: dict[int, EstatePerson] = field(default_factory=dict)
    #: Object id
    groups: dict[str, EntraGroup] = field(default_factory=dict)
    #: Sku id
    skus: dict[str, Sku] = field(default_factory=dict)
    #: Name, lower case
    domains: dict[str, Domain] = field(default_factory=dict)
    #: App id
    principals: dict[str, ServicePrincipal] = field(default_factory=dict)
    #: Online, by name
    upgrade_policies: dict[str, UpgradePolicy] = field(default_factory=dict)
    #: On premises, by name
    notify_policies: dict[str, UpgradePolicy] = field(default_factory=dict)
    #: name
    sip_domains: dict[str, SipDomain] = field(default_factory=dict)
    #: name
    hosting_providers: dict[str, HostingProvider] = field(default_factory=dict)
    #: name
    public_providers: dict[str, PublicProvider] = field(default_factory=dict)
    #: name
    allowed_domains: dict[str, ListedDomain] = field(default_factory=dict)
    #: name
    blocked_domains: dict[str, ListedDomain] = field(default_factory=dict)
    #: fqdn
    pools: dict[str, Pool] = field(default_factory=dict)
    #: name
    agent_groups: dict[str, AgentGroup] = field(default_factory=dict)
    #: fqdn
    replicas: dict[str, Replica] = field(default_factory=dict)
    #: thumbprint
    certificates: dict[str, OAuthCertificate] = field(default_factory=dict)
    #: "kind/name"
    oauth: dict[str, OAuthObject] = field(default_factory=dict)
    #: number
    numbers: dict[str, NumberAssignment] = field(default_factory=dict)
    #: Of one object each, by the noun of its cmdlets
    settings: dict[str, dict[str, str | bool]] = field(default_factory=dict)
    #: "name TYPE value"
    records: dict[str, DnsRecord] = field(default_factory=dict)
    #: File on a server, lower case
    saved: dict[str, SavedData] = field(default_factory=dict)
    #: Run number
    sync_runs: dict[int, SyncRun] = field(default_factory=dict)
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
