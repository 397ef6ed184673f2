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


@dataclass(slots=True)
class AdAccount:
    """The AD account with its Skype for Business attributes: what is true on premises."""

    ou: str  # distinguished name of its parent
    sam: str
    upn: str
    sip: str  # without "sip:"; empty = not SIP-enabled
    enabled: bool = True  # for Skype for Business
    locator: str = HERE  # msRTCSIP-DeploymentLocator
    left_address: str = ""  # sip: in proxyAddresses of somebody who is no longer enabled
    pool: str = "pool01.contoso.com"  # RegistrarPool; empty when homed online
    target_pool: str = ""  # TargetRegistrarPool: set only while a move hangs
    disabled: bool = False  # userAccountControl ACCOUNTDISABLE
    protected: bool = False  # adminCount = 1, AdminSDHolder
    enterprise_voice: bool = False
    line_uri: str = ""
    dial_in: bool = False  # has dial-in conferencing on premises
    unified_contacts: bool = False  # contacts sit in Exchange (unified contact store)
    contacts: int = 0
    meetings: int = 0
    delegates: tuple[str, ...] = ()  # SIP addresses without "sip:"
    policies: dict[str, str] | None = None  # "ConferencingPolicy" -> assigned name; absent = inherited
    sync: Literal["in scope", "out of scope", "blocked"] = "in scope"  # blocked: a conflict online keeps changes from arriving
    in_pool_from: datetime = LONG_AGO  # User Replicator has loaded it into the pool database
    changed: datetime = LONG_AGO

    @property
    def domain(self) -> str:
        """The DNS name of its AD domain, read off the distinguished name."""
        return ".".join(part[3:] for part in self.ou.split(",") if part.upper().startswith("DC="))


@dataclass(frozen=True, slots=True)
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
        account.sip or account.left_address,
        account.enabled,
        account.locator,
        account.enterprise_voice,
        account.line_uri,
        account.sam,
        account.upn,
        account.ou,
        at or LONG_AGO,
    )


@dataclass(frozen=True, slots=True)
class Licence:
    """One assigned SKU. `ready`: its plans read Success from then; `counts`: the move service accepts it from then."""

    sku: str
    disabled: tuple[str, ...] = ()  # service plan ids
    group: str = ""  # object id of the group it comes through; empty = assigned directly
    since: datetime = LONG_AGO
    ready: datetime = LONG_AGO
    counts: datetime = LONG_AGO
    error: str = ""  # licenseAssignmentStates.error; empty = None


@dataclass(frozen=True, slots=True)
class ProvisioningConflict:
    """onPremisesProvisioningErrors: an attribute that the directory refused."""

    property: str  # UserPrincipalName | ProxyAddresses
    value: str
    at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
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


@dataclass(slots=True)
class CloudUser:
    """The cloud user: Entra attributes and what Teams knows. `synced` None = cloud-born."""

    upn: str
    sip: str = ""  # without "sip:"; stays empty while its domain is not verified
    enabled: bool = True
    usage_location: str = "DE"
    licences: tuple[Licence, ...] = ()
    synced: SyncedAttributes | None = None
    aliases: tuple[str, ...] = ()  # proxyAddresses besides the own SMTP and SIP address
    home: str = ""  # HostingProvider from `home_from` on; empty = no SIP home
    home_before: str = ""
    home_from: datetime = LONG_AGO
    policy: str = ""  # TeamsUpgradePolicy granted to this user; empty = Global
    policy_from: datetime = LONG_AGO  # effective mode follows from then
    policies: dict[str, str] | None = None
    validation_errors: tuple[str, ...] = ()  # UserValidationErrors
    conflicts: tuple[ProvisioningConflict, ...] = ()
    service_errors: tuple[str, ...] = ()  # serviceProvisioningErrors
    line_uri: str = ""
    enterprise_voice: bool = False
    migrations: tuple[MeetingMigration, ...] = ()
    signed_in: datetime | None = None  # last sign-in to Teams
    deleted: datetime | None = None  # soft-deleted
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


@dataclass(slots=True)
class EstatePerson:
    """One human being on both sides; either may be missing."""

    number: int  # all ids are made of it, so that they are short to keep and easy to read
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
