"""The way from an untouched estate to moved pilot users, from half-way, and from its end, as conversations that are replayed."""

import asyncio
import re
from pathlib import Path

import pytest

from adapters.lab.estate.initial_state import Stage as Estate
from tests.support.guided_walk import replay
from tests.support.paths import TRANSCRIPTS

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
