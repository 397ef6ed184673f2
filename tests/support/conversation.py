"""Plays a conversation in process: people type and press, what they see is written down in the notation of the transcripts.

`>` person · `<` message · `~` card edited in place · `#` team channel · `*` what happens behind the scenes
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ConversationReference, ResourceResponse

from bot.bootstrap import build_chat
from bot.clock import Clock
from bot.events import Events
from bot.ledger import Ledger
from bot.report_files import ReportFiles
from bot.service import RunService
from bot.step import Step
from bot.supervision import Supervisor
from bot.views import ConversationRef, Person
from dialogs.cards.text_fallback import as_text
from dialogs.channel.turn_lock import wait_for_work_beside
from dialogs.list_delivery import ListDelivery
from tests.support.bot_settings import AUDIT, bot_settings
from tests.support.fake_file_store import FakeFileStore
from tests.support.fake_run_service import NOW

CARD = "application/vnd.microsoft.card.adaptive"
ANSWER = "the answer to an invoke"


@dataclass
class Message:
    """One message as it stands in a client now."""

    id: str
    conversation: str
    text: str
    card: dict[str, Any] | None
    picks: Sequence[str] = ()

    @property
    def as_shown(self) -> str:
        return f"[{as_text(self.card)}]" if self.card else self.text


class FakeClients(BotAdapter):
    """The channel and everybody's client in one: what the bot sends ends here, and is kept as people would see it."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, Message] = {}
        self.script: list[str] = []

    async def send_activities(self, context: TurnContext, activities: Sequence[Activity]) -> list[ResourceResponse]:
        for activity in activities:
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[ANSWER] = activity.value
        return [self._send(activity, context.activity.conversation.id) for activity in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        self._edit(activity.id, activity)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        raise NotImplementedError("the bot deletes nothing")

    async def edit(self, spot: ConversationRef, message: str, activity: Activity) -> None:
        self._edit(message, activity)

    async def post_to_channel(self, channel: ConversationRef, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        sent = self._send(activity, channel.conversation)
        return channel, sent.id

    async def post(self, spot: ConversationRef, activity: Activity, *, again: bool = False) -> str:
        return str(self._send(activity, spot.conversation).id)

    async def to_person(self, near: ConversationRef, user: str, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        there = replace(near, conversation=f"personal-{user[-2:]}", kind="personal")
        return there, str(self._send(activity, there.conversation).id)

    def replace_card(self, message: Message, card: dict[str, Any]) -> None:
        """The answer to a pressed button stands where the button was."""
        self._show(message, card, message.text)

    def _send(self, activity: Activity, conversation: str) -> ResourceResponse:
        if activity.type == ActivityTypes.invoke_response:
            return ResourceResponse(id="")
        made = Message(f"m{len(self.messages) + 1}", conversation, activity.text or "", _card(activity), _picks(activity))
        self.messages[made.id] = made
        picks = f"\n{' '.join(f'({pick})' for pick in made.picks)}" if made.picks else ""
        self.write("#" if conversation == AUDIT else "<", made.as_shown + picks)
        return ResourceResponse(id=made.id)

    def _edit(self, message: str, activity: Activity) -> None:
        self._show(self.messages[message], _card(activity), activity.text or "")

    def _show(self, message: Message, card: dict[str, Any] | None, text: str) -> None:
        before, message.card, message.text = message.as_shown, card, text
        if message.conversation == AUDIT:  # in full only when it is posted: it says what the card beside it says
            shown, before = _heading(message.as_shown), _heading(before)
        else:
            shown = message.as_shown
        if shown != before:
            self.write("~ #" if message.conversation == AUDIT else "~", shown)

    def write(self, mark: str, text: str) -> None:
        self.script.append(f"{mark} {text}".replace("\n", "\n   "))


class Conversation:
    """The bot's chat over a service, in front of people. `direct` plays what happens behind the scenes."""

    def __init__(
        self,
        desk: RunService,
        steps: Mapping[str, Step],
        direct: Callable[[str], Awaitable[None]],
        ledger: Ledger | None = None,
        clients: FakeClients | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clients, self._steps, self._direct = clients or FakeClients(), steps, direct
        self.service = desk
        self.ledger, self._clock = ledger or Ledger(":memory:"), clock or Clock(NOW.timestamp)
        self._n, self.locale = 0, "en-US"  # of whoever speaks next
        self.list_delivery: ListDelivery | None = None
        self._scratch = TemporaryDirectory()
        self.open()

    def open(self) -> None:
        """Puts the chat together, as a start of the process does."""
        if hasattr(self, "chat"):
            self.chat.card_updater.close()
        folder = Path(self._scratch.name)
        self.chat = build_chat(
            bot_settings(folder / "records.sqlite"),
            self.service,
            ledger=self.ledger,
            steps=self._steps,
            clock=self._clock,
            events=Events(),
            supervisor=Supervisor(self._clock),
            report_files=ReportFiles(folder / "lists"),
            channel=self.clients,
            delivery=self.list_delivery,
            wait=skip_wait,
        )
        self.card_updater = self.chat.card_updater
        self.bot = self.chat.bot

    async def restart(self) -> None:
        await self.card_updater.wait_until_shown()
        self.open()
        await self.card_updater.refresh()
        await self.card_updater.wait_until_shown()

    async def type_text(self, who: Person, text: str, conversation: str = "") -> None:
        await self.deliver(who, conversation, type="message", text=text)

    async def send_file(self, who: Person, name: str, content: bytes, text: str = "") -> None:
        """Sends a file in the personal chat, as Teams passes it on."""
        async with FakeFileStore() as shelf:
            shelf.files[name] = content
            await self.deliver(
                who, type="message", text=text, attachments=[{"contentType": "text/html", "content": text}, shelf.attachment(name)]
            )
            await wait_for_work_beside()
            await self.chat.adapter.connector.wire.close()
        await self.card_updater.wait_until_shown()

    async def press(self, who: Person, button: str, inputs: Mapping[str, str] | None = None, old: bool = False) -> None:
        """The newest button of this name. Old clients send a message, new ones an invoke that is answered with a card."""
        message, action = self._button(button)
        data = {**action["data"], **{f"answer.{name}": text for name, text in (inputs or {}).items()}}
        await self.send_action(who, message, data, old)

    async def send_action(self, who: Person, message: Message, data: Any, old: bool = False) -> Any:
        """The data of some button, pressed in this message. Returns the body of the answer."""
        where = {"conversation": message.conversation, "replyToId": message.id}
        if old:
            return await self.deliver(who, **where, type="message", value=data)
        value = {"action": {"type": "Action.Execute", "verb": "x", "data": data}, "trigger": "manual"}
        answer = await self.deliver(who, **where, type="invoke", name="adaptiveCard/action", value=value)
        assert json.loads(json.dumps(answer.body)) == answer.body
        if answer.body and answer.body["type"] == CARD:
            self.clients.replace_card(message, answer.body["value"])
        elif answer.body:
            self.clients.write("<", answer.body["value"])
        return answer

    async def follow_direction(self, words: str) -> None:
        if words == "the process dies, and starts again":
            await self.restart()
        else:
            await self._direct(words)
            await self.card_updater.wait_until_shown()

    async def deliver(self, who: Person, conversation: str = "", **fields: Any) -> Any:
        """One activity in, everything it causes out."""
        self._n += 1
        place = conversation or f"personal-{who.id[-2:]}"
        activity = Activity().deserialize(
            {
                "id": f"in-{self._n}",
                "channelId": "msteams",
                "serviceUrl": "http://127.0.0.1:1/",
                "from": {"id": f"29:{who.id}", "aadObjectId": who.id, "name": who.name},
                "recipient": {"id": "28:bot", "name": "Switchover"},
                "locale": self.locale,
                "conversation": {"id": place, "conversationType": _kind(place)},
                **fields,
            }
        )
        context = TurnContext(self.clients, activity)
        await self.clients.run_pipeline(context, self.bot.on_turn)
        await self.card_updater.wait_until_shown()
        return context.turn_state.get(ANSWER)

    def _button(self, title: str) -> tuple[Message, dict[str, Any]]:
        for message in reversed(self.clients.messages.values()):
            for action in (message.card or {}).get("actions", ()):
                if action["title"] == title:
                    return message, action
        raise AssertionError(f"nobody sees a button {title}")


def _kind(place: str) -> str:
    return "channel" if place == AUDIT else "groupChat" if place.startswith("group") else "personal"


def _card(activity: Activity) -> dict[str, Any] | None:
    return activity.attachments[0].content if activity.attachments else None


async def skip_wait(seconds: float) -> None:
    """Waits for nothing: the clients here have every answer as soon as it is given."""


def _heading(shown: str) -> str:
    return next((line for line in shown.split("\n") if " · " in line), shown)


def _picks(activity: Activity) -> Sequence[str]:
    return [action.title for action in activity.suggested_actions.actions] if activity.suggested_actions else ()
