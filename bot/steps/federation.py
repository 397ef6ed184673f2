"""The step that lets the Edge talk with outside, of which Microsoft 365 is a part."""

import asyncio
from collections.abc import Iterator, Sequence

from bot.calls import Cmdlet
from bot.errors import GatewayError
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.dns import SrvRecord
from bot.facts.domains import SipDomain
from bot.facts.federation import DNS_ROUTING, AccessEdge, AllowedDomain, BlockedDomain, TenantDomains
from bot.facts.policies import ExternalAccessPolicy
from bot.facts.topology import EdgePool, Pool, Site
from bot.i18n import LocalizedText, label, say
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Fine, Plan, Reason, StepSummary, step
from bot.steps.shared.decide import Remark, as_notes, decide
from bot.steps.shared.edge_settings import Discovery, with_answers
from bot.steps.shared.estate_checks import too_many_routes
from bot.steps.shared.partner_lists import compare_lists, describe_difference
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.pool_health import check_pool, read_pool_health
from bot.steps.shared.replication import check_replication, find_replication_lag, read_replication
from bot.steps.shared.undo_guard import users_in_teams
from bot.summary import ToDo, summarise

PORT = 5061
EDGE = label("Access Edge")
SWITCHES = {
    "AllowOutsideUsers": "allow_outside_users",
    "AllowFederatedUsers": "allow_federated_users",
    "EnablePartnerDiscovery": "enable_partner_discovery",
}


@step(
    say("Federate the Edge"),
    phrases=("federate the access edge", "federate the edge", "access edge", "federation", "federate"),
    phases=("before", "in"),
)
async def federation(answers: Discovery, read: Reader) -> Plan:
    """Lets the Edge talk with outside, of which Microsoft 365 is a part: until then nothing else of hybrid works.

    Sets the Access Edge to let people in from outside, to federate and to find partners in DNS. Whether everybody who federates may
    talk with your people, or only domains on your list, is for the company to decide. Every server must receive the change.
    """
    edge, known, partners = await asyncio.gather(read(AccessEdge), read_replication(read), _compare_partners(answers, read))
    wanted = with_answers(edge, answers)
    if edge == wanted:
        notes = as_notes((*await _note_surroundings(read), *partners))
        yield find_replication_lag(EDGE, known) or Fine(EDGE, say("lets people talk with outside, Microsoft 365 included"), notes)
        return

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        return Change(EDGE, _effect(edge, wanted), (_set(wanted),), (_set(edge),), notes=notes)

    yield decide(EDGE, (*_check_routing(edge), *await _check_surroundings(read), *check_replication(known), *partners), change)


federation.undo_guard(users_in_teams)


@federation.summary
async def _summary(read: Reader) -> StepSummary:
    """Which organisations are let in is asked; whether Microsoft 365 is can be seen."""
    edge, known = await asyncio.gather(read(AccessEdge), read_replication(read))
    if not edge.is_federating():
        return summarise([ToDo(EDGE, say("does not let people talk with Microsoft 365 yet"))])
    return summarise([find_replication_lag(EDGE, known) or Fine(EDGE, say("lets people talk with outside, Microsoft 365 included"))])


def _set(edge: AccessEdge) -> Cmdlet:
    """Sets the whole parameter set of DNS routing.

    EnablePartnerDiscovery belongs to no other set, and -Identity not to this one.
    """
    switches = {name: bool(getattr(edge, field)) for name, field in SWITCHES.items()}
    return Cmdlet("sfb", "Set-CsAccessEdgeConfiguration", {**switches, "UseDnsSrvRouting": True, "Confirm": False})


def _effect(edge: AccessEdge, wanted: AccessEdge) -> LocalizedText:
    old, new = _set(edge).parameters, _set(wanted).parameters
    return say("{changed}", changed=", ".join(f"{name} {old[name]} → {new[name]}" for name in SWITCHES if old[name] != new[name]))


async def _compare_partners(answers: Discovery, read: Reader) -> list[LocalizedText]:
    """Notes where Teams says another thing than the Edge.

    The shared address space asks for both to be the same.
    """
    edge, allowed, blocked, tenant = await asyncio.gather(
        read(AccessEdge), read.list_all(AllowedDomain), read.list_all(BlockedDomain), read(TenantDomains)
    )
    wanted = with_answers(edge, answers)
    return [*describe_difference(wanted, tenant), *(reason.why for reason in compare_lists(wanted, allowed, blocked, tenant))]


