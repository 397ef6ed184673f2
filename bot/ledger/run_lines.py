"""The lines of the audit about one run, for whoever compares the records with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.ledger.audit import Line

Row = dict[str, Any]
ROUNDED = 0.01  # seconds; by how much the clock was set is rounded in its line


@dataclass
class RunLines:
    """The lines about one run, in their order."""

    lines: list[Line] = field(default_factory=list)
    clock: list[Line] = field(default_factory=list)  # the lines of all runs that say that the clock was set

    def newest(self, *events: str) -> Line | None:
        return next((line for line in reversed(self.lines) if line.event in events), None)

    def is_at(self, kept: object, *lines: Line) -> bool:
        """Whether this is the time of one of these lines; what is still waited for is dated anew when the clock is set."""
        if not isinstance(kept, int | float):
            return False
        for line in lines:
            times = [line.at]
            for clock in self.clock:
                if clock.n > line.n and clock.facts.get("by") is not None:
                    times.append(times[-1] + clock.facts["by"])
            if any(abs(kept - at) < ROUNDED for at in times):
                return True
        return False


def differ(*pairs: tuple[str, object, object]) -> Iterator[str]:
    """A sentence for each name whose two values are not the same."""
    for name, kept, told in pairs:
        if kept != told:
            yield f"{name} is not what the audit says"
