"""Domains of the tenant and SIP domains of both sides."""

from collections.abc import Sequence
from typing import Self

from bot.calls import Cmdlet, GraphCall, ReadCall, RemoteObject
from bot.facts import Fact, GraphFact
from bot.facts.types import NonEmptyText, Text


class Domain(GraphFact):
    """A domain of the tenant; its id is its name.

    https://learn.microsoft.com/graph/api/domain-list
    """

    source = GraphCall("GET", "/domains")
    must_exist = True
    id: str
    is_verified: bool
    is_initial: bool = False


class OwnershipRecord(GraphFact):
    """The TXT record that proves ownership, by the domain's name. An MX record would do as well and is left out.

    https://learn.microsoft.com/graph/api/domain-list-verificationdnsrecords
    """

    match_on = ("id",)
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
    """A user or group with an address in the domain of this `name`. A large domain has many pages of them.

    https://learn.microsoft.com/graph/api/domain-list-domainnamereferences
    """

    id: str
    user_principal_name: Text = ""
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", f"/domains/{about['name']}/domainNameReferences")

    def __str__(self) -> str:
        return self.user_principal_name or self.display_name or self.id


class SipDomain(Fact):
    """Get-CsSipDomain: a SIP domain on premises.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cssipdomain
    """

    source = Cmdlet("sfb", "Get-CsSipDomain")
    must_exist = True
    name: NonEmptyText


class OnlineSipDomain(Fact):
    """Get-CsOnlineSipDomain: a SIP domain of the tenant; `status` is Enabled or Disabled.

    Each tenant has its own first domain. The page does not list these properties, so one that is missing is no answer.
    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlinesipdomain
    """

    source = Cmdlet("teams", "Get-CsOnlineSipDomain")
    must_exist = True
    name: NonEmptyText
    status: NonEmptyText
