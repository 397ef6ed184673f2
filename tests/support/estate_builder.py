"""A pretend estate in memory for tests: a clock that stands still, moves that take no time, and a listener for what a machine says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.lab.dispatcher import CmdletDispatcher
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.initial_state import Stage
from adapters.lab.estate.person import CLOUD, EstatePerson
from adapters.lab.estate.population import populate
from adapters.lab.faults import Faults
from adapters.lab.powershell.values import Credential, ErrorRecord, PSCommand, PSObject

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ADMIN = Credential("mover@contoso.onmicrosoft.com", "for tests")


@dataclass
class CmdletOutput:
    """What one pipeline said. Implements `values.OutputStream`."""

    things: list[Any] = field(default_factory=list)
    errors: list[ErrorRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    async def write(self, thing: Any) -> None:
        self.things.append(thing)

    async def write_error(self, complaint: ErrorRecord) -> None:
        self.errors.append(complaint)

    async def write_warning(self, text: str) -> None:
        self.warnings.append(text)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects as plain dictionaries, complex values as their text."""
        return [{name: plain_value(value) for name, value in thing.properties.items()} for thing in self.things]

    @property
    def row(self) -> dict[str, Any]:
        (only,) = self.rows
        return only

    @property
    def error(self) -> ErrorRecord:
        (only,) = self.errors
        return only


def plain_value(value: Any) -> Any:
    return value.text if isinstance(value, PSObject) and value.text is not None else getattr(value, "text", value)


class EstateBuilder:
    """One estate, its machines and its clock."""

    def __init__(self, users: int = 60, stage: Stage = "ready", seed: int = 1, time_factor: float = 1) -> None:
        self.now = START
        self.estate = Estate(
            initial_state=populate(seed, users, stage, START),
            clock=lambda: self.now,
            time_factor=time_factor,
            move_latency=0,
            cloud_admin=ADMIN,
        )
        self.faults = Faults()
        self.machine = CmdletDispatcher(self.estate, self.faults)

    def pass_time(self, **length: float) -> None:
        self.now += timedelta(**length)

    async def run(self, place: str, name: str, piped: Sequence[Any] = (), pick: Sequence[str] = (), **parameters: Any) -> CmdletOutput:
        """One cmdlet, and Select-Object behind it when `pick` names properties."""
        commands = [PSCommand(name, list(parameters.items()))]
        if pick:
            commands.append(PSCommand("Select-Object", [("Property", list(pick))]))
        return await self.pipe(place, commands, piped)

    async def pipe(self, place: str, commands: Sequence[PSCommand], piped: Sequence[Any] = ()) -> CmdletOutput:
        heard = CmdletOutput()
        await self.machine.run(place, [commands], piped, heard)
        return heard

    async def move(self, sip: str, target: str = CLOUD, **more: Any) -> CmdletOutput:
        parameters = {"Identity": f"sip:{sip}", "Target": target, "Credential": ADMIN, "Confirm": False, **more}
        return await self.run("mover", "Move-CsUser", **parameters)

    def person(self, sip: str) -> EstatePerson:
        person = self.estate.directory.find_on_premises(sip) or self.estate.directory.find_online(sip)
        assert person
        return person

    def true_state(self, sip: str) -> dict[str, Any]:
        (line,) = (line for line in self.estate.people_rows() if line["sip"] == sip)
        return line
