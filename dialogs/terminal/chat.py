"""A chat client for the terminal: a prompt for several people.

`as NAME: …` speaks as somebody else; a number or a button's name presses it; a line that ends in a backslash goes on in the next one.
"""

import asyncio
import contextlib
import re
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from aiohttp import ClientError, web

from bot.i18n import LocalizedText, say
from bot.views import Person
from dialogs.cards.text_fallback import choices_of
from dialogs.people_files import FILE_INFO
from dialogs.terminal.screen import CARD, Button, Json, Screen, ScreenMessage
from dialogs.terminal.wire import ClientConnection, open_connection, personal_conversation

MOMENT, PATIENCE = 0.4, 120.0  # seconds without news after which the bot has settled: at rest, and with a run under way


@dataclass(frozen=True)
class TerminalChat:
    """Where the bot is and who talks with it; the first of the people unless another is named."""

    bot: str  # URL of /api/messages
    tenant: str
    people: Sequence[Person]
    channel: str  # id of the team channel


async def chat(where: TerminalChat, stdin: TextIO = sys.stdin, stdout: TextIO = sys.stdout) -> None:
    """Talks until the input ends or says `quit`. Input that is no terminal is played line by line, each when the bot has settled."""
    async with open_connection(where.bot, where.tenant) as wire:
        talk = ChatSession(wire, where.people, where.channel, stdout)
        async with wire.listen(talk.show, [web.get("/files/{key}", talk.file)]):
            await _converse(talk, stdin)


async def _converse(talk: "ChatSession", stdin: TextIO) -> None:
    talk.tell(say("You are {name}. Type “help”. “as NAME: …” speaks as {people}.", name=talk.speaker.name, people=talk.names))
    async for line in _lines(stdin):
        if line.strip().casefold() in ("quit", "exit"):
            return
        if not stdin.isatty():
            talk.write(f"> {line}")
        await talk.obey(line)
        if not stdin.isatty():
            await talk.wait_until_quiet()


