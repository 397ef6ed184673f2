"""People and groups of a list, as somebody named them."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.steps.shared.people_input.headings import LookupBy

GroupKind = Literal["group", "pool", "ou"]


def without_spaces(address: str) -> str:
    """An address for a list that is separated by spaces: a space in it would make two people of one."""
    return "␣".join(address.split())


@dataclass(frozen=True)
class PeopleGroup:
    """An Entra group (name or id), a pool on premises (FQDN) or an OU of AD (its distinguished name)."""

    name: str
    id: str = ""
    #: The members when the run was created; None = not read yet.
    members: tuple[str, ...] | None = None
    kind: GroupKind = "group"
    #: Addresses among them with characters that no command is given.
    odd_members: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.members is None:
            return f"{self.kind} {self.name}"
        return (
            f"{self.kind} {self.name} ({self.id}) ={''.join(f' {without_spaces(member)}' for member in (*self.members, *self.odd_members))}"
        )


class NamedPerson(NamedTuple):
    """One person by the name on a list, and the property by which it is looked up."""

    #: Lower case, without a prefix.
    address: str
    lookup_by: LookupBy = "any"
    #: A prefix ("sip:", "upn:") says which of two people is meant where both have this name.
    exact: bool = False


@dataclass(frozen=True)
class ListSummary:
    """The numbers of a list: lines, columns, and all that was not read."""

    #: Lines that name a person, and lines that are left aside.
    lines: int = 0
    #: Headings, with the number of lines in which each names a person.
    columns: tuple[tuple[str, int], ...] = ()
    unread_columns: tuple[str, ...] = ()
    #: People that a row leaves aside, with the reason, and comments.
    left_aside: tuple[str, ...] = ()
    #: The number of lines from which invisible characters were taken.
    lines_with_invisible: int = 0


@dataclass(frozen=True)
class PeopleList:
    """The people and groups that a text names."""

    #: Addresses, lower case and without "sip:".
    people: tuple[str, ...]
    groups: tuple[PeopleGroup, ...] = ()
    #: Addresses that stand there more than once.
    repeated: tuple[str, ...] = ()
    #: The same people, each as it was named.
    entries: tuple[NamedPerson, ...] = field(default=(), compare=False)
    summary: ListSummary = field(default=ListSummary(), compare=False)

    @property
    def count(self) -> int:
        """The number of people, with the members of groups that have been read."""
        exact = {(one.address, one.lookup_by) for one in self.entries if one.exact}
        twofold = len(exact) - len({address for address, _ in exact})  # one name, and both people that have it are meant
        return len(self.people) + twofold + sum(len(group.members or ()) for group in self.groups)
