"""One person on both sides: the account on premises, the account in AD, and the user in Teams."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from bot.calls import Cmdlet, Json, ReadCall, where, where_any
from bot.facts import Fact
from bot.facts.telephone import normalize_number
from bot.facts.types import EnumText, Flag, Guid, OptionalInt, RequiredTexts, Text, Texts, normalize_address

ACCOUNTDISABLE = (
    0x2  # https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties
)


class AssignedPolicies(Fact):
    """The policies of one person in Get-CsUser; Grant-Cs… of the same name assigns each. Empty = inherited from the site or Global."""

    archiving_policy: Text = ""
    call_via_work_policy: Text = ""
    client_policy: Text = ""
    client_version_policy: Text = ""
    conferencing_policy: Text = ""
    dial_plan: Text = ""
    external_access_policy: Text = ""
    hosted_voicemail_policy: Text = ""
    location_policy: Text = ""
    mobility_policy: Text = ""
    persistent_chat_policy: Text = ""
    pin_policy: Text = ""
    presence_policy: Text = ""
    teams_upgrade_policy: Text = ""
    user_services_policy: Text = ""
    voice_policy: Text = ""
    voice_routing_policy: Text = ""

    def policies(self) -> dict[str, str]:
        """What is assigned to this person, by kind."""
        told = self.model_dump(by_alias=True)
        return {kind: told[kind] for kind in AssignedPolicies.property_names() if told[kind]}


class OnPremUser(AssignedPolicies):
    """Get-CsUser, asked for by SIP address. Enabled here means enabled for Skype for Business."""

    match_on: ClassVar[tuple[str, ...]] = ("SipAddress",)
    identity: Text  # distinguished name
    sip_address: Text
    user_principal_name: Text
    enabled: Flag
    hosting_provider: Text  # "SRV:" on premises, the cloud's proxy FQDN online
    registrar_pool: Text
    target_registrar_pool: Text  # only while a move hangs
    enterprise_voice_enabled: Flag
    line_uri: Text = Field(alias="LineURI")
    originator_sid: Text = ""  # set in a resource forest, where the AD account is rightly disabled
    guid: Guid = ""  # objectGUID: what never changes, whatever the person is called; empty = not told

    def snapshot(self) -> dict[str, Json]:
        """What a move does not bring back: kept under the names of `MoveHistory`."""
        return {
            "RegistrarPool": self.registrar_pool,
            "LineUri": self.line_uri,
            "EnterpriseVoiceEnabled": self.enterprise_voice_enabled,
            "Policies": {**self.policies()},
        }

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-CsUser", each=tuple(f"sip:{key}" for key in keys), pick=cls.property_names())]

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class PoolUser(Fact):
    """Get-CsUser -Filter: everybody homed in the pool `name`."""

    sip_address: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsUser", {"Filter": where("RegistrarPool", "eq", about["name"])}, pick=cls.property_names())

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class OuUser(PoolUser):
    """Get-CsUser -OU: everybody below the OU of this distinguished `name`."""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsUser", {"OU": about["name"]}, pick=cls.property_names())


class OnPremUserByName(OnPremUser):
    """The same, asked for by sign-in name. A server may answer with whoever has that as SIP address: compare."""

    match_on: ClassVar[tuple[str, ...]] = ("UserPrincipalName", "SipAddress")

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-CsUser", each=tuple(keys), pick=cls.property_names())]


class OnPremUserById(OnPremUser):
    """The same, asked for by objectGUID. A search that finds nobody says so by an empty answer, so people are asked about one by one.

    Whom many searches in one call do not find stays unread. Each byte is written as a backslash and two digits:
    https://learn.microsoft.com/windows/win32/adsi/search-filter-syntax
    """

    match_on: ClassVar[tuple[str, ...]] = ("Guid",)

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsUser", {"LdapFilter": _by_guid(about["guid"])}, pick=cls.property_names())

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-CsUser", each=tuple(map(_by_guid, keys)), each_as="LdapFilter", pick=cls.property_names())]


def _by_guid(guid: str) -> str:
    """In the order of the bytes in AD, which is not that of the letters."""
    return f"(objectGUID={''.join(f'{chr(92)}{byte:02x}' for byte in UUID(guid).bytes_le)})"


class AdUser(Fact):
    """Get-CsAdUser: also finds people who are not enabled for Skype for Business."""

    match_on: ClassVar[tuple[str, ...]] = ("UserPrincipalName", "SipAddress")
    user_principal_name: Text
    sip_address: Text
    user_account_control: EnumText = ""  # userAccountControl: "AccountDisabled, NormalAccount", or its number
    admin_count: OptionalInt = None  # not among the documented properties: None means that nobody could say

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-CsAdUser", each=tuple(keys), pick=cls.property_names())]

    @property
    def is_disabled(self) -> bool | None:
        """None when nobody could say."""
        told = self.user_account_control
        if told.isdecimal():
            return bool(int(told) & ACCOUNTDISABLE)
        return "accountdisable" in told.lower() if told else None


class AdUserSearch(Fact):
    """Get-CsAdUser -Filter: everybody who has one of these `names` (with spaces between) `by` sign-in name, or by e-mail address."""

    user_principal_name: Text
    sip_address: Text
    windows_email_address: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        prop = "WindowsEmailAddress" if about["by"] == "mail" else "UserPrincipalName"
        return Cmdlet("sfb", "Get-CsAdUser", {"Filter": where_any(prop, about["names"].split())}, pick=cls.property_names())

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)

    @property
    def upn(self) -> str:
        return normalize_address(self.user_principal_name)

    @property
    def mail(self) -> str:
        return normalize_address(self.windows_email_address)


class OnlineUser(Fact):
    """Get-CsOnlineUser, asked for by SIP address; `identity` is the Entra object id."""

    match_on: ClassVar[tuple[str, ...]] = ("SipAddress", "OnPremSipAddress")
    identity: Text
    user_principal_name: Text
    sip_address: Text
    on_prem_sip_address: Text
    hosting_provider: Text
    on_prem_hosting_provider: Text
    teams_upgrade_effective_mode: Text
    user_validation_errors: Texts
    soft_deletion_timestamp: Text = ""
    line_uri: Text = ""
    on_prem_line_uri: Text = Field(default="", alias="OnPremLineURI")  # the number that AD owns

    @property
    def number_in_teams(self) -> str:
        """The number that is assigned in Teams; empty = none. One that AD owns may be shown there too."""
        shown, owned = normalize_number(self.line_uri), normalize_number(self.on_prem_line_uri)
        return "" if shown == owned else shown

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        # Get-CsOnlineUser takes nothing from the pipeline.
        each = tuple(f"sip:{key}" for key in keys)
        return [Cmdlet("teams", "Get-CsOnlineUser", each=each, each_as="Identity", pick=cls.property_names())]

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        # one statement for twenty people: a statement costs far more than a person
        parts = (keys[start : start + 20] for start in range(0, len(keys), 20))
        filters = tuple(where_any("SipAddress", [f"sip:{key}" for key in part]) for part in parts)
        return Cmdlet("teams", "Get-CsOnlineUser", each=filters, each_as="Filter", pick=cls.property_names())


class OnlineUserByName(OnlineUser):
    """The same, asked for by sign-in name: finds those whose SIP address has not arrived."""

    match_on: ClassVar[tuple[str, ...]] = ("UserPrincipalName",)

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        return None

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("teams", "Get-CsOnlineUser", each=tuple(keys), each_as="Identity", pick=cls.property_names())]


class OnlineUserById(OnlineUserByName):
    """The same, asked for by object id."""

    match_on: ClassVar[tuple[str, ...]] = ("Identity",)


class Delegates(Fact):
    """Get-CsUserDelegates (SfB 2019 CU1 and later). The page does not list its properties: whichever names the person will do."""

    match_on: ClassVar[tuple[str, ...]] = ("User", "SipAddress", "Identity")
    user: Text = ""
    sip_address: Text = ""
    identity: Text = ""
    delegates: RequiredTexts

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Get-CsUserDelegates", each=tuple(f"sip:{key}" for key in keys), pick=cls.property_names())]


class ContactStore(Fact):
    """Debug-CsUnifiedContactStore: whether this person's contacts sit in Exchange instead of on the server."""

    match_on: ClassVar[tuple[str, ...]] = ("Identity", "SipAddress", "User")
    identity: Text = ""
    sip_address: Text = ""
    user: Text = ""
    ucs_mode: Text = ""

    @property
    def is_migrated(self) -> bool | None:
        """None when it says what nobody knows. Microsoft's own diagnostics read "Disabled" and "Ready To Migrate" as not yet."""
        mode = self.ucs_mode.replace(" ", "").lower()
        return True if mode in ("migrating", "migrated") else False if mode in ("disabled", "readytomigrate") else None

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("sfb", "Debug-CsUnifiedContactStore", each=tuple(f"sip:{key}" for key in keys), pick=cls.property_names())]


class Mailbox(Fact):
    """Get-Mailbox on the Exchange server, by sign-in name: found means that the mailbox is on premises."""

    match_on: ClassVar[tuple[str, ...]] = ("UserPrincipalName",)
    user_principal_name: Text

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("exchange", "Get-Mailbox", each=tuple(keys), pick=cls.property_names())]


class RemoteMailbox(Mailbox):
    """Get-RemoteMailbox: found means that the mailbox of this account on premises is in Exchange Online."""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [Cmdlet("exchange", "Get-RemoteMailbox", each=tuple(keys), pick=cls.property_names())]
