"""The step that brings the SIP domains of the servers into the tenant: added, proved by a TXT record, verified."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.calls import Cmdlet, GraphCall, WriteCall
from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import Domain, DomainReference, OnlineSipDomain, OwnershipRecord, SipDomain
from bot.i18n import LocalizedText, label, say
from bot.reader.tolerant import all_or_failure, each_or_failure, first_page_or_failure
from bot.step import Change, Finding, Fine, Obstacle, Plan, Reason, Unclear, step
from bot.steps.domain.sip_records import RecordNotes, read_record_notes
from bot.steps.shared.forests import (
    LEAVE_ALL,
    UnknownDomain,
    check_hybrid_elsewhere,
    describe_unknown_domains,
    domains_unknown_here,
    read_unknown_domains,
)
from bot.steps.shared.ownership import OwnershipProof, is_public, read_proof
from bot.steps.shared.person_checks import not_checked

NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")
OTHERS = label("domains that only the tenant has")
SHOWN = 5
TEAMS_AGAIN = 300.0  # seconds: Teams learns of a domain some minutes after it was verified


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
        read(Cloud), read.all(SipDomain), read.all(Domain), all_or_failure(read, OnlineSipDomain)
    )
    known = {one.name.lower() for one in servers}
    wanted = _parse_domains(answers.domains) or sorted(known)
    for name in (name for name in wanted if name not in known):
        yield Obstacle(name, (STRANGER,))
    for name in (name for name in wanted if name in known and not is_public(name)):
        yield Obstacle(name, (PRIVATE,)) if answers.domains else Fine(name, PRIVATE.why, (PRIVATE.remedy,))
    meant = sorted((name for name in wanted if name in known and is_public(name)), key=lambda name: (name.count("."), name))
    seen = await _read_snapshots(meant, tenant, online, cloud, read)
    unknown = await read_unknown_domains(read, cloud, domains_unknown_here(tenant, servers, cloud), servers, online)
    matters = any(one.wants_to_be_served for one in seen) or any(one.leads == "another's" for one in unknown)
    elsewhere = await check_hybrid_elsewhere(read, cloud) if matters else None
    for one in seen:
        yield _finding(one, elsewhere)
    yield _unknown_domains(unknown, elsewhere)


STRANGER = Reason(say("is no SIP domain of the servers"), say("check the spelling; a new one is added to the topology first"))
PRIVATE = Reason(
    say("is no name of the public DNS, so that nobody can prove it and Microsoft 365 never takes it"),
    say("whoever is to be moved gets a SIP address in another domain first; the others stay on premises"),
)


@dataclass(frozen=True)
class DomainSnapshot:
    """What is known of one domain. `root` is the domain above it that proves it, `proof` is for one that has none."""

    name: str
    tenant: Domain | None
    root: str
    online: Sequence[OnlineSipDomain] | ReadFailure
    told: RecordNotes
    proof: OwnershipProof | None
    users: Sequence[DomainReference] | ReadFailure

    @property
    def status(self) -> str:
        """Enabled or Disabled in Teams; empty = Teams does not know it."""
        return (
            "" if isinstance(self.online, ReadFailure) else next((one.status for one in self.online if one.name.lower() == self.name), "")
        )

    @property
    def wants_to_be_served(self) -> bool:
        """Whether Teams would come to serve it: what is verified is enabled there."""
        return self.status != "Enabled" and not isinstance(self.online, ReadFailure)


async def _read_snapshots(
    names: Sequence[str], tenant: Sequence[Domain], online: Sequence[OnlineSipDomain] | ReadFailure, cloud: Cloud, read: Reader
) -> list[DomainSnapshot]:
    """Everything about these domains, in one round; one above another in the list will have been verified before it."""
    there = {one.id.lower(): one for one in tenant}
    verified = [name for name in names if name in there and there[name].is_verified]
    above = [name for name, one in there.items() if one.is_verified and not one.is_initial] + list(names)
    roots = {name: next((root for root in above if name.endswith(f".{root}")), "") for name in names}
    told, proofs, users = await asyncio.gather(
        asyncio.gather(*(read_record_notes(read, cloud, name) for name in names)),
        _read_proofs(read, {name: there.get(name) for name in names if name not in verified and not roots[name]}),
        asyncio.gather(*(first_page_or_failure(read, DomainReference, name=name) for name in verified)),
    )
    using = dict(zip(verified, users, strict=True))
    return [
        DomainSnapshot(name, there.get(name), roots[name], online, said, proofs.get(name), using.get(name, ()))
        for name, said in zip(names, told, strict=True)
    ]


async def _read_proofs(read: Reader, domains: Mapping[str, Domain | None]) -> dict[str, OwnershipProof]:
    records = await each_or_failure(read, OwnershipRecord, [name for name, there in domains.items() if there])
    found = await asyncio.gather(*(read_proof(read, name, records.get(name)) for name in domains))
    return dict(zip(domains, found, strict=True))


def _finding(seen: DomainSnapshot, elsewhere: Reason | ReadFailure | None) -> Finding:
    if seen.tenant and seen.tenant.is_verified:
        return _verified_finding(seen, elsewhere)
    path = f"/domains/{seen.name}"
    add = () if seen.tenant else (GraphCall("POST", "/domains", body={"id": seen.name}),)
    verify = GraphCall("POST", f"{path}/verify")
    undo = (GraphCall("DELETE", path),) if add else ()
    if seen.proof is None:
        return _change(seen, say("added; {root} above it proves it", root=seen.root), add or (verify,), undo, elsewhere)
    publish = () if seen.proof.is_published else (seen.proof.publish(seen.name),)
    effect = say("not in the tenant → verified") if add else say("in the tenant, unproved → verified")
    return _change(seen, effect, (*add, *publish, verify), undo, elsewhere)


def _change(
    seen: DomainSnapshot,
    effect: LocalizedText,
    do: tuple[WriteCall, ...],
    undo: tuple[WriteCall, ...],
    elsewhere: Reason | ReadFailure | None,
) -> Change:
    no_undo = None if undo else say("it was in the tenant before; a domain that is verified stays so")
    lane = seen.root or seen.name  # nothing is waited for but the domain above it
    notes = tuple(one for one in seen.told.before if one in seen.told.afterwards)
    over = tuple(one for one in seen.told.before if one not in notes)
    notes = (*_note_another_forest(elsewhere), *notes)
    return Change(seen.name, effect, do, undo, no_undo=no_undo, notes=notes, plan_only_notes=over, order_key=lane)


def _note_another_forest(elsewhere: Reason | ReadFailure | None) -> Iterator[LocalizedText]:
    """What is to be known before a domain is verified: Teams serves it from then on."""
    if isinstance(elsewhere, Reason):
        yield elsewhere.why
        yield say(
            "Teams serves a domain as soon as it is verified: disable it there at once (Disable-CsOnlineSipDomain), before anybody has it"
        )
    elif isinstance(elsewhere, ReadFailure):
        yield not_checked(say("whether another forest is in hybrid with this tenant"), elsewhere)


def _verified_finding(seen: DomainSnapshot, elsewhere: Reason | ReadFailure | None) -> Finding:
    notes, status = seen.told.afterwards, seen.status
    if isinstance(seen.online, ReadFailure):
        return Unclear(seen.name, say("the SIP domains of Teams could not be read: {why}", why=seen.online.why), TEAMS_AGAIN, notes)
    if not status:
        return Unclear(seen.name, say("is verified, and Teams does not know it yet"), TEAMS_AGAIN, notes)
    if status != "Enabled" and isinstance(elsewhere, Reason):
        return Fine(seen.name, say("is verified, and disabled in Teams as it has to be just now"), (elsewhere.why, elsewhere.remedy))
    if status != "Enabled" and isinstance(elsewhere, ReadFailure):
        why = say("disabled in Teams; whether another forest is in hybrid could not be read: {why}", why=elsewhere.why)
        return Unclear(seen.name, why, TEAMS_AGAIN, notes)
    if status != "Enabled":
        enable = Cmdlet("teams", "Enable-CsOnlineSipDomain", {"Domain": seen.name, "Confirm": False})
        keeps = say("disabling a domain takes addresses, contacts and meetings from everybody in it: this is left to you")
        return Change(seen.name, say("disabled in Teams → enabled"), (enable,), no_undo=keeps, notes=notes, order_key=seen.name)
    return Fine(seen.name, say("is verified, and Teams serves it"), notes, undo_blocked_by=_undo_blocked_by(seen.users))


def _undo_blocked_by(users: Sequence[DomainReference] | ReadFailure) -> tuple[Reason, ...]:
    """Never forceDelete: it renames people."""
    if isinstance(users, ReadFailure):
        return (Reason(say("who uses the domain could not be read: {why}", why=users.why), say("look again later")),)
    if not users:
        return ()
    first = ", ".join(str(one) for one in users[:SHOWN])  # how many there are in all is not read
    why = say("is in the addresses of: {names}", names=first + (" …" if len(users) > SHOWN else ""))
    return (Reason(why, say("change those addresses first, or leave the domain")),)


def _unknown_domains(unknown: Sequence[UnknownDomain], elsewhere: Reason | ReadFailure | None) -> Fine:
    """Sharing the address space covers every verified domain, so that one which the servers do not know cannot be routed (1017)."""
    if not unknown:
        return Fine(OTHERS, say("none"))
    names = ", ".join(sorted(one.name for one in unknown))
    notes = (elsewhere.why, LEAVE_ALL) if isinstance(elsewhere, Reason) else tuple(describe_unknown_domains(unknown))
    return Fine(OTHERS, say("verified, and unknown to the servers: {names}", names=names), notes)
