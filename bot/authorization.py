"""Who may say which verb. People are directory object ids; what is not known is no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.calls import GraphCall, destination
from bot.clock import is_fresh
from bot.config import Rights
from bot.errors import GatewayError
from bot.gateway import EstateGateway
from bot.views import Permission, Person

FRESH = 300.0  # seconds for which a read group membership counts


@dataclass(frozen=True)
class Authorizer:
    """Rights from the configuration: object ids, or `group:` and the id of an Entra group."""

    rights: Mapping[Permission, Sequence[str]] = field(default_factory=dict)
    _groups: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)  # by person, as read at; kept in memory only

    @classmethod
    def from_settings(cls, rights: Rights) -> "Authorizer":
        return cls({"look": rights.look, "ask": rights.ask, "approve": rights.approve})

    def check(self, person: Person, right: Permission, at: float) -> bool | None:
        """Yes, no, or None when it hangs on a group whose members must be read first. *ask* and *approve* include *look*."""
        named = set(self.rights.get(right, ()))
        if right == "look":
            named |= {name for names in self.rights.values() for name in names}
        if person.id in named:
            return True
        groups = {name.removeprefix("group:") for name in named if name.startswith("group:")}
        if not groups:
            return False
        known, read_at = self._groups.get(person.id, (frozenset[str](), None))
        return bool(groups & known) if is_fresh(read_at, at, FRESH) else None

    def named_groups(self) -> list[str]:
        """All groups that some right names."""
        return sorted({name.removeprefix("group:") for names in self.rights.values() for name in names if name.startswith("group:")})

    async def read_groups(self, outside: EstateGateway, who: str, at: float) -> None:
        """Reads which of the named groups this person is in (checkMemberGroups, transitive, 20 ids a call) and keeps it.

        Raises `Unreachable` or `Refused`; then nothing is known, and unknown is no.
        https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
        """
        groups, member = self.named_groups(), set[str]()
        for start in range(0, len(groups), 20):
            call = GraphCall("POST", f"/users/{who}/checkMemberGroups", body={"groupIds": list(groups[start : start + 20])})
            try:
                async for page in outside.read(call):
                    member |= {str(row["value"]) for row in page.rows}
            except GatewayError as trouble:
                trouble.sent_to(destination(call))
                raise
        self._groups[who] = frozenset(member), at
