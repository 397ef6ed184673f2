"""Federation on both sides: the Access Edge with its lists of domains, and the tenant's configuration."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text, plain_text

DNS_ROUTING = "UseDnsSrvRouting"
EVERYBODY = "everybody"
Domains = frozenset[str]
Allowed = Literal["everybody"] | Domains


def default_partner_discovery(value: Any, edge: ValidationInfo) -> Any:
    """False where it is not set and routing is not by DNS: partner discovery is a property of DNS routing alone."""
    return False if value is None and edge.data.get("routing_method") != DNS_ROUTING else value


def parse_domains(value: Any) -> Domains:
    """Domains in any shape in which they come: names, `Domain=name`, objects with a Domain, or several in one text."""
    things = value if isinstance(value, list | tuple | set | frozenset) else [value]
    names = (name.strip().lower().removeprefix("domain=") for thing in things for name in _domain_of(thing).split(","))
    return frozenset(name for name in names if name)


def _domain_of(thing: Any) -> str:
    return str((plain_text(thing.get("Domain")) if isinstance(thing, Mapping) else "") or plain_text(thing))


def parse_allowed_domains(value: Any) -> Any:
    """AllowedDomains is an empty element AllowAllKnownDomains, or holds a list AllowedDomain."""
    if isinstance(value, Mapping) and value.get("AllowedDomain") is not None:
        return parse_domains(value["AllowedDomain"])
    if "AllowAllKnownDomains" in (value if isinstance(value, Mapping) else ()) or "AllowAllKnownDomains" in str(plain_text(value)):
        return EVERYBODY
    return None if value is None else parse_domains(value)


class AccessEdge(Fact):
    """Get-CsAccessEdgeConfiguration: there is one, Global.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csaccessedgeconfiguration
    """

    source = Cmdlet("sfb", "Get-CsAccessEdgeConfiguration")
    must_exist = True
    identity: Text = "Global"
    allow_outside_users: bool
    allow_federated_users: bool
    routing_method: NonEmptyText
    enable_partner_discovery: Annotated[bool, BeforeValidator(default_partner_discovery)] = False
    #: Set with default routing only.
    default_route: Text = ""

    def is_federating(self) -> bool:
        """Whether Microsoft 365 can be reached: hosting providers are impossible with default routing."""
        return self.allow_outside_users and self.allow_federated_users and self.routing_method == DNS_ROUTING


class AllowedDomain(Fact):
    """Get-CsAllowedDomain: a domain that the Edge lets in by name.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csalloweddomain
    """

    source = Cmdlet("sfb", "Get-CsAllowedDomain")
    identity: Text


class BlockedDomain(Fact):
    """Get-CsBlockedDomain: a domain that the Edge keeps out.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csblockeddomain
    """

    source = Cmdlet("sfb", "Get-CsBlockedDomain")
    identity: Text


class TenantFederation(Fact):
    """Get-CsTenantFederationConfiguration: there is one, Global.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-cstenantfederationconfiguration
    """

    source = Cmdlet("teams", "Get-CsTenantFederationConfiguration")
    must_exist = True
    identity: NonEmptyText = "Global"
    allow_federated_users: bool
    shared_sip_address_space: bool


class TenantDomains(Fact):
    """Get-CsTenantFederationConfiguration: the domains with which people in Teams may talk.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-cstenantfederationconfiguration
    """

    source = Cmdlet("teams", "Get-CsTenantFederationConfiguration")
    must_exist = True
    #: Required: an answer without it is no answer.
    allowed_domains: Annotated[Allowed, BeforeValidator(parse_allowed_domains)]
    blocked_domains: Annotated[Domains, BeforeValidator(parse_domains)] = frozenset()
