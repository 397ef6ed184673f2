"""The whole bot over the pretend estate, for conversations that are written down: the real heart, real wires, and time that is turned.

Time goes on only by directions; what people do by hand is done in the estate, as they are told by the cards.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.lab.estate.initial_state import Stage as Estate
from adapters.lab.manual_actions.registry import perform_manual_action
from adapters.lab.process.settings import sample_people
from bot.ledger import runs
from bot.views import Person
from dialogs.cards.board import BOARD
from tests.support.conversation import AUDIT, Conversation, FakeClients, Message
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.transcripts import play_line, read_inputs

ALEX, MEGAN, ADELE, *_ = (person.id for person in sample_people())
RECORD = re.compile(r"name: (?P<name>\S+)\s+type: TXT\s+value: (?P<value>\S+)")


class GlancingClients(FakeClients):
    """What people see between two things that happen: posts in full, of edited cards the new lines only, the chat before the channel."""

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[str, str] = {}

    def _show(self, message: Message, card: dict[str, Any] | None, text: str) -> None:
        self._before.setdefault(message.id, message.as_shown)
        message.card, message.text = card, text

    def glance(self) -> None:
        """Writes down which cards are not as they were. That an old card has other buttons is no news."""
        edited = [(self.messages[each].conversation == AUDIT, self.messages[each], shown) for each, shown in self._before.items()]
        self._before.clear()
        for in_channel, message, before in sorted(edited, key=lambda each: (each[0], int(each[1].id[1:]))):
            new = [line for line in message.as_shown.split("\n")[1:] if line not in before.split("\n")]
            if any(not line.startswith("(") for line in new):
                self.write("~ #" if in_channel else "~", "\n".join(new[:1] if in_channel else new))


def _filled_in(element: Any) -> dict[str, str]:
    """What the inputs of a card hold before anybody types."""
    if isinstance(element, list):
        return {name: text for each in element for name, text in _filled_in(each).items()}
    if not isinstance(element, dict):
        return {}
    mine = {element["id"]: element["value"]} if str(element.get("type")).startswith("Input.") and "value" in element else {}
    return mine | {name: text for each in element.values() for name, text in _filled_in(each).items()}


class GuidedWalk(Conversation):
    """Alex asks, Megan approves, Adele may look. The bot does its part only when a direction says so."""

    def __init__(self, office: EstateHarness) -> None:
        self.office, self.lookout, self._glance = office, office.core.refresher, GlancingClients()
        super().__init__(office.service, office.core.steps, self._play_direction, office.ledger, self._glance, office.clock)

    async def type_text(self, who: Person, text: str, conversation: str = "") -> None:
        await super().type_text(who, text, conversation)
        self._glance.glance()

    async def send_file(self, who: Person, name: str, content: bytes, text: str = "") -> None:
        await super().send_file(who, name, content, text)
        self._glance.glance()

    async def press(self, who: Person, button: str, inputs: Mapping[str, str] | None = None, old: bool = False) -> None:
        filled = {name.removeprefix("answer."): text for name, text in _filled_in(self._button(button)[0].card).items()}
        await super().press(who, button, {**filled, **(inputs or {})}, old)
        self._glance.glance()

    async def follow_direction(self, words: str) -> None:
        await super().follow_direction(words)
        self._glance.glance()

    async def _play_direction(self, words: str) -> None:
        if words == "the bot works":
            await self._let_the_bot_work()
        elif found := re.fullmatch(r"the (?:records|record of (\S+)) on the card (?:are|is) published", words):
            for record in self._records_on_a_card(found[1]):
                perform_manual_action(self.office.estate, {"do": "publish dns record", "type": "TXT", **record})
        elif found := re.fullmatch(r"by hand: (?P<do>[\w ]+?)(?P<fields>(?: \w+=\S+)*)", words):
            perform_manual_action(self.office.estate, {"do": found["do"], **dict(pair.split("=", 1) for pair in found["fields"].split())})
        elif found := re.fullmatch(r"(\d+) hours? goe?s? by", words):
            self.office.pass_time(3600 * int(found[1]))
        else:
            raise AssertionError(f"no such direction: {words}")

    def _records_on_a_card(self, only: str | None) -> list[dict[str, str]]:
        for message in reversed(self.clients.messages.values()):
            if found := [one.groupdict() for one in RECORD.finditer(message.as_shown) if only in (None, one["name"])]:
                return found
        raise AssertionError("no card shows such a record")

    def _button(self, title: str) -> tuple[Message, dict[str, Any]]:
        """What stands in the chat as well as in the channel is pressed in the chat."""
        places = [lambda message: message.conversation != AUDIT, lambda message: message.conversation == AUDIT]
        for message in (one for place in places for one in reversed(self.clients.messages.values()) if place(one)):
            for action in (message.card or {}).get("actions", ()):
                if action["title"] == title:
                    return message, action
        raise AssertionError(f"nobody sees a button {title}")

    async def _let_the_bot_work(self) -> None:
        """Every run goes on until only a person, or a day, moves it on; then one look at everything, where it was wished for."""
        before = {run.id for run in await self.ledger(runs.open_runs)}
        worked = before
        while worked:
            for run in sorted(worked):
                view = await self.office.advance(run)
                self.card_updater.run_changed(run)
                await self.card_updater.wait_until_shown()
                if view.state in ("verified", "incomplete"):
                    self.lookout.request()
            worked = {run.id for run in await self.ledger(runs.open_runs)} - before
            before |= worked
        if self.lookout.is_refreshing:
            await self.lookout.refresh()
            self.lookout.is_refreshing = False
            self.card_updater.run_changed(BOARD)
            await self.card_updater.wait_until_shown()


@asynccontextmanager
async def guided_walk(path: Path, estate: Estate) -> AsyncIterator[GuidedWalk]:
    async with estate_harness(path, estate, users=43, rights={"look": [ADELE], "ask": [ALEX, MEGAN], "approve": [ALEX, MEGAN]}) as office:
        yield GuidedWalk(office)


PROOF = re.compile(r"audit line \d+: [0-9a-f]{16}")  # another one each time


PLAN = re.compile(r"\b([Pp]lan) [0-9a-f]{6}\b")  # another one whenever a step calls something else


async def replay(estate: Estate, script: str, path: Path) -> tuple[str, Counter[str]]:
    """The conversation as it is today, and how often each call has changed the servers or the tenant."""
    async with guided_walk(path, estate) as stage:
        for mark, words in read_inputs(script):
            stage.clients.write(mark, words)
            await play_line(stage, mark, words)
        done = Counter(effect.call for effect in stage.office.estate.effects if effect.result == "done")
        played = "\n".join(stage.clients.script)
        return PLAN.sub(r"\1 …", PROOF.sub("audit line …", played)) + "\n", done
