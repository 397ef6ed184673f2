"""Who may come in: what the operator allows, and whether one delivery fits it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from yarl import URL


@dataclass(frozen=True)
class BotCloud:
    """The issuer, scope and hosts of the bot channel in one Microsoft cloud.

    https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
    """

    issuer: str
    scope: str
    login: str
    openid: str


PUBLIC = BotCloud(
    issuer="https://api.botframework.com",
    scope="https://api.botframework.com",
    login="https://login.microsoftonline.com/",
    openid="https://login.botframework.com/v1/.well-known/openidconfiguration",
)
US_GOVERNMENT = BotCloud(
    issuer="https://api.botframework.us",
    scope="https://api.botframework.us",
    login="https://login.microsoftonline.us/",
    openid="https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
)
CLOUDS = {"public": PUBLIC, "us government": US_GOVERNMENT}


@dataclass(frozen=True)
class Password:
    """A client secret."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class Certificate:
    """A client certificate: thumbprint as Entra shows it, private key and certificate as PEM."""

    thumbprint: str
    private_key: str = field(repr=False)
    public: str | None = None


@dataclass(frozen=True)
class ManagedIdentity:
    """The user-assigned identity of the machine that the bot runs on."""


@dataclass(frozen=True)
class BotRegistration:
    """The bot's own registration, and how it proves to be it."""

    id: str
    proof: Password | Certificate | ManagedIdentity


@dataclass(frozen=True)
class AdmissionPolicy:
    """Whose deliveries are taken: one tenant, through these service hosts, for this app.

    Without an app nobody is checked; that must be said aloud with `without_token` and works on loopback sockets only.
    """

    tenant: str
    hosts: frozenset[str]
    app: BotRegistration | None = None
    without_token: bool = False
    cloud: BotCloud = PUBLIC

    def __post_init__(self) -> None:
        if (self.app is None) != self.without_token:
            raise ValueError(
                "a bot has either an app registration, or without_token for trying it out on this machine; never both, never neither"
            )

    def serves(self, url: str) -> bool:
        """Whether this is a plain https address (http on loopback) at one of the allowed hosts, and nothing cleverer than that."""
        if not re.fullmatch(r"https?://([\w.-]+|\[[\da-fA-F:]+\])(:\d+)?(/[\w.~/-]*)?", url, re.ASCII):
            return False
        address = urlsplit(url)
        return address.hostname in self.hosts and (is_loopback(address.hostname) or url.startswith("https://"))


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class _Tenant(_Part):
    id: str | None = None


class _ChannelData(_Part):
    tenant: _Tenant | None = None


class _Conversation(_Part):
    id: str = Field(min_length=1)
    tenant_id: str | None = None


class _Sender(_Part):
    aad_object_id: str | None = None


class InboundActivity(_Part):
    """What must be known of an activity before it is believed. The SDK's own model loses the tenant."""

    type: str = Field(min_length=1)
    id: str | None = None
    text: str | None = None
    channel_id: str | None = None
    service_url: str | None = None
    conversation: _Conversation
    channel_data: _ChannelData | None = None
    sender: _Sender | None = Field(None, alias="from")

    @property
    def tenants(self) -> set[str]:
        """All tenants that it names; Teams writes them in two places."""
        in_data = self.channel_data.tenant.id if self.channel_data and self.channel_data.tenant else None
        return {tenant.lower() for tenant in (in_data, self.conversation.tenant_id) if tenant}


def objection_to(policy: AdmissionPolicy, delivery: InboundActivity) -> str | None:
    """Why this delivery is not for us; None when it is. Where nobody's token is checked, a client need not play Teams in every field."""
    if delivery.channel_id != "msteams" and not policy.without_token:
        return "not from Teams"  # in Web Chat and Direct Line the caller chooses who he is
    if delivery.service_url is None or not policy.serves(delivery.service_url):
        return "service URL missing or not at an allowed host"
    named = delivery.tenants or ({policy.tenant.lower()} if policy.without_token else set())
    if named != {policy.tenant.lower()}:
        return "not our tenant"
    return None


def is_at(url: str, hosts: Iterable[str]) -> bool:
    """Whether this is an https address (http on loopback) at one of these hosts or below one of them."""
    try:
        at = URL(url, encoded=True)  # as the client reads it that will go there
    except ValueError:
        return False
    host = (at.raw_host or "").lower()
    named = host.isascii() and any(host == one or host.endswith(f".{one}") for one in hosts)
    return named and at.user is None and (at.scheme == "https" or (at.scheme == "http" and is_loopback(host)))


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
