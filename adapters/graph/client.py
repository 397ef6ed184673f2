"""Microsoft Graph as the core uses it: reads page by page and in batches, writes sent once.

https://learn.microsoft.com/graph/paging and https://learn.microsoft.com/graph/throttling
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from adapters.graph.batch import BatchRefused, read_in_batches
from adapters.graph.http import GraphReply, GraphSession, OutgoingRequest, relative_url
from adapters.graph.responses import meaning, next_link, read_result, require_read, required_claims, write_result
from adapters.graph.retry import RetryPolicy
from adapters.graph.tokens import CloudHosts, TokenCache
from bot.calls import GraphCall
from bot.config import GraphAccess
from bot.errors import InDoubt, Refused, Unreachable
from bot.gateway import BeforeSend, CallId, ReadResult
from bot.i18n import say

OVER_AFTER = 120.0  # seconds after which a request whose sender has gone has surely ended; longer than a request may take
log = logging.getLogger(__name__)


@asynccontextmanager
async def open_graph(hosts: CloudHosts, tokens: TokenCache, patience: RetryPolicy | None = None) -> AsyncIterator["GraphClient"]:
    """Graph of one cloud and tenant, for as long as the block lasts."""
    client = GraphClient(GraphSession(hosts), tokens, patience or RetryPolicy())
    try:
        yield client
    finally:
        await client.close()


class GraphClient:
    """Raises `Unreachable`, `Refused` and, for writes only, `InDoubt`."""

    def __init__(
        self, wire: GraphSession, tokens: TokenCache, patience: RetryPolicy, new_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self._wire, self._tokens, self._patience, self._new_id = wire, tokens, patience, new_id
        self._life, self._began = new_id(), patience.clock.monotonic()
        self._doubts: dict[str, float] = {}

    @classmethod
    def from_settings(cls, access: GraphAccess, tenant: str, retry: RetryPolicy) -> "GraphClient":
        """Raises `ConfigurationError` for a secret that is missing."""
        tokens = TokenCache.from_settings(access, tenant, retry.clock)
        return cls(GraphSession(CloudHosts.from_settings(access)), tokens, retry)

    async def close(self) -> None:
        await self._wire.close()

    async def read(self, call: GraphCall) -> AsyncIterator[ReadResult]:
        """Page by page. A thing that does not exist is an answer with an `absent` error."""
        require_read(call)
        reply = await self._send_with_retries(self._build_request(call))
        yield read_result(call, reply)
        async for page in self._next_pages(call, reply):
            yield page

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        """One answer or one trouble per call, in the same order."""
        return await read_in_batches(calls, self._send_batch, self._next_pages, self._patience)

    async def execute(self, call: GraphCall, intent: BeforeSend) -> ReadResult:
        """Sends once. The ticket's call is the client-request-id, by which Microsoft's support can find it."""
        request, ticket = self._build_request(call), CallId(self._life, self._new_id())
        await self._tokens.token()  # what can fail without being sent fails before the intent is written down
        await intent(ticket)
        try:
            return write_result(call, await self._send_with_token(request, ticket.call, once=True))
        except (InDoubt, asyncio.CancelledError):
            self._doubts[ticket.call] = self._patience.clock.monotonic()
            raise

    async def has_finished(self, call: GraphCall, ticket: CallId) -> bool:
        """Nobody at the far end can be asked: over is what was sent long enough ago, in this life or before it began."""
        sent = self._doubts.get(ticket.call, self._began)
        return self._patience.clock.monotonic() >= sent + self._patience.clock.scale(OVER_AFTER)

    def _build_request(self, call: GraphCall) -> OutgoingRequest:
        return OutgoingRequest(call.method, self._wire.url(relative_url(call)), call.body, call.advanced)

    async def _send_batch(self, body: object) -> GraphReply:
        reply = await self._send_with_retries(OutgoingRequest("POST", self._wire.url("/$batch"), body))
        try:
            read_result(GraphCall("POST", "/$batch"), reply)
        except Refused as refused:
            raise BatchRefused(refused.words, refused.code, refused.target) if reply.status == 400 else refused from None
        return reply

    async def _next_pages(self, call: GraphCall, reply: GraphReply) -> AsyncIterator[ReadResult]:
        """The pages after this one. The link holds the whole query, but no header."""
        link = next_link(reply)
        while link:
            reply = await self._send_with_retries(OutgoingRequest("GET", self._wire.check_link(link), is_advanced=call.advanced))
            yield read_result(call, reply)
            before, link = link, next_link(reply)
            if link == before:
                raise Unreachable(say("Microsoft Graph gives the same page again and again"), target=call.path)

    async def _send_with_retries(self, request: OutgoingRequest) -> GraphReply:
        """One read, repeated while that may help; the last reply is returned however it reads."""
        began, tried = self._patience.clock.monotonic(), 0
        while True:
            tried += 1
            told = await self._try_once(request)
            if isinstance(told, GraphReply) and meaning(told) != "again":
                return told
            pause = self._patience.pause(tried, told.retry_after)
            if self._patience.is_exhausted(began, tried, pause):
                break
            await self._patience.wait(pause)
        if isinstance(told, Unreachable):
            raise told
        return told

    async def _try_once(self, request: OutgoingRequest) -> GraphReply | Unreachable:
        try:
            return await self._send_with_token(request, self._new_id(), once=False)
        except Unreachable as trouble:
            return trouble
        except InDoubt as trouble:  # a read changes nothing, so there is nothing to doubt
            return Unreachable(trouble.words, trouble.code, status=trouble.status, to=trouble.to)

    async def _send_with_token(self, request: OutgoingRequest, request_id: str, once: bool) -> GraphReply:
        """With our token. A request whose token is not accepted is not acted on, so it may go again with a new one."""
        token = await self._tokens.token()
        reply = await self._send(request, token, request_id, once)
        if meaning(reply) != "token":
            return reply
        self._tokens.drop(token, required_claims(reply))
        return await self._send(request, await self._tokens.token(), request_id, once)

    async def _send(self, request: OutgoingRequest, token: str, request_id: str, once: bool) -> GraphReply:
        reply = await self._wire.send(request, token, request_id, once)
        if reply.status >= 400:  # support asks for these three
            log.info("%s status %s, request-id %s, Date %s", request.method, reply.status, *map(reply.headers.get, ("request-id", "Date")))
        return reply
