"""Conversations that are written down are replayed: what people would see must be what the transcript says.

`pytest --accept` writes the answers anew; read that diff as you read code.
"""

import asyncio
import re
from pathlib import Path

import pytest

from tests.support.transcripts import play_line, read_inputs
from tests.support.written_conversation import WrittenConversation

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.md"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_conversation_goes_as_it_is_written_down(path: Path, request: pytest.FixtureRequest) -> None:
    before, script, after = re.fullmatch(r"(.*?```\n)(.*?)(```.*)", path.read_text(), re.DOTALL).groups()
    played = asyncio.run(replay(script))
    if request.config.getoption("--accept"):
        path.write_text(f"{before}{played}{after}")
    else:
        assert played == script


async def replay(script: str) -> str:
    """The whole conversation, with the answers as they are today. A stage with another desk would do as well."""
    stage = WrittenConversation()
    for mark, words in read_inputs(script):
        stage.clients.write(mark, words)
        await play_line(stage, mark, words)
    stage.ledger.close()
    return "\n".join(stage.clients.script) + "\n"
