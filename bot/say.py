"""Words for people: a sentence that the catalogue can translate, and the values that go into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Say:
    """One sentence. `text` is the English template and the key in the catalogue; `str()` is the English sentence.

    A value may be a sentence itself: it is translated with the one around it.
    """

    text: str
    values: "Mapping[str, Word]" = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values) if self.values else self.text


Word = str | int | float | Say


def say(text: str, **values: Word) -> Say:
    """`say("{sip} has no licence", sip=…)`; the extraction of the catalogue looks for calls of this name."""
    return Say(text, values)
