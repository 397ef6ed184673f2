"""`make chaos N=20`: kills the bot at random moments of large runs while people press, puts a backup of its records back once in each
run, and counts what became of all.

The last line is JSON: {"kills", "presses", "restores", "runs", "people", "lost", "twice", "unapproved", "audit_ok"}. The exit status is
0 when nobody was lost or moved twice, nothing was sent unapproved, the audit is whole and every run kept its one card.
`python -m tests.tools.chaos N SEED` repeats the moments of an earlier one.
"""

import asyncio
import json
import random
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.chaos_campaign import Campaign
from tests.support.lab_client import chat_client, running_lab

KILLS_PER_RUN = 8
OPTIONS = {"users": 420, "move_latency": 0.1, "concurrency": 5, "time_factor": 1000}


@dataclass
class Score:
    """What is counted. `lost` did not get to Teams, `twice` were moved more than once, `unapproved` are calls."""

    kills: int = 0
    presses: int = 0
    restores: int = 0
    runs: int = 0
    people: int = 0
    lost: int = 0
    twice: int = 0
    unapproved: int = 0
    audit_ok: bool = True

    @property
    def is_good(self) -> bool:
        return self.audit_ok and not self.lost and not self.twice and not self.unapproved


async def chaos(kills: int, chance: random.Random) -> Score:
    score = Score()
    while score.kills < kills:
        with tempfile.TemporaryDirectory() as scratch:
            async with (
                running_lab(Path(scratch) / "lab", seed=chance.randrange(1000), **OPTIONS) as lab,
                chat_client(lab.lab_json["bot"]) as people,
            ):
                campaign = Campaign(lab, people, Path(scratch), chance)
                await campaign.go(min(KILLS_PER_RUN, kills - score.kills))
                await _count(campaign, score)
    return score


async def _count(campaign: Campaign, score: Score) -> None:
    score.kills += campaign.kills
    score.presses += campaign.presses
    score.restores += campaign.restores
    score.runs += 1
    score.people += len(campaign.who)
    score.lost += len(await campaign.lost())
    score.twice += sum(times > 1 for times in (await campaign.moved()).values())
    score.unapproved += len(campaign.unapproved())
    faults = campaign.audit_faults()
    score.audit_ok &= not faults
    for fault in (*campaign.unapproved(), *faults):
        print(f"run {score.runs}: {fault}", flush=True)


def main(kills: int, seed: int) -> None:
    print(f"{kills} kills, seed {seed}", flush=True)
    score = asyncio.run(chaos(kills, random.Random(seed)))
    print(json.dumps(asdict(score)))
    sys.exit(not score.is_good)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 20, numbers[1] if len(numbers) > 1 else random.randrange(1_000_000))
