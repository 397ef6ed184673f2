"""The tenant in the MicrosoftTeams module: itself, its federation, its SIP domains."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from adapters.lab.cmdlets.registry import TEAMS, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.state import Domain, Tenant
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import EnumValue, PSObject

FEDERATION = "Microsoft.Rtc.Management.WritableConfig.Settings.Edge"
SET_FLAGS = {"AllowFederatedUsers": "allow_federated", "TreatDiscoveredPartnersAsUnverified": "discovered_unverified"}
MOST_DOMAINS = 4000


@cmdlet("Get-CsTenant", TEAMS)
def get_cs_tenant(call: CmdletCall) -> Iterator[CmdletOutput]:
    world, tenant = call.world, call.world.tenant
    verified = [domain for domain in world.domains.values() if domain.verified]
    yield ps_object(
        "Microsoft.Rtc.Management.Hosted.Online.Models.Tenant",
        TenantId=UUID(tenant.id),
        DisplayName=tenant.name,
        ServiceInstance=tenant.service_instance,
        VerifiedDomains=[ps_object("VerifiedDomain", domain.name, Name=domain.name, Status="Enabled") for domain in verified],
        SipDomain=[domain.name for domain in verified if domain.sip_enabled],
        CountryLetterCode=tenant.country,
        DirSyncEnabled=tenant.sync_enabled,
        LastSyncTimeStamp=tenant.last_sync,
        **(_modes(tenant) if world.uncertain.tenant_tells_mode else {}),
    )


def _modes(tenant: Tenant) -> dict[str, str | None]:
    return {
        "TeamsUpgradeOverridePolicy": "UpgradeToTeams" if tenant.forced_teams_only else None,
        "TeamsUpgradeEffectiveMode": "TeamsOnly" if tenant.forced_teams_only else tenant.global_mode,
    }


@cmdlet("Get-CsTenantFederationConfiguration", TEAMS)
def get_cs_tenant_federation_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    federation = call.world.federation
    yield ps_object(
        f"{FEDERATION}.TenantFederationSettings",
        "Global",
        Identity="Global",
        AllowedDomains=_allowed_domains(federation.allowed),
        BlockedDomains=[_domain_pattern(name) for name in federation.blocked],
        AllowFederatedUsers=federation.allow_federated,
        AllowTeamsConsumer=True,
        AllowTeamsConsumerInbound=True,
        TreatDiscoveredPartnersAsUnverified=federation.discovered_unverified,
        SharedSipAddressSpace=federation.shared,
        RestrictTeamsConsumerToExternalUserProfiles=False,
        BlockAllSubdomains=False,
        ExternalAccessWithTrialTenants="Blocked",
        AllowedTrialTenantDomains=[],
        AllowPublicUsers=False,
    )


def _allowed_domains(names: tuple[str, ...] | None) -> PSObject:
    """Either an empty element that means everybody, or a list of domains."""
    if names is None:
        return ps_object(f"{FEDERATION}.AllowAllKnownDomains", "AllowAllKnownDomains")
    text = ",".join(f"Domain={name}" for name in names)
    return ps_object(f"{FEDERATION}.AllowList", text, AllowedDomain=[_domain_pattern(name) for name in names])


def _domain_pattern(name: str) -> PSObject:
    return ps_object(f"{FEDERATION}.DomainPattern", f"Domain={name}", Domain=name)


@cmdlet("New-CsEdgeAllowAllKnownDomains", TEAMS)
def new_cs_edge_allow_all_known_domains(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Makes an object for -AllowedDomains; changes nothing."""
    yield _allowed_domains(None)


