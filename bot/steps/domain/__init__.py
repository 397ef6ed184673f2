"""The step that brings SIP domains into the tenant: added, proved by TXT record, verified."""

import asyncio
import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import Domain, OnlineSipDomain, SipDomain
from bot.i18n import say
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Obstacle, Plan, Reason, step
from bot.steps.domain.checks import find_unknown_domains, find_verified
from bot.steps.domain.commands import enable, verify
from bot.steps.domain.snapshots import DomainSnapshot, read_snapshots
from bot.steps.shared.forests import (
    check_hybrid_elsewhere,
    domains_unknown_here,
    read_unknown_domains,
)
from bot.steps.shared.public_domains import is_public

NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")


def check_domain_names(text: str) -> str:
    """The text as it was typed. Raises `ValueError` with the words that are no names of domains."""
    wrong = [word for word in _parse_domains(text) if not NAME.fullmatch(word)]
    if wrong:
        raise ValueError(say("“{word}” is no domain; contoso.com would be one", word=wrong[0]))
    return text


def _parse_domains(text: str) -> list[str]:
    return list(dict.fromkeys(word.lower() for word in re.split(r"[\s,;]+", text) if word))


class Domains(BaseModel):
    """Which SIP domains are meant."""

    domains: Annotated[str, AfterValidator(check_domain_names)] = Field(
        default="", title="Which domains?", description="names with commas between; left empty, every SIP domain of the servers"
    )


@step(
    say("Add and verify domains"),
    phrases=(
        "add and verify a domain",
        "verify domains",
        "verify a domain",
        "add domains",
        "add a domain",
        "add domain",
        "sip domains",
        "domains",
        "domain",
    ),
    verify_timeout=timedelta(hours=72),
    phases=("before", "in"),
)
async def domain(answers: Domains, read: Reader) -> Plan:
    """Brings the SIP domains of the servers into the tenant. Each is added, proved to be yours by a TXT record, and verified.

    The record is published by you, at the registrar or in your own DNS; this can take from minutes to three days, and is waited for.
    Several domains are proved side by side: all their records are told at once, and one that takes its time holds up no other.
    A domain below a verified one needs no record. All other records stay as they are: SIP must go on leading to the servers.
    """
    cloud, servers, tenant, online = await asyncio.gather(
        read(Cloud), read.list_all(SipDomain), read.list_all(Domain), all_or_failure(read, OnlineSipDomain)
    )
    known = {one.name.lower() for one in servers}
    wanted = _parse_domains(answers.domains) or sorted(known)
    for name in (name for name in wanted if name not in known):
        yield Obstacle(name, (STRANGER,))
    for name in (name for name in wanted if name in known and not is_public(name)):
        yield Obstacle(name, (PRIVATE,)) if answers.domains else Fine(name, PRIVATE.why, (PRIVATE.remedy,))
    meant = sorted((name for name in wanted if name in known and is_public(name)), key=lambda name: (name.count("."), name))
    seen = await read_snapshots(meant, tenant, online, cloud, read)
    unknown = await read_unknown_domains(read, cloud, domains_unknown_here(tenant, servers, cloud), servers, online)
    matters = any(one.wants_to_be_served for one in seen) or any(one.leads == "another's" for one in unknown)
    elsewhere = await check_hybrid_elsewhere(read, cloud) if matters else None
    for one in seen:
        yield _finding(one, elsewhere)
    yield find_unknown_domains(unknown, elsewhere)


STRANGER = Reason(say("is no SIP domain of the servers"), say("check the spelling; a new one is added to the topology first"))
PRIVATE = Reason(
    say("is no name of the public DNS, so that nobody can prove it and Microsoft 365 never takes it"),
    say("whoever is to be moved gets a SIP address in another domain first; the others stay on premises"),
)


def _finding(seen: DomainSnapshot, elsewhere: Reason | ReadFailure | None) -> Finding:
    if seen.tenant and seen.tenant.is_verified:
        return find_verified(seen, elsewhere) or enable(seen)
    return verify(seen, elsewhere)
