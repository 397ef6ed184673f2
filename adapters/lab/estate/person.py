"""One person of the pretend estate on both sides: the AD account, what Entra Connect carried over, and the cloud user. Plain data."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
CLOUD = "sipfed.online.lync.com"  # proxy FQDN of Microsoft 365: HostingProvider of everybody homed online
HERE = "SRV:"  # HostingProvider of everybody homed on premises
DOMAIN_SID = "S-1-5-21-1004336348-1177238915-682003330"


@dataclass(slots=True, kw_only=True)
class AdAccount:
    """The AD account with its Skype for Business attributes: what is true on premises."""

    #: Distinguished name of its parent
    ou: str
    sam: str
    upn: str
    #: Without "sip:"; empty = not SIP-enabled
    sip: str
    #: For Skype for Business
    enabled: bool = True
    #: msRTCSIP-DeploymentLocator
    locator: str = HERE
    #: "sip:" in proxyAddresses of somebody who is no longer enabled
    left_address: str = ""
    #: RegistrarPool; empty when homed online
    pool: str = "pool01.contoso.com"
    #: TargetRegistrarPool: set only while a move hangs
    target_pool: str = ""
    #: userAccountControl ACCOUNTDISABLE
    disabled: bool = False
    #: adminCount = 1, AdminSDHolder
    protected: bool = False
    enterprise_voice: bool = False
    line_uri: str = ""
    #: Has dial-in conferencing on premises
    dial_in: bool = False
    #: Contacts sit in Exchange (unified contact store)
    unified_contacts: bool = False
    contacts: int = 0
    meetings: int = 0
    #: SIP addresses without "sip:"
    delegates: tuple[str, ...] = ()
    #: "ConferencingPolicy" -> assigned name; absent = inherited
    policies: dict[str, str] | None = None
    #: "blocked": a conflict online keeps changes from arriving
    sync: Literal["in scope", "out of scope", "blocked"] = "in scope"
    #: User Replicator has loaded it into the pool database
    in_pool_from: datetime = LONG_AGO
    changed: datetime = LONG_AGO

    @property
    def domain(self) -> str:
        """The DNS name of its AD domain, read off the distinguished name."""
        return ".".join(part[3:] for part in self.ou.split(",") if part.upper().startswith("DC="))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedAttributes:
    """What Entra Connect carried over the last time it exported this person."""

    sip: str
    enabled: bool
    locator: str
    enterprise_voice: bool
    line_uri: str
    sam: str
    upn: str
    ou: str
    at: datetime = LONG_AGO


def synced_attributes(account: AdAccount, at: datetime | None = None) -> SyncedAttributes:
    """What Entra Connect takes along of an account."""
    return SyncedAttributes(
        sip=account.sip or account.left_address,
        enabled=account.enabled,
        locator=account.locator,
        enterprise_voice=account.enterprise_voice,
        line_uri=account.line_uri,
        sam=account.sam,
        upn=account.upn,
        ou=account.ou,
        at=at or LONG_AGO,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One assigned SKU. `ready`: its plans read Success from then; `counts`: the move service accepts it from then."""

    sku: str
    #: Service plan ids
    disabled: tuple[str, ...] = ()
    #: Object id of the group it comes through; empty = assigned directly
    group: str = ""
    since: datetime = LONG_AGO
    ready: datetime = LONG_AGO
    counts: datetime = LONG_AGO
    #: licenseAssignmentStates.error; empty = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ProvisioningConflict:
    """onPremisesProvisioningErrors: an attribute that the directory refused."""

    #: UserPrincipalName | ProxyAddresses
    property: str
    value: str
    at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingMigration:
    """One entry of the Meeting Migration Service: Pending until `starts`, InProgress until `ends`, then as `succeeds` says."""

    id: str
    created: datetime
    starts: datetime
    ends: datetime
    kind: str = "SfbToTeams"
    meetings: int = 0
    succeeds: bool = True

    def state(self, now: datetime) -> Literal["Pending", "InProgress", "Succeeded", "Failed"]:
        if now < self.starts:
            return "Pending"
        if now < self.ends:
            return "InProgress"
        return "Succeeded" if self.succeeds else "Failed"


