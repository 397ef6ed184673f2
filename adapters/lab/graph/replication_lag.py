"""One view of the pretend cloud as a reader sees it: for a while after a write some copies still show what was before.

https://learn.microsoft.com/entra/architecture/architecture (replication); the advanced index follows later still.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapters.lab.estate.state import EstateState

T = TypeVar("T")
VISIBLE = 10.0  # seconds until a plain read shows a write; "seconds to minutes" in fact


class ReplicationLag:
    """What readers still see of objects that were written a short time ago."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], tuple[datetime, timedelta, Any]] = {}

    def note_write(self, thing: str, what: str, before: Any, now: datetime, takes: timedelta) -> None:
        self._before[thing, what] = now, takes, before

    def visible_value(self, thing: str, what: str, actual: T, now: datetime, advanced: bool) -> T:
        since, takes, before = self._before.get((thing, what), (now, timedelta(0), actual))
        return before if now < since + (2 * takes if advanced else takes) else actual


@dataclass(frozen=True)
class ReadView:
    """What a request sees: the world, the time, and whether it asks the second, slower index."""

    state: EstateState
    now: datetime
    lag: ReplicationLag
    is_advanced: bool = False

    def visible_value(self, thing: str, what: str, actual: T) -> T:
        return self.lag.visible_value(thing, what, actual, self.now, self.is_advanced)
