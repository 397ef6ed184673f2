"""Whether DNS leads to Microsoft 365, one finding for each domain."""

import asyncio
from collections.abc import Sequence

from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.facts.domains import OnlineSipDomain, SipDomain
from bot.i18n import label, say
from bot.step import Finding, Fine, Obstacle, Reason
from bot.steps.shared.forests import COSTS, Leads, UnknownDomain
from bot.steps.shared.public_domains import is_public
from bot.steps.switch_off.cloud_records import CloudRecord, all_records, discovery_record, find_differences

DNS = label("DNS of {domain}")
TIDY = say("delete meet, dialin and all internal records of Skype for Business")
NOT_YOURS = say(
    "leave these records to whoever has those servers; Teams lets the tenant be TeamsOnly once the domain is disabled there"
    " (Disable-CsOnlineSipDomain) or all its people are in Teams"
)
UNUSED = say("a domain that nobody uses may be disabled in Teams instead (Disable-CsOnlineSipDomain)")
LATER = say(
    "leave these records as they are until nobody is on premises any more: changed early, they cut people off;"
    " then the lines to publish stand here. Lower their TTL some days before, so that the change is seen soon"
)


async def check_dns(
    read: Reader,
    cloud: Cloud,
    here: Sequence[SipDomain],
    there: Sequence[OnlineSipDomain],
    unknown: Sequence[UnknownDomain],
    everybody_moved: bool,
) -> list[Finding]:
    """One finding per domain.

    Domains on premises need all records, those in Teams only must not lead to servers of yours.
    """
    wanted = {domain.name.lower(): all_records(domain.name.lower(), cloud) for domain in here if is_public(domain.name)}
    for name in (domain.name.lower() for domain in there if domain.status == "Enabled"):
        if name not in wanted and not name.endswith(cloud.own_suffixes):
            wanted[name] = (discovery_record(name, cloud),)
    found = await asyncio.gather(*(find_differences(read, records) for records in wanted.values()))
    leads = {one.name: one.leads for one in unknown}
    return [
        _domain_finding(name, records, bad, everybody_moved, leads.get(name))
        for (name, records), bad in zip(wanted.items(), found, strict=True)
    ]


def _domain_finding(
    domain: str, records: Sequence[CloudRecord], bad: dict[str, str], everybody_moved: bool, leads: Leads | None
) -> Finding:
    """The finding about one domain, with one reason for each record.

    So each line to publish can be copied by itself; before its time no line is shown.
    """
    subject, others = DNS.format(domain=domain), [record for record in records if record.name in bad]
    if not others:
        return Fine(subject, say("leads to Microsoft 365"), (TIDY,) if everybody_moved else ())
    if leads == "another's":
        where = ", ".join(f"{record.name}: {bad[record.name]}" for record in others)
        return Obstacle(subject, (Reason(say("leads to servers that are not these: {where}", where=where), NOT_YOURS),), (COSTS,))
    if not everybody_moved:
        names = ", ".join(record.name.removesuffix(f".{domain}") for record in others)
        return Obstacle(subject, (Reason(say("does not lead to Microsoft 365 yet: {names}", names=names), LATER),))
    notes = (UNUSED, COSTS) if leads else (TIDY,)
    return Obstacle(subject, tuple(_record_to_publish(record, bad[record.name]) for record in others), notes)


def _record_to_publish(record: CloudRecord, now: str) -> Reason:
    return Reason(say("{name} leads to: {now}", name=record.name, now=now), say("publish: {line}", line=record.line))
