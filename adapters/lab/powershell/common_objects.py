"""Shapes of .NET objects that many cmdlets return, and objects whose properties are made only when somebody asks for them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from adapters.lab.powershell.values import Thing

T = TypeVar("T")
OBJECT = "System.Object"


class Lazy(Mapping[str, Any]):
    """The properties of one object: 100,000 people are read for six of sixty properties."""

    __slots__ = ("_of", "_table")

    def __init__(self, table: Mapping[str, Callable[[T], Any]], of: T) -> None:
        self._table, self._of = table, of

    def __getitem__(self, name: str) -> Any:
        return self._table[name](self._of)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, name: object) -> bool:
        return name in self._table


def thing(kind: str, text: str | None = None, /, **properties: Any) -> Thing:
    return Thing((kind, OBJECT), properties, text)


def custom(kind: str, /, **properties: Any) -> Thing:
    """A PSCustomObject with a type name, as modules written in script return them."""
    return Thing((kind, "System.Management.Automation.PSCustomObject", OBJECT), properties, extended=True)


def ad_object(dn: str) -> Thing | None:
    """ADObjectId: people compare its text, the distinguished name."""
    if not dn:
        return None
    name, _, parent = dn.partition(",")
    kind = "Microsoft.Rtc.Management.ADConnect.Schema.ADObjectId"
    return Thing((kind, OBJECT), {"DistinguishedName": dn, "Parent": parent, "Name": name[3:]}, dn)


def pool(fqdn: str) -> Thing | None:
    if not fqdn:
        return None
    return Thing(("Microsoft.Rtc.Management.AD.UserPool", OBJECT), {"FriendlyName": fqdn}, fqdn)


def policy(name: str | None) -> Thing | None:
    """UserPolicyDefinition; none = inherited."""
    if not name:
        return None
    return Thing(("Microsoft.Rtc.Management.Hosted.UserPolicyDefinition", OBJECT), {"Authority": "Tenant", "Name": name}, name)
