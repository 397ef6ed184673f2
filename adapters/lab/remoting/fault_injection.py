"""Faults on the way to a pretend machine: where the connection of a PowerShell client is cut."""

from collections.abc import Callable
from typing import Literal

from adapters.lab.faults import FaultPhase, Faults
from adapters.lab.powershell.values import PSCommand
from adapters.lab.remoting.wsman import FaultPoint

PHASES: dict[tuple[str, str], FaultPhase] = {
    ("before", "Command"): "before",  # it has arrived, nothing is done
    ("started", "Command"): "during",  # it runs, and nobody was told so
    ("receive_ready", "Receive"): "after",  # what it said was taken and is lost on the way
}


def connection_fault_hook(faults: Faults) -> Callable[[FaultPoint], Literal["drop"] | None]:
    """The hook for the WSMan server."""

    def hook(point: FaultPoint) -> Literal["drop"] | None:
        phase = PHASES.get((point.phase, point.request))
        commands = [command for statement in point.statements for command in statement]
        if not phase or not commands or not faults.pending:
            return None
        return (
            "drop"
            if faults.take_fault("drop", place=point.endpoint, call=commands[0].name, subject=_subject(commands), phase=phase)
            else None
        )

    return hook


def _subject(commands: list[PSCommand]) -> str:
    """The Identity of the first command that has one, as effects name it."""
    named = (value for command in commands for name, value in command.parameters if (name or "").lower() == "identity")
    return str(next(named, "")).lower().removeprefix("sip:")
