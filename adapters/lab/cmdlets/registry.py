"""The shelf on which the pretend cmdlets stand, and what one of them is handed. Who adds a file of them names it in `machine.py`."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from adapters.lab.estate.estate import Estate, Result
from adapters.lab.estate.state import EstateState
from adapters.lab.faults import Fault, FaultKind, Faults
from adapters.lab.powershell.binding import NOT_FOUND, BoundParameters, TerminatingError
from adapters.lab.powershell.values import ErrorRecord, PSObject


@dataclass(frozen=True)
class WarningRecord:
    """A line of the warning stream."""

    text: str


SFB, TEAMS, ADSYNC, EXCHANGE = "SkypeForBusiness", "MicrosoftTeams", "ADSync", "ExchangePowerShell"
NOT_FOUND_HERE = 'Management object not found for identity "{name}".'
NOT_FOUND_IN = {EXCHANGE: "The operation couldn't be performed because object '{name}' couldn't be found on 'dc01.contoso.com'."}
CmdletOutput = PSObject | ErrorRecord | WarningRecord | str
CmdletOutputs = Iterator[CmdletOutput] | AsyncIterator[CmdletOutput]
CmdletFunction = TypeVar("CmdletFunction", bound="Callable[[CmdletCall], CmdletOutputs]")
CMDLETS: dict[tuple[str, str], "Callable[[CmdletCall], CmdletOutputs]"] = {}


@dataclass(frozen=True)
class CmdletCall:
    """One call of one cmdlet: who is asked where, with which parameters."""

    estate: Estate
    faults: Faults
    endpoint: str
    bound: BoundParameters

    @property
    def world(self) -> EstateState:
        return self.estate.state

    @property
    def now(self) -> datetime:
        return self.estate.now

    @property
    def name(self) -> str:
        return self.bound.syntax.name

    @property
    def identity(self) -> str | None:
        """What -Identity, or an object in its place, names; None = everything."""
        given = self.bound.get("Identity", self.bound.get("Instance"))
        return None if given is None else str(given)

    def given_parameters(self, *names: str) -> dict[str, Any]:
        """Those of these parameters that were given."""
        return {name: self.bound[name] for name in names if name in self.bound.values}

    def with_input(self, item: Any, parameter: str) -> "CmdletCall":
        """The same call with a value from the pipeline."""
        return replace(self, bound=replace(self.bound, values={**self.bound.values, parameter: item}))

    def take_fault(self, *what: FaultKind, subject: str = "") -> Fault | None:
        return self.faults.take_fault(*what, place=self.endpoint, call=self.name, subject=subject) if self.faults.pending else None

    def log(self, subject: str, result: Result = "done") -> None:
        self.estate.log(self.endpoint, self.name, subject, result)

    def not_found_error(self, identity: str, text: str = "") -> ErrorRecord:
        """There is no such thing: answers for this subject alone, the others go on."""
        words = text or NOT_FOUND_IN.get(self.bound.syntax.module, NOT_FOUND_HERE).format(name=identity)
        fq = f"ManagementObjectNotFound,{self.bound.syntax.error_id_suffix}"
        return ErrorRecord(words, fq, NOT_FOUND, "Microsoft.Rtc.Management.AD.ManagementObjectNotFoundException", identity)

    def error(self, text: str, code: str = "Refused", target: str | None = None, category: int = 0, exception: str = "") -> ErrorRecord:
        """The far end says no; the pipeline goes on."""
        kind = exception or "System.Management.Automation.CmdletInvocationException"
        return ErrorRecord(text, f"{code},{self.bound.syntax.error_id_suffix}", category, kind, target)

    def terminating_error(self, text: str, code: str = "Refused", category: int = 0) -> TerminatingError:
        """The far end says no and ends the pipeline."""
        return TerminatingError(replace(self.error(text, code, category=category), terminating=True))


def cmdlet(name: str, *modules: str) -> Callable[[CmdletFunction], CmdletFunction]:
    """Puts a function on the shelf. It yields what it has to say: objects, errors that end nothing, warnings."""

    def register(function: CmdletFunction) -> CmdletFunction:
        for module in modules:
            CMDLETS[name, module] = function
        return function

    return register


def get_by_identity(call: CmdletCall, things: Mapping[str, Any], shown: Callable[[Any], PSObject]) -> Iterator[CmdletOutput]:
    """Get-Something with an optional -Identity over a table that is keyed by name."""
    if call.identity is None:
        yield from map(shown, list(things.values()))
        return
    wanted = call.identity.lower()
    found = next((thing for name, thing in things.items() if name.lower() == wanted), None)
    yield shown(found) if found is not None else call.not_found_error(call.identity)
