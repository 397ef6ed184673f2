"""Faults on the way to a pretend machine: where the connection of a PowerShell client is cut."""

from collections.abc import Callable
from typing import Literal

from adapters.lab.faults import Faults, Phase
from adapters.lab.powershell.values import Command
from adapters.lab.remoting.wsman import Moment

PHASES: dict[tuple[str, str], Phase] = {
    ("before", "Command"): "before",  # it has arrived, nothing is done
    ("started", "Command"): "during",  # it runs, and nobody was told so
    ("receive_ready", "Receive"): "after",  # what it said was taken and is lost on the way
}


def cutting(faults: Faults) -> Callable[[Moment], Literal["drop"] | None]:
    """The hook for the WSMan server."""

    def hook(moment: Moment) -> Literal["drop"] | None:
        phase = PHASES.get((moment.phase, moment.request))
        commands = [command for statement in moment.statements for command in statement]
        if not phase or not commands or not faults.waiting:
            return None
        return "drop" if faults.strike("drop", place=moment.place, call=commands[0].name, subject=_subject(commands), phase=phase) else None

    return hook


def _subject(commands: list[Command]) -> str:
    """The Identity of the first command that has one, as effects name it."""
    named = (value for command in commands for name, value in command.parameters if (name or "").lower() == "identity")
    return str(next(named, "")).lower().removeprefix("sip:")
