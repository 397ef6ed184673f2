"""What the gap report costs: everybody on both sides of a large lab through the whole bot, and every list against the estate's truth."""

import asyncio
import csv
import json
import os
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from aiohttp import ClientSession, web

from adapters.lab.house.ports import any_port
from dialogs.terminal.loopback import connector

USERS = 100_000
START, PATIENCE = 180.0, 600.0  # seconds
MIB = 1024 * 1024
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
Figure = dict[str, Any]


async def measure(users: int = USERS) -> list[Figure]:
    """Peak memory and CPU of the bot over one report, its time, and how many people stand wrongly on a list or are missing there."""
    with tempfile.TemporaryDirectory(prefix="switchover-bench-") as folder, lab(Path(folder), users) as known:
        await warmed(known)
        before, began = cpu(known["pid"]["bot"]), time.monotonic()
        await reported(known)
        seconds, spent = time.monotonic() - began, cpu(known["pid"]["bot"]) - before
        wrong, listed = compared(known)
        peak = peak_memory(known["pid"]["bot"])
    return [
        figure(f"gap report of {users} people: peak memory of the bot", peak / MIB, "MiB", 256),
        figure(f"gap report of {users} people: CPU of the bot", spent, "s", 45),
        figure(f"gap report of {users} people: time", seconds, "s", None),
        figure(f"gap report of {users} people: on a list", listed, "people", None),
        figure(f"gap report of {users} people: wrongly listed or missing", wrong, "people", 0),
    ]


def figure(name: str, value: float, unit: str, goal: float | None) -> Figure:
    holds = None if goal is None else value <= goal
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "holds": holds}


@contextmanager
def lab(folder: Path, users: int) -> Iterator[dict[str, Any]]:
    """A lab of its own, up and answering; half done, so that a domain is missing and no list is empty."""
    where = ("--data", str(folder / "lab"), "--port", str(any_port()))
    words = ("lab", "--no-chat", "--users", str(users), "--estate", "half", *where)
    process = Popen((sys.executable, "-c", "from bot.cli import main; main()", *words), stdout=DEVNULL, stderr=PIPE, text=True)
    try:
        yield _known(folder / "lab" / "lab.json", process)
    finally:
        process.terminate()
        process.wait(30)


def _known(file: Path, process: Popen[str]) -> dict[str, Any]:
    until = time.monotonic() + START
    while not file.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the lab did not come up: {process.communicate()[1]}")
        time.sleep(0.1)  # another process: nothing tells when it is ready but this file
    return dict(json.loads(file.read_text()))


async def warmed(known: dict[str, Any]) -> None:
    """One turn of talk, so that what is loaded once does not count."""
    async with _spoken(known, "help"):
        pass


async def reported(known: dict[str, Any]) -> None:
    """Asks for the report and waits until the run is over."""
    async with _spoken(known, "gap report"):
        until = time.monotonic() + PATIENCE
        while not (state := _state(known["records"])) or state in ("asked", "settling"):
            if time.monotonic() > until:
                raise TimeoutError(f"the report is still {state}")
            await asyncio.sleep(0.2)


def _state(records: str) -> str | None:
    with sqlite3.connect(f"file:{records}?mode=ro", uri=True) as db:
        row = db.execute("select state from runs where step = 'directory_sync'").fetchone()
    return row[0] if row else None


class _spoken:
    """One message of the first sample person to the bot; its answers end here."""

    def __init__(self, known: dict[str, Any], text: str) -> None:
        self._known, self._text = known, text

    async def __aenter__(self) -> None:
        self._runner = web.AppRunner(connector(lambda *_: None), access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        who = "00000000-0000-4000-8000-000000000020"
        activity = {
            "type": "message",
            "id": f"in-{time.time_ns()}",
            "text": self._text,
            "channelId": "msteams",
            "serviceUrl": f"http://127.0.0.1:{self._runner.addresses[0][1]}",
            "from": {"id": f"29:{who}", "aadObjectId": who, "name": "Alex Wilber"},
            "recipient": {"id": "28:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "name": "Switchover"},
            "conversation": {"id": "bench", "conversationType": "personal"},
            "channelData": {"tenant": {"id": self._known["tenant"]}},
        }
        async with ClientSession() as http, http.post(self._known["bot"], json=activity) as answer:
            answer.raise_for_status()

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def compared(known: dict[str, Any]) -> tuple[int, int]:
    """How many entries are on one side only, and how many the lists have together."""
    wanted = _wanted(known["estate"])
    listed = {name: _listed(Path(known["records"]).with_suffix(".lists"), name) for name in wanted}
    return sum(len(wanted[name] ^ listed[name]) for name in wanted), sum(map(len, listed.values()))


def _wanted(estate: str) -> dict[str, set[tuple[str, str]]]:
    with urllib.request.urlopen(estate, timeout=120) as lines:
        return wanted_lists(map(json.loads, lines))


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


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


if __name__ == "__main__":
    for line in asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else USERS)):
        print(json.dumps(line, ensure_ascii=False))
