"""What a person has typed: the text of a message without the mentions of the bot, as it was seen when it was sent.

The SDK's `remove_recipient_mention` deletes the bot's name wherever it stands, in addresses too; it is not used.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations#work-with-mentions
"""

import re
from collections import defaultdict, deque
from html import unescape
from typing import Any

from botbuilder.schema import Activity
from pydantic import BaseModel, ValidationError

SPAN = re.compile(r"<at(?:\s[^<>]*)?>(?P<name>[^<>]*)</at>", re.IGNORECASE)
# Whole references only: unescape alone reads "&copy" without its semicolon, and a group can be called R&copy.
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)


class _Mentioned(BaseModel):
    id: str | None = None
    name: str | None = None


class _Mention(BaseModel):
    mentioned: _Mentioned
    text: str | None = None


def typed_text(activity: Activity) -> str:
    """The text without those `<at>` spans whose entity says that the recipient is mentioned; another person's span leaves its name.

    Spans and entities of one name belong together in their order. A span that no entity speaks of was typed, and stays.
    """
    told = _mentions_by_name(activity)
    own = activity.recipient.id if activity.recipient else None
    text, said, end = activity.text or "", list[str](), 0
    for span in SPAN.finditer(text):
        ids = told.get(_comparable(span["name"]))
        if not ids:
            continue
        mentioned = ids.popleft()
        said += [_decode(text[end : span.start()]), " " if own and mentioned == own else _decode(span["name"])]
        end = span.end()
    return "".join((*said, _decode(text[end:]))).replace("\xa0", " ").strip()


def _mentions_by_name(activity: Activity) -> dict[str, deque[str | None]]:
    """Who is mentioned under which name, in the order of the entities. What cannot be read is no mention."""
    found: defaultdict[str, deque[str | None]] = defaultdict(deque)
    for entity in activity.entities or ():
        if entity is None or str(entity.type).lower() != "mention":
            continue
        mention = _parse(entity.additional_properties)
        if mention and (name := _name(mention)):
            found[name].append(mention.mentioned.id)
    return found


def _parse(fields: Any) -> _Mention | None:
    try:
        return _Mention.model_validate(fields)
    except ValidationError:
        return None


def _name(mention: _Mention) -> str:
    """The name between the tags of the entity's own text; some clients send none."""
    span = SPAN.search(mention.text or "")
    return _comparable(span["name"] if span else mention.mentioned.name or "")


def _comparable(name: str) -> str:
    return " ".join(_decode(name).split()).casefold()


def _decode(text: str) -> str:
    """Once, and not again: "&amp;lt;" is how somebody's "&lt;" is written."""
    return REFERENCE.sub(lambda found: unescape(found.group()), text)
