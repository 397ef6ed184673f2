"""Proof that a delivery comes from the channel: the SDK's own checks, with our keys and a few rules that it leaves out."""

from types import SimpleNamespace

from botbuilder.integration.aiohttp import ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AuthenticateRequestResult,
    CertificateServiceClientCredentialsFactory,
    ClaimsIdentity,
    ConnectorFactory,
    JwtTokenExtractor,
    ManagedIdentityServiceClientCredentialsFactory,
    PasswordServiceClientCredentialFactory,
    ServiceClientCredentialsFactory,
)

from dialogs.channel.admission import AdmissionPolicy, Certificate, ManagedIdentity, Password
from dialogs.channel.signing_keys import SigningKeys


class InboundAuthentication(ConfigurationBotFrameworkAuthentication):
    """The SDK checks signature, endorsement and times; what its checks may leave out is compared here once more.

    Tokens of the emulator and of skills have nowhere to look up keys and are refused.
    """

    def __init__(self, door: AdmissionPolicy, keys: SigningKeys, connector: ConnectorFactory) -> None:
        cloud = door.cloud
        settings = SimpleNamespace(
            TO_CHANNEL_FROM_BOT_LOGIN_URL=cloud.login,
            TO_CHANNEL_FROM_BOT_OAUTH_SCOPE=cloud.scope,
            TO_BOT_FROM_CHANNEL_TOKEN_ISSUER=cloud.issuer,
            TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL=cloud.openid,
        )
        super().__init__(settings, credentials_factory=credentials(door))
        JwtTokenExtractor.metadataCache[cloud.openid] = keys
        self._door, self._connector = door, connector

    async def authenticate_request(self, activity: Activity, auth_header: str | None) -> AuthenticateRequestResult:
        """Raises whatever the SDK raises; any exception means: not let in."""
        header = None if self._door.without_token else auth_header or ""
        result = await super().authenticate_request(activity, header)
        if not self._door.without_token:
            check_claims(result.claims_identity, self._door, activity.service_url)
        result.connector_factory = self._connector
        return result

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return self._connector

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """There is no OAuthPrompt; the SDK would build a client in every turn."""


def check_claims(claims: ClaimsIdentity, policy: AdmissionPolicy, service_url: str | None) -> None:
    """Raises `PermissionError` for a token that is not the channel's, not for this bot, not for this address, or without end."""
    if not claims.is_authenticated or claims.get_claim_value("iss") != policy.cloud.issuer:
        raise PermissionError("the token is not the channel's")
    if policy.app is None or claims.get_claim_value("aud") != policy.app.id:
        raise PermissionError("the token is for somebody else")
    if not service_url or claims.get_claim_value("serviceurl") != service_url:
        raise PermissionError("the token is for another service URL")
    if claims.get_claim_value("exp") is None:
        raise PermissionError("the token never ends")


def credentials(policy: AdmissionPolicy) -> ServiceClientCredentialsFactory:
    """The SDK's credentials for this kind of app registration; single tenant, as new bots must be."""
    if policy.app is None:
        return PasswordServiceClientCredentialFactory()
    match policy.app.proof:
        case Password(value=secret):
            return PasswordServiceClientCredentialFactory(policy.app.id, secret, policy.tenant)
        case Certificate() as own:
            return CertificateServiceClientCredentialsFactory(
                own.thumbprint, own.private_key, policy.app.id, policy.tenant, certificate_public=own.public
            )
        case ManagedIdentity():
            return ManagedIdentityServiceClientCredentialsFactory(policy.app.id)
