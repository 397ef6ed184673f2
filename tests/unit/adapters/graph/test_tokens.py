"""How the Graph adapter comes by its tokens: real msal against a login host on loopback."""

import asyncio
import base64
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from adapters.graph.client import open_graph
from adapters.graph.tokens import ClientCertificate, ClientSecret, CloudHosts, TokenCache, app_token_request, managed_identity_request
from bot.calls import GraphCall
from bot.clock import Clock
from bot.errors import Refused, Unreachable
from bot.known_errors import describe_error
from tests.support.lab_cloud import (
    APP,
    FINE,
    SECRET,
    TENANT,
    StoppedClock,
    graph_error,
    lab_cloud,
    lab_folder,
    read_rows,
    scripted_client,
    scripted_cloud,
)

ORGANIZATION = GraphCall("GET", "/organization", {"$select": "id,displayName"})


def certificate() -> ClientCertificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "switchover")]), dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return ClientCertificate(private, made.sign(key, hashes.SHA256()).public_bytes(pem).decode())


class TestSigningIn:
    async def test_a_secret_opens_the_door(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            assert await read_rows(client, ORGANIZATION) == [{"id": TENANT, "displayName": "Contoso"}]

    async def test_a_certificate_opens_the_door(self, tmp_path: Path) -> None:
        mine = certificate()
        async with lab_cloud(tmp_path, certificate=mine.public, secret="") as cloud:
            cloud.time.at = dt.datetime.now().timestamp()  # msal dates its assertion by the real clock
            async with open_graph(cloud.hosts, TokenCache(app_token_request(cloud.hosts, TENANT, APP, mine))) as client:
                assert await read_rows(client, ORGANIZATION)

    async def test_a_foreign_certificate_is_refused_and_named_as_the_reason(self, tmp_path: Path) -> None:
        foreign = certificate()
        async with (
            lab_cloud(tmp_path, certificate=certificate().public) as cloud,
            open_graph(cloud.hosts, TokenCache(app_token_request(cloud.hosts, TENANT, APP, foreign))) as client,
        ):
            with pytest.raises(Refused, match="certificate") as caught:
                await read_rows(client, ORGANIZATION)
        assert caught.value.code == "AADSTS700027"

    async def test_a_wrong_secret_is_refused_and_never_shown(self, tmp_path: Path) -> None:
        wrong = ClientSecret("not this one")
        async with (
            lab_cloud(tmp_path) as cloud,
            open_graph(cloud.hosts, TokenCache(app_token_request(cloud.hosts, TENANT, APP, wrong))) as client,
        ):
            with pytest.raises(Refused, match="Invalid client secret provided") as caught:
                await read_rows(client, ORGANIZATION)
        assert caught.value.code == "AADSTS7000215" and "(the client secret is wrong: enter the secret's value" in str(
            describe_error(caught.value)
        )
        assert "not this one" not in repr(wrong) + str(caught.value)

    async def test_a_login_host_that_is_not_there_is_asked_again_later(self, tmp_path: Path) -> None:
        hosts = CloudHosts("https://127.0.0.1:1", "https://127.0.0.1:1", lab_folder(tmp_path).ca, known=False)
        tokens, time = TokenCache(app_token_request(hosts, TENANT, APP, ClientSecret(SECRET))), StoppedClock()
        async with open_graph(hosts, tokens, time.retry_policy(tries=2)) as client:
            with pytest.raises(Unreachable, match="token"):
                await read_rows(client, ORGANIZATION)

    async def test_many_at_once_ask_for_one_token(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            await asyncio.gather(*(read_rows(client, ORGANIZATION) for _ in range(30)))
            assert cloud.count("POST", f"/{TENANT}/oauth2/v2.0/token") == 1

    async def test_a_token_that_graph_no_longer_takes_is_replaced_once(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud:
            slow_clock = TokenCache(app_token_request(cloud.hosts, TENANT, APP, ClientSecret(SECRET)), Clock(StoppedClock().now))
            async with open_graph(cloud.hosts, slow_clock, cloud.time.retry_policy()) as client:
                await read_rows(client, ORGANIZATION)
                cloud.time.at += 7200
                assert await read_rows(client, ORGANIZATION)
            assert cloud.count("POST", f"/{TENANT}/oauth2/v2.0/token") == 2
            assert cloud.count("GET", "/organization") == 3

    async def test_the_claims_that_graph_asks_for_reach_the_login(self, tmp_path: Path) -> None:
        asked: list[tuple[str | None, bool]] = []

        def ask(claims: str | None, anew: bool) -> dict[str, Any]:
            asked.append((claims, anew))
            return {"access_token": f"t{len(asked)}", "expires_in": 3600}

        wanted = '{"access_token":{"nbf":{"essential":true}}}'
        challenge = f'Bearer error="insufficient_claims", claims="{base64.b64encode(wanted.encode()).decode()}"'
        first = graph_error(401, "InvalidAuthenticationToken", WWW_Authenticate=challenge)
        async with scripted_cloud(tmp_path, first, FINE) as cloud, scripted_client(cloud, ask) as client:
            assert await read_rows(client, ORGANIZATION) == [{"id": "1"}]
        assert asked == [(None, False), (wanted, True)]


class Issuer:
    """A login that a test can break."""

    def __init__(self) -> None:
        self.given, self.broken = 0, False

    def __call__(self, claims: str | None, anew: bool) -> dict[str, Any]:
        if self.broken:
            raise OSError("no route")
        self.given += 1
        return {"access_token": f"token {self.given}", "expires_in": 3600}


class TestTheHeldToken:
    async def test_is_renewed_before_its_end(self) -> None:
        time, issuer = StoppedClock(), Issuer()
        tokens = TokenCache(issuer, Clock(time.now))
        assert await tokens.token() == "token 1"
        time.at += 3200
        assert await tokens.token() == "token 1"
        time.at += 200
        assert await tokens.token() == "token 2"

    async def test_is_used_to_its_last_minute_while_renewing_fails(self) -> None:
        time, issuer = StoppedClock(), Issuer()
        tokens = TokenCache(issuer, Clock(time.now))
        await tokens.token()
        issuer.broken = True
        time.at += 3500
        assert await tokens.token() == "token 1"
        time.at += 50
        with pytest.raises(Unreachable):
            await tokens.token()

    async def test_a_failure_is_shared_by_all_who_wait(self) -> None:
        time, calls = StoppedClock(), list[int]()

        def fails(claims: str | None, anew: bool) -> dict[str, Any]:
            calls.append(1)
            raise OSError

        tokens = TokenCache(fails, Clock(time.now))
        told = await asyncio.gather(*(tokens.token() for _ in range(10)), return_exceptions=True)
        assert all(isinstance(each, Unreachable) for each in told)
        assert len(calls) == 1


class TestAManagedIdentity:
    async def test_asks_the_machine_it_runs_on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference"""
        asked: list[tuple[str, str]] = []

        async def give(request: web.Request) -> web.Response:
            asked.append((request.query["resource"], request.headers["X-IDENTITY-HEADER"]))
            ends = int(dt.datetime.now().timestamp()) + 3600
            return web.json_response({"access_token": "t", "expires_on": str(ends), "resource": asked[0][0], "token_type": "Bearer"})

        application = web.Application()
        application.router.add_get("/token", give)
        async with scripted_cloud(tmp_path, FINE, FINE) as cloud, TestServer(application) as machine:
            monkeypatch.setenv("IDENTITY_ENDPOINT", str(machine.make_url("/token")))
            monkeypatch.setenv("IDENTITY_HEADER", "machine's own")
            async with scripted_client(cloud, managed_identity_request(cloud.hosts)) as client:
                assert await read_rows(client, ORGANIZATION) == await read_rows(client, ORGANIZATION) == [{"id": "1"}]
            assert asked == [(cloud.hosts.graph, "machine's own")]
            assert cloud.asked[0].headers["Authorization"] == "Bearer t"
