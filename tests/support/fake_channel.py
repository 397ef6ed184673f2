"""A written stand-in for the channel that calls the bot: it publishes signing keys, signs tokens, and delivers activities."""

import functools
import itertools
import json
import time
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from dialogs.channel.admission import AdmissionPolicy, BotCloud, BotRegistration, Password
from tests.support.loopback_server import LoopbackServer

TENANT = "11111111-2222-4333-8444-555555555555"
BOT = "28:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
APP = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
ALEX = {"id": "29:alex", "name": "Alex Wilber", "aadObjectId": "00000000-0000-4000-8000-000000000020"}
ISSUER = "https://api.botframework.com"


class FakeChannel(LoopbackServer):
    """Signing keys behind an OpenID document on loopback. Keys whose kid is in `published` can be looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.published = {"first": ["msteams"]}  # kid → endorsements
        self.asked = 0
        self.broken = False
        self.app.add_routes([web.get("/openid", self._openid), web.get("/keys", self._jwks)])

    def admission_policy(self, **more: Any) -> AdmissionPolicy:
        """A door that trusts this channel; its sign-in address leads nowhere."""
        cloud = BotCloud(ISSUER, ISSUER, "https://login.microsoftonline.com/", f"{self.url}/openid")
        return AdmissionPolicy(
            tenant=TENANT, hosts=frozenset({"127.0.0.1"}), app=BotRegistration(APP, Password("not a secret")), cloud=cloud, **more
        )

    def new_key(self, kid: str, endorsements: list[str] | None = None) -> None:
        self.published[kid] = ["msteams"] if endorsements is None else endorsements

    def token(self, service_url: str, *, kid: str | None = "first", signed_by: str = "first", alg: str = "RS256", **claims: Any) -> str:
        """A good token; `claims` replace its own, None takes one away. `exp` and `nbf` are seconds from now."""
        now = time.time()
        payload = {"iss": ISSUER, "aud": APP, "serviceurl": service_url, "exp": 3600, "nbf": -60} | claims
        payload = {name: value for name, value in payload.items() if value is not None}
        payload |= {name: now + payload[name] for name in ("exp", "nbf") if isinstance(payload.get(name), (int, float))}
        key = {"none": None, "HS256": "x" * 32}.get(alg, _key(signed_by))
        return jwt.encode(payload, key, algorithm=alg, headers={"kid": kid} if kid else None)

    async def _openid(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.hold is not None:
            await self.hold.wait()
        if self.broken:
            return web.Response(status=503, text="<html>", content_type="text/html")
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

    async def _jwks(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self._published(kid, endorsed) for kid, endorsed in self.published.items()]})

    def _published(self, kid: str, endorsed: list[str]) -> dict[str, Any]:
        return json.loads(RSAAlgorithm.to_jwk(_key(kid).public_key())) | {"kid": kid, "endorsements": endorsed}


_ids = itertools.count(1)


def activity(service_url: str, text: str | None = "hello", **more: Any) -> dict[str, Any]:
    """A message as Teams writes it; `more` replaces fields, None takes one away."""
    whole = {
        "type": "message",
        "id": f"delivery-{next(_ids)}",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": ALEX,
        "recipient": {"id": BOT, "name": "Switchover"},
        "conversation": {"id": "a:alex", "tenantId": TENANT, "conversationType": "personal"},
        "channelData": {"tenant": {"id": TENANT}},
        "locale": "en-US",
        "text": text,
    } | more
    return {name: value for name, value in whole.items() if value is not None}


def in_conversation(service_url: str, conversation: str, text: str) -> dict[str, Any]:
    return activity(service_url, text, conversation={"id": conversation, "tenantId": TENANT})


async def deliver(bot: str, body: Any, token: str | None = None) -> tuple[int, Any]:
    """Status and JSON of the bot's answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.post(f"{bot}/api/messages", json=body, headers=headers) as answer:
        said = await answer.read()
        return answer.status, json.loads(said) if said.startswith((b"{", b"[")) else None


@functools.cache
def _key(kid: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
