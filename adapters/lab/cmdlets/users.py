"""People as the Skype for Business shell sees them: Get-CsUser and Get-CsAdUser."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.person import AdAccount, EstatePerson
from adapters.lab.powershell import filters
from adapters.lab.powershell.common_objects import OBJECT, LazyProperties, ad_object, user_pool
from adapters.lab.powershell.values import EnumValue, PSObject

USER = ("Microsoft.Rtc.Management.ADConnect.Schema.ADUser", "Microsoft.Rtc.Management.ADConnect.Schema.ADObject", OBJECT)
AD_USER = ("Microsoft.Rtc.Management.ADConnect.Schema.OCSADUser", OBJECT)
# An enumeration: scripts ask it for "AccountDisabled".
CONTROL = "Microsoft.Rtc.Management.ADConnect.Schema.UserAccountControlFlags"
NORMAL, DISABLED = EnumValue(CONTROL, "NormalAccount", 0x200), EnumValue(CONTROL, "AccountDisabled, NormalAccount", 0x202)
ARCHIVING = EnumValue("Microsoft.Rtc.Management.ADConnect.Core.ExchangeArchivingPolicyOptionsEnum", "Uninitialized", 0)
POLICIES = (  # each is granted by the cmdlet of its name
    *("ArchivingPolicy", "CallViaWorkPolicy", "ClientPolicy", "ClientVersionPolicy", "ConferencingPolicy", "DialPlan"),
    *("ExternalAccessPolicy", "HostedVoicemailPolicy", "LocationPolicy", "MobilityPolicy", "PersistentChatPolicy", "PinPolicy"),
    *("PresencePolicy", "TeamsUpgradePolicy", "UserServicesPolicy", "VoicePolicy", "VoiceRoutingPolicy"),
)
Property = Callable[[EstatePerson], Any]


def _account_property(read: Callable[[AdAccount], Any]) -> Property:
    def get(person: EstatePerson) -> Any:
        assert person.account
        return read(person.account)

    return get


def _policy_property(name: str) -> Property:
    return _account_property(lambda account: _assigned_policy(account, name))


def _assigned_policy(account: AdAccount, name: str) -> str | None:
    return (account.policies or {}).get(name)


_NAMES: dict[str, Property] = {
    "Identity": lambda person: ad_object(person.dn),
    "SamAccountName": _account_property(lambda account: account.sam),
    "UserPrincipalName": _account_property(lambda account: account.upn),
    "DisplayName": lambda person: person.display_name,
    "Name": lambda person: person.display_name,
    "FirstName": lambda person: person.given_name,
    "LastName": lambda person: person.surname,
    "WindowsEmailAddress": lambda person: person.mail or None,
    "SipAddress": _account_property(lambda account: f"sip:{account.sip}" if account.sip else None),
    "Enabled": _account_property(lambda account: account.enabled and bool(account.sip)),
    "Guid": lambda person: person.guid,
    "Sid": lambda person: person.sid,
    "WhenCreated": _account_property(lambda account: account.changed - timedelta(days=400)),
    "WhenChanged": _account_property(lambda account: account.changed),
}
PROPERTIES: dict[str, Property] = {
    **_NAMES,
    "HostingProvider": _account_property(lambda account: account.locator or None),
    "RegistrarPool": _account_property(lambda account: user_pool(account.pool)),
    "TargetRegistrarPool": _account_property(lambda account: user_pool(account.target_pool)),
    "HomeServer": _account_property(
        lambda account: ad_object(f"CN=Lc Services,CN=Microsoft,CN={account.pool},CN=Pools") if account.pool else None
    ),
    "TargetServerIfMoving": _account_property(
        lambda account: ad_object(f"CN={account.target_pool},CN=Pools") if account.target_pool else None
    ),
    "EnterpriseVoiceEnabled": _account_property(lambda account: account.enterprise_voice),
    "LineURI": _account_property(lambda account: account.line_uri or None),
    "OriginatorSid": lambda person: None,
    "ExchangeArchivingPolicy": lambda person: ARCHIVING,
    "TenantId": lambda person: UUID(int=0),
    **{name: _policy_property(name) for name in POLICIES},
    "ConferencingPolicy": _account_property(
        lambda account: _assigned_policy(account, "ConferencingPolicy") or ("DialIn" if account.dial_in else None)
    ),
    **dict.fromkeys(("LineServerURI", "PrivateLine", "HostedVoiceMail"), lambda person: None),
    **dict.fromkeys(("EnabledForFederation", "EnabledForInternetAccess", "EnabledForRichPresence"), lambda person: True),
    **dict.fromkeys(
        ("PublicNetworkEnabled", "ExUmEnabled", "AudioVideoDisabled", "IPPBXSoftPhoneRoutingEnabled", "RemoteCallControlTelephonyEnabled"),
        lambda person: False,
    ),
}
AD_PROPERTIES: dict[str, Property] = {
    **_NAMES,
    "UserAccountControl": _account_property(lambda account: DISABLED if account.disabled else NORMAL),
    "AdminCount": _account_property(
        lambda account: 1 if account.protected else 0
    ),  # (inf) no page lists it; without it nobody could see AdminSDHolder
    "Department": lambda person: person.department or None,
    "ProxyAddresses": _account_property(lambda account: [f"SMTP:{account.upn}", *([f"sip:{account.sip}"] if account.sip else [])]),
    **dict.fromkeys(("Office", "Title", "Phone", "MobilePhone"), lambda person: None),
}
FILTERABLE = {name.lower(): name for name in PROPERTIES}
AD_FILTERABLE = {name.lower(): name for name in AD_PROPERTIES}


def ad_user(person: EstatePerson) -> PSObject:
    """The object of Get-CsUser and of every -PassThru."""
    return PSObject(USER, LazyProperties(PROPERTIES, person), person.dn)


@cmdlet("Get-CsUser", SFB)
def get_cs_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _people(call, PROPERTIES, FILTERABLE, USER, enabled=True)


@cmdlet("Get-CsAdUser", SFB)
def get_cs_ad_user(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Finds people who are not enabled for Skype for Business too."""
    yield from _people(call, AD_PROPERTIES, AD_FILTERABLE, AD_USER, enabled=False)


