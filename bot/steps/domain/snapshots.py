"""What is known of one domain, on both sides and in DNS."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.facts import Reader, ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.domains import Domain, DomainReference, OnlineSipDomain, OwnershipRecord
from bot.reader.tolerant import each_or_failure, first_page_or_failure
from bot.steps.domain.ownership import OwnershipProof, read_proof
from bot.steps.domain.sip_records import RecordNotes, read_record_notes


@dataclass(frozen=True, kw_only=True)
class DomainSnapshot:
    """What was read of one domain."""

    name: str
    tenant: Domain | None
    #: The domain above it that proves it; empty = none does.
    root: str
    online: Sequence[OnlineSipDomain] | ReadFailure
    told: RecordNotes
    #: For a domain that no other one proves.
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


async def read_snapshots(
    names: Sequence[str], tenant: Sequence[Domain], online: Sequence[OnlineSipDomain] | ReadFailure, cloud: Cloud, read: Reader
) -> list[DomainSnapshot]:
    """Everything about these domains, in one round of reads.

    A domain above another one in the list will have been verified before it.
    """
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
        DomainSnapshot(
            name=name,
            tenant=there.get(name),
            root=roots[name],
            online=online,
            told=said,
            proof=proofs.get(name),
            users=using.get(name, ()),
        )
        for name, said in zip(names, told, strict=True)
    ]


async def _read_proofs(read: Reader, domains: Mapping[str, Domain | None]) -> dict[str, OwnershipProof]:
    records = await each_or_failure(read, OwnershipRecord, [name for name, there in domains.items() if there])
    found = await asyncio.gather(*(read_proof(read, name, records.get(name)) for name in domains))
    return dict(zip(domains, found, strict=True))
