"""What moving 200 people costs, five at once, asked for and agreed in chat, over all real wires."""

import math
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.figures import Figure, cpu, peak
from tests.drive import WholeLab, client, count, whole_lab

PEOPLE, AT_ONCE = 200, 5
USERS = 420  # of the estate; with some of them something is wrong
PATIENCE = 300


async def figures() -> AsyncIterator[Figure]:
    for latency, name, most in ((1.0, "1 s", 1.05), (0.05, "50 ms", 1.6)):
        with tempfile.TemporaryDirectory() as scratch:
            options = {"users": USERS, "move_latency": latency, "at_once": AT_ONCE, "hurry": 1000}
            async with whole_lab(Path(scratch) / "lab", **options) as lab:
                spent, once, online = await _moved(lab)
                makespan = _makespan(lab)
                yield Figure(f"{PEOPLE} people at {name}: moved exactly once", once, "people", exactly=PEOPLE)
                yield Figure(f"{PEOPLE} people at {name}: in Teams for both sides", online, "people", exactly=PEOPLE)
                ideal = math.ceil(PEOPLE / AT_ONCE) * latency
                yield Figure(f"{PEOPLE} people at {name}: makespan against ⌈N/c⌉ × latency", makespan / ideal, "×", most=most)
                yield Figure(f"{PEOPLE} people at {name}: our CPU per person", spent * 1000 / PEOPLE, "ms", most=10)
                yield Figure(f"{PEOPLE} people at {name}: peak memory of the bot", peak(lab.known["pid"]["bot"]), "MiB")


async def _moved(lab: WholeLab) -> tuple[float, int, int]:
    """Our CPU seconds from the approval to the verified end, people moved exactly once, and people whom both sides have in Teams."""
    async with client(lab.known["bot"]) as people:
        who = set(await lab.movable(PEOPLE))
        await people.start(f"move pilot users {', '.join(sorted(who))}")
        bot = lab.known["pid"]["bot"]
        before = cpu(bot)
        await people.until("verified", where="personal", within=PATIENCE)
        spent = cpu(bot) - before
    once = sum(times == 1 for times in count(await lab.lines("effects"), who).values())
    truth = {person["sip"]: person["home"] for person in await lab.lines("estate")}
    return spent, once, sum(truth[sip] == "teams" for sip in who)


def _makespan(lab: WholeLab) -> float:
    """Seconds from the first intent to the last outcome, as the records have them."""
    records = sqlite3.connect(f"file:{lab.known['records']}?mode=ro", uri=True)
    try:
        return float(records.execute("select max(ended_at) - min(began_at) from rows").fetchone()[0])
    finally:
        records.close()
