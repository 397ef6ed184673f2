"""`make chaos N=20`: kills the bot at random moments of large runs, starts it again on the same folder, and counts what became of all.

The last line is JSON: {"kills", "runs", "people", "lost", "twice", "audit_ok"}. The exit status is 0 when nobody was lost
or moved twice, the audit is whole and every run kept its one card. `python -m tests.chaos N SEED` repeats the moments of an earlier one.
"""

import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlite_utils

from bot.ledger.audit import broken
from tests.drive import Client, WholeLab, client, count, whole_lab

PEOPLE, KILLS_PER_RUN = 200, 8
OPTIONS = {"users": 420, "move_latency": 0.1, "at_once": 5, "hurry": 1000}
LIFE = 5.0  # seconds; a kill comes at any moment of this span after a start. A run's moves alone take 4 s
PATIENCE = 60.0  # seconds within which a run that is left alone must have ended
ENDS = {"done", "found done"}
TOLD = (
    """select event from audit where json_extract(names, '$.subject') = :subject and event in ('doing', 'done', 'found done') order by n"""
)


@dataclass
class Score:
    """What is counted. `lost` did not get to Teams, `twice` were moved more than once."""

    kills: int = 0
    runs: int = 0
    people: int = 0
    lost: int = 0
    twice: int = 0
    audit_ok: bool = True

    @property
    def is_good(self) -> bool:
        return self.audit_ok and not self.lost and not self.twice


class Broken(Exception):
    """Something that no count tells: the run did not end, or it got another card."""


async def chaos(kills: int, chance: random.Random) -> Score:
    score = Score()
    while score.kills < kills:
        with tempfile.TemporaryDirectory() as scratch:
            async with whole_lab(Path(scratch) / "lab", seed=chance.randrange(1000), **OPTIONS) as lab, client(lab.known["bot"]) as people:
                await _one_run(lab, people, min(KILLS_PER_RUN, kills - score.kills), score, chance)
    return score


async def _one_run(lab: WholeLab, people: Client, kills: int, score: Score, chance: random.Random) -> None:
    who = set(await lab.movable(PEOPLE))
    card = await people.start(f"move pilot users {', '.join(sorted(who))}")
    for _ in range(kills):
        moment = chance.uniform(0, LIFE)
        if await _comes(people.until("verified", where="personal", within=moment)):
            break
        done = sum(count(await lab.lines("effects"), who).values())
        await lab.kill()
        score.kills += 1
        print(f"kill {score.kills}: {moment:.1f} s into a life, {done} of {len(who)} moved", flush=True)
        await lab.start()
    began = time.monotonic()
    if not await _comes(people.until("verified", where="personal", within=PATIENCE)):
        raise Broken(f"run {score.runs + 1} did not end: {people.messages[card.id].text[:1000]}\n{lab.complaints}")
    print(f"run {score.runs + 1}: verified {time.monotonic() - began:.1f} s after the last start", flush=True)
    if [seen.id for seen in people.messages.values() if seen.card and seen.conversation == card.conversation] != [card.id]:
        raise Broken(f"run {score.runs + 1} has another card than the one that it began with")
    await _count(lab, who, score)


async def _comes(card: Awaitable[object]) -> bool:
    try:
        await card
    except AssertionError:
        return False
    return True


async def _count(lab: WholeLab, who: set[str], score: Score) -> None:
    moved = count(await lab.lines("effects"), who)
    home = {person["sip"]: person["home"] for person in await lab.lines("estate")}
    score.runs += 1
    score.people += len(who)
    score.lost += sum(home[sip] != "teams" for sip in who)
    score.twice += sum(times > 1 for times in moved.values())
    score.audit_ok &= _audit_is_whole(Path(lab.known["records"]), who)


def _audit_is_whole(records: Path, who: set[str]) -> bool:
    """Every line fits the one before it, and for everybody an intent comes first and one good end last."""
    db = sqlite_utils.Database(sqlite3.connect(f"file:{records}?mode=ro", uri=True))
    try:
        told = {sip: [line["event"] for line in db.query(TOLD, {"subject": sip})] for sip in who}
        return not list(broken(db)) and all(_is_in_order(events) for events in told.values())
    finally:
        db.close()


def _is_in_order(events: list[str]) -> bool:
    *before, last = events or [""]
    return before[:1] == ["doing"] and last in ENDS and not ENDS & set(before)


def main(kills: int, seed: int) -> None:
    print(f"{kills} kills, seed {seed}", flush=True)
    score = asyncio.run(chaos(kills, random.Random(seed)))
    print(json.dumps(asdict(score)))
    sys.exit(not score.is_good)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 20, numbers[1] if len(numbers) > 1 else random.randrange(1_000_000))
