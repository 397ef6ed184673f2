"""The TXT record that proves a domain, and where DNS shows it already."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.calls import ManualAction
from bot.facts import Reader, ReadFailure
from bot.facts.dns import PublicTxtRecord, ZoneTxtRecord
from bot.facts.domains import OwnershipRecord
from bot.i18n import LocalizedText, say
from bot.reader.tolerant import all_or_failure

SHOWN = 5


@dataclass(frozen=True)
class OwnershipProof:
    """`record` None = the domain is not in the tenant yet, so that nobody knows the value."""

    record: OwnershipRecord | ReadFailure | None
    zone: Sequence[ZoneTxtRecord] | ReadFailure
    public: Sequence[PublicTxtRecord] | ReadFailure

    @property
    def is_in_zone(self) -> bool:
        return self._is_shown_in(self.zone)

    @property
    def is_published(self) -> bool:
        """Both views must show the record before Microsoft 365 is asked to look."""
        return self.is_in_zone and self._is_shown_in(self.public)

    def _is_shown_in(self, view: Sequence[ZoneTxtRecord] | Sequence[PublicTxtRecord] | ReadFailure) -> bool:
        wanted = self.record.text if isinstance(self.record, OwnershipRecord) else None
        return not isinstance(view, ReadFailure) and any(one.text.strip() == wanted for one in view)

    def publish(self, domain: str) -> ManualAction:
        """What a person has to publish, and what can be seen of it so far."""
        match self.record:
            case OwnershipRecord(label=label, text=value, ttl=ttl):
                words = say(
                    "publish this TXT record in the public DNS of {domain}\nname: {label}\ntype: TXT\nvalue: {value}\nTTL: {ttl}\n{seen}",
                    domain=domain,
                    label=label,
                    value=value,
                    ttl=ttl,
                    seen=self._describe_dns(),
                )
            case ReadFailure(why=why):
                words = say("publish a TXT record for {domain}; its value could not be read just now: {why}", domain=domain, why=why)
            case None:
                words = say("publish a TXT record for {domain}; its value is told here as soon as the domain has been added", domain=domain)
        return ManualAction(words, shown_by="PublicTxtRecord")

    def _describe_dns(self) -> LocalizedText:
        if isinstance(self.zone, ReadFailure):
            return say("the zone's own servers could not be asked: {why}", why=self.zone.why)
        others = [one.text for one in self.zone if one.text.upper().startswith("MS=")]
        if not self.is_in_zone and others:
            return say("the zone's own servers show another value: {other}", other=", ".join(others[:SHOWN]))
        if not self.is_in_zone:
            return say("the zone's own servers do not show it yet")
        if isinstance(self.public, ReadFailure):
            return say("the zone's own servers show it; the public resolver could not be asked: {why}", why=self.public.why)
        return say("the zone's own servers show it, the public resolver does not yet: nothing is left to do but wait")


async def read_proof(read: Reader, domain: str, record: OwnershipRecord | ReadFailure | None) -> OwnershipProof:
    """Reads the zone's own servers first, and then the public resolver.

    A resolver that is asked too early remembers for a while that there is nothing.
    """
    if not isinstance(record, OwnershipRecord):
        return OwnershipProof(record, (), ())
    shown = OwnershipProof(record, await all_or_failure(read, ZoneTxtRecord, name=domain), ())
    return OwnershipProof(record, shown.zone, await all_or_failure(read, PublicTxtRecord, name=domain)) if shown.is_in_zone else shown
