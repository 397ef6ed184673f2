"""Which of the rows that came back belongs to whom: by the properties that identify somebody, and by errors that name somebody."""

from collections.abc import Mapping, Sequence

from bot.calls import Json, Row
from bot.errors import Refused
from bot.facts import Unread
from bot.facts.values import plain_text
from bot.outside import RemoteError
from bot.say import say


def matched(
    properties: Sequence[str], keys: Sequence[str], rows: Sequence[Row], errors: Sequence[RemoteError]
) -> dict[str, Row | Unread | None]:
    """Exactly one answer per key. Raises `Refused` when an error that names nobody is all that came.

    The first property counts most: a row found by it is nobody else's by another one.
    """
    wanted = {comparable(key): key for key in keys}
    answers: dict[str, Row | Unread | None] = dict(_by_row(properties, wanted, rows))
    strays = []
    for error in errors:
        key = wanted.get(comparable(error.target))
        if key is None:
            strays.append(error)
        elif not error.absent:
            answers[key] = Unread(error.text)
        else:
            answers.setdefault(key, None)
    if strays and not answers:
        raise Refused(strays[0].text, strays[0].code, strays[0].target)
    silence = Unread(strays[0].text if strays else say("no answer came"))
    return {key: answers.get(key, silence) for key in keys}


def comparable(value: Json) -> str:
    """An address as it is compared: lower case, without "sip:"."""
    return str(plain_text(value)).lower().removeprefix("sip:")


def _by_row(properties: Sequence[str], wanted: Mapping[str, str], rows: Sequence[Row]) -> dict[str, Row | Unread]:
    found: dict[str, Row | Unread] = {}
    left = list(rows)
    for name in properties:
        unused, here = [], {}
        for row in left:
            key = wanted.get(comparable(row.get(name)))
            if key is None or key in found:
                unused.append(row)
            else:
                here[key] = Unread(say("more than one object answers to {key}", key=key)) if key in here else row
        found |= here
        left = unused
    return found
