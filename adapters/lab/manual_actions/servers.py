"""By hand, about servers and the tenant: DNS, replication, Entra Connect, the mover machine."""

from typing import Literal

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.move_rules import parse_version
from adapters.lab.estate.servers import DnsRecord, Pool, Replica, SipDomain
from adapters.lab.manual_actions.registry import manual_action

RecordType = Literal["TXT", "SRV", "A", "CNAME", "MX", "NS"]


@manual_action
def publish_dns_record(estate: Estate, name: str, type: RecordType, value: str, ttl: int = 3600) -> str:
    """The domain's registrar shows this record to the world."""
    record = DnsRecord(name.lower().rstrip("."), type, value, ttl)
    key = f"{record.name} {record.type} {record.value}"
    estate.state.records[key] = record
    estate.mark_changed("records", key)
    return f"{key} is published"


@manual_action
def remove_dns_record(estate: Estate, name: str, type: RecordType, value: str = "") -> str:
    """The registrar takes away this record, or all of this name and type."""
    records, name = estate.state.records, name.lower().rstrip(".")
    gone = [key for key, one in records.items() if (one.name, one.type) == (name, type) and value in ("", one.value)]
    for key in gone:
        del records[key]
        estate.mark_changed("records", key)
    return f"{len(gone)} records are gone"


@manual_action
def cut_off_server(estate: Estate, server: str) -> str:
    """A server can no longer be reached by replication (event 1017)."""
    replica = _find_replica(estate, server)
    replica.reachable = False
    estate.mark_changed("replicas", replica.fqdn)
    return f"{server} is cut off"


@manual_action
def restart_replication(estate: Estate, server: str) -> str:
    """The replica service of a server is restarted, or its network repaired: it catches up."""
    replica = _find_replica(estate, server)
    replica.reachable, replica.current_from = True, min(replica.current_from, estate.now)
    estate.mark_changed("replicas", replica.fqdn)
    return f"{server} is up to date"


@manual_action
def stop_replication_agent(estate: Estate, agent: Literal["master", "file transfer"], stopped: bool = True) -> str:
    """An agent of the Central Management Store is stopped, so that no server gets any change; or started again."""
    store, since = estate.state.central_store, estate.now if stopped else None
    if agent == "master":
        store.master_stopped = since
    else:
        store.agent_stopped = since
    estate.mark_changed("central_store")
    if not stopped:
        estate.publish_cms_change()
    return f"the {agent} agent {'is stopped' if stopped else 'runs'}"


@manual_action
def add_trusted_application_server(estate: Estate, server: str) -> str:
    """A server of another maker is made known in the topology: it has no replication agent, and never reports."""
    name = server.lower()
    estate.state.pools[name] = Pool(fqdn=name, roles=("TrustedApplicationPool",), computers=(name,))
    estate.state.replicas[name] = Replica(fqdn=name, change=estate.now, has_agent=False)
    estate.mark_changed("pools", name)
    estate.mark_changed("replicas", name)
    return f"{name} is known"


def _find_replica(estate: Estate, server: str) -> Replica:
    if found := estate.state.replicas.get(server.lower()):
        return found
    raise ValueError(f"server: there is no {server!r}; there are {', '.join(estate.state.replicas)}")


@manual_action
def patch_servers(estate: Estate, build: str) -> str:
    """All servers and the mover machine get this build, e.g. 7.0.2046.849."""
    if len(_check_version(build)) != 4:
        raise ValueError(f"build: {build!r} is no build: four numbers with dots between")
    for replica in estate.state.replicas.values():
        replica.version = build
        estate.mark_changed("replicas", replica.fqdn)
    estate.state.mover.build = build
    estate.mark_changed("mover")
    return f"all servers are {build}"


@manual_action
def install_modules(estate: Estate, versions: tuple[str, ...]) -> str:
    """The mover machine has these versions of the module MicrosoftTeams, and no others."""
    for one in versions:
        _check_version(one)
    estate.state.mover.modules = versions
    estate.mark_changed("mover")
    return f"MicrosoftTeams {', '.join(versions) or 'is not installed'}"


def _check_version(text: str) -> tuple[int, ...]:
    try:
        return parse_version(text)
    except ValueError:
        raise ValueError(f"{text!r} is no version") from None


@manual_action
def change_mover(estate: Estate, tls12: bool | None = None, mfa: bool | None = None) -> str:
    """TLS 1.2 on the mover machine, and whether the cloud admin's account asks for a second factor."""
    mover = estate.state.mover
    mover.tls12 = mover.tls12 if tls12 is None else tls12
    mover.mfa = mover.mfa if mfa is None else mfa
    estate.mark_changed("mover")
    return f"TLS 1.2 {'on' if mover.tls12 else 'off'}, second factor {'asked for' if mover.mfa else 'not asked for'}"


