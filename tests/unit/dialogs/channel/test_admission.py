"""Who is let in: every row of deliveries.json over a real socket, with the real SDK, against keys on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from botframework.connector.auth import ClaimsIdentity

from dialogs.channel.adapter import application, listen
from dialogs.channel.admission import AdmissionPolicy, BotRegistration, Certificate, ManagedIdentity, Password
from dialogs.channel.authentication import check_claims, credentials
from dialogs.channel.rate_limit import Timing
from tests.support.bot_host import EchoBot, Host, host_bot
from tests.support.fake_channel import APP, TENANT, FakeChannel, activity, deliver
from tests.support.fake_connector import FakeConnector

CASES = json.loads((Path(__file__).parent / "deliveries.json").read_text())


@pytest.fixture
async def channel() -> AsyncIterator[FakeChannel]:
    async with FakeChannel() as channel:
        yield channel


@pytest.fixture
async def connector() -> AsyncIterator[FakeConnector]:
    async with FakeConnector() as connector:
        yield connector


@pytest.fixture
def echo() -> EchoBot:
    return EchoBot()


class Silent(EchoBot):
    """Hears and says nothing, so that no token for the way out is needed."""

    async def on_turn(self, context: Any) -> None:
        self.heard.append(context.activity.text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_a_delivery_is_let_in_or_turned_away(case: dict[str, Any], channel: FakeChannel) -> None:
    channel.new_key("plain", [])
    channel.new_key("webchat", ["webchat"])
    bot = Silent()
    async with host_bot(bot, channel.admission_policy()) as host:
        assert await _status(host, channel, case) == case["status"]
    assert len(bot.heard) == (1 if case["status"] == 200 else 0)


async def _status(host: Host, channel: FakeChannel, case: dict[str, Any]) -> int:
    here = "http://127.0.0.1:9/connector"
    body = activity(here, **case.get("activity", {}))
    if case.get("tenant") == "upper":
        body["channelData"] = {"tenant": {"id": TENANT.upper()}}
    raw = case.get("raw", json.dumps(body) + " " * case.get("padding", 0)).encode()
    raw = bytes.fromhex(case["raw_hex"]) if "raw_hex" in case else b"[" * case["nested"] if "nested" in case else raw
    header = case.get("header", f"Bearer {channel.token(here, **case.get('token', {}))}")
    headers = {"Content-Type": case.get("content_type", "application/json")} | ({"Authorization": header} if header else {})
    async with aiohttp.ClientSession() as session, session.post(f"{host.url}/api/messages", data=raw, headers=headers) as answer:
        return answer.status


GOOD = {"iss": "https://api.botframework.com", "aud": APP, "serviceurl": "https://smba.trafficmanager.net/emea/", "exp": "1"}


@pytest.mark.parametrize("claim", [*({name: wrong} for name in ("iss", "aud", "serviceurl") for wrong in (None, "", "x")), {"exp": None}])
def test_no_claim_is_believed_because_the_sdk_has_looked_at_it(claim: dict[str, str | None]) -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset(), app=BotRegistration(APP, Password("x")))
    check_claims(ClaimsIdentity(GOOD, True), door, GOOD["serviceurl"])
    with pytest.raises(PermissionError):
        check_claims(ClaimsIdentity(GOOD, False), door, GOOD["serviceurl"])
    with pytest.raises(PermissionError):
        check_claims(ClaimsIdentity(GOOD | claim, True), door, GOOD["serviceurl"])


async def test_a_new_signing_key_is_accepted_at_once_and_a_made_up_one_asks_once_a_minute(channel: FakeChannel) -> None:
    here, now, bot = "http://127.0.0.1:9/connector", [1000.0], Silent()
    async with host_bot(bot, channel.admission_policy(), timing=Timing(now=lambda: now[0])) as host:
        assert (await deliver(host.url, activity(here), channel.token(here)))[0] == 200
        now[0] += 61
        channel.new_key("second")
        assert (await deliver(host.url, activity(here), channel.token(here, kid="second", signed_by="second")))[0] == 200
        asked = channel.asked
        for _ in range(5):
            assert (await deliver(host.url, activity(here), channel.token(here, kid="made up")))[0] == 401
        assert channel.asked == asked
        now[0] += 61
        assert (await deliver(host.url, activity(here), channel.token(here, kid="made up")))[0] == 401
        assert channel.asked == asked + 1


async def test_keys_that_cannot_be_read_again_are_believed_for_a_day_and_no_longer(channel: FakeChannel) -> None:
    here, now = "http://127.0.0.1:9/connector", [1000.0]
    async with host_bot(Silent(), channel.admission_policy(), timing=Timing(now=lambda: now[0])) as host:
        assert (await deliver(host.url, activity(here), channel.token(here)))[0] == 200
        channel.broken = True
        now[0] += 13 * 3600
        assert (await deliver(host.url, activity(here), channel.token(here)))[0] == 200
        now[0] += 12 * 3600
        assert (await deliver(host.url, activity(here), channel.token(here)))[0] == 401


async def test_a_slow_key_server_stalls_nothing_else(channel: FakeChannel) -> None:
    here, bot = "http://127.0.0.1:9/connector", Silent()
    channel.hold = asyncio.Event()
    async with host_bot(bot, channel.admission_policy()) as host, aiohttp.ClientSession() as session:
        waiting = asyncio.create_task(deliver(host.url, activity(here), channel.token(here)))
        async with asyncio.timeout(5), session.get(f"{host.url}/healthz") as answer:
            assert answer.status == 200
        assert not waiting.done()
        channel.hold.set()
        assert (await waiting)[0] == 200
        assert channel.asked == 1


async def test_without_an_app_registration_a_door_must_say_so() -> None:
    with pytest.raises(ValueError, match="never neither"):
        AdmissionPolicy(tenant=TENANT, hosts=frozenset())
    with pytest.raises(ValueError, match="never both"):
        AdmissionPolicy(tenant=TENANT, hosts=frozenset(), app=BotRegistration(APP, Password("x")), without_token=True)


async def test_a_bot_that_checks_no_tokens_listens_on_loopback_only(echo: EchoBot) -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)
    async with host_bot(echo, door) as host:
        with pytest.raises(ValueError, match="loopback only"):
            await listen(application(echo, host.adapter), door, "0.0.0.0", 0)
        runner = await listen(application(echo, host.adapter), door, "127.0.0.1", 0)
        await runner.cleanup()


async def test_without_token_a_web_page_under_another_name_is_turned_away(echo: EchoBot, connector: FakeConnector) -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)
    async with host_bot(echo, door) as host, aiohttp.ClientSession() as session:
        rebound = {"Host": "page.example:3978"}
        async with session.post(f"{host.url}/api/messages", json=activity(connector.url), headers=rebound) as answer:
            assert answer.status == 401
        assert (await deliver(host.url, activity(connector.url)))[0] == 200
    assert echo.heard == ["hello"]


def test_only_plain_addresses_of_allowed_hosts_are_served() -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"smba.trafficmanager.net", "localhost"}), without_token=True)
    assert door.serves("https://smba.trafficmanager.net/emea/") and door.serves("http://localhost:56150/_connector")
    for url in (
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net/{conversationId}",
        "https://smba.trafficmanager.net/?a=b",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:443@evil.example/",
        "ftp://smba.trafficmanager.net/",
        "https://[::1/",
        "//smba.trafficmanager.net/",
    ):
        assert not door.serves(url), url


@pytest.mark.parametrize(
    "proof", [Password("hush"), Certificate("AB12", "hush"), ManagedIdentity()], ids=lambda proof: type(proof).__name__
)
async def test_each_kind_of_registration_has_credentials_and_shows_no_secret(proof: Any) -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset(), app=BotRegistration(APP, proof))
    assert "hush" not in repr(door)
    assert await credentials(door).is_valid_app_id(APP)
    assert not await credentials(door).is_authentication_disabled()


async def test_somebody_without_directory_id_is_asked_who_they_are_and_nothing_is_done(echo: EchoBot, connector: FakeConnector) -> None:
    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)
    async with host_bot(echo, door) as host:
        for sender in ({"id": "29:nobody", "name": "Alex Wilber"}, None):
            assert (await deliver(host.url, activity(connector.url, **{"from": sender})))[0] == 200
        press = activity(connector.url, type="invoke", name="adaptiveCard/action", value={}, **{"from": {"id": "29:nobody"}})
        status, said = await deliver(host.url, press)
        typing = activity(connector.url, type="typing", **{"from": {"id": "29:nobody"}})
        assert (await deliver(host.url, typing))[0] == 200
    assert echo.heard == []
    assert [text.startswith("I cannot tell who you are") for text in connector.texts()] == [True, True]
    assert status == 200 and said["statusCode"] == 200 and said["value"].startswith("I cannot tell who you are")
