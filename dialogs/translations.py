"""The catalogue: every sentence in the languages that there are. English is in the code, the others in `locale/` (gettext's .po).

`python -m tests.tools.catalogue` brings the files up to date with the code and names what is still to be translated.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Formatter

import polib

FOLDER = Path(__file__).parent / "locale"
TYPED = "typed"  # the catalogue's context of what people type; several ways to say it have a | between them
PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
SUBJECT = "subject"  # the catalogue's context of our own names for things


@cache
def languages() -> frozenset[str]:
    """The languages beside English."""
    return frozenset(path.stem for path in FOLDER.glob("*.po"))


def language(locale: str) -> str:
    """The language of a locale such as "de-DE"; English when nobody has translated into it."""
    found = locale[:2].lower()
    return found if found in languages() else "en"


def translated(text: str, locale: str) -> str:
    """The text in the locale's language; as it is where there is no translation."""
    spoken = language(locale)
    return text if spoken == "en" else _catalogue(spoken).get(("", text), text)


def called(subject: str, locale: str) -> str:
    """What a thing that only we have named is called in the locale's language; people and domains are called what they are called."""
    spoken = language(locale)
    if spoken == "en":
        return subject
    for pattern, name in _names(spoken):
        if found := pattern.fullmatch(subject):
            return name.format(**found.groupdict())
    return subject


def ways_to_say(phrase: str) -> Iterable[str]:
    """The phrase as it can be typed in the other languages, also on a keyboard without their letters."""
    for spoken in sorted(languages()):
        for way in (way.strip() for way in _catalogue(spoken).get((TYPED, phrase), "").split("|") if way.strip()):
            yield from dict.fromkeys((way, way.translate(PLAIN)))


def as_typed(phrase: str, locale: str) -> str:
    """The first way in which the phrase is typed in the locale's language."""
    ways = _catalogue(language(locale)).get((TYPED, phrase), "") if language(locale) != "en" else ""
    return ways.partition("|")[0].strip() or phrase


def paragraphs(guidance: str) -> list[str]:
    """A docstring as the catalogue has it: one message per paragraph, without line breaks."""
    return [" ".join(paragraph.split()) for paragraph in guidance.split("\n\n")]


@cache
def _names(spoken: str) -> list[tuple[re.Pattern[str], str]]:
    """Our own names for things, of which some say whose they are: "{sip} meetings"."""
    named = {text: name for (context, text), name in _catalogue(spoken).items() if context == SUBJECT}
    return [(re.compile("".join(map(_pattern, Formatter().parse(text)))), name) for text, name in named.items()]


def _pattern(part: tuple[str, str | None, str | None, str | None]) -> str:
    return re.escape(part[0]) + (rf"(?P<{part[1]}>\S+)" if part[1] else "")


@cache
def _catalogue(spoken: str) -> dict[tuple[str, str], str]:
    entries = polib.pofile(str(FOLDER / f"{spoken}.po")).translated_entries()
    return {(entry.msgctxt or "", entry.msgid): entry.msgstr for entry in entries}
