"""Headings of columns: how entries below one name people, or whether it says which rows are meant."""

import re
from typing import Literal

from bot.i18n import LocalizedText, say
from bot.i18n.languages import table_words

LookupBy = Literal["any", "sip", "upn", "mail"]  # the property by which an entry is looked up

LOOKUP_TEXTS: dict[LookupBy, LocalizedText] = {
    "any": say("by SIP address or sign-in name"),
    "sip": say("by SIP address"),
    "upn": say("by sign-in name"),
    "mail": say("by e-mail address"),
}
# Letters and digits of headings as scripts and spreadsheets write them, the best way to name a person first.
HEADINGS: dict[str, LookupBy] = {heading: way for way in ("sip", "upn", "mail", "any") for heading in table_words(way)}
RANK = {heading: rank for rank, heading in enumerate(HEADINGS)}
# Headings of a column that says that a row is meant, and of one that says that it is not.
DECIDING_HEADINGS, EXCLUDING_HEADINGS = frozenset(table_words("include")), frozenset(table_words("exclude"))
YES_WORDS, NO_WORDS = frozenset(table_words("yes")), frozenset(table_words("no"))
QUESTIONS = table_words("question")


def normalize_heading(heading: str) -> str:
    """Letters and digits alone, lower case, without a request for an answer ("Migrate? (y/n)")."""
    letters = "".join(letter for letter in heading.casefold() if letter.isalnum())
    return next((letters.removesuffix(tail) for tail in QUESTIONS if letters.endswith(tail) and letters != tail), letters)


def lookup_by(heading: str) -> LookupBy | None:
    """The property by which entries below this heading are looked up; None = they name no people.

    "UPN: SIP" stands below UPN and is written as a SIP address.
    """
    return HEADINGS.get(normalize_heading(heading.rpartition(": ")[2])) or HEADINGS.get(normalize_heading(heading))


def is_no(cell: str) -> bool | None:
    """Whether a cell says no, by its first word: "No - leaves in May". None = neither yes nor no."""
    first = re.match(r"\w+|\S", cell.strip().casefold())
    word = first.group() if first else ""
    return True if word in NO_WORDS else False if word in YES_WORDS else None


def is_deciding(cells: list[str]) -> bool:
    """Whether a column with these cells says yes or no at all: below "Migration" may stand dates or the numbers of waves too."""
    words = [cell for cell in cells if not cell.isdecimal()]
    return any(is_no(word) is not None for word in words) or (not words and bool(cells) and {*cells} <= {"0", "1"})
