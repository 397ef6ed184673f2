"""Who is meant: reads what people type or paste into addresses and groups, and says per line what cannot be right."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, line_list, say, say_counted
from bot.steps.shared.people_input.headings import Way, way_of
from bot.steps.shared.people_input.table import PREFIX, Untold, about, aside, first_number, is_comment, is_table, people_of

Kind = Literal["group", "pool", "ou"]
MOST = 10_000  # people in one run: the slices of a look and the card's file stay small enough to read
SHOWN = 7  # problems named one by one; with the line that counts the rest a form shows them all
LONGEST = 320  # characters of an address or of a group's name

# Format characters (Unicode's category Cf) come along with pasted text and are seen by nobody.
INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
GROUP = re.compile(r"(?P<kind>group|pool|ou)\s*(?::|\s)\s*(?P<name>.+)", re.IGNORECASE)
TAKEN = re.compile(r"(?P<name>.+?) \((?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?\) =(?P<members>.*)")
NAMED = re.compile(r"[^<>@]*<\s*(?P<address>[^<>\s]+)\s*>")  # Name <a@b>
BEHIND = re.compile(r"(?P<entry>\S+@\S+) \((?P<heading>[^()]+)\)")  # the heading that an entry has for itself
LINK = re.compile(r"\[(?P<shown>[^\[\]]*)\]\((?:mailto:|sip:)?(?P<address>[^()\s]+)\)", re.IGNORECASE)  # as Markdown writes it
PREFIXES: dict[str, Way] = {"sip": "sip", "upn": "upn", "smtp": "mail", "mailto": "any"}
# What Entra allows in a sign-in name; an apostrophe only between letters, so that a quoted address is noticed.
LOCAL = re.compile(r"[\w#!~^&+=](?:[\w.#!~^&+=-]|(?<=\w)'(?=\w))*", re.UNICODE)
OU = re.compile(r"(?:(?:OU|CN)=(?:[^,\\]|\\.)+,\s*)+(?:DC=[\w-]+,\s*)*DC=[\w-]+", re.IGNORECASE)
DOMAIN = re.compile(r"(?:\w(?:[\w-]{0,61}\w)?\.)+\w(?:[\w-]{0,61}\w)", re.UNICODE)


@dataclass(frozen=True)
class Group:
    """An Entra group (name or id), a pool on premises (FQDN) or an OU of AD (its distinguished name).

    `members` are those it had when the run was asked for; None = not read yet. `odd` are addresses among them that no command is given.
    """

    name: str
    id: str = ""
    members: tuple[str, ...] | None = None
    kind: Kind = "group"
    odd: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.members is None:
            return f"{self.kind} {self.name}"
        return f"{self.kind} {self.name} ({self.id}) ={''.join(f' {one_word(member)}' for member in (*self.members, *self.odd))}"


class Named(NamedTuple):
    """One person as somebody named them: the address, lower case and without a prefix, and how it is looked up.

    `exact`: a prefix ("sip:", "upn:") says which of two people is meant where both have this name.
    """

    address: str
    way: Way = "any"
    exact: bool = False


class Part(NamedTuple):
    """One entry of a list, with the number of its line, and the heading that it stands below."""

    line: int
    text: str
    heading: str = ""


@dataclass(frozen=True)
class Listed:
    """What was read of a list, and what was not."""

    lines: int = 0  # that name somebody, and those that are left aside
    columns: tuple[tuple[str, int], ...] = ()  # headings, and in how many lines each named somebody
    unread: tuple[str, ...] = ()  # columns
    aside: tuple[str, ...] = ()  # who a row leaves aside and why, and lines of words
    unseen: int = 0  # lines in which invisible characters stood


@dataclass(frozen=True)
class Who:
    """Everybody who is meant. `people` are addresses, lower case and without "sip:"; `twice` names each repeated one once."""

    people: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    twice: tuple[str, ...] = ()
    named: tuple[Named, ...] = field(default=(), compare=False)  # the same people, and how each was named
    listed: Listed = field(default=Listed(), compare=False)

    @property
    def count(self) -> int:
        """How many people, as far as groups are settled."""
        exact = {(one.address, one.way) for one in self.named if one.exact}
        twofold = len(exact) - len({address for address, _ in exact})  # one name, and both who have it are meant
        return len(self.people) + twofold + sum(len(group.members or ()) for group in self.groups)


def who(text: str, field: str = "people") -> Who:
    """Everybody that `text` names. Raises `InvalidAnswers` for `field`, with one line per entry that cannot be right."""
    clean, unseen = visible(text)
    try:
        read = _lines_of(clean, unseen)
    except Untold as untold:
        raise InvalidAnswers({field: line_by_line(untold.problems)}) from None
    parts = list(_entries(read))
    meant = [_meant(part) for part in parts]
    problems = [one for one in meant if isinstance(one, LocalizedText)]
    groups = {(one.kind, one.name.lower()): one for one in meant if isinstance(one, Group)}
    named = Counter(one for one in meant if isinstance(one, Named))
    if problems:
        raise InvalidAnswers({field: line_by_line(problems)})
    if not meant:
        raise InvalidAnswers(
            {field: say("Name at least one person: a SIP address, a sign-in name, or “group”, “pool” or “ou” and its name.")}
        )
    times = Counter(one.address for one in named.elements())
    apart = Counter(one.address for one in named if one.exact)  # one name may be meant for both who have it
    twice = tuple(name for name, count in times.items() if count > max(1, apart[name]))
    listed = _listed(read, parts, unseen)
    found = Who(tuple(times), tuple(groups.values()), twice, tuple(named), listed)
    if found.count > MOST:
        raise InvalidAnswers({field: say("These are {count} people; at most {most} fit into one run.", count=found.count, most=MOST)})
    return found


def exactly(sips: Iterable[str]) -> str:
    """A list of these SIP addresses, whoever else may sign in by one of them. Subjects that are no addresses stay as they are."""
    return "\n".join(f"sip:{sip}" if "@" in sip else sip for sip in sips)


def with_groups(text: str, settled: Mapping[str, str]) -> str:
    """The same list, where each group that `settled` names (by its text) is written as it says; groups stand on lines of their own."""
    read = _lines_of(*visible(text))
    found = defaultdict[int, list[Part]](list)
    for part in _entries(read):
        found[part.line].append(part)
    lines: list[str] = []
    for number, line in enumerate(read.splitlines(), first_number(read)):
        meant = [(part, _meant(part)) for part in found[number]]
        if any(isinstance(one, Group) for _, one in meant):
            lines += [settled.get(str(one), str(one)) if isinstance(one, Group) else part.text for part, one in meant]
        else:
            lines.append(line)
    return "\n".join(lines)


def _lines_of(clean: str, unseen: int) -> str:
    """What was pasted as lines; a table is read. Raises `Untold`."""
    return people_of("\n".join(clean.splitlines()), unseen) if is_table(clean) else clean


def visible(text: str) -> tuple[str, int]:
    """The text as everybody sees it, and from how many of its lines invisible characters were taken."""
    text = text.removeprefix("\ufeff")  # a mark of its encoding, and none of its characters
    if not INVISIBLE.search(text):
        return text, 0
    return INVISIBLE.sub("", text), sum(INVISIBLE.search(line) is not None for line in text.splitlines())


def _listed(text: str, parts: list[Part], unseen: int) -> Listed:
    lines = text.splitlines()
    told = [one for line in lines if (one := about(line))]
    left = [aside(line) or line[1:].strip() for line in lines if is_comment(line) and line.strip() != "#" and not about(line)]
    columns = Counter(part.heading for part in parts if part.heading)
    unread = tuple(name for one in told for name in one.unread)
    count = len({part.line for part in parts}) + len(left)
    return Listed(count, tuple(columns.items()), unread, tuple(left), unseen or sum(one.unseen for one in told))


def line_by_line(problems: list[LocalizedText]) -> LocalizedText:
    """The first few below each other; the rest is counted."""
    more = (
        [say_counted("… and {n} more line like these", "… and {n} more lines like these", n=len(problems) - SHOWN)]
        if len(problems) > SHOWN
        else []
    )
    return line_list([*problems[:SHOWN], *more])


def _entries(text: str) -> Iterator[Part]:
    """Each entry with the number of its line. Lines, semicolons and commas part them; spaces do so between addresses."""
    heading = ""
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), first_number(text)):
        if is_comment(line):
            told = about(line)
            heading = told.column if told else "" if line.strip() == "#" else heading
            continue
        group = _as_group(line.strip())
        if group and (group["kind"].lower() == "ou" or TAKEN.fullmatch(group["name"])):  # these have commas inside
            yield Part(number, line.strip())
            continue
        if (alone := BEHIND.fullmatch(line.strip())) and way_of(alone["heading"]):
            yield Part(number, alone["entry"], alone["heading"])
            continue
        for part in line.split(";"):
            yield from (Part(number, entry, heading) for entry in _split(part) if entry)


def _split(part: str) -> list[str]:
    pieces = [" ".join(piece.split()) for piece in part.split(",")]
    if len(pieces) == 2 and "<" in pieces[1] and "@" not in pieces[0] and "<" not in pieces[0]:
        return [", ".join(pieces)]  # Outlook's "Vance, Adele <adelev@contoso.com>"
    return [word for piece in pieces for word in (piece.split(" ") if all("@" in word for word in piece.split(" ")) else [piece])]


def _meant(part: Part) -> Named | Group | LocalizedText:
    entry = part.text
    try:
        group = _as_group(entry)
        return _group(cast(Kind, group["kind"].lower()), group["name"]) if group else _named(part)
    except ValueError as error:
        return say("line {number}, “{entry}”: {wrong}", number=part.line, entry=_short(entry), wrong=error.args[0])


def _named(part: Part) -> Named:
    """A prefix counts more than the heading above it, which has no say about it then."""
    named = NAMED.fullmatch(part.text)
    prefix = PREFIX.match(named["address"] if named else part.text)
    way = PREFIXES[prefix["kind"].lower()] if prefix else "any"
    return Named(_address(part.text), way if way != "any" else way_of(part.heading) or "any", exact=way in ("sip", "upn"))


def _as_group(entry: str) -> re.Match[str] | None:
    """A person may be called like a word of ours: "Ou Yang <ou.yang@contoso.com>"."""
    return None if NAMED.fullmatch(entry) else GROUP.fullmatch(entry)


def _group(kind: Kind, text: str) -> Group:
    taken = TAKEN.fullmatch(text)
    name = unquoted(taken["name"] if taken else text)
    if len(name) > LONGEST or not name.isprintable():
        raise ValueError(say("this is no name of a group"))
    if kind == "pool" and not DOMAIN.fullmatch(name):
        raise ValueError(say("“{name}” is no name of a pool", name=_short(name)))
    if kind == "ou" and not OU.fullmatch(name):
        raise ValueError(say("a name like OU=Sales,DC=contoso,DC=com is needed"))
    if taken:
        members, odd = _apart(taken["members"].split())
        return Group(name, (taken["id"] or "").lower(), members, kind, odd)
    return Group(name, kind=kind)


def one_word(address: str) -> str:
    """An address as it is taken down: a space would make two people of one, and the second might be somebody else."""
    return "␣".join(address.split())


def _apart(members: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A directory holds what nobody would type: one odd address must not keep all others from being meant."""
    fit, odd = [], []
    for member in members:
        try:
            fit.append(_address(member))
        except ValueError:
            odd.append(member)
    return tuple(fit), tuple(odd)


