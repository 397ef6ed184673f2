"""The tenant in the MicrosoftTeams module: federation, domains, coexistence modes, meeting migration."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from adapters.lab.cmdlets.shelf import TEAMS, Call, Said, Warned, cmdlet
from adapters.lab.estate.cloud import lyncdiscover_at_home
from adapters.lab.estate.estate import MODE_FOLLOWS
from adapters.lab.estate.model import Domain, UpgradePolicy
from adapters.lab.estate.person import HERE
from adapters.lab.machine.shapes import thing
from adapters.lab.machine.things import Enum, Thing

FEDERATION = "Microsoft.Rtc.Management.WritableConfig.Settings.Edge"
SET_FLAGS = {"AllowFederatedUsers": "allow_federated", "TreatDiscoveredPartnersAsUnverified": "discovered_unverified"}
MOST_DOMAINS = 4000
NOT_TEAMS_ONLY = (
    "This organization cannot be upgraded to TeamsOnly mode. One or more M365 domains have a public DNS record that points to an "
    "on-premises Skype for Business Server deployment. The domain records at fault are {found}"
)
IGNORED = "AllowUserChat, AllowPrivateCalling, AllowPrivateMeetingScheduling, AllowChannelMeetingScheduling"


@cmdlet("Get-CsTenant", TEAMS)
def get_cs_tenant(call: Call) -> Iterator[Said]:
    world, tenant = call.world, call.world.tenant
    verified = [domain for domain in world.domains.values() if domain.verified]
    yield thing(
        "Microsoft.Rtc.Management.Hosted.Online.Models.Tenant",
        TenantId=UUID(tenant.id),
        DisplayName=tenant.name,
        ServiceInstance=tenant.service_instance,
        VerifiedDomains=[thing("VerifiedDomain", domain.name, Name=domain.name, Status="Enabled") for domain in verified],
        SipDomain=[domain.name for domain in verified if domain.sip_enabled],
        CountryLetterCode=tenant.country,
        DirSyncEnabled=tenant.sync_enabled,
        LastSyncTimeStamp=tenant.last_sync,
        TeamsUpgradeOverridePolicy="UpgradeToTeams" if tenant.forced_teams_only else None,
        TeamsUpgradeEffectiveMode="TeamsOnly" if tenant.forced_teams_only else tenant.global_mode,
    )


@cmdlet("Get-CsTenantFederationConfiguration", TEAMS)
def get_cs_tenant_federation_configuration(call: Call) -> Iterator[Said]:
    federation = call.world.federation
    yield thing(
        f"{FEDERATION}.TenantFederationSettings",
        "Global",
        Identity="Global",
        AllowedDomains=_allowed(federation.allowed),
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


def _allowed(names: tuple[str, ...] | None) -> Thing:
    """Either an empty element that means everybody, or a list of domains."""
    if names is None:
        return thing(f"{FEDERATION}.AllowAllKnownDomains", "AllowAllKnownDomains")
    text = ",".join(f"Domain={name}" for name in names)
    return thing(f"{FEDERATION}.AllowList", text, AllowedDomain=[_domain_pattern(name) for name in names])


def _domain_pattern(name: str) -> Thing:
    return thing(f"{FEDERATION}.DomainPattern", f"Domain={name}", Domain=name)


@cmdlet("New-CsEdgeAllowAllKnownDomains", TEAMS)
def new_cs_edge_allow_all_known_domains(call: Call) -> Iterator[Said]:
    """Makes an object for -AllowedDomains; changes nothing."""
    yield _allowed(None)


@cmdlet("Set-CsTenantFederationConfiguration", TEAMS)
def set_cs_tenant_federation_configuration(call: Call) -> Iterator[Said]:
    """The read-back shows a new value at once; the move service honours the shared SIP space later."""
    federation, estate = call.world.federation, call.estate
    for name, value in call.given(*SET_FLAGS).items():
        setattr(federation, SET_FLAGS[name], value)
    shared = call.bound.get("SharedSipAddressSpace", federation.shared)
    if shared and not federation.shared:
        federation.shared_from = estate.after(estate.uncertain.shared_space_counts_after)
    federation.shared = shared
    if "AllowedDomains" in call.bound.values:
        federation.allowed = _open_or_listed(call.bound["AllowedDomains"])
    if "AllowedDomainsAsAList" in call.bound.values:
        federation.allowed = _edited(call, federation.allowed or (), call.bound["AllowedDomainsAsAList"])
    if "BlockedDomains" in call.bound.values:
        federation.blocked = _edited(call, federation.blocked, call.bound["BlockedDomains"])
    estate.keep("federation")
    call.log("Global")
    yield from ()


def _open_or_listed(value: Any) -> tuple[str, ...] | None:
    """The object of New-CsEdgeAllowAllKnownDomains, its text, or a list of names."""
    if "AllowAllKnownDomains" in str(getattr(value, "text", None) or value):
        return None
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _edited(call: Call, before: tuple[str, ...], change: Any) -> tuple[str, ...]:
    """A list replaces; @{Add=…}, @{Remove=…} and @{Replace=…} edit."""
    edits = {str(key).lower(): value for key, value in change.items()} if isinstance(change, Mapping) else {"replace": change}
    names = dict.fromkeys(_names(edits["replace"]) if "replace" in edits else before)
    for name in _names(edits.get("remove", ())):
        names.pop(name, None)
    names |= dict.fromkeys(_names(edits.get("add", ())))
    if len(names) > MOST_DOMAINS:
        raise call.stop(f"The list cannot hold more than {MOST_DOMAINS} domains.", "TooManyDomains")
    return tuple(names)


def _names(value: Any) -> list[str]:
    things = value if isinstance(value, list | tuple) else [value] if value else []
    return [str(getattr(one, "text", None) or one).removeprefix("Domain=").lower() for one in things]


@cmdlet("Get-CsOnlineSipDomain", TEAMS)
def get_cs_online_sip_domain(call: Call) -> Iterator[Said]:
    """Property names are Name and Status as far as anybody knows."""
    wanted, status = call.bound.get("Domain"), str(call.bound.get("DomainStatus") or "All")
    for domain in call.world.domains.values():
        state = "Enabled" if domain.sip_enabled else "Disabled"
        if domain.verified and wanted in (None, domain.name) and status in ("All", state):
            kind = Enum("Microsoft.Rtc.Management.Hosted.DomainStatus", state, int(domain.sip_enabled))
            yield thing("Microsoft.Rtc.Management.Hosted.OnlineSipDomainBase+DomainState", domain.name, Name=domain.name, Status=kind)


@cmdlet("Enable-CsOnlineSipDomain", TEAMS)
def enable_cs_online_sip_domain(call: Call) -> Iterator[Said]:
    yield from _switch_domain(call, True)


@cmdlet("Disable-CsOnlineSipDomain", TEAMS)
def disable_cs_online_sip_domain(call: Call) -> Iterator[Said]:
    """People of the domain lose their SIP address, contacts and meetings online."""
    yield from _switch_domain(call, False)


def _switch_domain(call: Call, enabled: bool) -> Iterator[Said]:
    name = str(call.bound["Domain"]).lower()
    domain = call.world.domains.get(name)
    if domain is None or not domain.verified:
        yield call.missing(name, f"Domain {name} was not found in the tenant.")
        return
    domain.sip_enabled = enabled
    if not enabled:
        _take_addresses(call, domain)
    call.estate.keep("domains", name)
    call.log(name)


def _take_addresses(call: Call, domain: Domain) -> None:
    for person in call.world.people.values():
        if person.online and person.online.sip.endswith(f"@{domain.name}"):
            person.online.sip = ""
            call.estate.keep("people", person.number)


@cmdlet("Get-CsTeamsUpgradePolicy", TEAMS)
def get_cs_teams_upgrade_policy(call: Call) -> Iterator[Said]:
    world, tenant = call.world, call.world.tenant
    own = UpgradePolicy("Global", tenant.global_mode, tenant.global_notify)
    policies = {"Global": own, **world.upgrade_policies}
    wanted = call.identity and call.identity.lower().removeprefix("tag:")
    found = [one for name, one in policies.items() if wanted is None or name.lower() == wanted]
    yield from (_upgrade_policy(one) for one in found)
    if not found:
        yield call.missing(str(call.identity))


def _upgrade_policy(one: UpgradePolicy) -> Thing:
    identity = one.name if one.name == "Global" else f"Tag:{one.name}"
    kind = "Microsoft.Rtc.Management.WritableConfig.Policy.Teams.TeamsUpgradePolicy"
    return thing(kind, identity, Identity=identity, Description=f"Mode {one.mode}", Mode=one.mode, NotifySfbUsers=one.notify, Action=None)


@cmdlet("Grant-CsTeamsUpgradePolicy", TEAMS)
def grant_cs_teams_upgrade_policy(call: Call) -> Iterator[Said]:
    """To the tenant or to one person. A refusal is a warning and a text, and changes nothing: read back."""
    name = call.bound.get("PolicyName")
    policy = call.world.upgrade_policies.get(_real_name(call, str(name))) if name else None
    if name and policy is None and str(name).lower() != "global":
        raise call.stop(f'Policy "{name}" is not a user policy. You can assign only a user policy to a specific user.', "InvalidPolicy", 5)
    yield from _grant_all(call, policy) if call.identity is None else _grant_one(call, policy)


def _real_name(call: Call, name: str) -> str:
    wanted = name.lower().removeprefix("tag:")
    return next((known for known in call.world.upgrade_policies if known.lower() == wanted), "")


def _grant_all(call: Call, policy: UpgradePolicy | None) -> Iterator[Said]:
    world, tenant = call.world, call.world.tenant
    mode = policy.mode if policy else "Islands"
    at_home = [
        f"lyncdiscover.{domain.name}" for domain in world.domains.values() if domain.verified and lyncdiscover_at_home(world, domain.name)
    ]
    if mode == "TeamsOnly" and at_home:
        yield Warned("All users in the tenant are now in TeamsOnly mode.")  # it says so and does not do it
        found = "".join(f"[{name}.203.0.113.20];" for name in at_home)
        yield call.refused(NOT_TEAMS_ONLY.format(found=f"{{{found}}}"), "TeamsOnlyRefused")
        return
    tenant.mode_before, tenant.global_mode = tenant.global_mode, mode
    tenant.global_notify = policy.notify if policy else False
    tenant.global_from = call.estate.after(MODE_FOLLOWS)
    call.estate.keep("tenant")
    call.log("Global")


def _grant_one(call: Call, policy: UpgradePolicy | None) -> Iterator[Said]:
    identity = str(call.identity)
    person = call.estate.find.online(identity)
    if person is None or person.online is None:
        yield call.missing(identity)
        return
    if policy and policy.mode == "TeamsOnly" and person.online.hosting_provider(call.now) == HERE:
        text = f"The user {person.upn} has an account on premises: move the user with Move-CsUser instead."  # wording not documented
        yield call.refused(text, "UserHomedOnPremises", identity)
        return
    if policy and policy.mode.startswith("SfB"):
        yield Warned(
            f"The user {person.upn} currently has enabled values for: {IGNORED}, however these values will be ignored. "
            f"This is because you are granting this user TeamsUpgradePolicy with mode={policy.mode}."
        )
    person.online.policy = policy.name if policy else ""
    person.online.policy_from = call.estate.after(MODE_FOLLOWS)
    call.estate.keep("people", person.number)
    call.log(person.sip or person.upn)


@cmdlet("Get-CsTenantMigrationConfiguration", TEAMS)
def get_cs_tenant_migration_configuration(call: Call) -> Iterator[Said]:
    kind = "Microsoft.Rtc.Management.WritableConfig.Settings.TenantMigration.TenantMigrationConfiguration"
    yield thing(kind, "Global", Identity="Global", MeetingMigrationEnabled=call.world.tenant.meeting_migration)


@cmdlet("Set-CsTenantMigrationConfiguration", TEAMS)
def set_cs_tenant_migration_configuration(call: Call) -> Iterator[Said]:
    tenant = call.world.tenant
    tenant.meeting_migration = call.bound.get("MeetingMigrationEnabled", tenant.meeting_migration)
    call.estate.keep("tenant")
    call.log("Global")
    yield from ()


@cmdlet("Get-CsOnlineDialInConferencingTenantSettings", TEAMS)
def get_cs_online_dial_in_conferencing_tenant_settings(call: Call) -> Iterator[Said]:
    kind = "Microsoft.Rtc.Management.Hosted.Bridges.OnlineDialInConferencingTenantSettings"
    follow = call.world.tenant.meetings_follow_dial_in
    yield thing(kind, "Global", Identity="Global", AutomaticallyMigrateUserMeetings=follow, Status="Enabled")
