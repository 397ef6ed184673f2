"""The parser of people's lists: what somebody types or pastes becomes people and groups, or a problem per line."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, line_list, say, say_counted
from bot.steps.shared.people_input.addresses import DOMAIN, MAX_LENGTH, NAME_AND_ADDRESS, parse_address, shorten, strip_quotes
from bot.steps.shared.people_input.headings import LookupBy, lookup_by
from bot.steps.shared.people_input.people_list import GroupKind, ListSummary, NamedPerson, PeopleGroup, PeopleList
from bot.steps.shared.people_input.table import (
    PREFIX,
    UnreadableTable,
    first_line_number,
    is_comment,
    is_table,
    parse_heading_line,
    parse_left_aside,
    read_table,
)

MAX_PEOPLE = 10_000  # in one run, so that its reads and the card's file stay small
MAX_PROBLEMS = 7  # listed one by one; with the line that counts the rest a form shows them all
# Format characters (Unicode's category Cf), which come along with pasted text and are invisible.
INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
GROUP = re.compile(r"(?P<kind>group|pool|ou)\s*(?::|\s)\s*(?P<name>.+)", re.IGNORECASE)
GROUP_WITH_MEMBERS = re.compile(r"(?P<name>.+?) \((?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?\) =(?P<members>.*)")
ENTRY_WITH_HEADING = re.compile(r"(?P<entry>\S+@\S+) \((?P<heading>[^()]+)\)")  # an entry with a heading of its own
PREFIXES: dict[str, LookupBy] = {"sip": "sip", "upn": "upn", "smtp": "mail", "mailto": "any"}
OU = re.compile(r"(?:(?:OU|CN)=(?:[^,\\]|\\.)+,\s*)+(?:DC=[\w-]+,\s*)*DC=[\w-]+", re.IGNORECASE)


class ListEntry(NamedTuple):
    """One entry of a list, with the number of its line and the heading above it."""

    line: int
    text: str
    heading: str = ""


def parse_people(text: str, field: str = "people") -> PeopleList:
    """The people and groups that `text` names. Raises `InvalidAnswers` for `field`, with one line per wrong entry."""
    clean, unseen = strip_invisible(text)
    try:
        read = _read_lines(clean, unseen)
    except UnreadableTable as untold:
        raise InvalidAnswers({field: list_problems(untold.problems)}) from None
    parts = list(_entries(read))
    meant = [_parse_entry(part) for part in parts]
    problems = [one for one in meant if isinstance(one, LocalizedText)]
    groups = {(one.kind, one.name.lower()): one for one in meant if isinstance(one, PeopleGroup)}
    named = Counter(one for one in meant if isinstance(one, NamedPerson))
    if problems:
        raise InvalidAnswers({field: list_problems(problems)})
    if not meant:
        raise InvalidAnswers(
            {field: say("Name at least one person: a SIP address, a sign-in name, or “group”, “pool” or “ou” and its name.")}
        )
    times = Counter(one.address for one in named.elements())
    apart = Counter(one.address for one in named if one.exact)  # one name may be meant for both people that have it
    twice = tuple(name for name, count in times.items() if count > max(1, apart[name]))
    listed = _summarise(read, parts, unseen)
    found = PeopleList(tuple(times), tuple(groups.values()), twice, tuple(named), listed)
    if found.count > MAX_PEOPLE:
        raise InvalidAnswers({field: say("These are {count} people; at most {most} fit into one run.", count=found.count, most=MAX_PEOPLE)})
    return found


def as_exact_list(sips: Iterable[str]) -> str:
    """A list of these SIP addresses, even where other people sign in by one of them. Other subjects stay as they are."""
    return "\n".join(f"sip:{sip}" if "@" in sip else sip for sip in sips)


def replace_groups(text: str, resolved: Mapping[str, str]) -> str:
    """The same list with the text of each group replaced as `resolved` says. Groups then stand on lines of their own."""
    read = _read_lines(*strip_invisible(text))
    found = defaultdict[int, list[ListEntry]](list)
    for part in _entries(read):
        found[part.line].append(part)
    lines: list[str] = []
    for number, line in enumerate(read.splitlines(), first_line_number(read)):
        meant = [(part, _parse_entry(part)) for part in found[number]]
        if any(isinstance(one, PeopleGroup) for _, one in meant):
            lines += [resolved.get(str(one), str(one)) if isinstance(one, PeopleGroup) else part.text for part, one in meant]
        else:
            lines.append(line)
    return "\n".join(lines)


def _read_lines(clean: str, unseen: int) -> str:
    """The pasted text as lines of entries, a table included. Raises `UnreadableTable`."""
    return read_table("\n".join(clean.splitlines()), unseen) if is_table(clean) else clean


def strip_invisible(text: str) -> tuple[str, int]:
    """The text without invisible characters, and the number of lines from which they were taken."""
    text = text.removeprefix("\ufeff")  # the byte order mark, which is no character of the text
    if not INVISIBLE.search(text):
        return text, 0
    return INVISIBLE.sub("", text), sum(INVISIBLE.search(line) is not None for line in text.splitlines())


def _summarise(text: str, parts: list[ListEntry], unseen: int) -> ListSummary:
    lines = text.splitlines()
    told = [one for line in lines if (one := parse_heading_line(line))]
    left = [
        parse_left_aside(line) or line[1:].strip()
        for line in lines
        if is_comment(line) and line.strip() != "#" and not parse_heading_line(line)
    ]
    columns = Counter(part.heading for part in parts if part.heading)
    unread = tuple(name for one in told for name in one.unread_columns)
    count = len({part.line for part in parts}) + len(left)
    return ListSummary(count, tuple(columns.items()), unread, tuple(left), unseen or sum(one.lines_with_invisible for one in told))


def list_problems(problems: list[LocalizedText]) -> LocalizedText:
    """The first few problems, one per line, and the number of the others."""
    more = (
        [say_counted("… and {n} more line like these", "… and {n} more lines like these", n=len(problems) - MAX_PROBLEMS)]
        if len(problems) > MAX_PROBLEMS
        else []
    )
    return line_list([*problems[:MAX_PROBLEMS], *more])


def _entries(text: str) -> Iterator[ListEntry]:
    """The entries of a text. They are separated by lines, semicolons and commas, and addresses by spaces too."""
    heading = ""
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), first_line_number(text)):
        if is_comment(line):
            told = parse_heading_line(line)
            heading = told.column if told else "" if line.strip() == "#" else heading
            continue
        group = _match_group(line.strip())
        if group and (group["kind"].lower() == "ou" or GROUP_WITH_MEMBERS.fullmatch(group["name"])):  # these have commas inside
            yield ListEntry(number, line.strip())
            continue
        if (alone := ENTRY_WITH_HEADING.fullmatch(line.strip())) and lookup_by(alone["heading"]):
            yield ListEntry(number, alone["entry"], alone["heading"])
            continue
        for part in line.split(";"):
            yield from (ListEntry(number, entry, heading) for entry in _split(part) if entry)


def _split(part: str) -> list[str]:
    pieces = [" ".join(piece.split()) for piece in part.split(",")]
    if len(pieces) == 2 and "<" in pieces[1] and "@" not in pieces[0] and "<" not in pieces[0]:
        return [", ".join(pieces)]  # Outlook's "Vance, Adele <adelev@contoso.com>"
    return [word for piece in pieces for word in (piece.split(" ") if all("@" in word for word in piece.split(" ")) else [piece])]


def _parse_entry(part: ListEntry) -> NamedPerson | PeopleGroup | LocalizedText:
    entry = part.text
    try:
        group = _match_group(entry)
        return _parse_group(cast(GroupKind, group["kind"].lower()), group["name"]) if group else _parse_person(part)
    except ValueError as error:
        return say("line {number}, “{entry}”: {wrong}", number=part.line, entry=shorten(entry), wrong=error.args[0])


def _parse_person(part: ListEntry) -> NamedPerson:
    """The person in an entry. A prefix decides how it is looked up, and else the heading."""
    named = NAME_AND_ADDRESS.fullmatch(part.text)
    prefix = PREFIX.match(named["address"] if named else part.text)
    way = PREFIXES[prefix["kind"].lower()] if prefix else "any"
    return NamedPerson(parse_address(part.text), way if way != "any" else lookup_by(part.heading) or "any", exact=way in ("sip", "upn"))


def _match_group(entry: str) -> re.Match[str] | None:
    """The match where an entry names a group. "Ou Yang <ou.yang@contoso.com>" is a person."""
    return None if NAME_AND_ADDRESS.fullmatch(entry) else GROUP.fullmatch(entry)


def _parse_group(kind: GroupKind, text: str) -> PeopleGroup:
    taken = GROUP_WITH_MEMBERS.fullmatch(text)
    name = strip_quotes(taken["name"] if taken else text)
    if len(name) > MAX_LENGTH or not name.isprintable():
        raise ValueError(say("this is no name of a group"))
    if kind == "pool" and not DOMAIN.fullmatch(name):
        raise ValueError(say("“{name}” is no name of a pool", name=shorten(name)))
    if kind == "ou" and not OU.fullmatch(name):
        raise ValueError(say("a name like OU=Sales,DC=contoso,DC=com is needed"))
    if taken:
        members, odd = _split_members(taken["members"].split())
        return PeopleGroup(name, (taken["id"] or "").lower(), members, kind, odd)
    return PeopleGroup(name, kind=kind)


def _split_members(members: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The members with usable addresses, and the others. A directory may hold odd ones, which must not spoil the list."""
    fit, odd = [], []
    for member in members:
        try:
            fit.append(parse_address(member))
        except ValueError:
            odd.append(member)
    return tuple(fit), tuple(odd)
