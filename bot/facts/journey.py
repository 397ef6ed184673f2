"""Where in the journey an estate is: before hybrid, in it, about to leave it, or after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Phase = Literal["before", "in", "ending", "after"]
PHASES: tuple[Phase, ...] = ("before", "in", "ending", "after")


@dataclass(frozen=True)
class Journey:
    """`phase` None = nobody could say. `off_at` and `run`: when hybrid was switched off and by which run, where our records know it."""

    phase: Phase | None = None
    off_at: datetime | None = None
    run: int | None = None