def _check_routing(edge: AccessEdge) -> Iterator[Reason]:
    """A route that somebody chose is not replaced in passing."""
    if edge.routing_method != DNS_ROUTING:
        route = edge.default_route or edge.routing_method
        yield Reason(
            say("everything to outside is sent over a default route ({route}), with which Microsoft 365 cannot be reached", route=route),
            say("whoever chose that route decides; Set-CsAccessEdgeConfiguration -UseDnsSrvRouting ends it"),
        )


async def _check_surroundings(read: Reader) -> list[Remark]:
    """What else must be as it should before anybody is reached through the Edge."""
    topology, signposts, policies, pools = await asyncio.gather(
        _check_topology(read), _check_dns(read), _check_policies(read), _note_pools(read)
    )
    return [*topology, *signposts, *policies, *pools]


async def _note_surroundings(read: Reader) -> list[Remark]:
    """The same once the Edge is as wanted, where it stops nothing any more."""
    try:
        return await _check_surroundings(read)
    except GatewayError as trouble:
        return [say("not checked: how the Edge is reached from outside ({why})", why=describe_error(trouble))]


async def _check_topology(read: Reader) -> list[Remark]:
    """That FederationRoute tells the Edge pool is not sure, so that its absence is a note."""
    pools, sites = await asyncio.gather(read.list_all(EdgePool), read.list_all(Site))
    if not pools:
        return [Reason(say("there is no Edge pool"), say("deploy an Edge pool and publish it with Topology Builder"))]
    if not any(site.route for site in sites):
        return [say("no site says which Edge pool is its federation route: look into Topology Builder")]
    return [*too_many_routes(sites)]


async def _note_pools(read: Reader) -> tuple[LocalizedText, ...]:
    """Notes about pools that do not run.

    One of many that is being repaired stops nothing here, whereas replication is waited for.
    """
    pools = await all_or_failure(read, Pool)
    if isinstance(pools, ReadFailure):
        return (not_checked(say("whether the pools run"), pools),)
    homes = [pool for pool in pools if pool.is_registrar()]
    running = await read_pool_health(read, homes)
    return as_notes(remark for pool in homes for remark in check_pool(pool, running))


async def _check_dns(read: Reader) -> list[Remark]:
    """_sipfederationtls of every SIP domain leads to the Edge, by a host inside that domain."""
    cloud, domains = await asyncio.gather(read(Cloud), read.list_all(SipDomain))
    names = [domain.name.lower() for domain in domains]
    found = await asyncio.gather(*(read.list_all(SrvRecord, name=f"_sipfederationtls._tcp.{name}") for name in names))
    return [remark for name, records in zip(names, found, strict=True) for remark in _check_srv_record(name, records, cloud)]


def _check_srv_record(domain: str, records: Sequence[SrvRecord], cloud: Cloud) -> Iterator[Remark]:
    record = f"_sipfederationtls._tcp.{domain}"
    targets = {each.target.lower().rstrip(".") for each in records}
    if cloud.proxy_fqdn.lower() in targets:
        yield Reason(
            say("{record} leads to Microsoft 365 already", record=record),
            say("while people are on premises it must lead to the Edge: SRV, port 5061, sip.{domain}", domain=domain),
        )
    elif not targets:
        yield say("{record} does not exist: {domain} cannot be reached from outside", record=record, domain=domain)
    elif any(each.port != PORT for each in records):
        yield say("{record} names another port than {port}, the one of federation", record=record, port=PORT)
    elif strangers := sorted(target for target in targets if not target.endswith(f".{domain}")):
        yield say("{record} leads out of its domain, which partners refuse: {target}", record=record, target=", ".join(strangers))


async def _check_policies(read: Reader) -> list[Remark]:
    closed = [
        one.identity
        for one in await read.list_all(ExternalAccessPolicy)
        if not (one.enable_federation_access and one.enable_outside_access)
    ]
    return [say("people with these external access policies stay cut off: {names}", names=", ".join(closed))] if closed else []