def unquoted(text: str) -> str:
    """Without the quotes around it."""
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _address(entry: str) -> str:
    """The address in an entry. Raises `ValueError` with what is wrong with it, as a `LocalizedText`."""
    if len(entry) > LONGEST:
        raise ValueError(say("this is too long for an address"))
    if link := LINK.fullmatch(entry):
        if "@" in link["shown"] and PREFIX.sub("", link["shown"]).strip().lower() != link["address"].lower():
            raise ValueError(say("the link leads to another address than it shows: {address}", address=_short(link["address"])))
        return _address(link["address"])
    named = NAMED.fullmatch(entry)
    whole = named["address"] if named else entry
    prefix = PREFIX.match(whole)
    address = (whole[prefix.end() :] if prefix else whole).replace("’", "'")
    local, _, domain = address.rpartition("@")
    if any(mark in address for mark in "*?[]"):
        raise ValueError(say("name people one by one, without wildcards"))
    if any(mark in address for mark in '"`“”„‘') or address.startswith("'") or address.endswith("'"):
        raise ValueError(say("leave the quotes away"))
    if address.count("@") != 1:
        raise ValueError(say("an address like name@contoso.com is needed"))
    if not LOCAL.fullmatch(local) or local.endswith(".") or ".." in local:
        raise ValueError(say("“{local}” is no name before the @", local=_short(local)))
    if not DOMAIN.fullmatch(domain):
        raise ValueError(say("“{domain}” is no domain", domain=_short(domain)))
    return address.lower()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
