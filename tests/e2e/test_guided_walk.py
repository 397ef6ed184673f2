"""The way from an untouched estate to moved pilot users, from half-way, and from its end, as conversations that are replayed."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from adapters.lab.estate.initial_state import Stage as Estate
from tests.conversation.test_transcripts import inputs, play
from tests.support.guided_walk import whole_stage
from tests.support.paths import TRANSCRIPTS

PROOF = re.compile(r"audit line \d+: [0-9a-f]{16}")  # another one each time
PLAN = re.compile(r"\b([Pp]lan) [0-9a-f]{6}\b")  # another one whenever a step calls something else
WAYS = TRANSCRIPTS / "whole_way"
UNTOUCHED = {
    "POST /domains": 3,
    "POST /domains/{domain-id}/verify": 3,
    "Set-CsAccessEdgeConfiguration": 1,
    "New-CsHostingProvider": 1,
    "Set-CsTenantFederationConfiguration": 1,
    "Grant-CsTeamsUpgradePolicy": 1,
    "POST /users/{user-id}/assignLicense": 10,
    "Move-CsUser": 10,
}
HALF = {
    "POST /domains": 1,
    "POST /domains/{domain-id}/verify": 1,
    "Set-CsHostingProvider": 1,
    "Set-CsTenantFederationConfiguration": 1,
    "Grant-CsTeamsUpgradePolicy": 1,
    "Move-CsUser": 10,
}


@pytest.mark.parametrize(("estate", "writes"), [("untouched", UNTOUCHED), ("half", HALF), ("finished", {})])
def test_the_whole_way_goes_as_it_is_written_down(
    estate: Estate, writes: dict[str, int], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = WAYS / f"{estate}.md"
    before, script, after = re.fullmatch(r"(.*?```\n)(.*?)(```.*)", path.read_text(), re.DOTALL).groups()
    played, written = asyncio.run(replay(estate, script, tmp_path))
    if request.config.getoption("--accept"):
        path.write_text(f"{before}{played}{after}")
    else:
        assert played == script
    assert written == writes


async def replay(estate: Estate, script: str, path: Path) -> tuple[str, Counter[str]]:
    """The conversation as it is today, and how often each call has changed the servers or the tenant."""
    async with whole_stage(path, estate) as stage:
        for mark, words in inputs(script):
            stage.clients.write(mark, words)
            await play(stage, mark, words)
        done = Counter(effect.call for effect in stage.office.estate.effects if effect.result == "done")
        played = "\n".join(stage.clients.script)
        return PLAN.sub(r"\1 …", PROOF.sub("audit line …", played)) + "\n", done