@manual_action
def add_edge_pool(estate: Estate, fqdn: str) -> str:
    """A second Edge pool is published as the federation route of another site: moves fail until it is gone."""
    estate.state.pools[fqdn.lower()] = Pool(
        fqdn=fqdn.lower(), site="Site:North", roles=("EdgeServer",), computers=(fqdn.lower(),), federates=True
    )
    estate.mark_changed("pools", fqdn.lower())
    return f"{fqdn} federates"


@manual_action
def stop_front_end(estate: Estate, server: str, stopped: bool = True) -> str:
    """The Front End service of a server is stopped, or started again. With half of its servers down a pool has lost its quorum."""
    server = server.lower()
    pool = next((pool for pool in estate.state.pools.values() if server in pool.computers and "Registrar" in pool.roles), None)
    if pool is None:
        known = [name for pool in estate.state.pools.values() if "Registrar" in pool.roles for name in pool.computers]
        raise ValueError(f"server: {server!r} is no Front End server; there are {', '.join(known)}")
    pool.stopped = (*(known for known in pool.stopped if known != server), *((server,) if stopped else ()))
    estate.mark_changed("pools", pool.fqdn)
    return f"the Front End service of {server} {'is stopped' if stopped else 'runs'}"


@manual_action
def remove_pool(estate: Estate, fqdn: str) -> str:
    """A pool is taken out of the topology."""
    if estate.state.pools.pop(fqdn.lower(), None) is None:
        raise ValueError(f"fqdn: there is no {fqdn!r}; there are {', '.join(estate.state.pools)}")
    estate.mark_changed("pools", fqdn.lower())
    return f"{fqdn} is gone"


@manual_action
def add_sip_domain(estate: Estate, name: str) -> str:
    """A SIP domain is added to the topology."""
    estate.state.sip_domains[name.lower()] = SipDomain(name.lower())
    estate.mark_changed("sip_domains", name.lower())
    return f"{name} is a SIP domain"


@manual_action
def take_domain_elsewhere(estate: Estate, name: str, elsewhere: bool = True) -> str:
    """Another tenant verifies this domain as its own, or gives it back."""
    tenant, name = estate.state.tenant, name.lower()
    tenant.elsewhere = (*(known for known in tenant.elsewhere if known != name), *((name,) if elsewhere else ()))
    estate.mark_changed("tenant")
    return f"{name} belongs to {'another tenant' if elsewhere else 'nobody else'}"


@manual_action
def run_connect_wizard(estate: Estate, staging: bool = False, enabled: bool = True) -> str:
    """The Entra Connect wizard is run: it refreshes the schema, and the next cycle looks at everybody again."""
    world, sync = estate.state, estate.state.sync
    sync.installed, sync.schema_current, sync.staging, sync.enabled, sync.suspended = True, True, staging, enabled, False
    estate.entra_connect.check_all_again()
    estate.mark_changed("sync")
    if sync.started is None and enabled:
        estate.entra_connect.start_cycle(world, "Initial", estate.now)
    return "the wizard has run" + (": a full cycle has begun" if enabled else "")


@manual_action
def behave(
    estate: Estate,
    online_shows_move_after: float | None = None,
    shared_space_counts_after: float | None = None,
    meetings_succeed: bool | None = None,
    app_only_move: bool | None = None,
    ad_number_works: bool | None = None,
    line_uri_shows_ad: bool | None = None,
    teams_unknown: Literal["in the target", "named", "unnamed"] | None = None,
    tenant_tells_mode: bool | None = None,
    own_mode_beats_force: bool | None = None,
    names_find_addresses: bool | None = None,
    teams_only_refused_by: Literal["warning", "error"] | None = None,
    numbers_refused_by: Literal["object", "error"] | None = None,
) -> str:
    """What nobody knows of the real thing goes this way from now on: documented seconds, which --hurry divides."""
    uncertain = estate.uncertain
    given = {
        "online_shows_move_after": online_shows_move_after,
        "shared_space_counts_after": shared_space_counts_after,
        "meetings_succeed": meetings_succeed,
        "app_only_move": app_only_move,
        "ad_number_works": ad_number_works,
        "line_uri_shows_ad": line_uri_shows_ad,
        "teams_unknown": teams_unknown,
        "tenant_tells_mode": tenant_tells_mode,
        "own_mode_beats_force": own_mode_beats_force,
        "names_find_addresses": names_find_addresses,
        "teams_only_refused_by": teams_only_refused_by,
        "numbers_refused_by": numbers_refused_by,
    }
    for name, value in given.items():
        if value is not None:
            setattr(uncertain, name, value)
    estate.mark_changed("uncertain")
    return f"{uncertain}"
