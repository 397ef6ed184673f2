"""A scripted client for whole labs: people who type and press over HTTP, and a loopback connector that keeps what the bot posts."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from adapters.lab.estate.state import TENANT
from adapters.lab.process.ports import any_port
from adapters.lab.process.settings import AUDIT_CHANNEL, sample_people
from bot.views import Person
from dialogs.cards.run import TYPED
from dialogs.cards.text_fallback import as_text
from dialogs.terminal.wire import ClientConnection, open_connection, personal_conversation
from tests.support.paths import ROOT

START = 180.0  # seconds: an estate of 100,000 people is made in a minute or two
CARD = "application/vnd.microsoft.card.adaptive"
ALEX, MEGAN, ADELE, ISAIAH, PATTI, LYNNE = sample_people()
Json = dict[str, Any]


@dataclass
class SeenMessage:
    """One message of the bot as it stands now."""

    id: str
    conversation: str
    activity: Json
    edits: int = 0

    @property
    def card(self) -> Json:
        attachments = self.activity.get("attachments") or ()
        return next((each["content"] for each in attachments if each["contentType"] == CARD), {})

    @property
    def text(self) -> str:
        return as_text(self.card) if self.card else str(self.activity.get("text") or "")

    @property
    def buttons(self) -> dict[str, Json]:
        return {action["title"]: action["data"] for action in self.card.get("actions", ())}


class ChatClient:
    """All the people at once. `messages` are the bot's, oldest first; an edited one keeps its place."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.messages: dict[str, SeenMessage] = {}
        self._news = asyncio.Event()

    def receive(self, message: str, conversation: str, activity: Json) -> None:
        if activity.get("type") != "typing":
            edits = self.messages[message].edits + 1 if message in self.messages else 0
            self.messages[message] = SeenMessage(message, conversation, activity, edits)
        self._news.set()

    async def say(self, who: Person, text: str) -> None:
        await self.wire.send(who, personal_conversation(who), type="message", text=text)

    async def press(self, who: Person, title: str, on: SeenMessage, **answers: str) -> Json:
        """Presses a button of this message; returns the answer to it. `answers` are the inputs of a form."""
        answer = await self.invoke(who, on.conversation, {**on.buttons[title], **answers}, on.id)
        if answer.get("type") == CARD:
            self.receive(on.id, on.conversation, {"attachments": [{"contentType": CARD, "content": answer["value"]}]})
        return answer

    async def invoke(self, who: Person, where: str, data: Json, message: str = "1") -> Json:
        """The data of some button, as if it were in this message of this conversation; returns the answer to it."""
        value = {"action": {"type": "Action.Execute", "verb": data.get("verb"), "data": data}, "trigger": "manual"}
        return await self.wire.send(who, where, type="invoke", name="adaptiveCard/action", replyToId=message, value=value) or {}

    async def wait_for_message(self, *words: str, button: str = "", where: str = "", within: float = 60) -> SeenMessage:
        """The newest message that says all these words, has this button, and stands in this conversation, as soon as there is one."""

        def fits(seen: SeenMessage) -> bool:
            return (
                seen.conversation.startswith(where) and all(word in seen.text for word in words) and (not button or button in seen.buttons)
            )

        try:
            async with asyncio.timeout(within):
                while not (found := [seen for seen in self.messages.values() if fits(seen)]):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            told = "\n---\n".join(seen.text for seen in self.messages.values())
            raise AssertionError(f"not within {within:g} s: {words} {button} {where}. There is:\n{told[-4000:]}") from None
        return found[-1]

    async def start(self, request: str, typed: str = "", within: float = 60) -> SeenMessage:
        """Alex asks and starts, Megan agrees in the channel. The card on which it is followed. `typed` agrees to a loss."""
        await self.say(ALEX, request)
        drafted = await self.wait_for_message(button="Start", within=within)
        await self.press(ALEX, "Start", drafted, **{TYPED: typed})
        asked = await self.wait_for_message(button="Approve", where=AUDIT_CHANNEL, within=within)
        await self.press(MEGAN, "Approve", asked)
        return self.messages[drafted.id]


@contextlib.asynccontextmanager
async def chat_client(bot: str) -> AsyncIterator[ChatClient]:
    """People in front of the bot at this endpoint. They stay where they are when the bot is started again."""
    async with open_connection(bot, TENANT) as wire:
        people = ChatClient(wire)
        async with wire.listen(people.receive):
            yield people


@dataclass
class RunningLab:
    """`switchover lab --no-chat` on one folder: may be killed and started again, is the same bot on the same estate."""

    folder: Path
    options: dict[str, object] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def lab_json(self) -> Json:
        """lab.json; empty as long as the bot does not answer."""
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.folder / "lab.json").read_text())
        return {}

    @property
    def complaints(self) -> str:
        """The last of what all lives of the bot have written to stderr."""
        return self._errors.read_text(errors="replace")[-4000:]

    @property
    def _errors(self) -> Path:
        return self.folder.with_suffix(".err")

    async def start(self) -> Json:
        given = [word for name, value in self.options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        command = (sys.executable, "-m", "bot.cli", "lab", "--no-chat", "--data", str(self.folder), *given)
        nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        with self._errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=nothing, stdout=pipe, stderr=errors)
        assert self.process.stdout
        async with asyncio.timeout(START):
            said = await self.process.stdout.readline()  # when everything answers
        assert said, f"the lab did not start: {self.complaints}"
        return self.lab_json

    async def kill(self) -> None:
        """Of the bot only; the estate goes on with what it was doing."""
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """Of both."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), 30)

    async def read_lines(self, door: str) -> list[Json]:
        """JSON lines of a door: effects or estate."""
        async with ClientSession(trust_env=False) as http, http.get(self.lab_json[door], raise_for_status=True) as answer:
            return [json.loads(line) async for line in answer.content]

    async def perform_manual_action(self, do: str, **fields: object) -> None:
        """What a person does in the estate."""
        async with ClientSession(trust_env=False) as http:
            await http.post(self.lab_json["manual_actions"], json={"do": do, **fields}, raise_for_status=True)

    async def movable(self, people: int) -> list[str]:
        """SIP addresses of so many people with whom nothing is wrong and who are on premises."""
        able = [each["sip"] for each in await self.read_lines("estate") if each["home"] == "on-premises" and not each["wrong"]]
        assert len(able) >= people, f"only {len(able)} of the estate's people can be moved"
        return able[:people]


@contextlib.asynccontextmanager
async def running_lab(folder: Path, **options: object) -> AsyncIterator[RunningLab]:
    """Started, and stopped with its estate whatever happened."""
    lab = RunningLab(folder, {"port": any_port(), **options})  # its own: two labs that start at once would both take the usual one
    try:
        await lab.start()
        yield lab
    finally:
        if lab.process and lab.process.returncode is not None and (folder / "lab.json").exists():
            await lab.start()  # a killed bot left its estate: only a bot can end it in good order
        await lab.stop()


def count_done(lines: list[Json], subjects: set[str], call: str = "Move-CsUser") -> dict[str, int]:
    """How often this call was carried out for each of these people."""
    done = [line["subject"] for line in lines if line["call"] == call and line["result"] == "done"]
    return {subject: done.count(subject) for subject in subjects}
