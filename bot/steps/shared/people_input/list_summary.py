"""The summary of a list of people: its lines, people and columns, people left aside and columns that were not read."""

from functools import lru_cache

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, comma_list, first_few, say, say_counted, semicolon_list
from bot.steps.shared.people_input.headings import LOOKUP_TEXTS, lookup_by
from bot.steps.shared.people_input.parser import parse_people
from bot.steps.shared.people_input.people_list import ListSummary, PeopleList

MAX_NAMES = 10  # people and columns that are named one by one


@lru_cache(maxsize=64)
def describe_list(text: str) -> LocalizedText | None:
    """The summary of this list; None where it names one person and nothing else, or cannot be read."""
    try:
        meant = parse_people(text)
    except InvalidAnswers:
        return None
    if any(group.members is None for group in meant.groups):
        return None  # its members have not been read yet
    listed = meant.summary
    simple = meant.count == 1 and not meant.groups and not meant.repeated and listed == ListSummary(lines=listed.lines)
    return None if simple and listed.lines == 1 else semicolon_list(_parts(meant))


def _parts(meant: PeopleList) -> list[LocalizedText]:
    listed, parts = meant.summary, [_counts(meant)]
    if meant.repeated:
        parts.append(say("named more than once: {names}", names=first_few(meant.repeated, MAX_NAMES)))
    if listed.left_aside:
        parts.append(say("left aside: {names}", names=first_few(listed.left_aside, MAX_NAMES)))
    if listed.unread_columns:
        parts.append(say("not read: {names}", names=", ".join(listed.unread_columns)))
    if listed.lines_with_invisible:
        parts.append(
            say_counted(
                "invisible characters were taken out of {n} line",
                "invisible characters were taken out of {n} lines",
                n=listed.lines_with_invisible,
            )
        )
    return parts


def _counts(meant: PeopleList) -> LocalizedText:
    lines = say_counted("{n} line", "{n} lines", n=meant.summary.lines)
    people = say_counted("{n} person", "{n} people", n=meant.count)
    columns = meant.summary.columns
    groups = [say("{n} in {group}", n=len(one.members or ()), group=f"{one.kind} {one.name}") for one in meant.groups]
    if len(columns) == 1:
        ((column, _),) = columns
        read = say("from column {column} ({way})", column=column, way=LOOKUP_TEXTS[lookup_by(column) or "any"])
    else:
        read = comma_list(
            [say("{n} from column {column} ({way})", n=n, column=name, way=LOOKUP_TEXTS[lookup_by(name) or "any"]) for name, n in columns]
        )
    return comma_list([lines, people, *([read] if columns else []), *groups])
