"""What a pretend machine says: objects, errors and texts as PowerShell would put them on the wire. Values only, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class PSObject:
    """One .NET object after serialisation: type names (most special first), properties, and its ToString."""

    types: tuple[str, ...]
    #: Str, bool, int, float, None, datetime, timedelta, UUID, list, Thing, Enum
    properties: Mapping[str, Any]
    text: str | None = None
    #: PSCustomObject and Select-Object results put their properties under <MS>, .NET objects under <Props>
    extended: bool = False


@dataclass(frozen=True)
class EnumValue:
    """A .NET enumeration value: arrives as an object with a string form and a number."""

    type: str
    text: str
    number: int


@dataclass(frozen=True)
class VersionValue:
    """A System.Version: a primitive of its own on the wire."""

    text: str


@dataclass(frozen=True)
class ErrorRecord:
    """One ErrorRecord. `terminating` ends the pipeline in state Failed; `target` is a text, or an object that tells itself by its text."""

    text: str
    error_id: str
    category: int = 0
    exception_type: str = "System.Exception"
    target: str | PSObject | None = None
    terminating: bool = False


@dataclass(frozen=True)
class PSCommand:
    """One command of a pipeline as it arrived: its name and the named parameters in their order (a name None = positional)."""

    name: str
    parameters: Sequence[tuple[str | None, Any]]


@dataclass(frozen=True)
class Credential:
    """A PSCredential that came over the wire."""

    user: str
    password: str = field(repr=False)


class OutputStream(Protocol):
    """Where a running pipeline writes to. `write` and `write_error` may wait when the reader is slow."""

    async def write(self, thing: Any) -> None: ...

    async def write_error(self, record: ErrorRecord) -> None: ...

    async def write_warning(self, text: str) -> None: ...


class PipelineRunner(Protocol):
    """The pretend estate behind the wire: runs one pipeline of one endpoint. Cancelled when the client stops it."""

    async def run(self, endpoint: str, statements: Sequence[Sequence[PSCommand]], piped: Sequence[Any], out: OutputStream) -> None:
        """Statements are run one after another; `piped` is the pipeline input of the first command.

        SecureString and PSCredential parameters arrive as `Credential`."""
