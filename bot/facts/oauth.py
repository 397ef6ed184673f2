"""OAuth on the Skype for Business servers, and the service principals of the cloud that must know whom to trust."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from bot.calls import Cmdlet, GraphCall, ReadCall
from bot.facts import Fact, GraphFact, GraphPart
from bot.facts.time import Timestamp
from bot.facts.types import NonEmptyText, Text


def _read(fact: type[Fact], name: str, **parameters: Any) -> ReadCall:
    return Cmdlet("sfb", name, parameters, pick=fact.property_names())


class OAuthCertificate(Fact):
    """Get-CsCertificate -Type OAuthTokenIssuer: one for all servers."""

    thumbprint: NonEmptyText
    not_after: Timestamp

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-CsCertificate", Type="OAuthTokenIssuer")


class OAuthConfiguration(Fact):
    """Get-CsOAuthConfiguration: there is one, Global."""

    must_exist: ClassVar[bool] = True
    service_name: Text = ""
    exchange_autodiscover_url: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-CsOAuthConfiguration")


class OAuthServer(Fact):
    """Get-CsOAuthServer: whose tokens the servers take."""

    identity: NonEmptyText
    metadata_url: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-CsOAuthServer")


class TrustedPartner(Fact):
    """Get-CsPartnerApplication: who may call the servers."""

    identity: NonEmptyText
    application_identifier: Text = ""
    application_trust_level: NonEmptyText
    metadata_url: Text = ""
    enabled: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-CsPartnerApplication")


class WebServices(Fact):
    """Get-CsService -WebServer: by which name a pool is reached from outside."""

    must_exist: ClassVar[bool] = True
    pool_fqdn: NonEmptyText
    external_fqdn: Text = ""

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Get-CsService", WebServer=True)


class StorageTest(Fact):
    """Test-CsExStorageConnectivity with the SIP address `name`: a line of text, of whose wording the page says nothing, or an error."""

    text: Text = Field(default="", alias="")

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
        return ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return _read(cls, "Test-CsExStorageConnectivity", SipUri=f"sip:{about['name']}", DeleteItem=True)


class KeyCredential(GraphPart):
    """A certificate that a service principal knows: `customKeyIdentifier` is its thumbprint, in hex or base64 as the uploader liked."""

    custom_key_identifier: Text = ""
    end_date_time: Timestamp = None

    def matches(self, thumbprint: str, ends: datetime | None) -> bool:
        """By thumbprint; where that was not kept, by the end of its life."""
        known = self.custom_key_identifier
        if known:
            return thumbprint.lower() in (known.lower(), _hex(known))
        return bool(ends and self.end_date_time and abs(ends - self.end_date_time) < timedelta(seconds=1))


def _hex(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except binascii.Error:
        return ""


class ServicePrincipal(GraphFact):
    """An application in the tenant, by its application `id`."""

    app_id: str
    service_principal_names: tuple[str, ...] = ()
    key_credentials: tuple[KeyCredential, ...] = ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return GraphCall("GET", f"/servicePrincipals(appId='{about['id']}')", {"$select": ",".join(cls.property_names())})
