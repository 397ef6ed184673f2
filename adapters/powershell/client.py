"""Cmdlets, looked at and carried out in remote sessions: for each place a few sessions, opened when needed, replaced when broken."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

from adapters.powershell.endpoint import Endpoint, connection, delete_shell, has_finished, leftovers
from adapters.powershell.parameters import Secrets
from adapters.powershell.pipeline import RemotePipeline
from adapters.powershell.runspace import FAR
from adapters.powershell.session import Session
from bot.calls import Cmdlet, Destination, EndpointName
from bot.config import Settings, secret
from bot.errors import GatewayError, Refused
from bot.gateway import BeforeSend, CallId, ReadResult
from bot.i18n import say
from bot.supervision import start_task

PIPED, STATEMENTS = 500, 100  # subjects of one pipeline: piped in, or one statement each
CLOSING = 5.0  # seconds

__all__ = ["Endpoint", "PowerShellClient", "Secrets"]


class PowerShellClient:
    """The part of `bot.gateway.EstateGateway` that speaks PowerShell. `name` marks our shells, so that a later life can tidy up."""

    def __init__(self, places: Mapping[EndpointName, Endpoint], secrets: Secrets, name: str = "switchover") -> None:
        self._places, self._secrets, self._name = places, secrets, name
        self._free: dict[str, asyncio.LifoQueue[Session | None]] = {}  # the one used last comes first, the rest may stay unopened
        self._live: set[Session] = set()
        self._tidy: set[str] = set()
        self._tidying: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closing: set[asyncio.Task[None]] = set()

    @classmethod
    def from_settings(cls, settings: Settings) -> "PowerShellClient":
        """Raises `ConfigurationError` for a secret that is missing."""
        accounts = {name: (account.user, secret(account.password)) for name, account in settings.accounts.items()}
        endpoints = {place: Endpoint.from_settings(remoting) for place, remoting in settings.endpoints.items()}
        return cls(endpoints, accounts.__getitem__, name=f"switchover {settings.tenant}")

    async def read(self, call: Cmdlet) -> AsyncIterator[ReadResult]:
        """Reads in pages. Raises `Unreachable` or `Refused` when the whole read failed."""
        for each in _chunks(call):
            async with self._session(call.endpoint) as session:
                pipeline = await session.prepare(call, each)
                async with aclosing(_pages(session, pipeline)) as pages:
                    async for page in pages:
                        yield page

    async def execute(self, call: Cmdlet, intent: BeforeSend) -> ReadResult:
        """Acts once; see `bot.gateway.EstateGateway.execute`. When `intent` raises, nothing is sent."""
        async with self._session(call.endpoint) as session:
            pipeline = await session.prepare(call, call.each)
            await intent(CallId(session.id, pipeline.id))
            return await session.run(pipeline.execute)

    async def has_finished(self, call: Cmdlet, ticket: CallId) -> bool | None:
        """Whether a call of an earlier life has ended. Its shell is deleted then: it would count against the quota for hours."""
        endpoint = self._endpoint(call.endpoint)
        return await asyncio.to_thread(_has_finished, endpoint, ticket, ticket.session not in {session.id for session in self._live})

    async def close(self) -> None:
        """Closes what is free. A session at work is left alone: what it carries out must not be cut off half way."""
        for free in self._free.values():
            while not free.empty():
                self._discard(free.get_nowait())
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSING)

    @asynccontextmanager
    async def _session(self, place: EndpointName) -> AsyncIterator[Session]:
        endpoint, free = self._endpoint(place), self._queue(place)
        kept, session = await free.get(), None
        try:
            session = await self._open_session(place, endpoint, kept)
            yield session
        finally:
            if session and session.is_broken:
                self._discard(session)
                session = None
            free.put_nowait(session)

    async def _open_session(self, place: EndpointName, endpoint: Endpoint, session: Session | None) -> Session:
        """An open session; one that has gone meanwhile is replaced."""
        try:
            if session and await session.is_fresh():
                return session
            self._discard(session)
            session = Session(endpoint, self._secrets, self._name)
            self._live.add(session)
            await self._tidy_up(place, endpoint)
            with _mark_destination(Destination(place, "session")):
                await session.open()
        except BaseException:
            self._discard(session)
            raise
        return session

    async def _tidy_up(self, place: EndpointName, endpoint: Endpoint) -> None:
        """Once, before any session of ours is open: what stands there under our name is left over from an earlier life."""
        async with self._tidying[place]:
            if place not in self._tidy:
                await asyncio.to_thread(_delete_leftovers, endpoint, self._name)
                self._tidy.add(place)

    def _discard(self, session: Session | None) -> None:
        if session is None:
            return
        self._live.discard(session)
        task = start_task("closing a remote session", session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _queue(self, place: EndpointName) -> "asyncio.LifoQueue[Session | None]":
        if place not in self._free:
            self._free[place] = asyncio.LifoQueue()
            for _ in range(self._places[place].sessions):
                self._free[place].put_nowait(None)
        return self._free[place]

    def _endpoint(self, place: EndpointName) -> Endpoint:
        if place not in self._places:
            raise Refused(say("No remote PowerShell is configured for {place}", place=place), "configuration")
        return self._places[place]


@contextmanager
def _mark_destination(to: Destination) -> Iterator[None]:
    """Whatever goes wrong tells that it was met here, before the call that a session was opened for."""
    try:
        yield
    except GatewayError as trouble:
        trouble.sent_to(to)
        raise


async def _pages(session: Session, pipeline: RemotePipeline) -> AsyncGenerator[ReadResult, None]:
    """Until the pipeline has ended; one that is given up half way is stopped at the far end."""
    try:
        yield await session.run(pipeline.read_page)
        while pipeline.is_running:
            yield await session.run(pipeline.read_page)
    finally:
        if pipeline.is_running and not session.is_broken:
            await session.run(pipeline.stop)


def _chunks(call: Cmdlet) -> Iterator[tuple[str, ...]]:
    size = STATEMENTS if call.each_as else PIPED
    for at in range(0, max(len(call.each), 1), size):
        yield call.each[at : at + size]


def _delete_leftovers(endpoint: Endpoint, name: str) -> None:
    with suppress(*FAR, ValueError):  # some endpoints do not list their shells; what is wrong otherwise is said when a session opens
        wsman = connection(endpoint)
        for shell in leftovers(wsman, endpoint, name):
            delete_shell(wsman, endpoint, shell)
        wsman.close()


def _has_finished(endpoint: Endpoint, ticket: CallId, delete: bool) -> bool | None:
    try:
        wsman = connection(endpoint)
        over = has_finished(wsman, endpoint, ticket)
    except FAR:
        return None
    if over and delete:
        with suppress(*FAR):  # it may be gone already
            delete_shell(wsman, endpoint, ticket.session)
    wsman.close()
    return over
