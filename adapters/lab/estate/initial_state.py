"""The pretend tenant and servers as they stand before anybody does anything, for each stage of the way."""

from datetime import datetime, timedelta
from typing import Literal

from adapters.lab.estate.person import CLOUD
from adapters.lab.estate.servers import (
    DnsRecord,
    HostingProvider,
    OAuthCertificate,
    OAuthObject,
    OAuthValue,
    Pool,
    Replica,
    SipDomain,
    SyncRun,
)
from adapters.lab.estate.state import (
    AUDIO_CONFERENCING,
    EXCHANGE,
    MCOSTANDARD,
    PHONE_SYSTEM,
    TEAMS,
    Domain,
    EstateState,
    NumberAssignment,
    ServicePlan,
    ServicePrincipal,
    Sku,
    UpgradePolicy,
)

Stage = Literal["ready", "half", "untouched", "finished"]
AUTODISCOVER = "https://webdir.online.lync.com/Autodiscover/AutodiscoverService.svc/root"
EDGE_ADDRESS, PROXY_ADDRESS = "203.0.113.10", "203.0.113.20"  # documentation addresses
NUMBERS = {"+4930555010103": "CallingPlan", "+4930555020001": "CallingPlan", "+4930555020002": "OperatorConnect"}
SERVERS = ("fe01.contoso.com", "fe02.contoso.com", "edge01.contoso.com")

_TEAMS = ServicePlan(TEAMS, "TEAMS1", "Teams", "Teams")
_SFB = ServicePlan(MCOSTANDARD, "MCOSTANDARD", "MCOProfessional")
_MAIL = ServicePlan(EXCHANGE, "EXCHANGE_S_ENTERPRISE", "Exchange")
_VOICE = ServicePlan(PHONE_SYSTEM, "MCOEV", "MCOEV", "PhoneSystem")
_DIAL_IN = ServicePlan(AUDIO_CONFERENCING, "MCOMEETADV", "MCOMEETADD", "AudioConferencing")
SKUS = {
    "E3": ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", (_TEAMS, _SFB, _MAIL)),
    "E5": ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", (_TEAMS, _SFB, _MAIL, _VOICE, _DIAL_IN)),
    "TEAMS": ("7e31c0d9-9551-471d-836f-32ee72be4a01", "Microsoft_Teams_Enterprise_New", (_TEAMS,)),
    "MCOEV": ("e43b5b99-8dfb-405f-9987-dc307f34bcbd", "MCOEV", (_VOICE,)),
    "MCOMEETADV": ("0c266dff-15dd-4b49-8397-2bb16070ed52", "MCOMEETADV", (_DIAL_IN,)),
}
MODES = ("Islands", "SfBOnly", "SfBWithTeamsCollab", "SfBWithTeamsCollabAndMeetings")


def set_up_tenant_and_servers(world: EstateState, stage: Stage, users: int, now: datetime) -> None:
    """Everything but the people."""
    for sku_id, name, plans in SKUS.values():
        world.skus[sku_id] = Sku(id=sku_id, name=name, plans=plans, units=users + 50)
    for mode in MODES:
        world.upgrade_policies[mode] = UpgradePolicy(mode, mode)
        world.upgrade_policies[f"{mode}WithNotify"] = UpgradePolicy(f"{mode}WithNotify", mode, notify=True)
    world.upgrade_policies["UpgradeToTeams"] = UpgradePolicy("UpgradeToTeams", "TeamsOnly")
    world.notify_policies["Global"] = UpgradePolicy("Global", "")
    _add_servers(world, now)
    _add_domains(world, stage)
    _set_up_hybrid(world, stage, now)
    _add_numbers(world)
    _add_trusts(world, now)


def _add_servers(world: EstateState, now: datetime) -> None:
    world.pools = {
        "pool01.contoso.com": Pool(fqdn="pool01.contoso.com", computers=("fe01.contoso.com",)),
        "pool02.contoso.com": Pool(fqdn="pool02.contoso.com", computers=("fe02.contoso.com",)),
        "edge.contoso.com": Pool(fqdn="edge.contoso.com", roles=("EdgeServer",), computers=("edge01.contoso.com",), federates=True),
    }
    world.replicas = {fqdn: Replica(fqdn=fqdn, change=now - timedelta(days=3)) for fqdn in SERVERS}
    for name in ("contoso.com", "fabrikam.com", "wingtiptoys.com"):
        world.sip_domains[name] = SipDomain(name, default=name == "contoso.com")
        for record in _public_records(name):
            world.records[f"{record.name} {record.type} {record.value}"] = record


