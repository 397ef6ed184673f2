"""Tokens for Microsoft Graph: one app in one tenant of one cloud. msal lives here alone, and never on the event loop."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msal
import requests
from requests.adapters import HTTPAdapter

from bot.calls import Destination
from bot.clock import Clock
from bot.config import GraphAccess, required_secret, required_text
from bot.errors import GatewayError, Refused, Unreachable
from bot.evidence import clean_text, reason_of
from bot.i18n import say

HERE = Destination("entra", "token")
SECONDS = 20.0  # for one answer of the login host
LAST_MINUTE = 60.0  # a token is not sent any more when it ends so soon
QUIET = 10.0  # after a failure nobody asks again for so long: the callers that queue up share it


@dataclass(frozen=True)
class CloudHosts:
    """The two hosts of a cloud. `known` False: the login host is none of Microsoft's, do not ask Microsoft about it."""

    login: str = "https://login.microsoftonline.com"
    graph: str = "https://graph.microsoft.com"
    ca: Path | None = None
    known: bool = True

    @classmethod
    def from_settings(cls, access: GraphAccess) -> "CloudHosts":
        return cls(access.login, access.root, access.ca, access.known_authority)


@dataclass(frozen=True)
class ClientSecret:
    value: str = field(repr=False)


@dataclass(frozen=True)
class ClientCertificate:
    """Private key and certificate as PEM texts."""

    key: str = field(repr=False)
    public: str


TokenReply = Mapping[str, Any]  # what msal returns: either access_token and expires_in, or error and error_description
TokenRequest = Callable[[str | None, bool], TokenReply]  # (claims challenge, whether what msal holds must not be used)


def app_token_request(hosts: CloudHosts, tenant: str, client_id: str, credential: ClientSecret | ClientCertificate) -> TokenRequest:
    """Asks as an app registration with a secret or a certificate."""

    @cache
    def app() -> Any:  # its constructor asks the network, so it is built where the first token is asked for
        return msal.ConfidentialClientApplication(
            client_id,
            authority=f"{hosts.login}/{tenant}",
            client_credential=_msal_credential(credential),
            instance_discovery=None if hosts.known else False,
            http_client=_session(hosts.ca),
        )

    def ask(claims: str | None, anew: bool) -> TokenReply:
        if anew:
            app().remove_tokens_for_client()
        told: TokenReply = app().acquire_token_for_client([f"{hosts.graph}/.default"], claims_challenge=claims)
        return told

    return ask


def managed_identity_request(hosts: CloudHosts, client_id: str = "") -> TokenRequest:
    """Asks as the managed identity of the machine this runs on; `client_id` only for a user-assigned one."""
    identity = msal.UserAssignedManagedIdentity(client_id=client_id) if client_id else msal.SystemAssignedManagedIdentity()
    cached = msal.TokenCache()

    def ask(claims: str | None, anew: bool) -> TokenReply:
        kept = msal.TokenCache() if anew else cached
        client = msal.ManagedIdentityClient(identity, http_client=_session(None), token_cache=kept)
        told: TokenReply = client.acquire_token_for_client(resource=hosts.graph, claims_challenge=claims)
        return told

    return ask


class TokenCache:
    """The one token that all requests share. Asked for once at a time; while a refresh fails the old one is used to its last minute."""

    def __init__(self, ask: TokenRequest, clock: Clock | None = None) -> None:
        self._ask, self._clock = ask, clock or Clock()
        self._lock = asyncio.Lock()
        self._token, self._renew, self._ends = "", 0.0, 0.0
        self._trouble: GatewayError | None = None
        self._quiet = 0.0
        self._claims: str | None = None
        self._anew = False

    @classmethod
    def from_settings(cls, access: GraphAccess, tenant: str, clock: Clock) -> "TokenCache":
        """Raises `ConfigurationError` for a secret or a certificate that is missing."""
        hosts = CloudHosts.from_settings(access)
        if access.auth == "identity":
            return cls(managed_identity_request(hosts, access.client_id), clock)
        credential: ClientSecret | ClientCertificate
        if access.auth == "certificate":
            key, public = required_secret("graph.key", access.key), required_text("graph.certificate", access.certificate)
            credential = ClientCertificate(key, public)
        else:
            credential = ClientSecret(required_secret("graph.secret", access.secret))
        return cls(app_token_request(hosts, tenant, access.client_id, credential), clock)

    async def token(self) -> str:
        """A token that is good for at least a while. Raises `Refused` (sign-in is not allowed) or `Unreachable`."""
        if self._is_fresh():
            return self._token
        async with self._lock:
            if not self._is_fresh() and self._clock.monotonic() >= self._quiet:
                await self._refresh()
        if self._clock.monotonic() < self._ends - (LAST_MINUTE if self._trouble else 0):
            return self._token
        raise self._trouble or Unreachable(say("Microsoft Entra gave a token that has already ended"), to=HERE)

    def drop(self, token: str, claims: str | None = None) -> None:
        """Graph did not accept this token: the next one is a new one, for the claims that Graph asked for."""
        if token == self._token:
            self._token, self._renew, self._ends, self._quiet = "", 0.0, 0.0, 0.0
            self._claims, self._anew = claims, True

    def _is_fresh(self) -> bool:
        return self._clock.monotonic() < self._renew

    async def _refresh(self) -> None:
        try:
            told = await asyncio.to_thread(self._ask, self._claims, self._anew)
        except Exception as error:  # msal and its HTTP client raise many kinds; any of them leaves the old token as good as it was
            self._note_failure(Unreachable(say("Microsoft Entra cannot be asked for a token: {words}", words=reason_of(error)), to=HERE))
            return
        if "access_token" not in told:
            self._note_failure(_refusal(told))
            return
        self._keep(told)

    def _keep(self, told: TokenReply) -> None:
        now, lasts = self._clock.monotonic(), float(told["expires_in"])
        self._token, self._ends = str(told["access_token"]), now + lasts
        self._renew = now + float(told.get("refresh_in") or max(lasts - 300, lasts / 2))
        self._trouble, self._claims, self._anew = None, None, False

    def _note_failure(self, trouble: GatewayError) -> None:
        self._trouble, self._quiet = trouble, self._clock.monotonic() + self._clock.scale(QUIET)


def _refusal(told: TokenReply) -> GatewayError:
    """What Entra says, in its own words; what the code means is for `bot.known_errors` to say.

    https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    """
    codes = [code for code in told.get("error_codes") or () if isinstance(code, int)]
    words = say("Signing in to Microsoft Entra failed: {words}", words=clean_text(str(told.get("error_description") or told.get("error"))))
    name = f"AADSTS{codes[0]}" if codes else str(told.get("error", ""))
    kind = Unreachable if told.get("error") in ("temporarily_unavailable", "server_error") else Refused
    return kind(words, name, to=HERE)


def _msal_credential(credential: ClientSecret | ClientCertificate) -> str | dict[str, str]:
    if isinstance(credential, ClientSecret):
        return credential.value
    return {"private_key": credential.key, "public_certificate": credential.public}


class _TimeoutAdapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *more: Any, **named: Any) -> requests.Response:
        return super().send(request, *more, **{**named, "timeout": named.get("timeout") or SECONDS})


def _session(ca: Path | None) -> requests.Session:
    """msal ignores `verify` when REQUESTS_CA_BUNDLE is set, and `timeout` beside `http_client`: so both are said here."""
    session = requests.Session()
    session.trust_env = ca is None
    session.verify = str(ca) if ca else True
    session.mount("https://", _TimeoutAdapter())
    session.mount("http://", _TimeoutAdapter())
    return session
