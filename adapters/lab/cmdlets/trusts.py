"""The OAuth trusts between Exchange, Skype for Business and the cloud: named objects with properties."""

from collections.abc import Callable, Iterator
from typing import Any

from adapters.lab.cmdlets.registry import EXCHANGE, SFB, Call, ParsedCommand, cmdlet
from adapters.lab.estate.entra_connect import AD
from adapters.lab.estate.servers import Certificate, OAuthObject, Value
from adapters.lab.powershell import filters
from adapters.lab.powershell.common_objects import thing
from adapters.lab.powershell.values import Enum, Thing

# Of which modules these nouns are, and what a new object has that nobody named.
NOUNS: dict[str, tuple[str, dict[str, Value]]] = {
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


def _key(call: Call) -> str:
    given = call.identity or call.bound.get("Name")
    return str(given) if given else f"{call.bound.get('Role', '')}-{call.bound.get('User', '')}".strip("-")


def _getting(noun: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    def get(call: Call) -> Iterator[ParsedCommand]:
        wanted = call.identity and call.identity.lower()
        found = [one for one in call.world.oauth.values() if one.kind == noun and wanted in (None, one.name.lower())]
        yield from map(_shown, filter(_asked_for(call), found))
        if wanted and not found:
            yield call.missing(str(call.identity))

    return get


def _asked_for(call: Call) -> Callable[[OAuthObject], bool]:
    """-Role of role assignments, -Filter of mail users."""
    role, text = call.bound.get("Role"), call.bound.get("Filter")
    test = filters.parse(str(text), {"name": "Name"}) if text else lambda row: True
    return lambda one: role in (None, one.values.get("Role")) and test({"Name": one.name})


def _shown(one: OAuthObject) -> Thing:
    return thing(f"Microsoft.Rtc.Management.{one.kind}", one.name, Identity=one.name, Name=one.name, **one.values)


def _making(noun: str, defaults: dict[str, Value]) -> Callable[[Call], Iterator[ParsedCommand]]:
    def new(call: Call) -> Iterator[ParsedCommand]:
        name = _key(call)
        if f"{noun}/{name}" in call.world.oauth:
            raise call.stop(f'The object "{name}" already exists.', "ObjectAlreadyExists")
        account = call.bound.get("LinkedAccount", call.bound.get("User"))
        if account and f"MailUser/{account}" not in call.world.oauth:
            raise call.stop(call.missing(str(account)).text, "ObjectNotFound")
        one = OAuthObject(noun, name, {**defaults, **_given(call)})
        if noun == "ManagementRoleAssignment":
            one.values["RoleAssigneeName"] = str(account)
        call.world.oauth[f"{noun}/{name}"] = one
        _kept(call, noun, name)
        yield _shown(one)

    return new


def _kept(call: Call, noun: str, name: str) -> None:
    """What belongs to the servers is on its way to all of them."""
    call.estate.keep("oauth", f"{noun}/{name}")
    if noun.startswith("Cs"):
        call.estate.cms_changed()
    call.log(name)


def _given(call: Call) -> dict[str, Value]:
    return {name: _plain(value) for name, value in call.bound.values.items() if name not in NO_PROPERTY and name != "Name"}


def _plain(value: Any) -> Value:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return value if isinstance(value, str | bool | int) or value is None else str(value)


def _setting(noun: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    def change(call: Call) -> Iterator[ParsedCommand]:
        if one := _find(call, noun):
            one.values |= _given(call)
            _kept(call, noun, one.name)
        else:
            yield call.missing(_key(call))

    return change


def _removing(noun: str) -> Callable[[Call], Iterator[ParsedCommand]]:
    def remove(call: Call) -> Iterator[ParsedCommand]:
        if one := _find(call, noun):
            del call.world.oauth[f"{noun}/{one.name}"]
            _kept(call, noun, one.name)
        else:
            yield call.missing(_key(call))

    return remove


def _find(call: Call, noun: str) -> OAuthObject | None:
    wanted = f"{noun}/{_key(call)}".lower()
    return next((one for key, one in call.world.oauth.items() if key.lower() == wanted), None)


for _noun, (_module, _defaults) in NOUNS.items():
    cmdlet(f"Get-{_noun}", _module)(_getting(_noun))
    cmdlet(f"New-{_noun}", _module)(_making(_noun, _defaults))
    if _noun != "ManagementRoleAssignment":  # is only made and removed
        cmdlet(f"Set-{_noun}", _module)(_setting(_noun))
    cmdlet(f"Remove-{_noun}", _module)(_removing(_noun))


cmdlet("Get-AcceptedDomain", EXCHANGE)(_getting("AcceptedDomain"))


@cmdlet("Get-CsOAuthConfiguration", SFB)
def get_cs_oauth_configuration(call: Call) -> Iterator[ParsedCommand]:
    """There is one, Global; it names the servers and partners that exist."""
    world = call.world
    names = {kind: [one.name for one in world.oauth.values() if one.kind == kind] for kind in ("CsPartnerApplication", "CsOAuthServer")}
    values = world.oauth["CsOAuthConfiguration/Global"].values
    yield thing(
        "Microsoft.Rtc.Management.WritableConfig.Settings.SSAuth.OAuthSettings",
        "Global",
        Identity="Global",
        PartnerApplications=names["CsPartnerApplication"],
        OAuthServers=names["CsOAuthServer"],
        **values,
    )


@cmdlet("Set-CsOAuthConfiguration", SFB)
def set_cs_oauth_configuration(call: Call) -> Iterator[ParsedCommand]:
    call.world.oauth["CsOAuthConfiguration/Global"].values.update(_given(call))
    call.estate.keep("oauth", "CsOAuthConfiguration/Global")
    call.estate.cms_changed()
    call.log("Global")
    yield from ()


@cmdlet("Get-CsCertificate", SFB)
def get_cs_certificate(call: Call) -> Iterator[ParsedCommand]:
    for one in call.world.certificates.values():
        asked = call.bound.get("Type") or one.use
        if one.use != "ExchangeAuth" and one.use in (asked if isinstance(asked, list | tuple) else [asked]):
            yield _certificate(one, Use=one.use)


@cmdlet("Get-ExchangeCertificate", EXCHANGE)
def get_exchange_certificate(call: Call) -> Iterator[ParsedCommand]:
    wanted = call.bound.get("Thumbprint") or call.identity
    for one in call.world.certificates.values():
        if one.use == "ExchangeAuth" and wanted in (None, one.thumbprint):
            yield _certificate(one, Services=Enum("Microsoft.Exchange.Management.SystemConfigurationTasks.AllowedServices", "SMTP", 4))


def _certificate(one: Certificate, **more: Any) -> Thing:
    return thing(
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
def get_auth_config(call: Call) -> Iterator[ParsedCommand]:
    current = next((one.thumbprint for one in call.world.certificates.values() if one.use == "ExchangeAuth"), None)
    yield thing(
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
def get_intra_organization_configuration(call: Call) -> Iterator[ParsedCommand]:
    yield thing(
        "Microsoft.Exchange.Data.IntraOrganizationConfiguration",
        OnPremiseDiscoveryEndpoint="https://autodiscover.contoso.com/autodiscover/autodiscover.svc",
        OnPremiseWebServiceEndpoint="https://mail.contoso.com/ews/exchange.asmx",
        OnPremiseTargetAddresses=["contoso.com"],
        OnlineDiscoveryEndpoint="https://outlook.office365.com/autodiscover/autodiscover.svc",
        OnlineTargetAddress="contoso.mail.onmicrosoft.com",
    )
