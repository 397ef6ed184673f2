"""The shelf on which the pretend cmdlets stand, and what one of them is handed. Who adds a file of them names it in `machine.py`."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from adapters.lab.estate.estate import Estate, Result
from adapters.lab.estate.state import World
from adapters.lab.faults import Fault, Faults, What
from adapters.lab.powershell.binding import NOT_FOUND, Bound, Refused
from adapters.lab.powershell.values import Complaint, Thing


@dataclass(frozen=True)
class Warned:
    """A line of the warning stream."""

    text: str


SFB, TEAMS, ADSYNC, EXCHANGE = "SkypeForBusiness", "MicrosoftTeams", "ADSync", "ExchangePowerShell"
NOT_FOUND_HERE = 'Management object not found for identity "{name}".'
NOT_FOUND_IN = {EXCHANGE: "The operation couldn't be performed because object '{name}' couldn't be found on 'dc01.contoso.com'."}
ParsedCommand = Thing | Complaint | Warned | str
Answers = Iterator[ParsedCommand] | AsyncIterator[ParsedCommand]
Cmdlet = TypeVar("Cmdlet", bound="Callable[[Call], Answers]")
CMDLETS: dict[tuple[str, str], "Callable[[Call], Answers]"] = {}


@dataclass(frozen=True)
class Call:
    """One call of one cmdlet: who is asked where, with which parameters."""

    estate: Estate
    faults: Faults
    place: str
    bound: Bound

    @property
    def world(self) -> World:
        return self.estate.world

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

    def given(self, *names: str) -> dict[str, Any]:
        """Those of these parameters that were given."""
        return {name: self.bound[name] for name in names if name in self.bound.values}

    def of(self, item: Any, parameter: str) -> "Call":
        """The same call with a value from the pipeline."""
        return replace(self, bound=replace(self.bound, values={**self.bound.values, parameter: item}))

    def strike(self, *what: What, subject: str = "") -> Fault | None:
        return self.faults.strike(*what, place=self.place, call=self.name, subject=subject) if self.faults.waiting else None

    def log(self, subject: str, result: Result = "done") -> None:
        self.estate.log(self.place, self.name, subject, result)

    def missing(self, identity: str, text: str = "") -> Complaint:
        """There is no such thing: answers for this subject alone, the others go on."""
        words = text or NOT_FOUND_IN.get(self.bound.syntax.module, NOT_FOUND_HERE).format(name=identity)
        fq = f"ManagementObjectNotFound,{self.bound.syntax.fq}"
        return Complaint(words, fq, NOT_FOUND, "Microsoft.Rtc.Management.AD.ManagementObjectNotFoundException", identity)

    def refused(self, text: str, code: str = "Refused", target: str | None = None, category: int = 0, exception: str = "") -> Complaint:
        """The far end says no; the pipeline goes on."""
        kind = exception or "System.Management.Automation.CmdletInvocationException"
        return Complaint(text, f"{code},{self.bound.syntax.fq}", category, kind, target)

    def stop(self, text: str, code: str = "Refused", category: int = 0) -> Refused:
        """The far end says no and ends the pipeline."""
        return Refused(replace(self.refused(text, code, category=category), terminating=True))


def cmdlet(name: str, *modules: str) -> Callable[[Cmdlet], Cmdlet]:
    """Puts a function on the shelf. It yields what it has to say: objects, errors that end nothing, warnings."""

    def shelve(function: Cmdlet) -> Cmdlet:
        for module in modules:
            CMDLETS[name, module] = function
        return function

    return shelve


def named(call: Call, things: Mapping[str, Any], shown: Callable[[Any], Thing]) -> Iterator[ParsedCommand]:
    """Get-Something with an optional -Identity over a table that is keyed by name."""
    if call.identity is None:
        yield from map(shown, list(things.values()))
        return
    wanted = call.identity.lower()
    found = next((thing for name, thing in things.items() if name.lower() == wanted), None)
    yield shown(found) if found is not None else call.missing(call.identity)
