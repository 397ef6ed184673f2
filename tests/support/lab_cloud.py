"""A cloud for tests: the lab's Graph and login host over real TLS, or one that says what a test wrote down; and a clock to turn."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.graph.client import GraphClient, open_graph
from adapters.graph.retry import RetryPolicy
from adapters.graph.tokens import ClientSecret, CloudHosts, TokenCache, TokenRequest, app_token_request
from adapters.lab.endpoints import PERMISSIONS
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.initial_state import Stage
from adapters.lab.estate.population import populate
from adapters.lab.faults import Faults
from adapters.lab.graph.app import graph_app
from adapters.lab.graph.tokens import AppRegistration
from adapters.lab.process.certificates import make_certificates, server_tls_context
from adapters.lab.process.folder import Folder
from bot.calls import GraphCall, RemoteObject
from bot.clock import Clock
from bot.gateway import CallId, ReadResult
from tests.support.graph_schema import violations

APP, SECRET = "0a0a0a0a-0000-4000-8000-000000000001", "a secret of the tests"
TENANT = "11111111-2222-4333-8444-555555555555"
Scripted = tuple[int, Any, dict[str, str]]  # status, body, headers
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def graph_error(status: int, code: str = "", **headers: str) -> Scripted:
    return status, {"error": {"code": code, "message": "no luck"}}, {name.replace("_", "-"): value for name, value in headers.items()}


FINE: Scripted = (200, {"id": "1"}, {})
TOO_MANY = graph_error(429, "TooManyRequests", Retry_After="7")


@dataclass
class StoppedClock:
    """Time that stands still until somebody waits or a test turns it."""

    at: float = START.timestamp()
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def retry_policy(self, **more: Any) -> RetryPolicy:
        return RetryPolicy(clock=Clock(self.now), wait=self.wait, chance=lambda: 0.5, **more)


@dataclass
class Exchange:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class LabCloud:
    """What stands at the far end, and what was asked of it."""

    hosts: CloudHosts
    estate: Estate
    faults: Faults
    time: StoppedClock
    asked: list[Exchange] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def tokens(self) -> TokenCache:
        return TokenCache(app_token_request(self.hosts, TENANT, APP, ClientSecret(SECRET)), Clock(self.time.now))

    def client(self) -> Any:
        return open_graph(self.hosts, self.tokens(), self.time.retry_policy())

    def count(self, method: str, path: str) -> int:
        return sum((each.method, each.path) == (method, path) for each in self.asked)


def lab_folder(path: Path) -> Folder:
    path.mkdir(exist_ok=True)
    folder = Folder(path)
    make_certificates(folder, datetime.now(UTC))
    return folder


@asynccontextmanager
async def lab_cloud(
    path: Path,
    users: int = 60,
    roles: Sequence[str] = PERMISSIONS,
    hurry: float = 1.0,
    checked: bool = True,
    stage: Stage = "ready",
    **app: Any,
) -> AsyncIterator[LabCloud]:
    """The lab's cloud; every exchange is held against the description, and a test that ends with something wrong fails."""
    time, faults = StoppedClock(), Faults()
    estate = Estate(initial_state=populate(1, users, stage, START), clock=time.moment, time_factor=hurry, move_latency=0)
    registration = AppRegistration(tuple(roles), **{"secret": SECRET, **app})
    application = graph_app(estate, TENANT, {APP: registration}, faults)
    async with _serve(path, application, lambda hosts: LabCloud(hosts, estate, faults, time), checked) as cloud:
        yield cloud
        assert cloud.wrong == []


@asynccontextmanager
async def scripted_cloud(path: Path, *replies: Scripted) -> AsyncIterator[LabCloud]:
    """A Graph that gives these replies one after another, whatever is asked; `{here}` in a text is its own origin."""
    left = list(replies)

    async def say_next(request: web.Request) -> web.Response:
        status, body, headers = left.pop(0)
        if isinstance(body, str) and body.startswith("<"):  # a proxy's page
            return web.Response(status=status, text=body, headers=headers, content_type="text/html")
        text = json.dumps(body).replace("{here}", str(request.url.origin()))
        return web.Response(status=status, text=text, headers=headers, content_type="application/json")

    application = web.Application()
    application.router.add_route("*", "/v1.0/{rest:.*}", say_next)
    estate = Estate(initial_state=populate(1, 1, "ready", START))
    async with _serve(path, application, lambda hosts: LabCloud(hosts, estate, Faults(), StoppedClock()), False) as cloud:
        yield cloud


def grant_token(claims: str | None, anew: bool) -> dict[str, Any]:
    """A login that asks nothing."""
    return {"access_token": "t", "expires_in": 3600}


@asynccontextmanager
async def scripted_client(cloud: LabCloud, ask: TokenRequest = grant_token, **more: Any) -> AsyncIterator[GraphClient]:
    tokens = TokenCache(ask, Clock(cloud.time.now))
    async with open_graph(cloud.hosts, tokens, cloud.time.retry_policy(**more)) as client:
        yield client


@asynccontextmanager
async def _serve(
    path: Path, application: web.Application, made: Callable[[CloudHosts], LabCloud], checked: bool
) -> AsyncIterator[LabCloud]:
    folder = lab_folder(path)
    kept: list[LabCloud] = []

    @web.middleware
    async def noted(request: web.Request, handler: Any) -> web.StreamResponse:
        cloud, body = kept[0], await request.read()
        parsed = json.loads(body) if request.content_type == "application/json" and body else None
        cloud.asked.append(Exchange(request.method, request.path.removeprefix("/v1.0"), dict(request.headers), parsed))
        response: web.StreamResponse = await handler(request)
        if checked and isinstance(response, web.Response) and request.path.startswith("/v1.0"):
            reply = json.loads(response.body) if isinstance(response.body, bytes) and response.body else None
            cloud.wrong += violations(request.method, request.path.removeprefix("/v1.0"), parsed, response.status, reply)
        return response

    application.middlewares.append(noted)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_tls_context(folder)).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        kept.append(made(CloudHosts(url, url, folder.ca, known=False)))
        yield kept[0]
    finally:
        await runner.cleanup()


async def read_rows(client: GraphClient, call: GraphCall) -> list[RemoteObject]:
    return [row async for page in client.read(call) for row in page.rows]


async def read_pages(client: GraphClient, call: GraphCall) -> list[ReadResult]:
    return [page async for page in client.read(call)]


class RecordedIntents:
    """Remembers what was about to be sent."""

    def __init__(self) -> None:
        self.tickets: list[CallId] = []

    async def __call__(self, ticket: CallId) -> None:
        self.tickets.append(ticket)


def hours(n: float) -> float:
    return timedelta(hours=n).total_seconds()
