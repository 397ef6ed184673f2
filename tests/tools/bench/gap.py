"""What the gap report costs: everybody on both sides of a large lab through the whole bot, and every list against the estate's truth."""

import csv
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from tests.support.lab_client import ALEX, RunningLab, chat_client, running_lab
from tests.tools.bench.figures import Figure, cpu, peak

USERS = 100_000
PATIENCE = 600  # seconds
# What the truth says of somebody who belongs on a list.
TOLD = {
    "not-in-the-cloud": "not in the cloud",
    "not-synchronised": "not synchronised",
    "sip-address-differs": "SIP address differs online",
    "sip-address-twice": "SIP address twice",
    "sip-domain-not-verified": "SIP domain not verified",
    "account-disabled": "AD account disabled",
    "deleted-in-the-cloud": "deleted in the cloud",
    "errors-in-the-cloud": "validation or provisioning error online",
}


async def figures() -> AsyncIterator[Figure]:
    """The lab is half done, so that a domain is missing and no list is empty."""
    with tempfile.TemporaryDirectory() as scratch:
        async with running_lab(Path(scratch) / "lab", users=USERS, estate="half") as lab:
            bot = lab.lab_json["pid"]["bot"]
            seconds, spent = await _read_report(lab)
            wrong, listed = await _compare_lists(lab)
            yield Figure(f"gap report of {USERS} people: peak memory of the bot", peak(bot), "MiB", most=256)
            yield Figure(f"gap report of {USERS} people: CPU of the bot", spent, "s", most=45)
            yield Figure(f"gap report of {USERS} people: time", seconds, "s")
            yield Figure(f"gap report of {USERS} people: on a list", listed, "people")
            yield Figure(f"gap report of {USERS} people: wrongly listed or missing", wrong, "people", exactly=0)


async def _read_report(lab: RunningLab) -> tuple[float, float]:
    """Seconds, and CPU seconds of the bot, until a card offers the lists; after a turn of talk: what is loaded once does not count."""
    bot = lab.lab_json["pid"]["bot"]
    async with chat_client(lab.lab_json["bot"]) as people:
        await people.say(ALEX, "help")
        await people.wait_for_message("directory synchronisation")
        before, began = cpu(bot), time.monotonic()
        await people.say(ALEX, "gap report")
        await people.wait_for_message(button="Full lists", within=PATIENCE)
        return time.monotonic() - began, cpu(bot) - before


async def _compare_lists(lab: RunningLab) -> tuple[int, int]:
    """How many entries are on one side only, and how many the lists have together."""
    wanted = wanted_lists(await lab.read_lines("estate"))
    listed = {name: _listed(Path(lab.lab_json["records"]).with_suffix(".lists"), name) for name in wanted}
    return sum(len(wanted[name] ^ listed[name]) for name in wanted), sum(map(len, listed.values()))


def wanted_lists(truth: Iterable[dict[str, Any]]) -> dict[str, set[tuple[str, str]]]:
    """The people of each list by the truth: SIP address and sign-in name."""
    lists: dict[str, set[tuple[str, str]]] = {name: set() for name in (*TOLD, "sign-in-name-differs", "unclear")}
    for person in truth:
        who = person["sip"], person["upn"].lower()
        met = [name for name, reason in TOLD.items() if reason in person["wrong"]]
        for name in [*met, *(["sign-in-name-differs"] if who[0] != who[1] else [])]:
            lists[name].add(who)
    return lists


def _listed(folder: Path, name: str) -> set[tuple[str, str]]:
    found = next(iter(folder.glob(f"run-*/{name}.csv")), None)
    if found is None:
        return set()
    with found.open(encoding="utf-8-sig", newline="") as lines:
        return {(sip, upn) for sip, upn, *_ in list(csv.reader(lines))[1:]}
