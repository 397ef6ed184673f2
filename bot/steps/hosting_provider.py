"""The step by which the servers look for people of their own domains in Microsoft 365."""

import asyncio
from collections.abc import Sequence

from bot.calls import Cmdlet
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.federation import DNS_ROUTING, AccessEdge
from bot.facts.providers import HostingProvider, PublicProvider
from bot.i18n import LocalizedText, label, say
from bot.step import Change, Fine, NoQuestions, Plan, Reason, step
from bot.steps.shared.decide import Remark, decide
from bot.steps.shared.forests import check_hybrid_elsewhere
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.replication import check_replication, find_replication_lag, read_replication
from bot.steps.shared.undo_guard import users_in_teams

PROVIDER = label("Hosting provider")
CHANGEABLE = ("Enabled", "EnabledSharedAddressSpace", "HostsOCSUsers", "IsLocal", "VerificationLevel", "AutodiscoverUrl")
Settings = dict[str, str | bool]  # by the names of the parameters


@step(
    say("Set up the hosting provider"),
    phrases=("set up the hosting provider", "set up hosting provider", "hosting provider", "provider"),
    phases=("before", "in"),
)
async def hosting_provider(answers: NoQuestions, read: Reader) -> Plan:
    """The hosting provider tells the servers that people of your own domains may live in Microsoft 365, and behind which proxy.

    One that is there is set in place, never removed and created again: that would cut off whoever has moved until every server
    knows the new one. Only where none leads to the proxy of Microsoft 365 is one created.
    """
    cloud, edge, known, providers, public = await asyncio.gather(
        read(Cloud), read(AccessEdge), read_replication(read), read.list_all(HostingProvider), read.list_all(PublicProvider)
    )
    here = next((one for one in providers if cloud.is_proxy(one.proxy_fqdn)), None)
    wanted = _target_settings(cloud)
    if here and _settings(here) == wanted:
        yield find_replication_lag(PROVIDER, known) or Fine(PROVIDER, say("{name} leads to Microsoft 365", name=here.identity))
        return
    elsewhere = _check_elsewhere(await check_hybrid_elsewhere(read, cloud))
    remarks = (*elsewhere, *_find_clashes(here, providers, public, cloud), *_check_routing(edge), *check_replication(known))
    yield decide(PROVIDER, remarks, lambda notes: _set_in_place(here, wanted, notes) if here else _create(cloud, notes))


hosting_provider.undo_guard(users_in_teams)


def _check_elsewhere(found: Reason | ReadFailure | None) -> list[Remark]:
    if isinstance(found, ReadFailure):
        return [not_checked(say("whether another forest is in hybrid with this tenant"), found)]
    return [found] if found else []


def _target_settings(cloud: Cloud) -> Settings:
    """All that can be changed later; Identity and ProxyFqdn cannot."""
    switches = {"Enabled": True, "EnabledSharedAddressSpace": True, "HostsOCSUsers": True, "IsLocal": False}
    return {**switches, "VerificationLevel": "UseSourceVerification", "AutodiscoverUrl": cloud.autodiscover_url}


def _settings(provider: HostingProvider) -> Settings:
    whole = provider.model_dump(by_alias=True)
    return {name: whole[name] for name in CHANGEABLE}


def _set_in_place(here: HostingProvider, wanted: Settings, notes: tuple[LocalizedText, ...]) -> Change:
    old = _settings(here)
    changed = ", ".join(
        f"{name} {'-' if old[name] == '' else old[name]} → {wanted[name]}" for name in CHANGEABLE if old[name] != wanted[name]
    )
    effect = say("{name}: {changed}", name=here.identity, changed=changed)
    return Change(PROVIDER, effect, (_set(here, wanted),), (_set(here, old),), notes=notes)


def _set(here: HostingProvider, settings: Settings) -> Cmdlet:
    return Cmdlet("sfb", "Set-CsHostingProvider", {"Identity": here.identity, **settings, "Confirm": False})


def _create(cloud: Cloud, notes: tuple[LocalizedText, ...]) -> Change:
    name, proxy = cloud.provider_name, cloud.proxy_fqdn
    new = Cmdlet("sfb", "New-CsHostingProvider", {"Identity": name, "ProxyFqdn": proxy, **_target_settings(cloud), "Confirm": False})
    remove = Cmdlet("sfb", "Remove-CsHostingProvider", {"Identity": name, "Confirm": False})
    return Change(PROVIDER, say("none → {name}, behind {proxy}", name=name, proxy=proxy), (new,), (remove,), notes=notes)


def _find_clashes(
    here: HostingProvider | None, providers: Sequence[HostingProvider], public: Sequence[PublicProvider], cloud: Cloud
) -> list[Remark]:
    """Other providers that have the name or the proxy.

    Both are unique over hosting and public providers together, and neither can be changed later.
    """
    found: list[Remark] = [
        Reason(
            say("the public provider {name} has the proxy {proxy}", name=one.identity, proxy=one.proxy_fqdn),
            say("remove that public provider (Remove-CsPublicProvider), or give it its own proxy"),
        )
        for one in public
        if cloud.is_proxy(one.proxy_fqdn)
    ]
    everybody: list[HostingProvider | PublicProvider] = [*providers, *public]
    taken = [one for one in everybody if one.identity.lower() == cloud.provider_name.lower()]
    if taken and not here:
        found.append(
            Reason(
                say("the name {name} is taken by a provider for {proxy}", name=taken[0].identity, proxy=taken[0].proxy_fqdn),
                say("choose another name in the configuration (cloud.provider_name), or remove that provider"),
            )
        )
    return found


def _check_routing(edge: AccessEdge) -> list[Remark]:
    if edge.routing_method != DNS_ROUTING:
        why = say("the Edge sends everything over a default route: with it there can be no hosting provider")
        return [Reason(why, say("decide about that route first (Set-CsAccessEdgeConfiguration -UseDnsSrvRouting)"))]
    return [] if edge.is_federating() else [say("counts only once the Edge federates")]
