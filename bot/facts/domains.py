"""The domains of the tenant: which they are, the record that proves one to be ours, and who uses it."""

from collections.abc import Sequence
from typing import ClassVar, Self

from bot.calls import GraphCall, ReadCall, RemoteObject
from bot.facts import GraphFact
from bot.facts.types import Text


class OwnershipRecord(GraphFact):
    """The TXT record that proves ownership, by the domain's name. The MX record that would do as well is left out."""

    match_on: ClassVar[tuple[str, ...]] = ("id",)
    label: str
    text: str
    ttl: int = 3600

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/domains/{key}/verificationDnsRecords") for key in keys]

    @classmethod
    def from_rows(cls, rows: Sequence[RemoteObject]) -> Self | None:
        texts = [row for row in rows if row.get("recordType") == "Txt"]
        return cls.model_validate(texts[0]) if texts else None


class DomainReference(GraphFact):
    """Somebody, or a group, who uses the domain of this `name` in an address. Of a large domain there are pages and pages."""

    id: str
    user_principal_name: Text = ""
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", f"/domains/{about['name']}/domainNameReferences")

    def __str__(self) -> str:
        return self.user_principal_name or self.display_name or self.id


class Domain(GraphFact):
    """A domain of the tenant; its id is its name."""

    must_exist: ClassVar[bool] = True
    id: str
    is_verified: bool
    is_initial: bool = False

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", "/domains", {"$select": ",".join(cls.property_names())})
