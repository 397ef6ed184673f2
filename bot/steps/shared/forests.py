"""Domains that these servers do not know, and whether another forest is in hybrid.

Several forests may share a tenant; one of them at a time is in hybrid, and the SIP domains of the others are disabled in Teams.
https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity and /configure-a-multi-forest-environment-for-hybrid
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.dns import AddressRecord, SrvRecord
from bot.facts.domains import Domain, OnlineSipDomain, SipDomain
from bot.facts.federation import TenantFederation
from bot.facts.providers import HostingProvider
from bot.i18n import LocalizedText, first_few, say
from bot.reader.tolerant import all_or_failure
from bot.step import Reason
from bot.steps.shared.public_domains import is_public

MOST = 50  # domains whose record is looked at; nobody is told to change a record that was not
NAMED = 10
COSTS = say(
    "disabling a domain in Teams takes SIP address, contacts and meetings from everybody there who has an address in it:"
    " only where nobody has, or where those who have it agree"
)
LEAVE_ALL = say("leave the domains of others and their records as they are")
Leads = Literal["disabled", "another's", "ours", "to Microsoft 365", "nowhere", "unread"]


@dataclass(frozen=True)
class UnknownDomain:
    """A verified domain that these servers do not know.

    It is `disabled` in Teams, or `leads` says where its _sipfederationtls leads.
    """

    name: str
    leads: Leads
    target: str = ""
    why: str | LocalizedText = ""  # it is unread


def domains_unknown_here(tenant: Sequence[Domain], servers: Sequence[SipDomain], cloud: Cloud) -> list[str]:
    """The verified domains that these servers do not know, without those of every tenant."""
    here, own = {one.name.lower() for one in servers}, tuple(suffix.lower() for suffix in cloud.own_suffixes)
    return sorted(name for one in tenant if one.is_verified and (name := one.id.lower()) not in here and not name.endswith(own))


async def read_unknown_domains(
    read: Reader, cloud: Cloud, names: Sequence[str], servers: Sequence[SipDomain], online: Sequence[OnlineSipDomain] | ReadFailure
) -> list[UnknownDomain]:
    """What is known of these domains. Of those that are disabled in Teams nothing has to be looked at."""
    disabled = set() if isinstance(online, ReadFailure) else {one.name.lower() for one in online if one.status == "Disabled"}
    asked = [name for name in names if name not in disabled]
    ours = await _read_edge_names(read, [one.name.lower() for one in servers]) if asked else set()
    seen = await asyncio.gather(*(_read_unknown_domain(read, cloud, name, ours) for name in asked[:MOST]))
    rest = [UnknownDomain(name, "unread") for name in asked[MOST:]]
    return [*(UnknownDomain(name, "disabled") for name in names if name in disabled), *seen, *rest]


async def _read_edge_names(read: Reader, domains: Sequence[str]) -> set[str] | ReadFailure:
    """Names and addresses of the Edge by which the servers' own domains are reached.

    A failure, when one of them could not be read.
    """
    found = await asyncio.gather(*(all_or_failure(read, SrvRecord, name=f"_sipfederationtls._tcp.{name}") for name in domains[:MOST]))
    hosts = {_normalize(one.target) for services in found if not isinstance(services, ReadFailure) for one in services}
    addresses = await asyncio.gather(*(_read_addresses(read, host) for host in sorted(hosts)))
    unread = next((one for one in (*found, *addresses) if isinstance(one, ReadFailure)), None)
    return unread or hosts | {address for each in addresses if not isinstance(each, ReadFailure) for address in each}


async def _read_addresses(read: Reader, host: str) -> set[str] | ReadFailure:
    found = await all_or_failure(read, AddressRecord, name=host)
    return found if isinstance(found, ReadFailure) else {one.address for one in found}


async def _read_unknown_domain(read: Reader, cloud: Cloud, name: str, ours: set[str] | ReadFailure) -> UnknownDomain:
    found = await all_or_failure(read, SrvRecord, name=f"_sipfederationtls._tcp.{name}")
    if isinstance(found, ReadFailure):
        return UnknownDomain(name, "unread", why=found.why)
    targets = sorted({_normalize(one.target) for one in found})
    if not targets:
        return UnknownDomain(name, "nowhere")
    elsewhere = [target for target in targets if not cloud.is_proxy(target)]
    if not elsewhere:
        return UnknownDomain(name, "to Microsoft 365")
    if isinstance(ours, ReadFailure):  # whose it is would be a guess
        return UnknownDomain(name, "unread", why=ours.why)
    if ours & {*elsewhere}:
        return UnknownDomain(name, "ours", ", ".join(elsewhere))
    addresses = await _read_addresses(read, elsewhere[0])
    if isinstance(addresses, ReadFailure):
        return UnknownDomain(name, "unread", why=addresses.why)
    return UnknownDomain(name, "ours" if addresses & ours else "another's", ", ".join(elsewhere))


def _normalize(name: str) -> str:
    return name.lower().rstrip(".")


def _names_leading(kind: Leads, found: Sequence[UnknownDomain]) -> list[str]:
    return [one.name for one in found if one.leads == kind]


def describe_cut_off(found: Sequence[UnknownDomain]) -> list[LocalizedText]:
    """Who is no longer reached from Teams once the address space is shared with these servers."""
    theirs = [f"{one.name} ({one.target})" for one in found if one.leads == "another's"]
    words = say("people of other servers are no longer reached from Teams (1017): {names}", names=first_few(theirs, NAMED))
    return [words] if theirs else []


def describe_unknown_domains(found: Sequence[UnknownDomain]) -> Iterator[LocalizedText]:
    """What to do about each kind of unknown domain.

    A record that leads to servers of others is not to be changed here.
    """
    if names := _names_leading("disabled", found):
        yield say(
            "disabled in Teams, as it has to be while servers of another forest have them: {names};"
            " leave them and their records as they are",
            names=first_few(names, NAMED),
        )
    if names := [f"{one.name} ({one.target})" for one in found if one.leads == "another's"]:
        yield say(
            "lead to servers that are not these: {names}. Leave their records as they are; while these servers are in hybrid,"
            " such a domain is to be disabled in Teams (Disable-CsOnlineSipDomain), or messages to people in it fail (1017)",
            names=first_few(names, NAMED),
        )
        yield COSTS
    if names := _names_leading("ours", found):
        yield say("lead to the Edge, and the servers do not know them: {names}; add them to the topology", names=first_few(names, NAMED))
    if names := [one.name for one in found if one.leads in ("to Microsoft 365", "nowhere")]:
        yield say(
            "messages to people in {names} will fail (1017) once the address space is shared: add them to the topology"
            " and let their _sipfederationtls lead to the Edge, or let nobody have a SIP address in them",
            names=first_few(names, NAMED),
        )
    if names := _names_leading("unread", found):
        yield say(
            "messages to people in {names} may fail (1017) once the address space is shared; not checked: where their"
            " _sipfederationtls leads. Where it leads to servers of somebody else, leave it as it is",
            names=first_few(names, NAMED),
        )
        yield from (say("not checked: {what} ({why})", what=one.name, why=one.why) for one in found if one.why)


async def check_hybrid_elsewhere(read: Reader, cloud: Cloud) -> Reason | ReadFailure | None:
    """Whether the tenant shares its address space with the servers of another forest; None = it does not.

    It is shared, none of these servers looks into Microsoft 365, and Teams serves domains that they do not know: either none
    of theirs, or one that leads to somebody else's Edge.
    """
    shared = await all_or_failure(read, TenantFederation)
    if isinstance(shared, ReadFailure):
        return shared
    if not any(one.shared_sip_address_space for one in shared):
        return None
    providers = await all_or_failure(read, HostingProvider)
    if isinstance(providers, ReadFailure):
        return providers
    if any(cloud.is_proxy(one.proxy_fqdn) and one.enabled for one in providers):
        return None
    servers, online = await asyncio.gather(all_or_failure(read, SipDomain), all_or_failure(read, OnlineSipDomain))
    if isinstance(servers, ReadFailure):
        return servers
    if isinstance(online, ReadFailure):
        return online
    here, enabled = (
        {one.name.lower() for one in servers if is_public(one.name)},
        {one.name.lower() for one in online if one.status == "Enabled"},
    )
    own = tuple(suffix.lower() for suffix in cloud.own_suffixes)
    others = sorted(name for name in enabled - here if not name.endswith(own))
    if not others:
        return None
    if enabled & here:
        seen = await read_unknown_domains(read, cloud, others, servers, online)
        others = _names_leading("another's", seen)
    return _hybrid_elsewhere(others) if others else None


def _hybrid_elsewhere(names: Sequence[str]) -> Reason:
    why = say(
        "the tenant shares its SIP address space with the servers of another forest, whose domains Teams serves: {names};"
        " only one forest at a time can be in hybrid",
        names=first_few(names, NAMED),
    )
    remedy = say(
        "finish there first: everybody moved, hybrid switched off there; until then the SIP domains of these servers stay disabled"
        " in Teams (Disable-CsOnlineSipDomain)"
    )
    return Reason(why, remedy)