def _public_records(domain: str) -> tuple[DnsRecord, ...]:
    """While hybrid, everything points on premises."""
    return (
        DnsRecord(domain, "NS", f"ns1.{domain}"),
        DnsRecord(f"_sipfederationtls._tcp.{domain}", "SRV", f"0 0 5061 sip.{domain}"),
        DnsRecord(f"_sip._tls.{domain}", "SRV", f"0 0 443 sip.{domain}"),
        DnsRecord(f"sip.{domain}", "A", EDGE_ADDRESS),
        DnsRecord(f"webcon.{domain}", "A", EDGE_ADDRESS),
        DnsRecord(f"lyncdiscover.{domain}", "A", PROXY_ADDRESS),
        DnsRecord(f"meet.{domain}", "A", PROXY_ADDRESS),
        DnsRecord(f"dialin.{domain}", "A", PROXY_ADDRESS),
    )


def _add_domains(world: EstateState, stage: Stage) -> None:
    initial = world.tenant.initial_domain
    world.domains[initial] = Domain(name=initial, text="", verified=True, initial=True, default=stage == "untouched")
    if stage == "untouched":
        return
    for name in ("contoso.com", "wingtiptoys.com", *(("fabrikam.com",) if stage != "half" else ())):
        world.domains[name] = Domain(name=name, text=ownership_record(name), verified=True, default=name == "contoso.com")
        world.records[f"{name} TXT {ownership_record(name)}"] = DnsRecord(name, "TXT", ownership_record(name))


def ownership_record(domain: str) -> str:
    """The TXT record that Microsoft 365 asks for; the same for the same domain."""
    return f"MS=ms{sum(ord(mark) * 7919**n for n, mark in enumerate(domain)) % 90_000_000 + 10_000_000}"


def _set_up_hybrid(world: EstateState, stage: Stage, now: datetime) -> None:
    sync, tenant = world.sync, world.tenant
    if stage == "untouched":
        # No verified domain at first provisioning: Microsoft forces TeamsOnly
        tenant.forced_teams_only, tenant.sync_enabled = True, False
        sync.enabled, sync.schema_current = False, False
        world.federation.shared = False
        world.edge.federated = world.edge.discovery = world.edge.outside = False
        return
    sync.last_start = now - timedelta(minutes=10)
    sync.count = 1
    tenant.last_sync = now - timedelta(minutes=7)
    world.sync_runs[1] = SyncRun(
        number=1, profile="Export", connector="contoso.onmicrosoft.com - AAD", started=now - timedelta(minutes=10), ended=tenant.last_sync
    )
    hybrid = stage != "half"
    world.federation.shared = hybrid
    name = "Office365" if hybrid else "LyncOnline"
    world.hosting_providers[name] = HostingProvider(
        name=name, proxy=CLOUD, shared=hybrid, hosts_users=hybrid, autodiscover=AUTODISCOVER if hybrid else ""
    )
    tenant.global_mode = tenant.mode_before = "SfBWithTeamsCollab" if hybrid else "Islands"


def _add_numbers(world: EstateState) -> None:
    """What the tenant has bought or was given. Numbers of Direct Routing come to be known when they are assigned."""
    for number, kind in NUMBERS.items():
        world.numbers[number] = NumberAssignment(number, kind)


def _add_trusts(world: EstateState, now: datetime) -> None:
    """Exchange is there, its trust with the cloud is not: that step is optional."""
    year = timedelta(days=365)
    world.certificates = {
        "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334": OAuthCertificate(
            thumbprint="A1B2C3D4E5F60718293A4B5C6D7E8F9001122334",
            subject="CN=pool01.contoso.com",
            starts=now - year,
            ends=now + year,
            public="MIIBlabOAuth==",
        ),
        "0FEDCBA98765432100112233445566778899AABB": OAuthCertificate(
            thumbprint="0FEDCBA98765432100112233445566778899AABB",
            subject="CN=Microsoft Exchange Server Auth Certificate",
            starts=now - year,
            ends=now + 3 * year,
            use="ExchangeAuth",
            public="MIIBlabExchange=",
        ),
    }
    for number, app_id, name in ((1, "00000004", "Skype for Business Online"), (2, "00000002", "Office 365 Exchange Online")):
        full = f"{app_id}-0000-0ff1-ce00-000000000000"
        world.principals[full] = ServicePrincipal(id=f"20000000-0000-4000-8000-{number:012d}", app_id=full, name=name, names=(full,))
    world.oauth["PartnerApplication/Exchange Online"] = OAuthObject(
        "PartnerApplication",
        "Exchange Online",
        {"ApplicationIdentifier": "00000002-0000-0ff1-ce00-000000000000", "Enabled": False, "Realm": ""},
    )
    for name in ("contoso.com", "fabrikam.com"):
        accepted: dict[str, OAuthValue] = {"DomainName": name, "DomainType": "Authoritative", "Default": name == "contoso.com"}
        world.oauth[f"AcceptedDomain/{name}"] = OAuthObject("AcceptedDomain", name, accepted)
    config: dict[str, OAuthValue] = {"ServiceName": "", "ExchangeAutodiscoverUrl": "", "Realm": ""}
    world.oauth["CsOAuthConfiguration/Global"] = OAuthObject("CsOAuthConfiguration", "Global", config)
