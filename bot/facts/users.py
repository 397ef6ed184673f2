"""People on the servers on premises, enabled for Skype for Business."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from bot.calls import Cmdlet, Json, ReadCall, filter_clause
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Flag, Guid, RequiredTexts, SipAddress, Text, normalize_address


class AssignedPolicies(Fact):
    """The policies of one person in Get-CsUser. Empty = inherited from the site or Global.

    The Grant-Cs… cmdlet of the same name assigns each.
    """

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
        """The policies that are assigned to this person, by kind."""
        values = self.model_dump(by_alias=True)
        return {kind: values[kind] for kind in AssignedPolicies.property_names() if values[kind]}


class OnPremUser(AssignedPolicies):
    """Get-CsUser by SIP address. Enabled means enabled for Skype for Business.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csuser
    """

    match_on: ClassVar[tuple[str, ...]] = ("SipAddress",)
    #: The distinguished name.
    identity: Text
    sip_address: Text
    user_principal_name: Text
    enabled: Flag
    #: "SRV:" on premises, the cloud's proxy FQDN online.
    hosting_provider: Text
    registrar_pool: Text
    #: Set only while a move hangs.
    target_registrar_pool: Text
    enterprise_voice_enabled: Flag
    line_uri: Text = Field(alias="LineURI")
    #: Set in a resource forest, where the AD account is rightly disabled.
    originator_sid: Text = ""
    #: The objectGUID, which stays the same when the person is renamed; empty = not told.
    guid: Guid = ""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Get-CsUser", each=tuple(f"sip:{key}" for key in keys)))]

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)

    def snapshot(self) -> dict[str, Json]:
        """The values that a move does not bring back, under the names of `MoveHistory`."""
        return {
            "RegistrarPool": self.registrar_pool,
            "LineUri": self.line_uri,
            "EnterpriseVoiceEnabled": self.enterprise_voice_enabled,
            "Policies": {**self.policies()},
        }


class OnPremUserByName(OnPremUser):
    """Get-CsUser by sign-in name. A server may answer with another person that has it as SIP address: compare."""

    match_on = ("UserPrincipalName", "SipAddress")

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Get-CsUser", each=tuple(keys)))]


class OnPremUserById(OnPremUser):
    """Get-CsUser by objectGUID.

    A search that finds no account answers with nothing. So whether an account is there is read one by one; the bulk search only finds.
    """

    match_on = ("Guid",)

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("sfb", "Get-CsUser", {"LdapFilter": _guid_filter(about["guid"])}))

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Get-CsUser", each=tuple(map(_guid_filter, keys)), each_as="LdapFilter"))]


def _guid_filter(guid: str) -> str:
    r"""The LDAP filter for an objectGUID: each byte as `\xx`, in AD's byte order, which differs from that of the text.

    https://learn.microsoft.com/windows/win32/adsi/search-filter-syntax
    """
    return f"(objectGUID={''.join(f'{chr(92)}{byte:02x}' for byte in UUID(guid).bytes_le)})"


class PoolUser(Fact):
    """Get-CsUser -Filter: everybody homed in the pool `name`.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csuser
    """

    sip_address: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("sfb", "Get-CsUser", {"Filter": filter_clause("RegistrarPool", "eq", about["name"])}))

    @property
    def sip(self) -> str:
        return normalize_address(self.sip_address)


class OuUser(PoolUser):
    """Get-CsUser -OU: everybody below the OU of this distinguished `name`."""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("sfb", "Get-CsUser", {"OU": about["name"]}))


class OnPremAccount(Fact):
    """Get-CsUser for everybody in all pools, with the properties that find them in the cloud.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csuser
    """

    source = Cmdlet("sfb", "Get-CsUser", {"ResultSize": "Unlimited"})
    must_exist = True
    sip_address: SipAddress
    user_principal_name: Text = ""
    guid: Text = ""
    sid: Text = ""
    #: In a resource forest, the account that signs in.
    originator_sid: Text = ""
    when_changed: Timestamp = None


class Delegates(Fact):
    """Get-CsUserDelegates (SfB 2019 CU1 and later): the delegates of one person.

    The page does not list its properties: any of these that names the person will do.
    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csuserdelegates
    """

    match_on = ("User", "SipAddress", "Identity")
    user: Text = ""
    sip_address: Text = ""
    identity: Text = ""
    delegates: RequiredTexts

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Get-CsUserDelegates", each=tuple(f"sip:{key}" for key in keys)))]


class ContactStore(Fact):
    """Debug-CsUnifiedContactStore: whether this person's contacts are in Exchange instead of on the server.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/debug-csunifiedcontactstore
    """

    match_on = ("Identity", "SipAddress", "User")
    identity: Text = ""
    sip_address: Text = ""
    user: Text = ""
    ucs_mode: Text = ""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("sfb", "Debug-CsUnifiedContactStore", each=tuple(f"sip:{key}" for key in keys)))]

    @property
    def is_migrated(self) -> bool | None:
        """None for an unknown mode. Microsoft's own diagnostics read "Disabled" and "Ready To Migrate" as not yet."""
        mode = self.ucs_mode.replace(" ", "").lower()
        return True if mode in ("migrating", "migrated") else False if mode in ("disabled", "readytomigrate") else None
