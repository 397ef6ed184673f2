"""The OAuth trusts between Exchange, Skype for Business and the cloud: named objects with properties."""

from collections.abc import Callable, Iterator
from typing import Any

from adapters.lab.cmdlets.registry import EXCHANGE, SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.entra_connect import AD
from adapters.lab.estate.servers import OAuthCertificate, OAuthObject, OAuthValue
from adapters.lab.powershell import filters
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import EnumValue, PSObject

# Of which modules these nouns are, and what a new object has that nobody named.
NOUNS: dict[str, tuple[str, dict[str, OAuthValue]]] = {
    "CsOAuthServer": (SFB, {"Realm": "", "Type": "AzureAcs", "IssuerIdentifier": ""}),
    "CsPartnerApplication": (SFB, {"Realm": "", "Enabled": True, "AcceptSecurityIdentifierInformation": False, "AuthToken": ""}),
    "AuthServer": (EXCHANGE, {"Enabled": True, "Realm": "", "Type": "MicrosoftACS", "IsDefaultAuthorizationEndpoint": False}),
    "PartnerApplication": (EXCHANGE, {"Enabled": True, "Realm": "", "UseAuthServer": True, "LinkedAccount": None}),
    "IntraOrganizationConnector": (EXCHANGE, {"Enabled": True}),
    "MailUser": (EXCHANGE, {"HiddenFromAddressListsEnabled": False, "RecipientType": "MailUser"}),
    "ManagementRoleAssignment": (EXCHANGE, {"Enabled": True}),
}
NO_PROPERTY = {"Identity", "Instance", "Confirm", "WhatIf", "Force", "InMemory", "DomainController", "Tenant", "PassThru"}
GRAPH_OF_EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"


def _key(call: CmdletCall) -> str:
    given = call.identity or call.bound.get("Name")
    return str(given) if given else f"{call.bound.get('Role', '')}-{call.bound.get('User', '')}".strip("-")


