"""What moving 200 people costs, five at once, asked for and agreed in chat, over all real wires."""

import asyncio
import math
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.lab_client import ALEX, AUDIT_CHANNEL, MEGAN, RunningLab, chat_client, count_done, running_lab
from tests.tools.bench.figures import Figure, cpu, peak

PEOPLE, AT_ONCE = 200, 5
USERS = 420  # of the estate; with some of them something is wrong
PATIENCE = 300
Sample = tuple[float, float]  # when, and CPU seconds so far


async def figures() -> AsyncIterator[Figure]:
    for latency, name, most in ((1.0, "1 s", 1.05), (0.05, "50 ms", 1.6)):
        with tempfile.TemporaryDirectory() as scratch:
            options = {"users": USERS, "move_latency": latency, "concurrency": AT_ONCE, "time_factor": 1000}
            async with running_lab(Path(scratch) / "lab", **options) as lab:
                samples, once, online = await _move_everybody(lab)
                first, last = _span(lab)
                makespan, moving, whole = last - first, _until(samples, last), samples[-1][1] - samples[0][1]
                yield Figure(f"{PEOPLE} people at {name}: moved exactly once", once, "people", exactly=PEOPLE)
                yield Figure(f"{PEOPLE} people at {name}: in Teams for both sides", online, "people", exactly=PEOPLE)
                ideal = math.ceil(PEOPLE / AT_ONCE) * latency
                yield Figure(f"{PEOPLE} people at {name}: makespan against ⌈N/c⌉ × latency", makespan / ideal, "×", most=most)
                yield Figure(f"{PEOPLE} people at {name}: our CPU per person, to the last outcome", moving * 1000 / PEOPLE, "ms", most=10)
                yield Figure(f"{PEOPLE} people at {name}: our CPU per person, to verified", whole * 1000 / PEOPLE, "ms")
                yield Figure(f"{PEOPLE} people at {name}: peak memory of the bot", peak(lab.lab_json["pid"]["bot"]), "MiB")


async def _move_everybody(lab: RunningLab) -> tuple[list[Sample], int, int]:
    """Our CPU from Start to the verified end, people moved exactly once, and people whom both sides have in Teams."""
    async with chat_client(lab.lab_json["bot"]) as people:
        who = set(await lab.movable(PEOPLE))
        await people.say(ALEX, f"move pilot users {', '.join(sorted(who))}")
        drafted = await people.wait_for_message(button="Start")
        samples = list[Sample]()
        sampling = asyncio.create_task(_sample(lab.lab_json["pid"]["bot"], samples))
        await people.press(ALEX, "Start", drafted)
        await people.press(MEGAN, "Approve", await people.wait_for_message(button="Approve", where=AUDIT_CHANNEL))
        await people.wait_for_message("verified", where="personal", within=PATIENCE)
        sampling.cancel()
    once = sum(times == 1 for times in count_done(await lab.read_lines("effects"), who).values())
    truth = {person["sip"]: person["home"] for person in await lab.read_lines("estate")}
    return samples, once, sum(truth[sip] == "teams" for sip in who)


async def _sample(pid: int, samples: list[Sample]) -> None:
    while True:
        samples.append((time.time(), cpu(pid)))
        await asyncio.sleep(0.05)


def _until(samples: list[Sample], moment: float) -> float:
    """CPU seconds from the first sample to this moment."""
    return max(spent for at, spent in samples if at <= moment) - samples[0][1]


def _span(lab: RunningLab) -> tuple[float, float]:
    """The first intent and the last outcome, as the records have them: seconds since 1970."""
    records = sqlite3.connect(f"file:{lab.lab_json['records']}?mode=ro", uri=True)
    try:
        first, last = records.execute("select min(sent_at), max(ended_at) from calls").fetchone()
        return float(first), float(last)
    finally:
        records.close()
