"""The domains of the tenant: which they are, the record that proves one to be ours, and who uses it."""

from collections.abc import Sequence
from typing import ClassVar, Self

from bot.calls import GraphCall, Look, Row
from bot.facts import GraphFact


class OwnershipRecord(GraphFact):
    """The TXT record that proves ownership, by the domain's name. The MX record that would do as well is left out."""

    keys: ClassVar[tuple[str, ...]] = ("id",)
    label: str
    text: str
    ttl: int = 3600

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[Look]:
        return [GraphCall("GET", f"/domains/{key}/verificationDnsRecords") for key in keys]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self | None:
        texts = [row for row in rows if row.get("recordType") == "Txt"]
        return cls.model_validate(texts[0]) if texts else None


class Users(GraphFact):
    """Who uses a domain in an address, by the domain's name: the first of them by their names."""

    keys: ClassVar[tuple[str, ...]] = ("id",)
    names: tuple[str, ...] = ()

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[Look]:
        return [GraphCall("GET", f"/domains/{key}/domainNameReferences") for key in keys]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        return cls(names=tuple(str(row.get("userPrincipalName") or row.get("displayName") or row["id"]) for row in rows))


class Domain(GraphFact):
    """A domain of the tenant; its id is its name."""

    everywhere: ClassVar[bool] = True
    id: str
    is_verified: bool
    is_initial: bool = False

    @classmethod
    def call(cls, **about: str) -> Look:
        return GraphCall("GET", "/domains", {"$select": ",".join(cls.picked())})
