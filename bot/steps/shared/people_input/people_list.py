"""People and groups of a list, as somebody named them."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.steps.shared.people_input.headings import LookupBy

GroupKind = Literal["group", "pool", "ou"]


def without_spaces(address: str) -> str:
    """An address as it is taken down: a space would make two people of one, and the second might be somebody else."""
    return "␣".join(address.split())


@dataclass(frozen=True)
class PeopleGroup:
    """An Entra group (name or id), a pool on premises (FQDN) or an OU of AD (its distinguished name).

    `members` are those it had when the run was asked for; None = not read yet. `odd` are addresses among them that no command is given.
    """

    name: str
    id: str = ""
    members: tuple[str, ...] | None = None
    kind: GroupKind = "group"
    odd_members: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.members is None:
            return f"{self.kind} {self.name}"
        return (
            f"{self.kind} {self.name} ({self.id}) ={''.join(f' {without_spaces(member)}' for member in (*self.members, *self.odd_members))}"
        )


class NamedPerson(NamedTuple):
    """One person as somebody named them: the address, lower case and without a prefix, and how it is looked up.

    `exact`: a prefix ("sip:", "upn:") says which of two people is meant where both have this name.
    """

    address: str
    lookup_by: LookupBy = "any"
    exact: bool = False


@dataclass(frozen=True)
class ListSummary:
    """What was read of a list, and what was not."""

    lines: int = 0  # that name somebody, and those that are left aside
    columns: tuple[tuple[str, int], ...] = ()  # headings, and in how many lines each named somebody
    unread_columns: tuple[str, ...] = ()  # columns
    left_aside: tuple[str, ...] = ()  # who a row leaves aside and why, and lines of words
    lines_with_invisible: int = 0  # lines in which invisible characters stood


@dataclass(frozen=True)
class PeopleList:
    """Everybody who is meant. `people` are addresses, lower case and without "sip:"; `twice` names each repeated one once."""

    people: tuple[str, ...]
    groups: tuple[PeopleGroup, ...] = ()
    repeated: tuple[str, ...] = ()
    entries: tuple[NamedPerson, ...] = field(default=(), compare=False)  # the same people, and how each was named
    summary: ListSummary = field(default=ListSummary(), compare=False)

    @property
    def count(self) -> int:
        """How many people, as far as groups are settled."""
        exact = {(one.address, one.lookup_by) for one in self.entries if one.exact}
        twofold = len(exact) - len({address for address, _ in exact})  # one name, and both who have it are meant
        return len(self.people) + twofold + sum(len(group.members or ()) for group in self.groups)
