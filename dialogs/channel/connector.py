"""What we send to the channel: the SDK's connector client over our own wire, with the channel's limits and retries.

As shipped, the SDK builds clients and asks for a token in every turn, sends from six threads, and takes 4 ms to write a card as JSON.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from botframework.connector import BotFrameworkConnectorConfiguration
from botframework.connector.aio import ConnectorClient
from botframework.connector.aio.operations_async import ConversationsOperations
from botframework.connector.auth import ConnectorFactory, ServiceClientCredentialsFactory
from msrest import Serializer
from msrest.pipeline import Response
from msrest.pipeline.universal import RawDeserializer
from msrest.serialization import Model
from msrest.universal_http import ClientRequest
from msrest.universal_http.requests import ClientRetryPolicy

from bot.errors import Destination, Refused, Unreachable, clean_text, reason_of
from bot.i18n import say
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.http import HttpClient
from dialogs.channel.rate_limit import ConversationLanes, Timing

ClientRetryPolicy.safe_codes = frozenset(ClientRetryPolicy.safe_codes)  # a list there: 3 ms for each client that is built

ENTRA = Destination("entra", "token")
TRIES = 5
LONGEST_WAIT = 60.0


class Connector(ConnectorFactory):
    """Connector clients, one for each (service URL, audience), kept for good."""

    def __init__(
        self, door: AdmissionPolicy, credentials: ServiceClientCredentialsFactory, timing: Timing, wire: HttpClient | None = None
    ) -> None:
        self._door, self._credentials, self._timing = door, credentials, timing
        self.wire = wire or HttpClient()
        self._lanes = ConversationLanes(timing)
        self._clients: dict[tuple[str, str], RetryingConnectorClient] = {}

    async def create(self, service_url: str, audience: str | None = None) -> "RetryingConnectorClient":
        """Raises Refused for a host that our token must not be sent to."""
        if not self._door.serves(service_url):
            raise Refused(say("This conversation is at a service address that is not allowed in the configuration."))
        key = (service_url, audience or self._door.cloud.scope)
        return self._clients.get(key) or self._clients.setdefault(key, await self._client(*key))

    async def _client(self, service_url: str, audience: str) -> "RetryingConnectorClient":
        return RetryingConnectorClient(service_url, RateLimitedPipeline(self.wire, await self._token(audience), self._lanes, self._timing))

    async def _token(self, audience: str) -> "ChannelToken | None":
        app = self._door.app
        if app is None:
            return None
        return ChannelToken(await self._credentials.create_credentials(app.id, audience, self._door.cloud.login, True), self._timing.now)


class RetryingConnectorClient(ConnectorClient):
    """The SDK's client with our way out in place of msrest's pipeline."""

    def __init__(self, service_url: str, outbound: "RateLimitedPipeline") -> None:
        settings = BotFrameworkConnectorConfiguration(object(), service_url, pipeline_type=lambda _: outbound)
        super().__init__(None, custom_configuration=settings)
        self.conversations = ConversationsOperations(self._client, self.config, PlainSerializer(), self._deserialize)


class PlainSerializer(Serializer):
    """Models become JSON by their own names, and what is JSON already stays: msrest takes cards apart, and drops what it does not know."""

    def body(self, data: Any, data_type: str, **_: Any) -> Any:
        return as_json(data)


def as_json(value: Any) -> Any:
    if isinstance(value, Model):
        known = {how["key"]: as_json(item) for name, how in value._attribute_map.items() if (item := getattr(value, name)) is not None}
        return known | (getattr(value, "additional_properties", None) or {})
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


class ChannelToken:
    """The bot's own token for the channel. MSAL blocks, so it is asked in a thread, once for all who wait."""

    def __init__(self, credentials: Any, now: Callable[[], float]) -> None:
        self._credentials, self._now = credentials, now
        self._value, self._good_until = "", float("-inf")
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        async with self._asking:
            if self._now() >= self._good_until:
                self._value = await self._acquire()
                self._good_until = self._now() + 240  # MSAL hands out none that ends within five minutes
            return self._value

    async def _acquire(self) -> str:
        try:
            return str(await asyncio.to_thread(self._credentials.get_access_token))
        except (PermissionError, KeyError, ValueError) as error:
            words = clean_text(str(error))  # Entra's own, as the SDK hands them on
            raise Refused(say("The bot could not sign in to the channel: {words}", words=words), "SignIn", to=ENTRA) from error
        except OSError as error:
            why = say("The sign-in service could not be reached: {words}", words=reason_of(error))
            raise Unreachable(why, "SignIn", to=ENTRA) from error


class RateLimitedPipeline:
    """One message at a time per conversation, at the allowed pace, again when the channel is busy."""

    def __init__(self, wire: HttpClient, token: ChannelToken | None, lanes: ConversationLanes, timing: Timing) -> None:
        self._wire, self._token, self._lanes, self._timing = wire, token, lanes, timing

    async def run(self, request: ClientRequest, again: bool = False, **_: object) -> Response:
        """Stands where msrest's pipeline stood. `again` says that a second arrival does no harm: then a lost POST is repeated too."""
        lane = self._lanes.of(conversation_in(request.url))
        async with lane.lock:
            for tried in range(1, TRIES + 1):
                await lane.wait_for_turn()
                try:
                    return await self._send_once(request, again or request.method != "POST")
                except Unreachable as trouble:
                    pause = self._pause(tried, trouble)
                    if tried == TRIES or pause > LONGEST_WAIT:
                        raise
                await self._timing.wait(pause)
        raise AssertionError("the last try returns or raises")

    async def _send_once(self, request: ClientRequest, repeatable: bool) -> Response:
        signed = {"Authorization": f"Bearer {await self._token()}"} if self._token else {}
        reply = await self._wire.send(request.method, request.url, request.data, {**request.headers, **signed}, repeatable)
        return Response(request, reply, {RawDeserializer.CONTEXT_NAME: reply.body})

    def _pause(self, tried: int, trouble: Unreachable) -> float:
        """Never less than the channel asked for, and never the same for all who were told so."""
        asked = 2.0 ** (tried - 1) if trouble.retry_after is None else trouble.retry_after
        return asked + self._timing.chance() * min(asked, 1.0)


def conversation_in(url: str) -> str:
    """The conversation that a request is about, with its host; creating conversations has a lane of its own."""
    parts = re.fullmatch(r"(.*)/v3/conversations(?:/([^/]+))?.*", url)
    return unquote(" ".join(part or "" for part in parts.groups())) if parts else url
