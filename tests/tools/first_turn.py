"""Measures the first chat turn of a conversation: which of our files it enters, and how many ledger transactions it makes.

`python -m tests.tools.first_turn` prints the figures. A turn lasts from the delivery at the adapter to the answer to it;
work beside it (cards that are edited later, looks at the estate) is no part of it.
"""

import asyncio
import contextlib
import contextvars
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

import bot.ledger
from bot.authorization import Authorizer
from bot.clock import Clock
from bot.events import Events
from bot.ledger import Ledger
from bot.runs.actions import RunPolicy
from bot.service import ConversationMemory, RunService
from bot.status_refresher import StatusRefresher
from bot.steps import STEPS
from bot.supervision import Supervisor
from dialogs.bot import SwitchoverBot
from dialogs.card_updater import CardUpdater, RenderSettings
from dialogs.channel.adapter import TeamsAdapter, application
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.http import HttpClient
from dialogs.channel.rate_limit import Timing
from dialogs.channel.sender import ChannelSender
from dialogs.people_files import PeopleFileInbox
from dialogs.state import ConversationStorage, SavedConversationState
from dialogs.turn import BotServices
from tests.support.fake_channel import ALEX, TENANT, activity, deliver
from tests.support.fake_connector import FakeConnector

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = tuple(str(ROOT / name) + "/" for name in ("bot", "dialogs", "adapters"))
FIRST = (
    "where are we?",
    "help",
    "move pilot users",
    "move pilot users adele@contoso.com",
    "tenant",
    "check the tenant",
    "runs",
    "audit",
    "hello there",
)
_measured: contextvars.ContextVar["Footprint | None"] = contextvars.ContextVar("the turn that is measured", default=None)


@dataclass
class Footprint:
    """What one turn has touched."""

    #: our files of which a function was called
    files: set[str] = field(default_factory=set)
    #: the ledger's verbs, one for each transaction
    transactions: list[str] = field(default_factory=list)


def _note(frame: FrameType, event: str, argument: object) -> None:
    """The profile function: a call is noted when it belongs to a turn that is measured."""
    if event == "call" and (turn := _measured.get()) is not None:
        code = frame.f_code
        if code.co_filename.startswith(PACKAGES):
            turn.files.add(str(Path(code.co_filename).relative_to(ROOT)))
        if code is _TRANSACTION:
            turn.transactions.append(_verb(frame))


_TRANSACTION: CodeType = bot.ledger._in_one_transaction.__code__


def _verb(frame: FrameType) -> str:
    verb = frame.f_locals["verb"].func
    return f"{verb.__module__.removeprefix('bot.')}.{getattr(verb, '__qualname__', verb)}"


@contextlib.contextmanager
def _profiled() -> Any:
    """Threads that begin meanwhile are measured too, and work that a turn hands to them belongs to the turn."""
    loop = asyncio.get_running_loop()
    hand_over = loop.run_in_executor

    def with_context(executor: Any, work: Callable[..., Any], *args: Any) -> Any:
        return hand_over(executor, partial(contextvars.copy_context().run, work), *args)

    loop.run_in_executor = with_context  # type: ignore[method-assign]
    threading.setprofile(_note)
    sys.setprofile(_note)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
        loop.run_in_executor = hand_over  # type: ignore[method-assign]


async def first_turn(text: str) -> Footprint:
    """The first thing that an admin says to a bot that has just been started, in a personal chat."""
    footprint = Footprint()

    @web.middleware
    async def measure(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        _measured.set(footprint)
        try:
            return await handler(request)
        finally:
            _measured.set(None)

    with tempfile.TemporaryDirectory() as folder, _profiled():
        async with FakeConnector() as connector, _bot(Path(folder), measure) as url:
            status, _ = await deliver(url, activity(connector.url, text))
            assert status == 200
            await connector.wait_for(1)
    return footprint


@contextlib.asynccontextmanager
async def _bot(folder: Path, measure: Any) -> AsyncIterator[str]:
    """The bot on its own adapter, service and records; nothing is carried out behind it."""
    steps = {step.name: step for step in STEPS}
    ledger = Ledger(folder / "records.sqlite")
    rights = {right: [ALEX["aadObjectId"]] for right in ("look", "ask", "approve")}

    async def wake(run: int) -> None:
        """Nobody works on runs here."""

    clock = Clock()
    lookout = StatusRefresher(ledger, None, steps, clock, Events())
    desk = RunService(ledger, RunPolicy(Authorizer(rights), steps), clock, wake, lookout=lookout)
    state = SavedConversationState(ConversationStorage(ConversationMemory(ledger)))
    adapter = TeamsAdapter(
        AdmissionPolicy(TENANT, frozenset({"127.0.0.1"}), without_token=True), ConversationMemory(ledger), forget=state.forget
    )
    updater = CardUpdater(
        desk,
        ConversationMemory(ledger),
        ChannelSender(adapter.connector, Timing()),
        RenderSettings(steps, lambda: datetime.now(UTC)),
        Supervisor(),
    )
    services = BotServices(desk, steps, ConversationMemory(ledger), updater.run_changed, inbox=PeopleFileInbox(HttpClient(), ()))
    app = application(SwitchoverBot(services, state), adapter)
    app.middlewares.append(measure)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await updater.wait_until_shown()
        updater.close()
        await server.close()
        ledger.close()


if __name__ == "__main__":
    for said in FIRST:
        found = asyncio.run(first_turn(said))
        print(f"{said}: {len(found.files)} files, {len(found.transactions)} transactions")
        print("   ", " ".join(sorted(found.files)))
        print("   ", " ".join(found.transactions))
