"""A written stand-in for the sign-in service, over TLS, for the real MSAL: it hands out tokens, counts them, or refuses the secret."""

import asyncio
import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msal
import requests
from aiohttp import web
from aiohttp.test_utils import TestServer
from botframework.connector.auth import PasswordServiceClientCredentialFactory
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class FakeEntra:
    """`async with FakeEntra(folder, tenant) as entra`; `entra.credentials(app)` are the SDK's own, signing in here."""

    def __init__(self, folder: Path, tenant: str) -> None:
        self._certificate, self._tenant = folder / "entra.pem", tenant
        self._certificate.write_bytes(_certificate())
        self.asked = 0
        self.refuses = False
        self.hold: asyncio.Event | None = None  # when there, tokens wait for it
        self.asking = asyncio.Event()
        app = web.Application()
        app.add_routes(
            [
                web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._openid),
                web.post("/{tenant}/oauth2/v2.0/token", self._token),
            ]
        )
        self._server = TestServer(app, host="127.0.0.1", scheme="https")

    async def __aenter__(self) -> "FakeEntra":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._certificate)
        await self._server.start_server(ssl=tls, shutdown_timeout=0.1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def authority(self) -> str:
        return str(self._server.make_url(f"/{self._tenant}"))

    def credentials(self, app: str) -> "Credentials":
        session = requests.Session()
        session.verify, session.trust_env = str(self._certificate), False  # the environment may name other certificates
        return Credentials(app, "hush", self._tenant, self.authority, session)

    async def _openid(self, request: web.Request) -> web.Response:
        ends = {
            "authorization_endpoint": f"{self.authority}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.authority}/oauth2/v2.0/token",
        }
        return web.json_response({"issuer": f"{self.authority}/v2.0", **ends})

    async def _token(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.asking.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.refuses:
            said = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
            return web.json_response(said, status=401)
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-{self.asked}"})


class Credentials(PasswordServiceClientCredentialFactory):
    """The SDK's, except that MSAL is told to trust the stand-in instead of asking Microsoft whether it exists."""

    def __init__(self, app: str, secret: str, tenant: str, authority: str, session: requests.Session) -> None:
        super().__init__(app, secret, tenant)
        self._authority, self._session = authority, session

    async def create_credentials(self, app_id: str, *rest: Any) -> Any:
        made = await super().create_credentials(app_id, *rest)
        made.app = await asyncio.to_thread(
            msal.ConfidentialClientApplication,
            app_id,
            client_credential=self.password,
            authority=self._authority,
            instance_discovery=False,
            http_client=self._session,
        )
        return made


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(hours=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(serialization.Encoding.PEM)
