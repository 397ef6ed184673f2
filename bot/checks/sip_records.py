"""The SIP records of a domain in public DNS: while people are on premises they lead there, whatever the admin centre asks for.

https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity and /configure-hybrid-connectivity (tenant mode)
"""

import asyncio
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot.checks.people import unchecked
from bot.facts import Read, Unread
from bot.facts.cloud import Cloud
from bot.facts.dns import Alias, Host, Service
from bot.reading.forgiving import whole
from bot.say import Say, say

FINDER = say("where lyncdiscover leads, which decides about the mode of the tenant")
LEAVE = say(
    "leave its SIP records on premises for now, whatever the admin centre asks for: _sipfederationtls._tcp, _sip._tls, lyncdiscover and sip"
)


async def sip_records(read: Read, cloud: Cloud, domain: str, verified: bool) -> tuple[Say, ...]:
    """What is to be known of the records of this domain before and after it is verified."""
    finder = f"lyncdiscover.{domain}"
    services, aliases, hosts = await asyncio.gather(
        whole(read, Service, name=f"_sipfederationtls._tcp.{domain}"), whole(read, Alias, name=finder), whole(read, Host, name=finder)
    )
    return (LEAVE, *_federation(services, cloud, domain), *_tenant_mode(aliases, hosts, cloud, finder, verified))


def _federation(services: Sequence[Service] | Unread, cloud: Cloud, domain: str) -> Iterator[Say]:
    if isinstance(services, Unread):
        yield unchecked(say("where _sipfederationtls leads"), services)
    elif any(cloud.is_proxy(_plain(one.target)) for one in services):
        yield say("_sipfederationtls._tcp.{domain} leads to Microsoft 365 already: let it lead to the Edge again", domain=domain)


def _tenant_mode(
    aliases: Sequence[Alias] | Unread, hosts: Sequence[Host] | Unread, cloud: Cloud, finder: str, verified: bool
) -> Iterator[Say]:
    """Microsoft 365 looks at lyncdiscover when a domain is verified, and not again before the next change of domains or licences."""
    if isinstance(aliases, Unread):
        yield unchecked(FINDER, aliases)
        return
    if isinstance(hosts, Unread):
        yield unchecked(FINDER, hosts)
        return
    online = urlsplit(cloud.autodiscover_url).hostname
    target = next((_plain(one.target) for one in aliases), next((one.address for one in hosts), ""))
    if target == online:
        yield say("{finder} leads to Microsoft 365 already: let it lead to the servers, or the tenant may become TeamsOnly", finder=finder)
        if verified:
            yield say("after that, Microsoft 365 looks at {finder} again only when domains or licences of the tenant change", finder=finder)
    elif not target and not verified:
        yield say(
            "{finder} is not in public DNS: let it lead to the servers before the domain is verified, or the tenant may become TeamsOnly",
            finder=finder,
        )
    elif not verified:
        yield say("{finder} leads to {target}, so that the tenant is not forced to TeamsOnly", finder=finder, target=target)


def _plain(name: str) -> str:
    return name.lower().rstrip(".")
