"""Words on their way to people: one place renders every sentence, so that a catalogue can translate them.

Names and remote texts are not to be trusted: here they lose line breaks and control characters, and right-to-left ones
are kept from turning the rest of their line around.
"""

import re
import textwrap
import unicodedata
from datetime import datetime, timedelta

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from bot.errors import MOST_SHOWN
from bot.i18n import LocalizedText, Word, say, say_counted
from bot.i18n.languages import babel_name
from bot.step import Step
from dialogs.translations import paragraphs, subject_name, translate, translate_counted

LONGEST = 300  # of a value inside a sentence; error texts of the outside can be pages long
_RIGHT_TO_LEFT = {"R", "AL"}
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def render(words: LocalizedText | str, locale: str = "en") -> str:
    """The sentence in the person's language, with its values made harmless."""
    if isinstance(words, str):
        return clean(words, LONGEST * 4)
    text = _template(words, locale)
    return text.format(**{name: _value(name, value, locale) for name, value in words.values.items()}) if words.values else text


def _template(words: LocalizedText, locale: str) -> str:
    if words.plural and isinstance(n := words.values["n"], int):
        return translate_counted(words.text, words.plural, n, locale)
    return translate(words.text, locale)


def guidance(step: Step, locale: str = "en") -> list[str]:
    """What a step says about itself, paragraph by paragraph."""
    return [translate(paragraph, locale) for paragraph in paragraphs(step.guidance)]


def summary(step: Step, locale: str = "en") -> str:
    """The first sentence of that."""
    return re.split(r"(?<=[.!?]) ", guidance(step, locale)[0])[0]


def clean(text: str, limit: int = LONGEST) -> str:
    """One line without control characters, cut in the middle when too long, isolated when it runs right to left."""
    plain = text if text.isascii() and text.isprintable() else _visible(text)
    plain = re.sub(r"\{(?=\{)", "{ ", plain)  # which a card would take for a date to be written out
    short = shorten_in_middle(" ".join(plain.split()), limit)
    if not short.isascii() and any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in short):
        return f"{_ISOLATE}{short}{_END_ISOLATE}"
    return short


def shorten_at_end(text: str, limit: int) -> str:
    """What fits of a long sentence, up to the end of a word."""
    words = textwrap.shorten(text, limit, placeholder=" …", break_on_hyphens=False)
    return shorten_in_middle(text, limit) if words == "…" else words


def shorten_in_middle(text: str, limit: int) -> str:
    """Keeps both ends of a long text, because addresses differ at either of them."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail].rstrip()}…{_without_broken_letter(text[-tail:])}"


def without_angle_brackets(text: str) -> str:
    """For message texts, which some clients read as HTML: angle brackets become their typographic likeness."""
    return text.replace("<", "‹").replace(">", "›")


def age_text(then: datetime, now: datetime) -> LocalizedText:
    """How long ago, in the coarsest unit that says enough."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return say("just now")
    if minutes < 60:
        return say("{n} min ago", n=minutes)
    return say("{n} h ago", n=minutes // 60) if minutes < 48 * 60 else say_counted("{n} day ago", "{n} days ago", n=minutes // 1440)


def duration(seconds: int) -> LocalizedText:
    """How long something still takes; never more exact than it can be known."""
    if seconds < 60:
        return say("less than a minute")
    return say("about {n} min", n=round(seconds / 60)) if seconds < 90 * 60 else say("about {n} h", n=round(seconds / 3600))


def time_text(then: datetime, now: datetime, locale: str = "en") -> str:
    """A moment that is not far away: the time, with its day when that is another one."""
    far = abs(then - now) > timedelta(hours=20)
    return f"{date_text(then, locale)} {then:%H:%M} UTC" if far else f"{then:%H:%M} UTC"


def date_text(then: datetime, locale: str = "en") -> str:
    """ "22 Nov", "22. Nov."."""
    written: str = format_skeleton("MMMd", then, locale=babel_name(locale))
    return written


MANY = 10_000  # from here on digits are grouped; below, a grouped number reads like a fraction in other countries


def _value(name: str, value: Word, locale: str) -> Word:
    match value:
        case LocalizedText():
            return render(value, locale)
        case str():
            if name in ("words", "why"):  # somebody else's own text, in which every name may count
                return clean(value, MOST_SHOWN)
            return clean(subject_name(value, locale) if name == "subject" else value)  # what only we have named
        case int() if abs(value) >= MANY and name != "run":  # which is a name, not a number
            grouped: str = format_decimal(value, locale=babel_name(locale))
            return grouped
    return value


def _visible(text: str) -> str:
    keep = {"\u200d", "\ufe0f"}  # they join emoji; every other format character could hide or turn text
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn"}
    return "".join(letter if letter in keep or unicodedata.category(letter) not in kinds else " " for letter in text)


def _without_broken_letter(tail: str) -> str:
    """Without the half of a letter or emoji that the cut may have left at the front."""
    return re.sub(r"^[\u200d\ufe0f\u0300-\u036f\U0001f3fb-\U0001f3ff\s]+", "", tail)
