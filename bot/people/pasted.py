"""Who is meant: reads what people type or paste into addresses and groups, and says per line what cannot be right."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from bot.errors import Misspelt
from bot.say import Say, below_each_other, say

Kind = Literal["group", "pool", "ou"]
MOST = 10_000  # people in one run: the slices of a look and the card's file stay small enough to read
SHOWN = 7  # problems named one by one; with the line that counts the rest a form shows them all
LONGEST = 320  # characters of an address or of a group's name

HEADING = "#"  # stands for the first line of a file, so that the others keep their numbers
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")  # comes along with pasted text
GROUP = re.compile(r"(?P<kind>group|pool|ou)\s*(?::|\s)\s*(?P<name>.+)", re.IGNORECASE)
TAKEN = re.compile(r"(?P<name>.+?) \((?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?\) =(?P<members>.*)")
NAMED = re.compile(r"[^<>@]*<\s*(?P<address>[^<>\s]+)\s*>")  # Name <a@b>
PREFIX = re.compile(r"(?:sip|mailto):", re.IGNORECASE)
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


@dataclass(frozen=True)
class Who:
    """Everybody who is meant. Addresses are lower case and without "sip:"; `twice` names each repeated one once."""

    people: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    twice: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((*self.people, *map(str, self.groups)))


def who(text: str, field: str = "people") -> Who:
    """Everybody that `text` names. Raises `Misspelt` for `field`, with one line per entry that cannot be right."""
    meant = [_meant(number, entry) for number, entry in _entries(text)]
    problems = [one for one in meant if isinstance(one, Say)]
    groups = {(one.kind, one.name.lower()): one for one in meant if isinstance(one, Group)}
    people = Counter(one for one in meant if isinstance(one, str))
    count = len(people) + sum(len(group.members or ()) for group in groups.values())
    if problems:
        raise Misspelt({field: line_by_line(problems)})
    if not meant:
        raise Misspelt({field: say("Name at least one person: a SIP address, a sign-in name, or “group”, “pool” or “ou” and its name.")})
    if count > MOST:
        raise Misspelt({field: say("These are {count} people; at most {most} fit into one run.", count=count, most=MOST)})
    return Who(tuple(people), tuple(groups.values()), tuple(name for name, times in people.items() if times > 1))


def line_by_line(problems: list[Say]) -> Say:
    """The first few below each other; the rest is counted."""
    more = [say("… and {count} more lines like these", count=len(problems) - SHOWN)] if len(problems) > SHOWN else []
    return below_each_other([*problems[:SHOWN], *more])


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Each entry with the number of its line. Lines, semicolons and commas part them; spaces do so between addresses."""
    clean = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    for number, line in enumerate(clean.splitlines(), 1):
        if line.strip() == HEADING:
            continue
        group = GROUP.fullmatch(line.strip())
        if group and (group["kind"].lower() == "ou" or TAKEN.fullmatch(group["name"])):  # these have commas inside
            yield number, line.strip()
            continue
        for part in line.split(";"):
            yield from ((number, entry) for entry in _split(part) if entry)


def _split(part: str) -> list[str]:
    pieces = [" ".join(piece.split()) for piece in part.split(",")]
    if len(pieces) == 2 and "<" in pieces[1] and "@" not in pieces[0] and "<" not in pieces[0]:
        return [", ".join(pieces)]  # Outlook's "Vance, Adele <adelev@contoso.com>"
    return [word for piece in pieces for word in (piece.split(" ") if all("@" in word for word in piece.split(" ")) else [piece])]


def _meant(number: int, entry: str) -> str | Group | Say:
    try:
        group = GROUP.fullmatch(entry)
        return _group(cast(Kind, group["kind"].lower()), group["name"]) if group else _address(entry)
    except ValueError as error:
        return say("line {number}, “{entry}”: {wrong}", number=number, entry=_short(entry), wrong=error.args[0])


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
    """The address in an entry. Raises `ValueError` with what is wrong with it, as a `Say`."""
    if len(entry) > LONGEST:
        raise ValueError(say("this is too long for an address"))
    named = NAMED.fullmatch(entry)
    address = PREFIX.sub("", named["address"] if named else entry, count=1).replace("’", "'")
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