def _people(
    call: CmdletCall, table: dict[str, Property], filterable: dict[str, str], types: tuple[str, ...], enabled: bool
) -> Iterator[CmdletOutput]:
    identity = call.identity
    if identity is not None and "*" not in identity:
        person = call.estate.directory.find_on_premises(identity)
        found = person and person.account and (person.account.sip or not enabled)
        yield PSObject(types, LazyProperties(table, person), person.dn) if person and found else call.not_found_error(identity)
        return
    fits = _row_test(call, filterable)
    left = _result_size(call)
    for person in call.world.people.values():
        if person.account is None or (enabled and not person.account.sip):
            continue
        if identity is not None and not fnmatchcase(person.display_name.lower(), identity.lower()):
            continue
        properties = LazyProperties(table, person)
        if not fits(properties):
            continue
        if left == 0:
            return
        left -= 1
        yield PSObject(types, properties, person.dn)


def _accept_each(row: object) -> bool:
    return True


def _row_test(call: CmdletCall, filterable: dict[str, str]) -> filters.RowTest:
    """-Filter and -OU together, or -LdapFilter."""
    test: filters.RowTest = _accept_each
    if text := call.bound.get("Filter"):
        try:
            test = filters.parse_filter(str(text), filterable)
        except filters.FilterError as problem:
            raise call.terminating_error(
                f"Cannot bind parameter 'Filter'. Cannot convert value \"{text}\": {problem}.", "InvalidFilter", 5
            ) from None
    if text := call.bound.get("LdapFilter"):
        try:
            guid = filters.parse_guid_filter(str(text))
        except filters.FilterError as problem:
            raise call.terminating_error(f"Cannot use parameter 'LdapFilter' with \"{text}\": {problem}.", "InvalidFilter", 5) from None
        return lambda row: row["Guid"] == guid
    ou = call.bound.get("OU")
    return test if ou is None else lambda row: row["Identity"].text.lower().endswith(f",{str(ou).lower()}") and test(row)


def _result_size(call: CmdletCall) -> int:
    size = call.bound.get("ResultSize")
    return -1 if size is None or str(size).lower() == "unlimited" else int(size)
