"""How the Edge speaks with the outside, in the SfB shell: its configuration, hosting and public providers, listed domains."""

from collections.abc import Iterator
from typing import Any, Literal

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet, get_by_identity
from adapters.lab.estate.servers import HostingProvider, ListedDomain, PublicProvider
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import EnumValue, PSObject

EDGE = "Microsoft.Rtc.Management.WritableConfig.Settings.Edge"
VERIFICATION = {"AlwaysVerifiable": 0, "AlwaysUnverifiable": 1, "UseSourceVerification": 2}
SWITCHES = {"AllowOutsideUsers": "outside", "AllowFederatedUsers": "federated", "AllowAnonymousUsers": "anonymous"}
EDGE_DEFAULTS: dict[str, str | int | bool] = {
    "BeClearingHouse": False,
    "EnableArchivingDisclaimer": False,
    "EnableUserReplicator": False,
    "KeepCrlsUpToDateForPeers": True,
    "MarkSourceVerifiableOnOutgoingMessages": True,
    "OutgoingTlsCountForFederatedPartners": 4,
    "DnsSrvCacheRecordCount": 131072,
    "DiscoveredPartnerStandardRate": 20,
    "EnableDiscoveredPartnerContactsLimit": True,
    "MaxContactsPerDiscoveredPartner": 1000,
    "DiscoveredPartnerReportPeriodMinutes": 60,
    "MaxAcceptedCertificatesStored": 1000,
    "MaxRejectedCertificatesStored": 500,
    "CertificatesDeletedPercentage": 20,
    "SkypeSearchUrl": "https://skypegraph.skype.com/search/v1.0",
}


def _verification(name: str) -> EnumValue:
    return EnumValue(f"{EDGE}.VerificationLevelType", name, VERIFICATION[name])


@cmdlet("Get-CsAccessEdgeConfiguration", SFB)
def get_cs_access_edge_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    edge = call.world.edge
    if call.identity not in (None, "Global", "global"):
        yield call.not_found_error(str(call.identity))
        return
    routing: dict[str, Any] = {
        "RoutingMethod": EnumValue(f"{EDGE}.RoutingMethodType", edge.routing, int(edge.routing == "UseDefaultRouting"))
    }
    if edge.routing == "UseDnsSrvRouting":
        routing |= {"EnablePartnerDiscovery": edge.discovery, "DiscoveredPartnerVerificationLevel": _verification("UseSourceVerification")}
    else:
        routing |= {"DefaultRoute": edge.default_route, "VerificationLevel": _verification(edge.verification), "IsPublicProvider": False}
    switches = {name: getattr(edge, attribute) for name, attribute in SWITCHES.items()}
    yield ps_object(
        f"{EDGE}.DisplayAccessEdgeSettings", "Global", Identity="Global", **switches, **{**EDGE_DEFAULTS, **edge.others}, **routing
    )


@cmdlet("Set-CsAccessEdgeConfiguration", SFB)
def set_cs_access_edge_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    edge, bound = call.world.edge, call.bound
    for name, value in call.given_parameters(*SWITCHES).items():
        setattr(edge, SWITCHES[name], value)
    if bound.set == "DnsSrvRouting":
        edge.routing, edge.default_route = "UseDnsSrvRouting", ""
        edge.discovery = bound.get("EnablePartnerDiscovery", edge.discovery)
    elif bound.set == "DefaultRoute":
        edge.routing, edge.discovery = "UseDefaultRouting", False
        edge.default_route = str(bound.get("DefaultRouteFqdn", ""))
        edge.verification = bound.get("VerificationLevel", edge.verification)
    edge.others |= call.given_parameters(*EDGE_DEFAULTS)
    _save_cms_change(call, "edge", "", "Global")
    yield from ()


@cmdlet("Get-CsHostingProvider", SFB)
def get_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.hosting_providers, _hosting_provider)


def _hosting_provider(provider: HostingProvider) -> PSObject:
    return _provider(
        "DisplayHostingProvider",
        provider,
        EnabledSharedAddressSpace=provider.shared,
        HostsOCSUsers=provider.hosts_users,
        IsLocal=provider.local,
        AutodiscoverUrl=provider.autodiscover or None,
        SipClientPort=443,
    )


FIELDS = {
    "Enabled": "enabled",
    "EnabledSharedAddressSpace": "shared",
    "HostsOCSUsers": "hosts_users",
    "VerificationLevel": "verification",
    "IsLocal": "local",
    "AutodiscoverUrl": "autodiscover",
}


