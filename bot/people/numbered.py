"""Which telephone number is for whom: reads lines like `bob@contoso.com +4930123456`, and says per line what cannot be right."""

import re
from collections.abc import Iterator, Mapping

from bot.errors import Misspelt
from bot.facts.numbers import is_international, plain
from bot.people.pasted import line_by_line, who
from bot.say import Say, say

LINE = re.compile(r"(?P<who>\S+)[\s,;:]+(?P<number>(?:tel:)?\+?\d[\d\s().;/ext=-]*)", re.IGNORECASE)
WANTED = say("a line like bob@contoso.com +4930123456 is needed")


def numbers(text: str) -> dict[str, str]:
    """Address -> number such as "+4930123456". Raises `ValueError` with a `Say`: a line per entry that cannot be right."""
    found: dict[str, str] = {}
    problems = [problem for problem in _read(text, found) if problem]
    if problems:
        raise ValueError(line_by_line(problems))
    return found


def spelt(text: str) -> str:
    """The text as it was typed. Raises like `numbers`."""
    numbers(text)
    return text


def as_lines(found: Mapping[str, str]) -> str:
    """The text that `numbers` reads."""
    return "\n".join(f"{address} {number}" for address, number in found.items())


def _read(text: str, found: dict[str, str]) -> Iterator[Say | None]:
    """Puts each line into `found`, or says what is wrong with it."""
    for count, line in enumerate(text.splitlines(), 1):
        if entry := line.strip():
            wrong = _take(entry, found)
            yield say("line {number}, “{entry}”: {wrong}", number=count, entry=entry[:60], wrong=wrong) if wrong else None


def _take(entry: str, found: dict[str, str]) -> Say | None:
    parts = LINE.fullmatch(entry)
    address, number = (_address(parts["who"]), plain(parts["number"])) if parts else ("", "")
    if not address:
        return WANTED
    if not is_international(number):
        return say("a number with its country is needed, such as +4930123456")
    if address in found:
        return say("{who} has a number above already", who=address)
    found[address] = number
    return None


def _address(text: str) -> str:
    """The one person who is named; empty when nobody can be called so."""
    try:
        meant = who(text)
    except Misspelt:
        return ""
    return meant.people[0] if len(meant.people) == 1 and not meant.groups else ""
