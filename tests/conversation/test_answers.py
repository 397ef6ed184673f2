"""Wrong answers, and what comes of them, in the language of whoever gave them: the real heart over the pretend estate.

`pytest --accept` writes the answers anew; read that diff as you read code.
"""

import asyncio
import re
from pathlib import Path

import pytest

from tests.support.guided_walk import replay
from tests.support.paths import TRANSCRIPTS

TALKS = sorted((TRANSCRIPTS / "answers").glob("*.md"))


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_a_wrong_answer_is_told_as_it_is_written_down(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    before, script, after = re.fullmatch(r"(.*?```\n)(.*?)(```.*)", path.read_text(), re.DOTALL).groups()
    played, written = asyncio.run(replay("ready", script, tmp_path))
    if request.config.getoption("--accept"):
        path.write_text(f"{before}{played}{after}")
    else:
        assert played == script
    assert not written
