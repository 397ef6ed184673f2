"""What a client in a terminal shows: messages as text, cards with numbered buttons, and only what is new when a card is edited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dialogs.cards.text_fallback import as_text

CARD = "application/vnd.microsoft.card.adaptive"
TOP = 2  # lines among which the title stands: above it there may be the configured word
Json = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """Something that can be picked: a button of a card, or a suggested line."""

    title: str
    data: Json | None = None  # None: the title is typed
    inputs: Sequence[Json] = ()


@dataclass
class ScreenMessage:
    """One message as it stands on the screen."""

    id: str
    conversation: str
    text: str = ""
    buttons: list[Button] = field(default_factory=list)

    @property
    def will_change(self) -> bool:
        """A run that is looked at, worked off or settling will change by itself; its buttons tell."""
        verbs = {button.data.get("verb") for button in self.buttons if button.data}
        return "pause" in verbs or verbs in ({"cancel"}, {"look"})


class Screen:
    """All messages, the newest last. `#` marks the team channel, `~` a card that was edited."""

    def __init__(self, channel: str, write: Callable[[str], None]) -> None:
        self._channel, self._write = channel, write
        self._messages: dict[str, ScreenMessage] = {}

    def message(self, id: str, conversation: str, activity: Json) -> None:
        """A new message, or an edit of one that is there; only what is new in it is printed."""
        now, before = ScreenMessage(id, conversation, _text(activity), _buttons(activity)), self._messages.pop(id, None)
        self._messages[id] = now
        in_channel = conversation.startswith(self._channel)
        if before is None:
            self._print("# " if in_channel else "< ", now.text.split("\n"), now.buttons)
        elif now != before:
            news = _news(before.text, now.text)
            self._print(
                "~ # " if in_channel else "~ ", news[:1] if in_channel else news, now.buttons if now.buttons != before.buttons else []
            )

    def text(self, words: str) -> None:
        self._print("< ", words.split("\n"), [])

    def newest_with_buttons(self, conversation: str) -> ScreenMessage | None:
        """The newest message with buttons that somebody in this conversation sees: there, or in the team channel."""
        seen = (message for message in reversed(self._messages.values()) if message.conversation.startswith((conversation, self._channel)))
        return next((message for message in seen if message.buttons), None)

    @property
    def will_change(self) -> bool:
        return any(message.will_change for message in self._messages.values())

    def _print(self, mark: str, lines: Sequence[str], buttons: Sequence[Button]) -> None:
        numbered = [" ".join(f"[{n} {button.title}]" for n, button in enumerate(buttons, 1))] if buttons else []
        self._write(mark + f"\n{' ' * len(mark)}".join([*lines, *numbered]))


def _text(activity: Json) -> str:
    card = _card(activity)
    return as_text(card, buttons=False) if card else str(activity.get("text") or "")


def _buttons(activity: Json) -> list[Button]:
    card = _card(activity)
    if card:
        inputs = [element for element in card.get("body", ()) if element["type"].startswith("Input.")]
        return [
            Button(action["title"], action["data"], () if action.get("associatedInputs") == "none" else inputs)
            for action in card.get("actions", ())
        ]
    return [Button(pick["title"]) for pick in (activity.get("suggestedActions") or {}).get("actions", ())]


def _card(activity: Json) -> Json | None:
    found = (attachment["content"] for attachment in activity.get("attachments") or () if attachment["contentType"] == CARD)
    return next(found, None)


def _news(before: str, now: str) -> list[str]:
    """The line that says which run it is, where it is about one, and the lines that were not there before."""
    known, lines = set(before.split("\n")), now.split("\n")
    head = [line for line in lines[:TOP] if " · " in line][:1]
    return [*head, *(line for line in lines if line not in known and line not in head)] or lines[:1]
