"""What a turn of the whole bot costs, records and cards included, beside the SDK's bare echo bot as shipped, in the same run."""

import statistics
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.fake_connector import FakeConnector
from tests.support.lab_client import running_lab
from tests.tools.bench.figures import Figure
from tests.tools.bench.turns import Turns, load, running

SAID = ("help", "runs", "audit", "mvoe pilot users")  # one reply each, and nothing behind the scenes
TURNS, ROUNDS = 200, 3


async def figures() -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        async with (
            running_lab(Path(scratch) / "lab", users=60) as lab,
            running("shipped") as (echo, echo_pid),
            FakeConnector() as connector,
        ):
            bot, pid = lab.lab_json["bot"], lab.lab_json["pid"]["bot"]
            for url, which in ((bot, pid), (echo, echo_pid)):
                await load(url, which, connector, 100, "help")  # warm
            ours, shipped = list[Turns](), list[Turns]()
            for _ in range(ROUNDS):  # in turn, so that both meet the same weather
                ours += [await load(bot, pid, connector, TURNS, text) for text in SAID]
                shipped.append(await load(echo, echo_pid, connector, TURNS))
    for name in ("cpu", "p50", "p99"):
        mine, theirs = (statistics.mean(getattr(turns, name) for turns in each) for each in (ours, shipped))
        yield Figure(f"a turn's {name}, the whole bot", mine, "ms")
        yield Figure(f"a turn's {name}, the SDK's echo bot as shipped beside it", theirs, "ms")
        yield Figure(f"a turn's {name}, the whole bot against the SDK's echo bot", mine / theirs, "×", most=round(1 / 3, 3))
