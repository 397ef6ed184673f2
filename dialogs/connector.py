"""What we send to the channel: the SDK's connector client over one pooled aiohttp session, with limits, retries and plain errors.

As shipped, the SDK builds clients and asks for a token in every turn, and sends from six threads.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import aiohttp
from botframework.connector import BotFrameworkConnectorConfiguration
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import ConnectorFactory, ServiceClientCredentialsFactory
from msrest.pipeline import Response
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http import ClientRequest
from msrest.universal_http.requests import ClientRetryPolicy

from bot.errors import InDoubt, Refused, Trouble, Unreachable
from dialogs.door import Door
from dialogs.pace import Lanes, Timing

ClientRetryPolicy.safe_codes = frozenset(ClientRetryPolicy.safe_codes)  # a list there: 3 ms for each client that is built

PATIENCE = aiohttp.ClientTimeout(total=30, connect=5)
TRIES = 5
LONGEST_WAIT = 60.0
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit#status-codes-retry-guidance
TRY_AGAIN = frozenset({412, 429, 502, 503, 504})


class Connector(ConnectorFactory):
    """Connector clients, one for each (service URL, audience), kept for good."""

    def __init__(
        self, door: Door, credentials: ServiceClientCredentialsFactory, timing: Timing, trust: ssl.SSLContext | None = None
    ) -> None:
        self._door, self._credentials, self._timing, self._trust = door, credentials, timing, trust
        self._clients: dict[tuple[str, str], ConnectorClient] = {}
        self._lanes = Lanes(timing)
        self._session: aiohttp.ClientSession | None = None

    async def create(self, service_url: str, audience: str | None = None) -> ConnectorClient:
        """Raises Refused for a host that our token must not be sent to."""
        if not self._door.serves(service_url):
            raise Refused("This conversation is at a service address that is not allowed in the configuration.")
        key = (service_url, audience or self._door.cloud.scope)
        return self._clients.get(key) or self._clients.setdefault(key, await self._client(*key))

    async def get_json(self, url: str) -> Any:
        """A public document, such as the channel's signing keys."""
        async with self._http().get(url, timeout=aiohttp.ClientTimeout(total=5), raise_for_status=True) as response:
            return await response.json(content_type=None)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _client(self, service_url: str, audience: str) -> ConnectorClient:
        wire = Wire(self._http, await self._token(audience), self._lanes, self._timing)
        settings = BotFrameworkConnectorConfiguration(object(), service_url, pipeline_type=lambda _: wire)
        return ConnectorClient(None, custom_configuration=settings)

    async def _token(self, audience: str) -> "Token | None":
        app = self._door.app
        if app is None:
            return None
        return Token(await self._credentials.create_credentials(app.id, audience, self._door.cloud.login, True), self._timing.now)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            tcp = aiohttp.TCPConnector(ssl=self._trust or True)
            self._session = aiohttp.ClientSession(connector=tcp, timeout=PATIENCE, headers={"User-Agent": "switchover"})
        return self._session


class Token:
    """The bot's own token for the channel. MSAL blocks, so it is asked in a thread, once for all who wait."""

    def __init__(self, credentials: Any, now: Callable[[], float]) -> None:
        self._credentials, self._now = credentials, now
        self._value, self._good_until = "", float("-inf")
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        async with self._asking:
            if self._now() >= self._good_until:
                self._value = await self._asked()
                self._good_until = self._now() + 240  # MSAL hands out none that ends within five minutes
            return self._value

    async def _asked(self) -> str:
        try:
            return str(await asyncio.to_thread(self._credentials.get_access_token))
        except (PermissionError, KeyError, ValueError) as error:
            raise Refused(f"The bot could not sign in to the channel: {error}", code="SignIn") from error
        except OSError as error:
            raise Unreachable("The sign-in service could not be reached.", code="SignIn") from error


@dataclass
class Reply:
    """What the SDK's operations need of an HTTP response; they set the context themselves."""

    status_code: int
    headers: Any
    context: Any = None


class Wire:
    """Takes the place of msrest's pipeline: token, limits, retries, and every failure as one of our three errors."""

    def __init__(self, http: Callable[[], aiohttp.ClientSession], token: Token | None, lanes: Lanes, timing: Timing) -> None:
        self._http, self._token, self._lanes, self._timing = http, token, lanes, timing

    async def run(self, request: ClientRequest, again: bool = False, **_: object) -> Response:
        """`again` says that a second arrival does no harm; only then a POST is repeated when the first may have arrived."""
        lane = self._lanes.of(conversation_in(request.url))
        async with lane.lock:
            for tried in range(1, TRIES + 1):
                await lane.turn()
                try:
                    return await self._once(request, again or request.method != "POST")
                except Unreachable as trouble:
                    pause = self._pause(tried, trouble)
                    if tried == TRIES or pause > LONGEST_WAIT:
                        raise
                await self._timing.wait(pause)
        raise AssertionError("the last try returns or raises")

    def _pause(self, tried: int, trouble: Unreachable) -> float:
        """Never less than the channel asked for, and never the same for all who were told so."""
        asked = 2.0 ** (tried - 1) if trouble.again is None else trouble.again
        return asked + self._timing.chance() * min(asked, 1.0)

    async def _once(self, request: ClientRequest, repeatable: bool) -> Response:
        headers = dict(request.headers)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {await self._token()}"
        try:
            # a redirect would take our token along
            async with self._http().request(
                request.method, request.url, data=request.data, headers=headers, allow_redirects=False
            ) as answer:
                said = _json(await answer.read())
        except aiohttp.ClientConnectorError as error:
            raise Unreachable("The channel could not be reached.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise (Unreachable if repeatable else InDoubt)("The channel did not answer; the message may have arrived.") from error
        if answer.status >= 300:
            raise trouble(answer.status, answer.headers.get("Retry-After", ""), said, repeatable)
        return Response(request, Reply(answer.status, answer.headers), {RawDeserializer.CONTEXT_NAME: said})


def conversation_in(url: str) -> str:
    """The conversation that a request is about, with its host; creating conversations has a lane of its own."""
    parts = re.fullmatch(r"(.*)/v3/conversations(?:/([^/]+))?.*", url)
    return unquote(" ".join(part or "" for part in parts.groups())) if parts else url


def trouble(status: int, retry_after: str, said: Any, repeatable: bool) -> Trouble:
    """What a bad answer means for the sender."""
    error = said.get("error") if isinstance(said, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    if status in TRY_AGAIN or (status >= 500 and repeatable):
        return Unreachable(f"The channel is busy ({status}).", code, again=float(retry_after) if retry_after.isdecimal() else None)
    if status >= 500:
        return InDoubt(f"The channel failed ({status}); the message may have arrived.", code)
    return Refused(f"The channel refused the message ({status} {code}).".replace(" )", ")"), code or str(status))


def _json(body: bytes) -> Any:
    """None for a page that is no JSON: gateways answer in HTML."""
    try:
        return json.loads(body)
    except ValueError:
        return None
