"""The pretend login host: says where it is, and gives tokens to apps that prove who they are. Tokens are real JWTs of its own key.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class AppRegistration:
    """An app registration: the permissions it was given, and how it proves itself. `certificate` is a PEM text."""

    roles: tuple[str, ...]
    secret: str = field(default="", repr=False)
    secret_has_ended: bool = False
    certificate: str = ""


class _TokenRefusal(Exception):
    def __init__(self, status: int, error: str, number: int, words: str) -> None:
        super().__init__(words)
        self.status, self.error, self.number, self.words = status, error, number, words


class LoginHost:
    """Gives tokens for one tenant and knows its own again. `apps` by client id; `lasts` in seconds; `now` since 1970."""

    def __init__(self, tenant: str, apps: Mapping[str, AppRegistration], now: Callable[[], float], lasts: int = 3599) -> None:
        self.tenant, self.apps, self.now, self.lasts = tenant, apps, now, lasts
        self.issued = 0
        self._key = secrets.token_bytes(32)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._answer_openid_configuration),
            web.post("/{tenant}/oauth2/v2.0/token", self._answer_token_request),
        ]

    def read_token(self, token: str, audience: str) -> tuple[str, frozenset[str]]:
        """Client id and roles of a token of ours. Raises `jwt.InvalidTokenError`."""
        told = jwt.decode(token, self._key, ["HS256"], audience=audience, options={"verify_exp": False})
        if told["exp"] <= self.now():
            raise jwt.ExpiredSignatureError("Lifetime validation failed, the token is expired.")
        return str(told["appid"]), frozenset(told["roles"])

    async def _answer_openid_configuration(self, request: web.Request) -> web.Response:
        here = f"{request.url.origin()}/{request.match_info['tenant']}"
        if request.match_info["tenant"] != self.tenant:
            return self._refusal_response(
                _TokenRefusal(400, "invalid_tenant", 90002, f"Tenant '{request.match_info['tenant']}' not found.")
            )
        return web.json_response(
            {
                "issuer": f"{here}/v2.0",
                "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
                "token_endpoint": f"{here}/oauth2/v2.0/token",
                "jwks_uri": f"{here}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
        )

    async def _answer_token_request(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return web.json_response(self._issue_token(form, str(request.url), request.match_info["tenant"]))
        except _TokenRefusal as no:
            return self._refusal_response(no)

    def _issue_token(self, form: Mapping[str, str], endpoint: str, tenant: str) -> dict[str, Any]:
        if tenant != self.tenant:
            raise _TokenRefusal(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise _TokenRefusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client, scope = form.get("client_id", ""), form.get("scope", "").split(" ")[0]
        app = self.apps.get(client)
        if app is None:
            raise _TokenRefusal(
                400, "unauthorized_client", 700016, f"Application with identifier '{client}' was not found in the directory."
            )
        if not scope.endswith("/.default"):
            raise _TokenRefusal(400, "invalid_scope", 1002012, f"The provided value for scope {scope} is not valid.")
        _check_credential(form, client, app, endpoint, self.now())
        self.issued += 1
        claims = {"aud": scope.removesuffix("/.default"), "appid": client, "tid": tenant, "roles": list(app.roles), "idtyp": "app"}
        now = int(self.now())
        token = jwt.encode({**claims, "iat": now, "nbf": now, "exp": now + self.lasts, "uti": uuid4().hex}, self._key, "HS256")
        return {"token_type": "Bearer", "expires_in": self.lasts, "ext_expires_in": self.lasts, "access_token": token}

    def _refusal_response(self, no: _TokenRefusal) -> web.Response:
        at, trace, correlation = datetime.fromtimestamp(self.now(), UTC), str(uuid4()), str(uuid4())
        words = f"AADSTS{no.number}: {no.words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at:%Y-%m-%d %H:%M:%SZ}"
        body = {"error": no.error, "error_description": words, "error_codes": [no.number], "timestamp": f"{at:%Y-%m-%d %H:%M:%SZ}"}
        more = {"trace_id": trace, "correlation_id": correlation, "error_uri": f"https://login.microsoftonline.com/error?code={no.number}"}
        return web.json_response({**body, **more}, status=no.status)


def _check_credential(form: Mapping[str, str], client: str, app: AppRegistration, endpoint: str, now: float) -> None:
    """By secret, or by an assertion that is signed with the registered certificate's key."""
    if form.get("client_assertion_type") == ASSERTION:
        _check_assertion(form.get("client_assertion", ""), client, app, endpoint, now)
        return
    if not app.secret or not secrets.compare_digest(form.get("client_secret", "").encode(), app.secret.encode()):
        raise _TokenRefusal(401, "invalid_client", 7000215, "Invalid client secret provided.")
    if app.secret_has_ended:
        raise _TokenRefusal(401, "invalid_client", 7000222, "The provided client secret keys are expired.")


def _check_assertion(assertion: str, client: str, app: AppRegistration, endpoint: str, now: float) -> None:
    try:
        header = jwt.get_unverified_header(assertion)
        certificate = x509.load_pem_x509_certificate(app.certificate.encode())
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or not _is_signed_with(header, certificate):
            raise ValueError("The key was not found.")
        told = jwt.decode(assertion, key, [header["alg"]], audience=endpoint, issuer=client, subject=client, options={"verify_exp": False})
        if told["exp"] <= now:
            raise ValueError("The assertion has ended.")
    except (ValueError, KeyError, jwt.InvalidTokenError) as error:
        raise _TokenRefusal(
            401, "invalid_client", 700027, f"The certificate used to sign the client assertion is not valid. {error}"
        ) from None


def _is_signed_with(header: Mapping[str, Any], certificate: x509.Certificate) -> bool:
    """PS256 names the certificate by its SHA-256 thumbprint, RS256 by SHA-1."""
    thumbprints = {"PS256": ("x5t#S256", hashes.SHA256()), "RS256": ("x5t", hashes.SHA1())}
    name, kind = thumbprints[header["alg"]]
    return bool(header.get(name, "").rstrip("=") == base64.urlsafe_b64encode(certificate.fingerprint(kind)).decode().rstrip("="))
