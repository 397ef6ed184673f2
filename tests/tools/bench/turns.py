"""What one turn costs: an echo bot on our host beside the same bot on the SDK's CloudAdapter as shipped, in one run.

Each bot is a process of its own; the load and the connector are here. Only the columns of one run may be compared.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

import aiohttp
from aiohttp import web
from botbuilder.core import TurnContext

from bot.service import ConversationMemory
from tests.support.fake_channel import TENANT, activity
from tests.support.fake_connector import FakeConnector
from tests.tools.bench.figures import cpu

Kind = Literal["ours", "shipped"]
CONVERSATIONS = 400  # enough that the channel's limits, which ours keeps, never make a turn wait


@dataclass(frozen=True)
class Turns:
    """CPU of the bot's process per turn, and from a message's departure to its reply's arrival, in milliseconds."""

    cpu: float
    p50: float
    p99: float


async def measure(turns: int = 500, rounds: int = 3) -> dict[Kind, Turns]:
    """Both bots at once alive, their rounds in turn; the median round of each."""
    async with FakeConnector() as connector, running("ours") as ours, running("shipped") as shipped:
        bots: dict[Kind, tuple[str, int]] = {"ours": ours, "shipped": shipped}
        for url, pid in bots.values():
            await load(url, pid, connector, turns // 5)  # warm
        all_rounds: dict[Kind, list[Turns]] = {"ours": [], "shipped": []}
        for _ in range(rounds):
            for kind, (url, pid) in bots.items():
                all_rounds[kind].append(await load(url, pid, connector, turns))
    return {kind: _median(done) for kind, done in all_rounds.items()}


async def load(url: str, pid: int, connector: FakeConnector, turns: int, text: str = "hello") -> Turns:
    """So many messages, one after another, to the bot at this endpoint and process."""
    waits, before = [], cpu(pid)
    async with aiohttp.ClientSession() as session:
        for n in range(turns):
            message = activity(connector.url, text, conversation={"id": f"a:{n % CONVERSATIONS}", "tenantId": TENANT})
            already, left = len(connector.sent), time.monotonic()
            async with session.post(url, json=message) as answer:
                assert answer.status in (200, 201), answer.status
            await connector.wait_for(already + 1)
            waits.append((connector.sent[already].at - left) * 1000)
    cuts = statistics.quantiles(waits, n=100)
    return Turns((cpu(pid) - before) * 1000 / turns, cuts[49], cuts[98])


def _median(rounds: list[Turns]) -> Turns:
    return Turns(*(statistics.median(getattr(each, name) for each in rounds) for name in ("cpu", "p50", "p99")))


@asynccontextmanager
async def running(kind: Kind) -> AsyncIterator[tuple[str, int]]:
    """Endpoint and process id of an echo bot."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.tools.bench.turns", kind, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        yield f"http://127.0.0.1:{port}/api/messages", process.pid
    finally:
        process.terminate()
        await process.wait()


class Echo:
    async def on_turn(self, context: TurnContext) -> None:
        await context.send_activity(f"echo {context.activity.text}")


async def _serve(kind: Kind, folder: str) -> None:
    app = _our_app(folder) if kind == "ours" else _shipped_app()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def _our_app(folder: str) -> web.Application:
    from dialogs.channel.adapter import TeamsAdapter, application
    from dialogs.channel.admission import AdmissionPolicy
    from tests.support.bot_host import open_ledger

    door = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)
    return application(Echo(), TeamsAdapter(door, ConversationMemory(open_ledger(f"{folder}/records.db"))))


def _shipped_app() -> web.Application:
    """Nothing of our host may be imported here: it cures the slowest part of the SDK for the whole process."""
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(SimpleNamespace())), Echo()

    async def messages(request: web.Request) -> web.Response | None:
        return await adapter.process(request, bot)

    app = web.Application()
    app.add_routes([web.post("/api/messages", messages)])
    return app


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(_serve(sys.argv[1], scratch))  # type: ignore[arg-type]
