"""Select-Object in a pipeline: leaves the rest of each object behind.

https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/select-object
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from adapters.lab.powershell.binding import BoundParameters
from adapters.lab.powershell.values import ErrorRecord, OutputStream, PSObject

CUSTOM = ("System.Management.Automation.PSCustomObject", "System.Object")


class SelectObject:
    """-Property (with wildcards), -ExpandProperty, -First and -Skip."""

    def __init__(self, bound: BoundParameters, out: OutputStream) -> None:
        self._out = out
        wanted = bound.get("Property")
        self._names = [str(name) for name in wanted] if isinstance(wanted, list | tuple) else [str(wanted)] if wanted else []
        self._expand, self._skip, self._first = bound.get("ExpandProperty"), bound.get("Skip", 0), bound.get("First")
        self._columns: dict[int, list[tuple[str, str | None]]] = {}
        self._seen = 0

    async def write(self, thing: Any) -> None:
        self._seen += 1
        if self._seen <= self._skip or (self._first is not None and self._seen > self._skip + self._first):
            return
        if self._expand:
            await self._expand_property(thing)
        else:
            await self._out.write(self._select(thing) if self._names else thing)

    async def write_error(self, record: ErrorRecord) -> None:
        await self._out.write_error(record)

    async def write_warning(self, text: str) -> None:
        await self._out.write_warning(text)

    def _select(self, thing: Any) -> PSObject:
        if not isinstance(thing, PSObject):
            return PSObject((f"Selected.System.{type(thing).__name__}", *CUSTOM), dict.fromkeys(self._names), extended=True)
        properties = thing.properties
        picked = {shown: properties[real] if real is not None else None for shown, real in self._columns_of(thing)}
        return PSObject((f"Selected.{thing.types[0]}", *CUSTOM), picked, extended=True)

    def _columns_of(self, thing: PSObject) -> Sequence[tuple[str, str | None]]:
        """The name to show and the real property; none = there is no such property, the value is null. The same for all of a kind."""
        key = hash((thing.types[0], len(thing.properties)))
        if key not in self._columns:
            real = {name.lower(): name for name in thing.properties}
            columns: dict[str, str | None] = {}
            for name in self._names:
                found = [real[one] for one in real if fnmatchcase(one, name.lower())] if "*" in name else [real.get(name.lower())]
                columns.update({one or name: one for one in found})
            self._columns[key] = list(columns.items())
        return self._columns[key]

    async def _expand_property(self, thing: Any) -> None:
        properties = getattr(thing, "properties", {})
        real = next((name for name in properties if name.lower() == self._expand.lower()), None)
        if real is None:
            text = f'Property "{self._expand}" cannot be found.'
            fq = "ExpandPropertyNotFound,Microsoft.PowerShell.Commands.SelectObjectCommand"
            await self._out.write_error(ErrorRecord(text, fq, 5, "System.Management.Automation.PSArgumentException"))
            return
        value = properties[real]
        for one in value if isinstance(value, list | tuple) else [value]:
            await self._out.write(one)
