"""What federation is made of on both sides: Edge pools and their route, lists of domains, other providers."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text, plain_text

EVERYBODY = "everybody"
Domains = frozenset[str]
Allowed = Literal["everybody"] | Domains


def parse_domains(value: Any) -> Domains:
    """Domains in whatever shape they come: names, `Domain=name`, objects with a Domain, or several in one text."""
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


class TenantDomains(Fact):
    """Get-CsTenantFederationConfiguration: with which domains people in Teams may talk."""

    must_exist: ClassVar[bool] = True
    allowed_domains: Annotated[Allowed, BeforeValidator(parse_allowed_domains)]  # nothing at all is no answer
    blocked_domains: Annotated[Domains, BeforeValidator(parse_domains)] = frozenset()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsTenantFederationConfiguration", pick=cls.property_names())


class AllowedDomain(Fact):
    """Get-CsAllowedDomain: a domain that the Edge lets in by name."""

    identity: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsAllowedDomain", pick=cls.property_names())


class BlockedDomain(Fact):
    """Get-CsBlockedDomain: a domain that the Edge keeps out."""

    identity: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsBlockedDomain", pick=cls.property_names())


class PublicProvider(Fact):
    """Get-CsPublicProvider. Names and proxies are unique over hosting and public providers together."""

    identity: NonEmptyText
    proxy_fqdn: NonEmptyText

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsPublicProvider", pick=cls.property_names())


class EdgePool(Fact):
    """Get-CsService -EdgeServer: one per Edge pool."""

    identity: Text
    pool_fqdn: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsService", {"EdgeServer": True}, pick=cls.property_names())


class Site(Fact):
    """Get-CsSite: the Edge pool through which a site federates, such as `EdgeServer:edge.contoso.com`."""

    identity: Text
    federation_route: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsSite", pick=cls.property_names())

    @property
    def route(self) -> str:
        """The name of that pool; empty = none is told."""
        return self.federation_route.rpartition(":")[2]


class ExternalAccessPolicy(Fact):
    """Get-CsExternalAccessPolicy on premises: Global, Site:… or Tag:…"""

    must_exist: ClassVar[bool] = True
    identity: Text
    enable_federation_access: bool
    enable_outside_access: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsExternalAccessPolicy", pick=cls.property_names())


class HybridApplicationEndpoint(Fact):
    """Get-CsHybridApplicationEndpoint: the number of an auto attendant or a call queue, kept on premises."""

    sip_address: Text
    display_name: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsHybridApplicationEndpoint", pick=cls.property_names())
