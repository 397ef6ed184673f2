"""The notation of transcripts: what people type and press, played in a conversation."""

import re
from collections.abc import Iterator

from tests.support.conversation import AUDIT, Conversation
from tests.support.sample_steps import PEOPLE

PRESSES = re.compile(
    r"(?P<who>\w+)(?: \((?P<locale>[\w-]+)\))? presses (?P<button>.+?)(?P<old> in an old client)?(?: with (?P<inputs>\w+=.*))?"
)


FILE = re.compile(r"(?:(?P<text>.*)\n)?\[(?P<name>\S+\.\w+)\]\n?(?P<content>.*)", re.DOTALL)  # a message with a file, and what is in it


SAYS = re.compile(r"(?P<who>\w+)(?: \((?P<locale>[\w-]+)\))?(?P<channel> in the channel)?: (?P<text>.*)", re.DOTALL)


def read_inputs(script: str) -> Iterator[tuple[str, str]]:
    """What people do and what happens, without the answers; indented lines belong to the line above."""
    for found in re.finditer(r"^(?P<mark>[>*]) (?P<words>.*(?:\n   .*)*)", script, re.MULTILINE):
        yield found["mark"], found["words"].replace("\n   ", "\n")


async def play_line(stage: Conversation, mark: str, words: str) -> None:
    if mark == "*":
        await stage.follow_direction(words)
    elif found := PRESSES.fullmatch(words):
        stage.locale = found["locale"] or "en-US"
        given = dict(pair.split("=", 1) for pair in re.split(r"; ", found["inputs"])) if found["inputs"] else {}
        await stage.press(PEOPLE[found["who"]], found["button"], given, old=bool(found["old"]))
    elif found := SAYS.fullmatch(words):
        stage.locale = found["locale"] or "en-US"
        if file := FILE.fullmatch(found["text"]):
            await stage.send_file(PEOPLE[found["who"]], file["name"], file["content"].encode(), file["text"] or "")
        else:
            await stage.type_text(PEOPLE[found["who"]], found["text"], AUDIT if found["channel"] else "")
    else:
        raise AssertionError(f"nobody knows what this means: {words}")
