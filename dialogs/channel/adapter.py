"""`/api/messages`: deliveries come in, are checked, and become turns of the bot; answers go back as plain JSON.

`CloudAdapter` as shipped answers 500 to card buttons and to bad tokens; here only the pipeline behind it is used.
"""

import json
import logging
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse
from botframework.connector.auth import AuthenticateRequestResult
from pydantic import ValidationError

from bot.service import ConversationMemory
from dialogs.channel.admission import AdmissionPolicy, InboundActivity, is_loopback, objection_to
from dialogs.channel.authentication import InboundAuthentication, credentials
from dialogs.channel.connector import Connector, as_json
from dialogs.channel.error_middleware import ErrorMiddleware, Forget, Tell, as_english
from dialogs.channel.rate_limit import Timing
from dialogs.channel.signing_keys import SigningKeys
from dialogs.channel.turn_lock import ConversationLock

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes of one delivery: 10,000 pasted lines fit, so that the bot can answer them in words
UNSIGNED = frozenset({ActivityTypes.conversation_update, ActivityTypes.installation_update})  # news of the channel, nobody's wish


Health = Callable[[], Awaitable[tuple[bool, Mapping[str, Any]]]]


class Bot(Protocol):
    async def on_turn(self, context: TurnContext) -> Any: ...


class TeamsAdapter(CloudAdapter):
    """The adapter. Turns come from here only, one at a time per conversation; `connector` is what everything is sent with."""

    def __init__(
        self,
        policy: AdmissionPolicy,
        memory: ConversationMemory,
        *,
        tell: Tell = as_english,
        forget: Forget | None = None,
        timing: Timing | None = None,
        connector: Connector | None = None,
    ) -> None:
        timing = timing or Timing()
        self.connector = connector or Connector(policy, credentials(policy), timing)
        super().__init__(
            InboundAuthentication(policy, SigningKeys(policy.cloud.openid, self.connector.wire.get_json, timing.now), self.connector)
        )
        self.policy, self._memory = policy, memory
        self._courtesy = ErrorMiddleware(tell, forget)
        self.use(ConversationLock())
        self.use(self._courtesy)  # inside the lock: it may forget what the conversation had begun

    async def process(self, request: web.Request, bot: Bot) -> web.Response:
        """One delivery. 400, 401, 413 and 415 say what is wrong with it; everything else is 200, whatever became of the turn."""
        body = await _body(request)
        delivery = _delivery(body)
        caller = await self._admit(request, delivery)
        activity = _activity(body)
        if not await self._is_new(delivery):
            log.info("dropped a %s that was delivered before", delivery.type)
            return web.Response()
        return _http_response(await self.process_activity(caller, activity, self._turn_logic(bot, delivery)))

    async def _admit(self, request: web.Request, delivery: InboundActivity) -> AuthenticateRequestResult:
        if self.policy.without_token and not _is_local(request):
            raise _unauthorized("without a token only this machine is served")
        if (why := objection_to(self.policy, delivery)) is not None:
            raise _unauthorized(why)
        asked = Activity(channel_id=delivery.channel_id, service_url=delivery.service_url)
        try:
            return await self.bot_framework_authentication.authenticate_request(asked, request.headers.get("Authorization"))
        except Exception as error:  # the SDK raises a dozen kinds for a bad token, IndexError among them
            raise _unauthorized(f"{type(error).__name__}: {error}") from error

    async def _is_new(self, delivery: InboundActivity) -> bool:
        """The channel delivers again what it thinks was lost. Noted before the turn: a wish is rather lost than done twice."""
        if delivery.id is None:
            return True
        which = f"{delivery.type} {delivery.id}"  # an edited message keeps its id
        return await self._memory.is_new_delivery(delivery.conversation.id, which)

    def _turn_logic(self, bot: Bot, delivery: InboundActivity) -> Callable[[TurnContext], Awaitable[Any]]:
        known = delivery.sender is not None and delivery.sender.aad_object_id
        return bot.on_turn if known or delivery.type in UNSIGNED else self._courtesy.answer_unknown_person


def application(bot: Bot, adapter: TeamsAdapter, more: Iterable[web.RouteDef] = (), health: Health | None = None) -> web.Application:
    """The bot's own small web server: POST /api/messages, GET /healthz, and whatever else it serves here.

    `health` tells whether all is well, and that in words: 200 or 503 with them as JSON.
    """

    async def messages(request: web.Request) -> web.Response:
        return await adapter.process(request, bot)

    async def healthz(request: web.Request) -> web.Response:
        well, told = await health() if health else (True, {"ok": True})
        return web.json_response(told, status=200 if well else 503)

    async def close(app: web.Application) -> None:
        await adapter.connector.wire.close()

    app = web.Application(client_max_size=LARGEST)
    app.add_routes([web.post("/api/messages", messages), web.get("/healthz", healthz), *more])
    app.on_cleanup.append(close)
    return app


async def listen(app: web.Application, policy: AdmissionPolicy, host: str, port: int) -> web.AppRunner:
    """Opens the door; `await runner.cleanup()` closes it. Raises ValueError for a bot without token that others could reach."""
    opened = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    if policy.without_token and not is_loopback(opened.getsockname()[0]):
        opened.close()
        raise ValueError(f"a bot that checks no tokens may listen on loopback only, not on {host}")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, opened).start()
    return runner


async def _body(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        return json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text="not JSON") from error


def _delivery(body: Any) -> InboundActivity:
    try:
        return InboundActivity.model_validate(body)
    except ValidationError as error:
        raise web.HTTPBadRequest(text="not an activity") from error


def _activity(body: Any) -> Activity:
    try:
        return Activity().deserialize(body)
    except ValueError as error:  # azure-core's DeserializationError is one
        raise web.HTTPBadRequest(text="not an activity") from error


def _unauthorized(why: str) -> web.HTTPUnauthorized:
    log.warning("turned away: %s", why)
    return web.HTTPUnauthorized()


def _is_local(request: web.Request) -> bool:
    """On a loopback socket, and asked for by a loopback name: a web page can send its readers' browsers to any name."""
    ours = request.transport.get_extra_info("sockname") if request.transport else None
    return bool(ours and is_loopback(ours[0]) and is_loopback(request.url.host))


def _http_response(response: InvokeResponse | None) -> web.Response:
    if response is None or response.body is None:
        return web.Response(status=response.status if response else 200)
    return web.Response(status=response.status or 200, text=json.dumps(response.body, default=as_json), content_type="application/json")
