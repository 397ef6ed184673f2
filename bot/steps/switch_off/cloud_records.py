"""The DNS records of a domain whose people are all in Teams, and what a resolver says instead.

https://learn.microsoft.com/skypeforbusiness/hybrid/decommission-manage-dns-entries
"""

import asyncio
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal
from urllib.parse import urlsplit

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.dns import AddressRecord, CnameRecord, SrvRecord

TTL = 3600


@dataclass(frozen=True)
class CloudRecord:
    """One record as it should be.

    Teams itself needs only the one for federation; the others may also be gone.
    """

    name: str
    type: Literal["SRV", "CNAME"]
    target: str
    _: KW_ONLY
    #: 0 for an alias.
    port: int = 0
    #: Teams itself needs it.
    needed: bool = False

    @property
    def line(self) -> str:
        """As in a zone file."""
        value = f"100 1 {self.port} {self.target}." if self.type == "SRV" else f"{self.target}."
        return f"{self.name}. {TTL} IN {self.type} {value}"


def all_records(domain: str, cloud: Cloud) -> tuple[CloudRecord, ...]:
    """Of a SIP domain that people on premises have been using."""
    return (
        CloudRecord(f"_sipfederationtls._tcp.{domain}", "SRV", cloud.proxy_fqdn, port=5061, needed=True),
        CloudRecord(f"_sip._tls.{domain}", "SRV", cloud.sip_fqdn, port=443),
        discovery_record(domain, cloud),
        CloudRecord(f"sip.{domain}", "CNAME", cloud.sip_fqdn),
    )


def discovery_record(domain: str, cloud: Cloud) -> CloudRecord:
    """The record that Microsoft 365 looks at before it lets a tenant be TeamsOnly."""
    return CloudRecord(f"lyncdiscover.{domain}", "CNAME", urlsplit(cloud.autodiscover_url).hostname or "")


async def find_differences(read: Reader, records: Sequence[CloudRecord]) -> dict[str, str]:
    """By name, what stands there instead of these records; "-" for nothing where something is needed."""
    found = await asyncio.gather(*(_read_record(read, record) for record in records))
    told = zip(records, found, strict=True)
    return {record.name: here or "-" for record, here in told if here != _expected_text(record) and (here or record.needed)}


def _expected_text(record: CloudRecord) -> str:
    return f"{record.target.lower()}:{record.port}" if record.port else record.target.lower()


async def _read_record(read: Reader, record: CloudRecord) -> str:
    """What the record says; for an alias that is none, the addresses that are in its place."""
    if record.type == "SRV":
        services = await read.list_all(SrvRecord, name=record.name)
        return ", ".join(sorted(f"{each.target.lower().rstrip('.')}:{each.port}" for each in services))
    if aliases := await read.list_all(CnameRecord, name=record.name):
        return ", ".join(sorted(each.target.lower().rstrip(".") for each in aliases))
    return ", ".join(sorted(each.address for each in await read.list_all(AddressRecord, name=record.name)))
