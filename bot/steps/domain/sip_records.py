"""The SIP records of a domain in public DNS.

While people are on premises they lead there, whatever the admin centre asks for.

https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity and /configure-hybrid-connectivity (tenant mode)
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.dns import AddressRecord, CnameRecord, SrvRecord
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure
from bot.steps.shared.person_checks import not_checked

CHAIN = 8  # aliases that are followed
FINDER = say("where lyncdiscover leads, which decides about the mode of the tenant")
LEAVE = say(
    "leave its SIP records on premises for now, whatever the admin centre asks for: _sipfederationtls._tcp, _sip._tls, lyncdiscover and sip"
)


class RecordNotes(NamedTuple):
    """What is to be known of a domain's records before it is verified, and afterwards."""

    before: tuple[LocalizedText, ...]
    afterwards: tuple[LocalizedText, ...]


async def read_record_notes(read: Reader, cloud: Cloud, domain: str) -> RecordNotes:
    """The sentences name no domain: they stand beside it, and those of several domains can be said once."""
    finder = f"lyncdiscover.{domain}"
    services, aliases, hosts = await asyncio.gather(
        all_or_failure(read, SrvRecord, name=f"_sipfederationtls._tcp.{domain}"),
        _aliases(read, cloud, finder),
        all_or_failure(read, AddressRecord, name=finder),
    )
    always = (LEAVE, *_federation(services, cloud))
    return RecordNotes(*((*always, *_tenant_mode(aliases, hosts, cloud, verified)) for verified in (False, True)))


async def _aliases(read: Reader, cloud: Cloud, name: str) -> Sequence[str] | ReadFailure:
    """The hosts that a name leads to by aliases of aliases, up to the host of Microsoft 365."""
    chain: list[str] = []
    while len(chain) < CHAIN and _online(cloud) not in chain:
        found = await all_or_failure(read, CnameRecord, name=chain[-1] if chain else name)
        if isinstance(found, ReadFailure):
            return found
        if not found:
            break
        chain.append(_plain(found[0].target))
    return chain


def _online(cloud: Cloud) -> str:
    return urlsplit(cloud.autodiscover_url).hostname or ""


def _federation(services: Sequence[SrvRecord] | ReadFailure, cloud: Cloud) -> Iterator[LocalizedText]:
    if isinstance(services, ReadFailure):
        yield not_checked(say("where _sipfederationtls leads"), services)
    elif any(cloud.is_proxy(_plain(one.target)) for one in services):
        yield say("_sipfederationtls._tcp leads to Microsoft 365 already: let it lead to the Edge again")


def _tenant_mode(
    aliases: Sequence[str] | ReadFailure, hosts: Sequence[AddressRecord] | ReadFailure, cloud: Cloud, verified: bool
) -> Iterator[LocalizedText]:
    """Notes about lyncdiscover, which decides about the mode of the tenant.

    Microsoft 365 looks at it when a domain is verified, and not again before the next change of domains or licences.
    """
    if isinstance(aliases, ReadFailure):
        yield not_checked(FINDER, aliases)
        return
    if isinstance(hosts, ReadFailure):
        yield not_checked(FINDER, hosts)
        return
    target = next(iter(aliases), next((one.address for one in hosts), ""))
    if _online(cloud) in aliases:
        yield say("lyncdiscover leads to Microsoft 365 already: let it lead to the servers, or the tenant may become TeamsOnly")
        if verified:
            yield say("after that, Microsoft 365 looks at lyncdiscover again only when domains or licences of the tenant change")
    elif not target and not verified:
        yield say(
            "lyncdiscover is not in public DNS: let it lead to the servers before the domain is verified,"
            " or the tenant may become TeamsOnly"
        )
    elif not verified:
        yield say("lyncdiscover leads to {target}, so that the tenant is not forced to TeamsOnly", target=target)


def _plain(name: str) -> str:
    return name.lower().rstrip(".")
