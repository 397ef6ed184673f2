"""Microsoft Graph as the heart uses it: reads page by page and in batches, writes sent once.

https://learn.microsoft.com/graph/paging and https://learn.microsoft.com/graph/throttling
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from adapters.graph.batch import NoBatch, look_in_batches
from adapters.graph.http import Reply, Request, Wire, relative
from adapters.graph.responses import answer, claims, meaning, next_link, only_reads, outcome
from adapters.graph.retry import RetryPolicy
from adapters.graph.tokens import Hosts, Tokens
from bot.calls import GraphCall
from bot.config import GraphAccess
from bot.errors import InDoubt, Refused, Unreachable
from bot.gateway import BeforeSend, CallId, ReadResult
from bot.i18n import say

OVER_AFTER = 120.0  # seconds after which a request whose sender has gone has surely ended; longer than a request may take
log = logging.getLogger(__name__)


@asynccontextmanager
async def graph(hosts: Hosts, tokens: Tokens, patience: RetryPolicy | None = None) -> AsyncIterator["Graph"]:
    """Graph of one cloud and tenant, for as long as the block lasts."""
    client = Graph(Wire(hosts), tokens, patience or RetryPolicy())
    try:
        yield client
    finally:
        await client.close()


class Graph:
    """Raises `Unreachable`, `Refused` and, for writes only, `InDoubt`."""

    def __init__(self, wire: Wire, tokens: Tokens, patience: RetryPolicy, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self._wire, self._tokens, self._patience, self._new_id = wire, tokens, patience, new_id
        self._life, self._began = new_id(), patience.clock.monotonic()
        self._doubts: dict[str, float] = {}

    @classmethod
    def from_settings(cls, access: GraphAccess, tenant: str, retry: RetryPolicy) -> "Graph":
        """Raises `ConfigurationError` for a secret that is missing."""
        tokens = Tokens.from_settings(access, tenant, retry.clock)
        return cls(Wire(Hosts.from_settings(access)), tokens, retry)

    async def close(self) -> None:
        await self._wire.close()

    async def read(self, call: GraphCall) -> AsyncIterator[ReadResult]:
        """Page by page. A thing that does not exist is an answer with an `absent` error."""
        only_reads(call)
        reply = await self._ask(self._request(call))
        yield answer(call, reply)
        async for page in self._rest(call, reply):
            yield page

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        """One answer or one trouble per call, in the same order."""
        return await look_in_batches(calls, self._batch, self._rest, self._patience)

    async def execute(self, call: GraphCall, intent: BeforeSend) -> ReadResult:
        """Sends once. The ticket's call is the client-request-id, by which Microsoft's support can find it."""
        request, ticket = self._request(call), CallId(self._life, self._new_id())
        await self._tokens.token()  # what can fail without being sent fails before the intent is written down
        await intent(ticket)
        try:
            return outcome(call, await self._signed(request, ticket.call, once=True))
        except (InDoubt, asyncio.CancelledError):
            self._doubts[ticket.call] = self._patience.clock.monotonic()
            raise

    async def has_finished(self, call: GraphCall, ticket: CallId) -> bool:
        """Nobody at the far end can be asked: over is what was sent long enough ago, in this life or before it began."""
        sent = self._doubts.get(ticket.call, self._began)
        return self._patience.clock.monotonic() >= sent + self._patience.clock.scaled(OVER_AFTER)

    def _request(self, call: GraphCall) -> Request:
        return Request(call.method, self._wire.url(relative(call)), call.body, call.advanced)

    async def _batch(self, body: object) -> Reply:
        reply = await self._ask(Request("POST", self._wire.url("/$batch"), body))
        try:
            answer(GraphCall("POST", "/$batch"), reply)
        except Refused as refused:
            raise NoBatch(refused.words, refused.code, refused.target) if reply.status == 400 else refused from None
        return reply

    async def _rest(self, call: GraphCall, reply: Reply) -> AsyncIterator[ReadResult]:
        """The pages after this one. The link holds the whole query, but no header."""
        link = next_link(reply)
        while link:
            reply = await self._ask(Request("GET", self._wire.checked(link), advanced=call.advanced))
            yield answer(call, reply)
            before, link = link, next_link(reply)
            if link == before:
                raise Unreachable(say("Microsoft Graph gives the same page again and again"), target=call.path)

    async def _ask(self, request: Request) -> Reply:
        """One read, repeated while that may help; the last reply is returned however it reads."""
        began, tried = self._patience.clock.monotonic(), 0
        while True:
            tried += 1
            told = await self._tried(request)
            if isinstance(told, Reply) and meaning(told) != "again":
                return told
            pause = self._patience.pause(tried, told.again)
            if self._patience.is_over(began, tried, pause):
                break
            await self._patience.wait(pause)
        if isinstance(told, Unreachable):
            raise told
        return told

    async def _tried(self, request: Request) -> Reply | Unreachable:
        try:
            return await self._signed(request, self._new_id(), once=False)
        except Unreachable as trouble:
            return trouble
        except InDoubt as trouble:  # a read changes nothing, so there is nothing to doubt
            return Unreachable(trouble.words, trouble.code, status=trouble.status, to=trouble.to)

    async def _signed(self, request: Request, request_id: str, once: bool) -> Reply:
        """With our token. A request whose token is not accepted is not acted on, so it may go again with a new one."""
        token = await self._tokens.token()
        reply = await self._sent(request, token, request_id, once)
        if meaning(reply) != "token":
            return reply
        self._tokens.drop(token, claims(reply))
        return await self._sent(request, await self._tokens.token(), request_id, once)

    async def _sent(self, request: Request, token: str, request_id: str, once: bool) -> Reply:
        reply = await self._wire.send(request, token, request_id, once)
        if reply.status >= 400:  # support asks for these three
            log.info("%s status %s, request-id %s, Date %s", request.method, reply.status, *map(reply.headers.get, ("request-id", "Date")))
        return reply
