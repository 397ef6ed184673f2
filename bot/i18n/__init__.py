"""Words for people: a sentence that the catalogue can translate, and the values that go into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LocalizedText:
    """One sentence. `text` is the English template and the key in the catalogue; `str()` is the English sentence.

    A value may be a sentence itself: it is translated with the one around it.
    """

    text: str
    values: "Mapping[str, Word]" = field(default_factory=dict)
    #: the template for any number but one, where the sentence depends on its value `n`
    plural: str = ""

    def __str__(self) -> str:
        text = self.plural if self.plural and self.values["n"] != 1 else self.text
        return text.format(**self.values) if self.values else text


Word = str | int | float | LocalizedText


def say(text: str, **values: Word) -> LocalizedText:
    """`say("{sip} has no licence", sip=…)`; the extraction of the catalogue looks for calls of this name."""
    return LocalizedText(text, values)


def say_counted(singular: str, plural: str, *, n: int, **values: Word) -> LocalizedText:
    """`say_counted("{n} line", "{n} lines", n=…)`; a language may have more forms than these two (gettext's ngettext)."""
    return LocalizedText(singular, {"n": n, **values}, plural)


def line_list(words: Sequence[LocalizedText]) -> LocalizedText:
    """Several sentences as one text, a line each; every one is translated by itself."""
    return _join(words, "\n")


def comma_list(words: Sequence[LocalizedText]) -> LocalizedText:
    """Several texts as one, with commas between; every one is translated by itself."""
    return _join(words, ", ")


def semicolon_list(words: Sequence[LocalizedText]) -> LocalizedText:
    """Several texts as one, with semicolons between; every one is translated by itself."""
    return _join(words, "; ")


def _join(words: Sequence[LocalizedText], between: str) -> LocalizedText:
    values = {f"word{n}": one for n, one in enumerate(words)}
    return LocalizedText(between.join(f"{{{name}}}" for name in values), values)


def first_few(names: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} (+{len(names) - most})"


def label(name: str) -> str:
    """Our own name for a subject that has none in the estate, such as "not in the cloud".

    The records keep it as it is here; where it is shown it is translated. The extraction of the catalogue looks for calls of this name.
    """
    return name
