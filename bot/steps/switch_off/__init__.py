"""The last step: hybrid is switched off once nobody is left on premises."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import OnlineSipDomain, SipDomain
from bot.facts.federation import TenantFederation
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.providers import HostingProvider
from bot.facts.voice_applications import HybridApplicationEndpoint
from bot.i18n import LocalizedText, first_few, label, say, say_counted
from bot.step import Change, Finding, Fine, NoQuestions, Obstacle, Plan, Reason, Unclear, step
from bot.steps.shared.decide import AGAIN
from bot.steps.shared.forests import COSTS, LEAVE_ALL, Leads, UnknownDomain, check_hybrid_elsewhere, read_unknown_domains
from bot.steps.shared.left_on_premises import check_left_on_premises
from bot.steps.shared.ownership import is_public
from bot.steps.shared.replication import find_replication_lag, read_replication, with_replication
from bot.steps.switch_off.cloud_records import CloudRecord, all_records, discovery_record, find_differences

DNS = label("DNS of {domain}")
MODE, SPACE, PROVIDER = (
    label("Coexistence mode"),
    label("SIP address space"),
    label("Hosting provider"),
)
BY_HAND = (
    say("by hand, in the same window: a resource account for each hybrid application endpoint; its number is cleared and assigned again"),
    say("by hand, later: addresses and numbers stay managed in AD, or the attributes are cleared in batches and all is managed online"),
    say("by hand, at last, and never to be undone: contacts, response groups and pools leave the topology, servers are uninstalled"),
)
FIRST = say("first nobody may be left on premises, and DNS must lead to Microsoft 365")
TIDY = say("delete meet, dialin and all internal records of Skype for Business")
OTHERS: tuple[Leads, ...] = ("disabled", "another's", "unread")
NOT_YOURS = say(
    "leave these records to whoever has those servers; Teams lets the tenant be TeamsOnly once the domain is disabled there"
    " (Disable-CsOnlineSipDomain) or all its people are in Teams"
)
UNUSED = say("a domain that nobody uses may be disabled in Teams instead (Disable-CsOnlineSipDomain)")
LATER = say(
    "leave these records as they are until nobody is on premises any more: changed early, they cut people off;"
    " then the lines to publish stand here. Lower their TTL some days before, so that the change is seen soon"
)


@step(
    say("Switch hybrid off"),
    phrases=(
        *("switch off hybrid", "switch hybrid off", "turn off hybrid", "turn hybrid off", "disable hybrid", "stop hybrid", "end hybrid"),
        *("remove hybrid", "hybrid off", "hybrid disable", "decommission", "switch off"),
    ),
    opposite="configure_hybrid",
    phases=("in", "ending", "after"),
)
async def switch_off(answers: NoQuestions, read: Reader) -> Plan:
    """Ends hybrid: the tenant becomes TeamsOnly, the SIP address space is no longer shared, the servers no longer look into Microsoft 365.

    Before it everybody must have moved, and DNS must lead to Microsoft 365. The calls belong into one maintenance window, in their
    order; take them back before the DNS records, if at all. Removing servers, disabling accounts and clearing attributes cannot be
    undone: that is never done here, only described.
    """
    cloud = await read(Cloud)
    elsewhere = await check_hybrid_elsewhere(read, cloud)
    if isinstance(elsewhere, Reason):
        yield Obstacle(SPACE, (Reason(elsewhere.why, say("it is not for these servers to switch it off")),), (LEAVE_ALL,))
        return
    people = await check_left_on_premises(read)
    here, there = await asyncio.gather(read.all(SipDomain), read.all(OnlineSipDomain))
    unknown = await _read_unknown(read, cloud, here, there)
    first = [people, *await _check_dns(read, cloud, here, there, unknown, isinstance(people, Fine))]
    writes = await asyncio.gather(_plan_mode(read, unknown), _plan_space(read), _plan_provider(read, cloud))
    ready = all(isinstance(finding, Fine) for finding in first)
    for finding in (*first, *writes):
        yield _hold_back(finding, ready, elsewhere)


def _hold_back(finding: Finding, ready: bool, elsewhere: ReadFailure | None) -> Finding:
    """Nothing is written before everything that comes first is as it must be."""
    if not isinstance(finding, Change):
        return finding
    if elsewhere:
        why = say("whether another forest is in hybrid with this tenant could not be read: {why}", why=elsewhere.why)
        return Unclear(finding.subject, why, AGAIN)
    if ready:
        return finding
    return Obstacle(finding.subject, (Reason(say("not yet"), FIRST),), (say("then: {effect}", effect=finding.effect), *finding.notes))


async def _read_unknown(read: Reader, cloud: Cloud, here: Sequence[SipDomain], there: Sequence[OnlineSipDomain]) -> list[UnknownDomain]:
    """The domains of the tenant that these servers do not know."""
    known = {domain.name.lower() for domain in here}
    names = sorted({domain.name.lower() for domain in there} - known)
    return await read_unknown_domains(read, cloud, [name for name in names if not name.endswith(cloud.own_suffixes)], here, there)


async def _check_dns(
    read: Reader,
    cloud: Cloud,
    here: Sequence[SipDomain],
    there: Sequence[OnlineSipDomain],
    unknown: Sequence[UnknownDomain],
    everybody_moved: bool,
) -> list[Finding]:
    """One finding per domain: those on premises need all records, those in Teams only must not lead to servers of yours."""
    wanted = {domain.name.lower(): all_records(domain.name.lower(), cloud) for domain in here if is_public(domain.name)}
    for name in (domain.name.lower() for domain in there if domain.status == "Enabled"):
        if name not in wanted and not name.endswith(cloud.own_suffixes):
            wanted[name] = (discovery_record(name, cloud),)
    found = await asyncio.gather(*(find_differences(read, records) for records in wanted.values()))
    leads = {one.name: one.leads for one in unknown}
    return [
        _domain_finding(name, records, bad, everybody_moved, leads.get(name))
        for (name, records), bad in zip(wanted.items(), found, strict=True)
    ]


def _domain_finding(
    domain: str, records: Sequence[CloudRecord], bad: dict[str, str], everybody_moved: bool, leads: Leads | None
) -> Finding:
    """One reason for each record, so that each line to publish can be copied by itself; before its time none tempts anybody to do so."""
    subject, others = DNS.format(domain=domain), [record for record in records if record.name in bad]
    if not others:
        return Fine(subject, say("leads to Microsoft 365"), (TIDY,) if everybody_moved else ())
    if leads == "another's":
        where = ", ".join(f"{record.name}: {bad[record.name]}" for record in others)
        return Obstacle(subject, (Reason(say("leads to servers that are not these: {where}", where=where), NOT_YOURS),), (COSTS,))
    if not everybody_moved:
        names = ", ".join(record.name.removesuffix(f".{domain}") for record in others)
        return Obstacle(subject, (Reason(say("does not lead to Microsoft 365 yet: {names}", names=names), LATER),))
    notes = (UNUSED, COSTS) if leads else (TIDY,)
    return Obstacle(subject, tuple(_record_to_publish(record, bad[record.name]) for record in others), notes)


def _record_to_publish(record: CloudRecord, now: str) -> Reason:
    return Reason(say("{name} leads to: {now}", name=record.name, now=now), say("publish: {line}", line=record.line))


async def _plan_mode(read: Reader, unknown: Sequence[UnknownDomain]) -> Finding:
    """A refusal says that all are TeamsOnly now, and then that they cannot be: only reading back tells."""
    policy = await read(GlobalUpgradePolicy)
    if policy.mode == "TeamsOnly":
        return Fine(MODE, say("everybody is TeamsOnly"))
    effect, others = say("{mode} → TeamsOnly, for the whole tenant", mode=policy.mode), [one.name for one in unknown if one.leads in OTHERS]
    notes = (
        (say("for people of other servers too, if there are any (unknown here: {names})", names=first_few(others, 10)),) if others else ()
    )
    return Change(MODE, effect, (_grant("UpgradeToTeams"),), (_grant(policy.name),), notes=notes)


def _grant(policy: str) -> Cmdlet:
    return Cmdlet("teams", "Grant-CsTeamsUpgradePolicy", {"PolicyName": policy, "Global": True})


async def _plan_space(read: Reader) -> Finding:
    tenant = await read(TenantFederation)
    if not tenant.shared_sip_address_space:
        return Fine(SPACE, say("is not shared with servers on premises"))
    return Change(SPACE, say("SharedSipAddressSpace True → False"), (_share(tenant, False),), (_share(tenant, True),))


def _share(tenant: TenantFederation, shared: bool) -> Cmdlet:
    name = "Set-CsTenantFederationConfiguration"
    return Cmdlet("teams", name, {"Identity": tenant.identity, "SharedSipAddressSpace": shared, "Confirm": False})


async def _plan_provider(read: Reader, cloud: Cloud) -> Finding:
    """Only the one that leads to Microsoft 365: others (voice mail of Exchange) are nobody's business here."""
    providers, known, endpoints = await asyncio.gather(
        read.all(HostingProvider), read_replication(read), read.all(HybridApplicationEndpoint)
    )
    notes = (*_note_endpoints(endpoints), *BY_HAND)
    here = next((one for one in providers if cloud.is_proxy(one.proxy_fqdn) and one.enabled), None)
    if here:
        effect = say("{name}: Enabled True → False", name=here.identity)
        return with_replication(Change(PROVIDER, effect, (_enable(here, False),), (_enable(here, True),), notes=notes), known)
    waiting = find_replication_lag(PROVIDER, known)
    return replace(waiting, notes=(*waiting.notes, *notes)) if waiting else Fine(PROVIDER, say("none leads to Microsoft 365"), notes)


def _enable(provider: HostingProvider, enabled: bool) -> Cmdlet:
    return Cmdlet("sfb", "Set-CsHostingProvider", {"Identity": provider.identity, "Enabled": enabled, "Confirm": False})


def _note_endpoints(endpoints: Sequence[HybridApplicationEndpoint]) -> list[LocalizedText]:
    names = ", ".join(one.display_name or one.sip_address for one in endpoints[:10])
    return (
        [
            say_counted(
                "{n} hybrid application endpoint is left: {names}",
                "{n} hybrid application endpoints are left: {names}",
                n=len(endpoints),
                names=names,
            )
        ]
        if endpoints
        else []
    )