class ChatSession:
    """One chat: what is on the screen, who speaks, and what goes to the bot."""

    def __init__(self, wire: ClientConnection, people: Sequence[Person], channel: str, stdout: TextIO) -> None:
        self.wire, self._people, self._stdout = wire, people, stdout
        self.screen = Screen(channel, self.write)
        self.speaker = people[0]
        self.names = ", ".join(person.name for person in people)
        self._news = asyncio.Event()
        self._asking: PendingButton | None = None
        self.files: dict[str, bytes] = {}  # that the bot may fetch

    def write(self, text: str) -> None:
        self._stdout.write(text + "\n")
        self._stdout.flush()

    def tell(self, words: LocalizedText) -> None:
        self.write(str(words))

    def show(self, message: str, conversation: str, activity: Json) -> None:
        """The bot has posted or edited something."""
        self._news.set()
        self.screen.message(message, conversation, activity)

    async def file(self, request: web.Request) -> web.Response:
        """A file that was sent along, for the bot that fetches it."""
        if (content := self.files.get(request.match_info["key"])) is None:
            raise web.HTTPNotFound
        return web.Response(body=content)

    async def obey(self, line: str) -> None:
        """One line: an answer to a question of the form, another speaker, a button, or words for the bot."""
        who, text = self._speaker(line)
        try:
            if self._asking:
                await self._answer(self._asking, text)
            elif who is None:
                self.tell(say("Nobody here is called that. There are {people}.", people=self.names))
            elif not text:
                self.speaker = who
            elif picked := self._find_button(who, text):
                await self._press(PendingButton(who, *picked))
            else:
                await self.wire.send(who, personal_conversation(who), type="message", **self._message(text))
        except OSError as error:
            self.tell(say("There is no file {file} that could be read.", file=str(error.filename)))
        except ClientError as error:
            self.tell(say("The bot did not take it: {error}", error=str(error)))

    def _message(self, text: str) -> Json:
        """ "move pilot users @people.csv" sends a file along, as Teams would. Raises OSError."""
        named = re.fullmatch(r"(?P<said>.*?)\s*(?<!\S)@(?P<file>\S+)", text, re.DOTALL)
        if not named:
            return {"text": text}
        file = Path(named["file"])
        key = uuid4().hex
        self.files[key] = file.read_bytes()
        content = {"downloadUrl": f"{self.wire.service_url}/files/{key}", "fileType": file.suffix.removeprefix(".")}
        return {"text": named["said"], "attachments": [{"contentType": FILE_INFO, "name": file.name, "content": content}]}

    async def wait_until_quiet(self) -> None:
        """Returns when nothing on the screen changes by itself any more; a run without news is not waited for for ever."""
        with contextlib.suppress(TimeoutError):
            while True:
                self._news.clear()
                await asyncio.wait_for(self._news.wait(), PATIENCE if self.screen.will_change else MOMENT)

    def _speaker(self, line: str) -> tuple[Person | None, str]:
        said = re.fullmatch(r"as\s+([^:]+?)\s*(?::\s*(.*))?", line.strip(), re.IGNORECASE | re.DOTALL)
        if not said:
            return self.speaker, line.strip()
        called = said[1].casefold()
        found = (person for person in self._people if called in (person.name.casefold(), *person.name.casefold().split()))
        return next(found, None), said[2] or ""

    def _find_button(self, person: Person, text: str) -> tuple[ScreenMessage, Button] | None:
        message = self.screen.newest_with_buttons(personal_conversation(person))
        for n, button in enumerate(message.buttons if message else (), 1):
            if message and text in (str(n), button.title):
                return message, button
        return None

    async def _press(self, asking: "PendingButton") -> None:
        """Asks for the inputs that the button sends along, one after another, and sends it."""
        if item := asking.next_input:
            self.write("\n  ".join(_question_lines(item)))
        self._asking = asking if asking.next_input else None
        if not asking.next_input:
            await self._send_action(asking)

    async def _answer(self, asking: "PendingButton", text: str) -> None:
        """An empty line keeps what stands there; a choice is named by its number or its title."""
        if item := asking.next_input:
            asking.answers[item["id"]] = _choice_value(item, text) if text else str(item.get("value", ""))
        await self._press(asking)

    async def _send_action(self, asking: "PendingButton") -> None:
        who, message, data = asking.who, asking.message, asking.button.data
        if data is None:
            await self.wire.send(who, personal_conversation(who), type="message", text=asking.button.title)
            return
        action = {"type": "Action.Execute", "verb": data.get("verb"), "data": {**data, **asking.answers}}
        value = {"action": action, "trigger": "manual"}
        answer = await self.wire.send(
            who, message.conversation, replyToId=message.id, type="invoke", name="adaptiveCard/action", value=value
        )
        if answer and answer.get("type") == CARD:
            self.show(message.id, message.conversation, {"attachments": [{"contentType": CARD, "content": answer["value"]}]})
        elif answer and answer.get("value"):
            self.screen.text(str(answer["value"]))


@dataclass
class PendingButton:
    """A button that was pressed, and what its form still asks."""

    who: Person
    message: ScreenMessage
    button: Button
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def next_input(self) -> Json | None:
        return next((item for item in self.button.inputs if item["id"] not in self.answers), None)


def _question_lines(item: Json) -> list[str]:
    """The question with what stands there, and its choices, each below the other with its number."""
    choices = choices_of(item)
    now = {value: title for title, value in choices}.get(str(item.get("value", "")), item.get("value"))
    told = f"? {item.get('label') or item.get('title')}{f' [{now}]' if now else ''}"
    return [told, *(f"[{n}] {title}" for n, (title, _) in enumerate(choices, 1))]


def _choice_value(item: Json, text: str) -> str:
    """The value of the choice with this number or title; anything else is taken as it was typed."""
    picked = (value for n, (title, value) in enumerate(choices_of(item), 1) if text.casefold() in (str(n), title.casefold()))
    return next(picked, text)


async def _lines(stdin: TextIO) -> AsyncIterator[str]:
    """Read in a thread of its own that nobody waits for: a terminal cannot be asked whether a line is there."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        with contextlib.suppress(RuntimeError, ValueError):  # the chat has ended meanwhile
            for line in stdin:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip("\r\n"))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    whole = ""
    while (line := await queue.get()) is not None:
        whole += line.removesuffix("\\") + ("\n" if line.endswith("\\") else "")
        if not line.endswith("\\"):
            yield whole
            whole = ""
