"""The step by which Microsoft 365 looks for people of its own domains on premises."""

import asyncio
from collections.abc import Sequence

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import Domain, OnlineSipDomain, SipDomain
from bot.facts.federation import AccessEdge, AllowedDomain, BlockedDomain, TenantDomains, TenantFederation
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.providers import HostingProvider
from bot.facts.tenant import TeamsTenant
from bot.i18n import LocalizedText, label, say
from bot.reader.tolerant import all_or_failure
from bot.step import Change, Fine, NoQuestions, Obstacle, Plan, Reason, step
from bot.step_names import DOMAIN
from bot.steps.shared.decide import Remark, as_notes, decide
from bot.steps.shared.edge_settings import Discovery, with_answers
from bot.steps.shared.forced_mode import read_forced_mode
from bot.steps.shared.forests import (
    check_hybrid_elsewhere,
    describe_cut_off,
    describe_unknown_domains,
    domains_unknown_here,
    read_unknown_domains,
)
from bot.steps.shared.partner_lists import compare_lists, describe_difference
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.public_domains import is_public
from bot.steps.shared.undo_guard import users_in_teams

SPACE = label("SIP address space")


@step(
    say("Share the SIP address space"),
    phrases=("share the sip address space", "share the address space", "shared sip address space", "shared sip space", "split domain"),
    phases=("before", "in"),
)
async def shared_sip_space(answers: NoQuestions, read: Reader) -> Plan:
    """Tells Microsoft 365 that people of your domains may live on premises too. It holds for all domains of the tenant at once.

    Every SIP domain must be verified first. It can be set before the Edge and the hosting provider are; nobody can be moved before
    all three are. Moves may be refused (error 510) for minutes to a day after it is set.
    """
    tenant, edge, providers, cloud = await asyncio.gather(
        read(TenantFederation), read(AccessEdge), read.list_all(HostingProvider), read(Cloud)
    )
    coming = with_answers(edge, answers) if isinstance(answers, Discovery) else edge  # asked for together, the Edge is set before
    domains, forced, partners = await asyncio.gather(_check_domains(read, cloud), _check_forced_mode(read), _compare_partners(coming, read))
    elsewhere = await check_hybrid_elsewhere(read, cloud)
    if isinstance(elsewhere, Reason):
        yield Obstacle(SPACE, (elsewhere,))
        return
    if tenant.shared_sip_address_space and tenant.allow_federated_users:
        yield Fine(SPACE, say("is shared with the servers on premises"), as_notes((*domains, *forced, *partners)))
        return

    def change(notes: tuple[LocalizedText, ...]) -> Change:
        wanted = tenant.model_copy(update={"shared_sip_address_space": True, "allow_federated_users": True})
        return Change(SPACE, _effect(tenant, wanted), (_set(wanted),), (_set(tenant),), notes=notes)

    yield decide(SPACE, (*domains, *forced, *partners, *_note_other_parts(edge, providers, cloud)), change)


shared_sip_space.undo_guard(users_in_teams)


def _set(tenant: TenantFederation) -> Cmdlet:
    """AllowFederatedUsers goes along, so that neither direction leaves half of it behind."""
    switches = {"AllowFederatedUsers": tenant.allow_federated_users, "SharedSipAddressSpace": tenant.shared_sip_address_space}
    return Cmdlet("teams", "Set-CsTenantFederationConfiguration", {"Identity": tenant.identity, **switches, "Confirm": False})


def _effect(tenant: TenantFederation, wanted: TenantFederation) -> LocalizedText:
    old, new = _set(tenant).parameters, _set(wanted).parameters
    return say("{changed}", changed=", ".join(f"{name} {old[name]} → {new[name]}" for name in old if old[name] != new[name]))


async def _check_domains(read: Reader, cloud: Cloud) -> list[Reason | LocalizedText]:
    """The space holds for all domains of the tenant: each must be known on both sides."""
    servers, tenant = await asyncio.gather(read.list_all(SipDomain), read.list_all(Domain))
    here = {name for domain in servers if is_public(name := domain.name.lower())}  # what nobody can verify is shared with nobody
    there = {domain.id.lower() for domain in tenant if domain.is_verified}
    names = domains_unknown_here(tenant, servers, cloud)
    online = await all_or_failure(read, OnlineSipDomain) if names else []
    unread = [not_checked(say("which domains Teams serves"), online)] if isinstance(online, ReadFailure) else []
    unknown = await read_unknown_domains(read, cloud, names, servers, online)
    return [*_missing(here - there), *unread, *describe_cut_off(unknown), *describe_unknown_domains(unknown)]


def _missing(names: set[str]) -> list[Reason]:
    why = say("these SIP domains are not verified in Microsoft 365: {names}", names=", ".join(sorted(names)))
    return [Reason(why, say("add and verify them first"), DOMAIN)] if names else []


async def _check_forced_mode(read: Reader) -> list[Remark]:
    """The tenant must not be forced to TeamsOnly, as far as that is known.

    The space can be shared before; the step that moves people looks again.
    """
    tenant, modes = await asyncio.gather(read(TeamsTenant), all_or_failure(read, GlobalUpgradePolicy))
    known = await read_forced_mode(read, [tenant], modes)
    if known.is_forced:
        return [known.reason]
    return [say("not checked: whether the tenant is forced to TeamsOnly ({why})", why=known.why_unclear)] if known.why_unclear else []


async def _compare_partners(edge: AccessEdge, read: Reader) -> list[Reason | LocalizedText]:
    """The lists of both sides must say the same.

    Which side is open to everybody is compared once the Edge federates: until then that is not settled.
    """
    allowed, blocked, tenant = await asyncio.gather(read.list_all(AllowedDomain), read.list_all(BlockedDomain), read(TenantDomains))
    return [*compare_lists(edge, allowed, blocked, tenant), *(describe_difference(edge, tenant) if edge.is_federating() else [])]


def _note_other_parts(edge: AccessEdge, providers: Sequence[HostingProvider], cloud: Cloud) -> list[LocalizedText]:
    ours = any(one.is_ready_for_hybrid() and cloud.is_proxy(one.proxy_fqdn) for one in providers)
    told = [] if edge.is_federating() else [say("counts only once the Edge federates")]
    return told if ours else [*told, say("counts only once the servers have the hosting provider")]