def _make_get(noun: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def get(call: CmdletCall) -> Iterator[CmdletOutput]:
        wanted = call.identity and call.identity.lower()
        found = [one for one in call.world.oauth.values() if one.kind == noun and wanted in (None, one.name.lower())]
        yield from map(_trust_object, filter(_requested_test(call), found))
        if wanted and not found:
            yield call.not_found_error(str(call.identity))

    return get


def _requested_test(call: CmdletCall) -> Callable[[OAuthObject], bool]:
    """-Role of role assignments, -Filter of mail users."""
    role, text = call.bound.get("Role"), call.bound.get("Filter")
    test = filters.parse_filter(str(text), {"name": "Name"}) if text else lambda row: True
    return lambda one: role in (None, one.values.get("Role")) and test({"Name": one.name})


def _trust_object(one: OAuthObject) -> PSObject:
    return ps_object(f"Microsoft.Rtc.Management.{one.kind}", one.name, Identity=one.name, Name=one.name, **one.values)


def _make_new(noun: str, defaults: dict[str, OAuthValue]) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def new(call: CmdletCall) -> Iterator[CmdletOutput]:
        name = _key(call)
        if f"{noun}/{name}" in call.world.oauth:
            raise call.terminating_error(f'The object "{name}" already exists.', "ObjectAlreadyExists")
        account = call.bound.get("LinkedAccount", call.bound.get("User"))
        if account and f"MailUser/{account}" not in call.world.oauth:
            raise call.terminating_error(call.not_found_error(str(account)).text, "ObjectNotFound")
        one = OAuthObject(noun, name, {**defaults, **_given_values(call)})
        if noun == "ManagementRoleAssignment":
            one.values["RoleAssigneeName"] = str(account)
        call.world.oauth[f"{noun}/{name}"] = one
        _save(call, noun, name)
        yield _trust_object(one)

    return new


def _save(call: CmdletCall, noun: str, name: str) -> None:
    """What belongs to the servers is on its way to all of them."""
    call.estate.mark_changed("oauth", f"{noun}/{name}")
    if noun.startswith("Cs"):
        call.estate.publish_cms_change()
    call.log(name)


def _given_values(call: CmdletCall) -> dict[str, OAuthValue]:
    return {name: _to_value(value) for name, value in call.bound.values.items() if name not in NO_PROPERTY and name != "Name"}


def _to_value(value: Any) -> OAuthValue:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return value if isinstance(value, str | bool | int) or value is None else str(value)


def _make_set(noun: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def change(call: CmdletCall) -> Iterator[CmdletOutput]:
        if one := _find(call, noun):
            one.values |= _given_values(call)
            _save(call, noun, one.name)
        else:
            yield call.not_found_error(_key(call))

    return change


def _make_remove(noun: str) -> Callable[[CmdletCall], Iterator[CmdletOutput]]:
    def remove(call: CmdletCall) -> Iterator[CmdletOutput]:
        if one := _find(call, noun):
            del call.world.oauth[f"{noun}/{one.name}"]
            _save(call, noun, one.name)
        else:
            yield call.not_found_error(_key(call))

    return remove


def _find(call: CmdletCall, noun: str) -> OAuthObject | None:
    wanted = f"{noun}/{_key(call)}".lower()
    return next((one for key, one in call.world.oauth.items() if key.lower() == wanted), None)


for _noun, (_module, _defaults) in NOUNS.items():
    cmdlet(f"Get-{_noun}", _module)(_make_get(_noun))
    cmdlet(f"New-{_noun}", _module)(_make_new(_noun, _defaults))
    if _noun != "ManagementRoleAssignment":  # is only made and removed
        cmdlet(f"Set-{_noun}", _module)(_make_set(_noun))
    cmdlet(f"Remove-{_noun}", _module)(_make_remove(_noun))


cmdlet("Get-AcceptedDomain", EXCHANGE)(_make_get("AcceptedDomain"))


@cmdlet("Get-CsOAuthConfiguration", SFB)
def get_cs_oauth_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    """There is one, Global; it names the servers and partners that exist."""
    world = call.world
    names = {kind: [one.name for one in world.oauth.values() if one.kind == kind] for kind in ("CsPartnerApplication", "CsOAuthServer")}
    values = world.oauth["CsOAuthConfiguration/Global"].values
    yield ps_object(
        "Microsoft.Rtc.Management.WritableConfig.Settings.SSAuth.OAuthSettings",
        "Global",
        Identity="Global",
        PartnerApplications=names["CsPartnerApplication"],
        OAuthServers=names["CsOAuthServer"],
        **values,
    )


@cmdlet("Set-CsOAuthConfiguration", SFB)
def set_cs_oauth_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    call.world.oauth["CsOAuthConfiguration/Global"].values.update(_given_values(call))
    call.estate.mark_changed("oauth", "CsOAuthConfiguration/Global")
    call.estate.publish_cms_change()
    call.log("Global")
    yield from ()


@cmdlet("Get-CsCertificate", SFB)
def get_cs_certificate(call: CmdletCall) -> Iterator[CmdletOutput]:
    for one in call.world.certificates.values():
        asked = call.bound.get("Type") or one.use
        if one.use != "ExchangeAuth" and one.use in (asked if isinstance(asked, list | tuple) else [asked]):
            yield _certificate(one, Use=one.use)


@cmdlet("Get-ExchangeCertificate", EXCHANGE)
def get_exchange_certificate(call: CmdletCall) -> Iterator[CmdletOutput]:
    wanted = call.bound.get("Thumbprint") or call.identity
    for one in call.world.certificates.values():
        if one.use == "ExchangeAuth" and wanted in (None, one.thumbprint):
            yield _certificate(one, Services=EnumValue("Microsoft.Exchange.Management.SystemConfigurationTasks.AllowedServices", "SMTP", 4))


def _certificate(one: OAuthCertificate, **more: Any) -> PSObject:
    return ps_object(
        "System.Security.Cryptography.X509Certificates.X509Certificate2",
        one.subject,
        Thumbprint=one.thumbprint,
        Subject=one.subject,
        Issuer=one.subject,
        NotBefore=one.starts,
        NotAfter=one.ends,
        SerialNumber=one.thumbprint[:16],
        RawData=one.public,
        **more,
    )


@cmdlet("Get-AuthConfig", EXCHANGE)
def get_auth_config(call: CmdletCall) -> Iterator[CmdletOutput]:
    current = next((one.thumbprint for one in call.world.certificates.values() if one.use == "ExchangeAuth"), None)
    yield ps_object(
        "Microsoft.Exchange.Data.Directory.SystemConfiguration.AuthConfig",
        "Auth Configuration",
        CurrentCertificateThumbprint=current,
        PreviousCertificateThumbprint=None,
        NextCertificateThumbprint=None,
        NextCertificateEffectiveDate=None,
        ServiceName=GRAPH_OF_EXCHANGE,
        Realm=AD,
    )


@cmdlet("Get-IntraOrganizationConfiguration", EXCHANGE)
def get_intra_organization_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield ps_object(
        "Microsoft.Exchange.Data.IntraOrganizationConfiguration",
        OnPremiseDiscoveryEndpoint="https://autodiscover.contoso.com/autodiscover/autodiscover.svc",
        OnPremiseWebServiceEndpoint="https://mail.contoso.com/ews/exchange.asmx",
        OnPremiseTargetAddresses=["contoso.com"],
        OnlineDiscoveryEndpoint="https://outlook.office365.com/autodiscover/autodiscover.svc",
        OnlineTargetAddress="contoso.mail.onmicrosoft.com",
    )