@cmdlet("Set-CsTenantFederationConfiguration", TEAMS)
def set_cs_tenant_federation_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    """The read-back shows a new value at once; the move service honours the shared SIP space later."""
    federation, estate = call.world.federation, call.estate
    for name, value in call.given_parameters(*SET_FLAGS).items():
        setattr(federation, SET_FLAGS[name], value)
    shared = call.bound.get("SharedSipAddressSpace", federation.shared)
    if shared and not federation.shared:
        federation.shared_from = estate.time_after(estate.uncertain.shared_space_counts_after)
    federation.shared = shared
    if "AllowedDomains" in call.bound.values:
        federation.allowed = _parse_allowed_domains(call.bound["AllowedDomains"])
    if "AllowedDomainsAsAList" in call.bound.values:
        federation.allowed = _edit_list(call, federation.allowed or (), call.bound["AllowedDomainsAsAList"])
    if "BlockedDomains" in call.bound.values:
        federation.blocked = _edit_list(call, federation.blocked, call.bound["BlockedDomains"])
    estate.mark_changed("federation")
    call.log("Global")
    yield from ()


def _parse_allowed_domains(value: Any) -> tuple[str, ...] | None:
    """The object of New-CsEdgeAllowAllKnownDomains, its text, or a list of names."""
    if "AllowAllKnownDomains" in str(getattr(value, "text", None) or value):
        return None
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _edit_list(call: CmdletCall, before: tuple[str, ...], change: Any) -> tuple[str, ...]:
    """A list replaces; @{Add=…}, @{Remove=…} and @{Replace=…} edit."""
    edits = {str(key).lower(): value for key, value in change.items()} if isinstance(change, Mapping) else {"replace": change}
    names = dict.fromkeys(_domain_names(edits["replace"]) if "replace" in edits else before)
    for name in _domain_names(edits.get("remove", ())):
        names.pop(name, None)
    names |= dict.fromkeys(_domain_names(edits.get("add", ())))
    if len(names) > MOST_DOMAINS:
        raise call.terminating_error(f"The list cannot hold more than {MOST_DOMAINS} domains.", "TooManyDomains")
    return tuple(names)


def _domain_names(value: Any) -> list[str]:
    things = value if isinstance(value, list | tuple) else [value] if value else []
    return [str(getattr(one, "text", None) or one).removeprefix("Domain=").lower() for one in things]


@cmdlet("Get-CsOnlineSipDomain", TEAMS)
def get_cs_online_sip_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Property names are Name and Status as far as anybody knows."""
    wanted, status = call.bound.get("Domain"), str(call.bound.get("DomainStatus") or "All")
    for domain in call.world.domains.values():
        state = "Enabled" if domain.sip_enabled else "Disabled"
        if domain.verified and wanted in (None, domain.name) and status in ("All", state):
            kind = EnumValue("Microsoft.Rtc.Management.Hosted.DomainStatus", state, int(domain.sip_enabled))
            yield ps_object("Microsoft.Rtc.Management.Hosted.OnlineSipDomainBase+DomainState", domain.name, Name=domain.name, Status=kind)


@cmdlet("Enable-CsOnlineSipDomain", TEAMS)
def enable_cs_online_sip_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _switch_domain(call, True)


@cmdlet("Disable-CsOnlineSipDomain", TEAMS)
def disable_cs_online_sip_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    """People of the domain lose their SIP address, contacts and meetings online."""
    yield from _switch_domain(call, False)


def _switch_domain(call: CmdletCall, enabled: bool) -> Iterator[CmdletOutput]:
    name = str(call.bound["Domain"]).lower()
    domain = call.world.domains.get(name)
    if domain is None or not domain.verified:
        yield call.not_found_error(name, f"Domain {name} was not found in the tenant.")
        return
    domain.sip_enabled = enabled
    if not enabled:
        _take_addresses(call, domain)
    call.estate.mark_changed("domains", name)
    call.log(name)


def _take_addresses(call: CmdletCall, domain: Domain) -> None:
    for person in call.world.people.values():
        if person.online and person.online.sip.endswith(f"@{domain.name}"):
            person.online.sip = ""
            call.estate.mark_changed("people", person.number)
