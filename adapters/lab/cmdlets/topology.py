"""The servers in the SfB shell: domains, sites, pools, replication, versions, and tests of the Edge."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet, get_by_identity
from adapters.lab.estate.servers import Pool, Replica, SipDomain
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import PSObject

XDS = "Microsoft.Rtc.Management.Xds"
RUNTIME = "Unified Communications Managed API 5.0, Core Runtime 64-bit"
COMPONENTS = ("Core Components", "Server", "Front End Server", RUNTIME, "Administrative Tools")


@cmdlet("Get-CsSipDomain", SFB)
def get_cs_sip_domain(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.sip_domains, _sip_domain)


def _sip_domain(domain: SipDomain) -> PSObject:
    return ps_object(f"{XDS}.DisplaySipDomain", domain.name, Identity=domain.name, Name=domain.name, IsDefault=domain.default)


@cmdlet("Get-CsSite", SFB)
def get_cs_site(call: CmdletCall) -> Iterator[CmdletOutput]:
    sites = dict.fromkeys(pool.site for pool in call.world.pools.values())
    yield from get_by_identity(
        call, {name: (name, [pool for pool in call.world.pools.values() if pool.site == name]) for name in sites}, _site
    )


def _site(named_pools: tuple[str, list[Pool]]) -> PSObject:
    name, pools = named_pools
    route = next((pool.services[0] for pool in pools if pool.federates), None)
    return ps_object(
        f"{XDS}.DisplaySite",
        name,
        Identity=name,
        SiteId=name,
        DisplayName=name.removeprefix("Site:"),
        Description=None,
        Pools=[pool.fqdn for pool in pools],
        Services=[service for pool in pools for service in pool.services],
        FederationRoute=route,
        XmppFederationRoute=None,
        SiteType="CentralSite",
        ParentSite=None,
    )


@cmdlet("Get-CsPool", SFB)
def get_cs_pool(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from get_by_identity(call, call.world.pools, _pool)


def _pool(pool: Pool) -> PSObject:
    return ps_object(
        f"{XDS}.DisplayPool",
        pool.fqdn,
        Identity=pool.fqdn,
        Fqdn=pool.fqdn,
        Services=pool.services,
        Computers=list(pool.computers),
        BackupPoolFqdn=None,
        Site=pool.site,
    )


@cmdlet("Get-CsComputer", SFB)
def get_cs_computer(call: CmdletCall) -> Iterator[CmdletOutput]:
    computers = {computer: pool.fqdn for pool in call.world.pools.values() for computer in pool.computers}
    yield from get_by_identity(call, {name: (name, pool) for name, pool in computers.items()}, _computer)


def _computer(named_pool: tuple[str, str]) -> PSObject:
    fqdn, pool = named_pool
    return ps_object(f"{XDS}.DisplayComputer", fqdn, Identity=fqdn, Pool=pool, Fqdn=fqdn)


@cmdlet("Get-CsService", SFB)
def get_cs_service(call: CmdletCall) -> Iterator[CmdletOutput]:
    """All services, with -EdgeServer those of the Edge with their addresses and ports, with -WebServer those that people reach by name."""
    for pool in call.world.pools.values():
        is_edge = "EdgeServer" in pool.roles
        if call.bound.get("EdgeServer", False) and not is_edge:
            continue
        wanted = [service for service in pool.services if not call.bound.get("WebServer", False) or service.startswith("WebServer:")]
        yield from (_edge_service(pool) if is_edge else _service(pool, service) for service in wanted)


def _service(pool: Pool, service: str) -> PSObject:
    role = service.partition(":")[0]
    common = {"Identity": service, "ServiceId": service, "SiteId": pool.site, "PoolFqdn": pool.fqdn, "Role": role, "Version": 7}
    outside = {"ExternalFqdn": f"web.{pool.fqdn}"} if role == "WebServer" else {}
    return ps_object(f"{XDS}.Display{role}", service, **common, **outside)


def _edge_service(pool: Pool) -> PSObject:
    service = pool.services[0]
    return ps_object(
        f"{XDS}.DisplayEdgeServer",
        service,
        Identity=service,
        ServiceId=service,
        SiteId=pool.site,
        PoolFqdn=pool.fqdn,
        Role="EdgeServer",
        Version=7,
        Registrar="Registrar:pool01.contoso.com",
        AccessEdgeInternalSipPort=5061,
        AccessEdgeExternalSipPort=5061,
        AccessEdgeClientPort=443,
        AccessEdgeExternalFqdn="sip.contoso.com",
        DataEdgeExternalFqdn="webcon.contoso.com",
        AVEdgeExternalFqdn="av.contoso.com",
        InternalInterfaceFqdn=pool.fqdn,
        IsFederationRoute=pool.federates,
    )


@cmdlet("Get-CsManagementStoreReplicationStatus", SFB)
def get_cs_management_store_replication_status(call: CmdletCall) -> Iterator[CmdletOutput]:
    replicas = call.world.replicas
    if call.bound.get("CentralManagementStoreStatus"):
        newest = max(replica.change for replica in replicas.values())
        reached = [fqdn for fqdn, replica in replicas.items() if replica.reachable]
        store = call.world.central_store
        yield ps_object(
            f"{XDS}.CentralManagementStoreStatusResult",
            LastUpdatedOn=newest,
            ActiveMasterFqdn=store.master,
            ActiveMasterLastHeartbeat=store.master_stopped or call.now,
            ActiveFileTransferAgents=[store.master],
            ActiveFileTransferAgentLastHeartbeat=store.agent_stopped or call.now,
            ActiveReplicas=reached,
            DeletedReplicas=[],
        )
        return
    wanted = call.bound.get("ReplicaFqdn")
    for replica in replicas.values():
        if wanted is None or replica.fqdn == str(wanted).lower():
            yield _replica(call, replica)


def _replica(call: CmdletCall, replica: Replica) -> PSObject:
    current = replica.reachable and replica.has_agent and call.now >= replica.current_from
    heard = call.world.central_store.stopped_since or call.now
    return ps_object(
        f"{XDS}.ReplicaState",
        UpToDate=current,
        ReplicaFqdn=replica.fqdn,
        LastStatusReport=_last_report(replica, heard - timedelta(seconds=30)),
        LastUpdateCreation=replica.change,
        ProductVersion=replica.version if replica.has_agent else None,
    )


def _last_report(replica: Replica, heard: datetime) -> datetime | None:
    """Each agent reports all the time, as long as it is heard."""
    if not replica.has_agent:
        return None
    return heard if replica.reachable else min(replica.change, heard)


@cmdlet("Invoke-CsManagementStoreReplication", SFB)
def invoke_cs_management_store_replication(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Those who are behind are current sooner: 2 to 3 minutes after it is asked."""
    for n, replica in enumerate(call.world.replicas.values()):
        if call.now < replica.current_from and call.world.central_store.stopped_since is None:
            replica.current_from = min(replica.current_from, call.estate.time_after(120 + 20 * n))
            call.estate.mark_changed("replicas", replica.fqdn)
    call.log(str(call.bound.get("ReplicaFqdn") or "all replicas"))
    yield from ()


