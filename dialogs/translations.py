"""The catalogues: every sentence in the languages that there are. English is in the code, the others in `locale/<tag>/messages.po`.

`python -m tests.tools.catalogue` brings the files up to date with the code and names what is still to be translated.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from string import Formatter

import polib

from bot.i18n import languages
from bot.i18n.languages import best_tag

CATALOGUE = "messages.po"
#: context of what people type; several ways to say it have a | between them
TYPED = "typed"
#: context of our own names for things
SUBJECT = "subject"


@cache
def translated_tags() -> tuple[str, ...]:
    """The languages beside English that have a catalogue."""
    return tuple(tag for tag in languages.languages() if (languages.FOLDER / tag / CATALOGUE).exists())


@dataclass(frozen=True)
class _Catalogue:
    sentences: GNUTranslations
    #: patterns of our own names for things, of which some hold a person's ("{sip} meetings"), each with its translation
    subjects: tuple[tuple[re.Pattern[str], str], ...]


def translate(text: str, locale: str) -> str:
    """The text in the locale's language; as it is where there is no translation."""
    catalogue = _catalogue(best_tag(locale))
    return catalogue.sentences.gettext(text) if catalogue and text else text


def translate_counted(singular: str, plural: str, n: int, locale: str) -> str:
    """The form of the sentence that goes with the number in the locale's language."""
    if catalogue := _catalogue(best_tag(locale)):
        return catalogue.sentences.ngettext(singular, plural, n)
    return singular if n == 1 else plural


def subject_name(subject: str, locale: str) -> str:
    """The name of a subject in the locale's language; only names of ours are translated, people and domains keep theirs."""
    catalogue = _catalogue(best_tag(locale))
    for pattern, name in catalogue.subjects if catalogue else ():
        if found := pattern.fullmatch(subject):
            return name.format(**found.groupdict())
    return subject


def typed_variants(phrase: str) -> Iterable[str]:
    """The phrase as it can be typed in the other languages, also on a keyboard without their letters."""
    for tag in translated_tags():
        for variant in _variants(phrase, tag):
            yield from dict.fromkeys((variant, languages.languages()[tag].fold_letters(variant)))


def typed_phrase(phrase: str, locale: str) -> str:
    """The first way in which the phrase is typed in the locale's language."""
    return next(iter(_variants(phrase, best_tag(locale))), phrase)


def paragraphs(guidance: str) -> list[str]:
    """A docstring as the catalogue has it: one message per paragraph, without line breaks."""
    return [" ".join(paragraph.split()) for paragraph in guidance.split("\n\n")]


def _variants(phrase: str, tag: str) -> list[str]:
    """The ways in which the phrase is typed in one language; none where it is not translated."""
    catalogue = _catalogue(tag)
    text = catalogue.sentences.pgettext(TYPED, phrase) if catalogue else phrase
    return [variant.strip() for variant in text.split("|") if variant.strip()] if text != phrase else []


@cache
def _catalogue(tag: str) -> _Catalogue | None:
    """The catalogue of a language, read by gettext with its plural forms; None for English."""
    path = languages.FOLDER / tag / CATALOGUE
    if not path.exists():
        return None
    read = polib.pofile(str(path))
    subjects = ((_pattern(entry.msgid), entry.msgstr) for entry in read.translated_entries() if entry.msgctxt == SUBJECT)
    return _Catalogue(GNUTranslations(io.BytesIO(read.to_binary())), tuple(subjects))


def _pattern(name: str) -> re.Pattern[str]:
    """The name as it looks with values in it."""
    parts = (re.escape(literal) + (rf"(?P<{value}>\S+)" if value else "") for literal, value, _, _ in Formatter().parse(name))
    return re.compile("".join(parts))


def forget() -> None:
    """Empties the caches after the folder of locales was exchanged, as tests do."""
    for cached in (languages.languages, best_tag, translated_tags, _catalogue):
        cached.cache_clear()
