"""What is said of a list of people: how many lines, how many people, from which column, who is left aside and what was not read."""

from functools import lru_cache

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, comma_list, first_few, say, say_counted, semicolon_list
from bot.steps.shared.people_input.headings import WAYS, way_of
from bot.steps.shared.people_input.pasted import Listed, Who, who

NAMED = 10  # people and columns that are named one by one


@lru_cache(maxsize=64)
def told(text: str) -> LocalizedText | None:
    """What was read of this list; None where it names one person and nothing else, or cannot be read."""
    try:
        meant = who(text)
    except InvalidAnswers:
        return None
    if any(group.members is None for group in meant.groups):
        return None  # nobody has looked yet who is in it
    listed = meant.listed
    simple = meant.count == 1 and not meant.groups and not meant.twice and listed == Listed(lines=listed.lines)
    return None if simple and listed.lines == 1 else semicolon_list(_parts(meant))


def _parts(meant: Who) -> list[LocalizedText]:
    listed, parts = meant.listed, [_counts(meant)]
    if meant.twice:
        parts.append(say("named more than once: {names}", names=first_few(meant.twice, NAMED)))
    if listed.aside:
        parts.append(say("left aside: {names}", names=first_few(listed.aside, NAMED)))
    if listed.unread:
        parts.append(say("not read: {names}", names=", ".join(listed.unread)))
    if listed.unseen:
        parts.append(
            say_counted(
                "invisible characters were taken out of {n} line", "invisible characters were taken out of {n} lines", n=listed.unseen
            )
        )
    return parts


def _counts(meant: Who) -> LocalizedText:
    lines = say_counted("{n} line", "{n} lines", n=meant.listed.lines)
    people = say_counted("{n} person", "{n} people", n=meant.count)
    columns = meant.listed.columns
    groups = [say("{n} in {group}", n=len(one.members or ()), group=f"{one.kind} {one.name}") for one in meant.groups]
    if len(columns) == 1:
        ((column, _),) = columns
        read = say("from column {column} ({way})", column=column, way=WAYS[way_of(column) or "any"])
    else:
        read = comma_list(
            [say("{n} from column {column} ({way})", n=n, column=name, way=WAYS[way_of(name) or "any"]) for name, n in columns]
        )
    return comma_list([lines, people, *([read] if columns else []), *groups])
