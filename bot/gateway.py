"""The port to the machines: `adapters/` provides it, and only what works behind the conversation uses it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.calls import Cmdlet, Destination, GraphCall, ReadCall, RemoteObject
from bot.errors import Refused


@dataclass(frozen=True)
class RemoteError:
    """One error that the far end reported, as in `bot.errors.GatewayError`: its text, its own code and the subject it names."""

    text: str
    code: str = ""
    target: str = ""
    absent: bool = False  # the far end says that there is no such thing
    category: int | None = None  # PowerShell's ErrorCategory
    status: int | None = None  # of HTTP
    to: Destination | None = None  # where the call went

    def refusal(self) -> Refused:
        """The same, to be raised or explained."""
        return Refused(self.text, self.code, self.target, category=self.category, status=self.status, to=self.to)


@dataclass(frozen=True)
class ReadResult:
    """What a call returned. For a read: rows, and errors that each answer for the subject they name."""

    rows: tuple[RemoteObject, ...] = ()
    errors: tuple[RemoteError, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallId:
    """Ids made by us before anything is sent, by which the call can be found again after a crash."""

    session: str
    call: str


BeforeSend = Callable[[CallId], Awaitable[None]]


class EstateGateway(Protocol):
    """Reads and acts at the far end. Raises `Unreachable`, `Refused`, `InDoubt` (see `bot.errors`) and nothing else."""

    def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        """Reads page by page. Raises when the whole read failed; errors that name a subject come inside the pages."""

    async def read_batch(self, calls: Sequence[GraphCall]) -> Sequence[ReadResult | Exception]:
        """Many small reads in few round trips ($batch): one answer per call, in the same order."""

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        """Acts once. Waits for a free session, awaits `intent(ticket)` (which commits it), sends, and returns what was said.

        Raises `Unreachable` when it surely never arrived, `Refused` when the far end said no (a non-empty error stream
        is a no), `InDoubt` when the outcome is unknown.
        """

    async def has_finished(self, call: Cmdlet | GraphCall, ticket: CallId) -> bool | None:
        """Whether a call of an earlier life has ended at the far end; None when nobody there can say."""