@dataclass(slots=True, kw_only=True)
class CloudUser:
    """The cloud user: Entra attributes and what Teams knows. `synced` None = cloud-born."""

    upn: str
    #: Without "sip:"; stays empty while its domain is not verified
    sip: str = ""
    enabled: bool = True
    usage_location: str = "DE"
    licences: tuple[Licence, ...] = ()
    synced: SyncedAttributes | None = None
    #: proxyAddresses besides the own SMTP and SIP address
    aliases: tuple[str, ...] = ()
    #: HostingProvider from `home_from` on; empty = no SIP home
    home: str = ""
    home_before: str = ""
    home_from: datetime = LONG_AGO
    #: TeamsUpgradePolicy granted to this user; empty = Global
    policy: str = ""
    #: Effective mode follows from then
    policy_from: datetime = LONG_AGO
    policies: dict[str, str] | None = None
    #: UserValidationErrors
    validation_errors: tuple[str, ...] = ()
    conflicts: tuple[ProvisioningConflict, ...] = ()
    #: serviceProvisioningErrors
    service_errors: tuple[str, ...] = ()
    line_uri: str = ""
    enterprise_voice: bool = False
    migrations: tuple[MeetingMigration, ...] = ()
    #: Last sign-in to Teams
    signed_in: datetime | None = None
    #: soft-deleted
    deleted: datetime | None = None
    created: datetime = LONG_AGO
    changed: datetime = LONG_AGO

    @property
    def im_addresses(self) -> tuple[str, ...]:
        return (self.sip,) if self.sip else ()

    @property
    def proxy_addresses(self) -> tuple[str, ...]:
        return (f"SMTP:{self.upn}", *(f"sip:{address}" for address in self.im_addresses), *self.aliases)

    def has_address_in(self, domain: str) -> bool:
        """Whether the sign-in name or one of the addresses is in this domain."""
        return any(address.lower().endswith(f"@{domain}") for address in (self.upn, *self.proxy_addresses))

    def hosting_provider(self, now: datetime) -> str:
        return self.home if now >= self.home_from else self.home_before


def object_id(number: int) -> str:
    """In Entra, of the person with this number."""
    return f"00000000-0000-4000-8000-{number:012d}"


@dataclass(slots=True, kw_only=True)
class EstatePerson:
    """One human being on both sides; either may be missing."""

    #: All ids are made of it, so that they are short to keep and easy to read
    number: int
    display_name: str
    given_name: str
    surname: str
    account: AdAccount | None = None
    online: CloudUser | None = None
    mailbox: Literal["online", "on-premises", "none"] = "online"
    department: str = ""

    @property
    def id(self) -> str:
        """Object id in Entra."""
        return object_id(self.number)

    @property
    def guid(self) -> UUID:
        """objectGUID in AD."""
        return UUID(f"10000000-0000-4000-8000-{self.number:012d}")

    @property
    def immutable_id(self) -> str:
        return base64.b64encode(self.guid.bytes_le).decode()

    @property
    def sid(self) -> str:
        return f"{DOMAIN_SID}-{self.number + 1000}"

    @property
    def dn(self) -> str:
        """Distinguished name of the AD account ("" when there is none)."""
        escaped = "".join(f"\\{mark}" if mark in ',+"\\<>;=' else mark for mark in self.display_name)
        return f"CN={escaped},{self.account.ou}" if self.account else ""

    @property
    def sip(self) -> str:
        """The SIP address without "sip:", as on premises or else as online."""
        if self.account and self.account.sip:
            return self.account.sip
        return self.online.sip if self.online else ""

    @property
    def upn(self) -> str:
        return self.online.upn if self.online else self.account.upn if self.account else ""

    @property
    def mail(self) -> str:
        return "" if self.mailbox == "none" else self.upn
