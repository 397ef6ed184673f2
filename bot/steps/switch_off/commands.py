"""What ends hybrid: the mode of the tenant, the shared address space and the hosting provider."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.calls import Cmdlet
from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.federation import TenantFederation
from bot.facts.policies import GlobalUpgradePolicy
from bot.facts.providers import HostingProvider
from bot.facts.voice_applications import HybridApplicationEndpoint
from bot.i18n import LocalizedText, first_few, label, say, say_counted
from bot.step import Change, Finding, Fine
from bot.steps.shared.forests import Leads, UnknownDomain
from bot.steps.shared.replication import find_replication_lag, read_replication, with_replication

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
OTHERS: tuple[Leads, ...] = ("disabled", "another's", "unread")


async def plan_mode(read: Reader, unknown: Sequence[UnknownDomain]) -> Finding:
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


async def plan_space(read: Reader) -> Finding:
    tenant = await read(TenantFederation)
    if not tenant.shared_sip_address_space:
        return Fine(SPACE, say("is not shared with servers on premises"))
    return Change(SPACE, say("SharedSipAddressSpace True → False"), (_share(tenant, False),), (_share(tenant, True),))


def _share(tenant: TenantFederation, shared: bool) -> Cmdlet:
    name = "Set-CsTenantFederationConfiguration"
    return Cmdlet("teams", name, {"Identity": tenant.identity, "SharedSipAddressSpace": shared, "Confirm": False})


async def plan_provider(read: Reader, cloud: Cloud) -> Finding:
    """Disables the provider that leads to Microsoft 365.

    Others (voice mail of Exchange) are left alone.
    """
    providers, known, endpoints = await asyncio.gather(
        read.list_all(HostingProvider), read_replication(read), read.list_all(HybridApplicationEndpoint)
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
