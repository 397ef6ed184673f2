"""OAuth trusts of the Skype for Business servers, and the service principals of the cloud that know their certificate."""

import base64
import binascii
from datetime import datetime, timedelta

from pydantic import Field

from bot.calls import Cmdlet, GraphCall, ReadCall
from bot.facts import Fact, GraphFact, GraphPart
from bot.facts.time import Timestamp
from bot.facts.types import NonEmptyText, Text


class OAuthCertificate(Fact):
    """Get-CsCertificate -Type OAuthTokenIssuer: one for all servers.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cscertificate
    """

    source = Cmdlet("sfb", "Get-CsCertificate", {"Type": "OAuthTokenIssuer"})
    thumbprint: NonEmptyText
    not_after: Timestamp


class OAuthConfiguration(Fact):
    """Get-CsOAuthConfiguration: there is one, Global.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csoauthconfiguration
    """

    source = Cmdlet("sfb", "Get-CsOAuthConfiguration")
    must_exist = True
    service_name: Text = ""
    exchange_autodiscover_url: Text = ""


class OAuthServer(Fact):
    """Get-CsOAuthServer: an issuer whose tokens the servers accept.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csoauthserver
    """

    source = Cmdlet("sfb", "Get-CsOAuthServer")
    identity: NonEmptyText
    metadata_url: Text = ""


class TrustedPartner(Fact):
    """Get-CsPartnerApplication: an application that may call the servers.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cspartnerapplication
    """

    source = Cmdlet("sfb", "Get-CsPartnerApplication")
    identity: NonEmptyText
    application_identifier: Text = ""
    application_trust_level: NonEmptyText
    metadata_url: Text = ""
    enabled: bool


class StorageTest(Fact):
    """Test-CsExStorageConnectivity with the SIP address `name`: a line of text, or an error. The page does not say how it is worded.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/test-csexstorageconnectivity
    """

    text: Text = Field(default="", alias="")

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
        return ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Test-CsExStorageConnectivity", {"SipUri": f"sip:{about['name']}", "DeleteItem": True})


class KeyCredential(GraphPart):
    """A certificate of a service principal.

    https://learn.microsoft.com/graph/api/resources/keycredential
    """

    #: The thumbprint, in hex or Base64 as the uploader liked.
    custom_key_identifier: Text = ""
    end_date_time: Timestamp = None

    def matches(self, thumbprint: str, ends: datetime | None) -> bool:
        """Whether it is the certificate with this thumbprint; where that was not kept, one that ends at the same time."""
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
    """An application in the tenant, by its application `id`.

    https://learn.microsoft.com/graph/api/serviceprincipal-get
    """

    app_id: str
    service_principal_names: tuple[str, ...] = ()
    key_credentials: tuple[KeyCredential, ...] = ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(GraphCall("GET", f"/servicePrincipals(appId='{about['id']}')"))