@cmdlet("New-CsHostingProvider", SFB)
def new_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Identity and ProxyFqdn are unique over hosting and public providers together."""
    name, proxy = str(call.identity), str(call.bound["ProxyFqdn"])
    others: list[HostingProvider | PublicProvider] = [*call.world.hosting_providers.values(), *call.world.public_providers.values()]
    for other in others:
        if other.name.lower() == name.lower():
            raise call.terminating_error(_duplicate_key_text(name, "ProviderName"), "DuplicateKey")
        if other.proxy.lower() == proxy.lower():
            raise call.terminating_error(
                _duplicate_key_text(proxy, "ProxyFqdn"), "DuplicateKey"
            )  # (inf) only the text for the name is documented
    provider = HostingProvider(name=name, proxy=proxy)
    _fill(call, provider)
    call.world.hosting_providers[name] = provider
    _save_cms_change(call, "hosting_providers", name, name)
    yield _hosting_provider(provider)


def _duplicate_key_text(value: str, key: str) -> str:
    kind = f"urn:schema:Microsoft.Rtc.Management.Settings.Edge.2008:{key}"
    return f"There is a duplicate key sequence \"{value.upper()}\" for the '{kind}' key or unique identity constraint."


@cmdlet("Set-CsHostingProvider", SFB)
def set_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    if provider := _find_provider(call):
        _fill(call, provider)
        _save_cms_change(call, "hosting_providers", provider.name, provider.name)
    else:
        yield call.not_found_error(str(call.identity))


def _fill(call: CmdletCall, provider: HostingProvider) -> None:
    for name, value in call.given_parameters(*FIELDS).items():
        setattr(provider, FIELDS[name], "" if value is None else value)


@cmdlet("Enable-CsHostingProvider", SFB)
def enable_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _set_enabled(call, True)


@cmdlet("Disable-CsHostingProvider", SFB)
def disable_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _set_enabled(call, False)


def _set_enabled(call: CmdletCall, enabled: bool) -> Iterator[CmdletOutput]:
    if provider := _find_provider(call):
        provider.enabled = enabled
        _save_cms_change(call, "hosting_providers", provider.name, provider.name)
    else:
        yield call.not_found_error(str(call.identity))


@cmdlet("Remove-CsHostingProvider", SFB)
def remove_cs_hosting_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    if provider := _find_provider(call):
        del call.world.hosting_providers[provider.name]
        _save_cms_change(call, "hosting_providers", provider.name, provider.name)
    else:
        yield call.not_found_error(str(call.identity))


def _find_provider(call: CmdletCall) -> HostingProvider | None:
    wanted = str(call.identity).lower()
    return next((p for p in call.world.hosting_providers.values() if p.name.lower() == wanted), None)


@cmdlet("Get-CsPublicProvider", SFB)
def get_cs_public_provider(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.public_providers, _public_provider)


def _public_provider(provider: PublicProvider) -> PSObject:
    nothing = dict.fromkeys(("IconUrl", "NameDecorationRoutingDomain", "NameDecorationExcludedDomainList"))
    return _provider("DisplayPublicProvider", provider, **nothing, EnableSkypeIdRouting=False)


def _provider(kind: str, provider: HostingProvider | PublicProvider, **more: Any) -> PSObject:
    """What both kinds have."""
    names = {"Identity": provider.name, "Name": provider.name, "ProxyFqdn": provider.proxy}
    how = {"VerificationLevel": _verification(provider.verification), "Enabled": provider.enabled}
    return ps_object(f"{EDGE}.{kind}", provider.name, **names, **how, **more)


@cmdlet("Get-CsAllowedDomain", SFB)
def get_cs_allowed_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.allowed_domains, lambda one: _listed_domain(one, "AllowedDomain"))


@cmdlet("Get-CsBlockedDomain", SFB)
def get_cs_blocked_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.blocked_domains, lambda one: _listed_domain(one, "BlockedDomain"))


def _listed_domain(one: ListedDomain, kind: str) -> PSObject:
    more: dict[str, Any] = {"ProxyFqdn": one.proxy or None, "MarkForMonitoring": False} if kind == "AllowedDomain" else {}
    return ps_object(f"{EDGE}.{kind}", one.name, Identity=one.name, Domain=one.name, Comment=one.comment or None, **more)


@cmdlet("New-CsAllowedDomain", SFB)
@cmdlet("New-CsBlockedDomain", SFB)
def new_cs_listed_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    table = _table_name(call)
    name = str(call.identity or call.bound.get("Domain"))
    entries = getattr(call.world, table)
    if name.lower() in map(str.lower, entries):
        raise call.terminating_error(_duplicate_key_text(name, "Domain"), "DuplicateKey")
    entries[name] = ListedDomain(name, str(call.bound.get("ProxyFqdn") or ""), str(call.bound.get("Comment") or ""))
    _save_cms_change(call, table, name, name)
    yield _listed_domain(entries[name], "AllowedDomain" if table == "allowed_domains" else "BlockedDomain")


@cmdlet("Remove-CsAllowedDomain", SFB)
@cmdlet("Remove-CsBlockedDomain", SFB)
def remove_cs_listed_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    table = _table_name(call)
    name = str(call.identity)
    if getattr(call.world, table).pop(name, None) is None:
        yield call.not_found_error(name)
    else:
        _save_cms_change(call, table, name, name)


def _table_name(call: CmdletCall) -> Literal["allowed_domains", "blocked_domains"]:
    return "allowed_domains" if "Allowed" in call.name else "blocked_domains"


def _save_cms_change(call: CmdletCall, table: str, key: str, subject: str) -> None:
    call.estate.mark_changed(table, key)
    call.estate.publish_cms_change()
    call.log(subject)
