"""Faults on the way to a pretend machine: where the connection of a PowerShell client is cut."""

from collections.abc import Callable
from typing import Literal

from adapters.lab.faults import Faults, Phase
from adapters.lab.things import Command
from adapters.lab.wsman import Moment

PHASES: dict[str, Phase] = {"started": "during", "receive_ready": "after"}


def cutting(faults: Faults) -> Callable[[Moment], Literal["drop"] | None]:
    """The hook for the WSMan server. A command that has only just arrived is unread: what it is and about whom is not known yet."""

    def hook(moment: Moment) -> Literal["drop"] | None:
        if moment.phase == "before" and moment.request == "Command":
            return "drop" if faults.strike("drop", place=moment.place, call=None, subject=None, phase="before") else None
        phase = PHASES.get(moment.phase)
        commands = [command for statement in moment.statements for command in statement]
        if not phase or not commands:
            return None
        return "drop" if faults.strike("drop", place=moment.place, call=commands[0].name, subject=_subject(commands), phase=phase) else None

    return hook


def _subject(commands: list[Command]) -> str:
    """The Identity of the first command that has one, as effects name it."""
    named = (value for command in commands for name, value in command.parameters if (name or "").lower() == "identity")
    return str(next(named, "")).lower().removeprefix("sip:")