@cmdlet("Get-CsServerPatchVersion", SFB)
def get_cs_server_patch_version(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Of the local machine: that of the mover on the mover, of the first Front End elsewhere."""
    world = call.world
    version = world.mover.build if call.endpoint == "mover" else next(iter(world.replicas.values())).version
    product = "Skype for Business Server 2019" if version.startswith("7.") else "Skype for Business Server 2015"
    for component in COMPONENTS:
        name = component if component == RUNTIME else f"{product}, {component}"
        yield ps_object("Microsoft.Rtc.Management.Deployment.PatchVersion", ComponentName=name, Version=version)


@cmdlet("Get-CsServerVersion", SFB)
def get_cs_server_version(call: CmdletCall) -> Iterator[CmdletOutput]:
    """One string with the base version: it never shows the cumulative update."""
    base = ".".join(call.world.mover.build.split(".")[:3])
    yield f"Skype for Business Server 2019 ({base}.0): Volume license key installed."


@cmdlet("Get-CsWindowsService", SFB)
def get_cs_windows_service(call: CmdletCall) -> Iterator[CmdletOutput]:
    server = str(call.bound.get("ComputerName", "")).lower()
    stopped = any(server in pool.stopped for pool in call.world.pools.values())
    for name in ("RTCSRV", "RTCCLSAGT", "REPLICA", "RTCXMPPTGW", "MASTER", "FTA"):
        status = "Stopped" if stopped and name == "RTCSRV" else "Running"
        yield ps_object("Microsoft.Rtc.Management.Deployment.NTService", name, Name=name, Status=status, ActivityLevel="", Roles=[])


@cmdlet("Get-CsPoolFabricState", SFB)
def get_cs_pool_fabric_state(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Text, whose wording the page leaves open. With half of its servers down a pool has lost its quorum."""
    wanted = str(call.bound["PoolFqdn"]).lower()
    pool = call.world.pools.get(wanted)
    if pool is None or "Registrar" not in pool.roles:
        raise call.terminating_error(f'Cannot find pool "{wanted}".', "PoolNotFound")
    up = len(pool.computers) - len(pool.stopped)
    yield f"Replica instances of all services of {pool.fqdn}: {up} of {len(pool.computers)} servers."  # (inf)
    if pool.stopped and up * 2 <= len(pool.computers):
        yield "Routing: quorum loss."  # (inf)
    elif pool.stopped:
        yield f"Routing: missing replicas on {', '.join(pool.stopped)}."  # (inf)


@cmdlet("Get-CsUserReplicatorConfiguration", SFB)
def get_cs_user_replicator_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield ps_object(
        "Microsoft.Rtc.Management.WritableConfig.Settings.UserReplicator.UserReplicatorConfiguration",
        "Global",
        Identity="Global",
        ReplicationCycleInterval=timedelta(seconds=60),
        SkipFirstSyncAllowedDowntime=timedelta(days=2),
        ADDomainNamingContextList=[],
    )


@cmdlet("Test-CsFederatedPartner", SFB)
def test_cs_federated_partner(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Fails while the Edge does not federate; the text is that of a 504."""
    edge = call.world.edge
    works = edge.federated and edge.outside and edge.routing == "UseDnsSrvRouting"
    reason = "ErrorCode=2,Source=edge01.contoso.com,Reason=See response code and reason phrase."
    yield ps_object(
        "Microsoft.Rtc.SyntheticTransactions.TaskOutput",
        TargetFqdn=str(call.bound["TargetFqdn"]),
        Result="Success" if works else "Failure",
        Latency=timedelta(milliseconds=180 if works else 0),
        Error=None if works else "504, Server time-out",
        Diagnosis=None if works else reason,
    )
