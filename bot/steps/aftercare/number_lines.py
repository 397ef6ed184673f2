"""Lines like `bob@contoso.com +4930123456`, parsed; each wrong line is named with its error."""

import re
from collections.abc import Iterator, Mapping

from bot.errors import InvalidAnswers
from bot.facts.telephone import Telephone, parse_number
from bot.i18n import LocalizedText, say
from bot.steps.shared.people_input.parser import list_problems, parse_people, strip_invisible
from bot.steps.shared.people_input.people_list import NamedPerson

LINE = re.compile(r"(?P<who>[^<>@]*<[^<>]+>|\S+?@[^\s,;:]+)[\s,;:]+(?P<number>.*?)[\s,;]*")
WANTED = say("a line like bob@contoso.com +4930123456 is needed")


def parse_number_lines(text: str) -> dict[NamedPerson, Telephone]:
    """Who -> number. Raises `ValueError` with a `LocalizedText`: a line per entry that cannot be right."""
    found: dict[NamedPerson, Telephone] = {}
    problems = [problem for problem in _parse_lines(strip_invisible(text)[0], found) if problem]
    if problems:
        raise ValueError(list_problems(problems))
    return found


def check_number_lines(text: str) -> str:
    """The text as it was typed. Raises like `parse_number_lines`."""
    parse_number_lines(text)
    return text


def write_number_lines(found: Mapping[str, str]) -> str:
    """The text that `parse_number_lines` reads, for numbers by SIP address."""
    return "\n".join(f"sip:{address} {number}" for address, number in found.items())


def _parse_lines(text: str, found: dict[NamedPerson, Telephone]) -> Iterator[LocalizedText | None]:
    """Puts each line into `found`, or says what is wrong with it."""
    for count, line in enumerate(text.splitlines(), 1):
        if entry := line.strip():
            wrong = _parse_line(entry, found)
            yield say("line {number}, “{entry}”: {wrong}", number=count, entry=entry[:60], wrong=wrong) if wrong else None


def _parse_line(entry: str, found: dict[NamedPerson, Telephone]) -> LocalizedText | None:
    parts = LINE.fullmatch(entry)
    one = _parse_person(parts["who"]) if parts else None
    if one is None or parts is None or not parts["number"]:
        return WANTED
    number = parse_number(parts["number"])
    if isinstance(number, LocalizedText):
        return number
    if one.address in {other.address for other in found}:
        return say("{who} has a number above already", who=one.address)
    found[one] = number
    return None


def _parse_person(text: str) -> NamedPerson | None:
    """The one person who is named."""
    try:
        meant = parse_people(text)
    except InvalidAnswers:
        return None
    return meant.entries[0] if len(meant.entries) == 1 and not meant.groups else None
