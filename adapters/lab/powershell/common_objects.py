"""Shapes of .NET objects that many cmdlets return, and objects whose properties are made only when somebody asks for them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from adapters.lab.powershell.values import PSObject

T = TypeVar("T")
OBJECT = "System.Object"


class LazyProperties(Mapping[str, Any]):
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


def ps_object(kind: str, text: str | None = None, /, **properties: Any) -> PSObject:
    return PSObject((kind, OBJECT), properties, text)


def custom_object(kind: str, /, **properties: Any) -> PSObject:
    """A PSCustomObject with a type name, as modules written in script return them."""
    return PSObject((kind, "System.Management.Automation.PSCustomObject", OBJECT), properties, extended=True)


def ad_object(dn: str) -> PSObject | None:
    """ADObjectId: people compare its text, the distinguished name."""
    if not dn:
        return None
    name, _, parent = dn.partition(",")
    kind = "Microsoft.Rtc.Management.ADConnect.Schema.ADObjectId"
    return PSObject((kind, OBJECT), {"DistinguishedName": dn, "Parent": parent, "Name": name[3:]}, dn)


def user_pool(fqdn: str) -> PSObject | None:
    if not fqdn:
        return None
    return PSObject(("Microsoft.Rtc.Management.AD.UserPool", OBJECT), {"FriendlyName": fqdn}, fqdn)


def policy_definition(name: str | None) -> PSObject | None:
    """UserPolicyDefinition; none = inherited."""
    if not name:
        return None
    return PSObject(("Microsoft.Rtc.Management.Hosted.UserPolicyDefinition", OBJECT), {"Authority": "Tenant", "Name": name}, name)
