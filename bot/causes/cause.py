"""What is known about an error of the far end."""

from dataclasses import dataclass

from bot.say import Say

MINUTES = 60.0  # in seconds


@dataclass(frozen=True)
class Cause:
    """One known error. `marks` are codes or parts of the text, any of which will do.

    `again`: it only means "not yet", and is tried again by itself after so many seconds; None = never.
    `young_licence`: it only means that within so many seconds of a licence being given.
    """

    marks: tuple[str, ...]
    why: Say
    remedy: Say
    cure: str | None = None  # the step that cures it
    again: float | None = None
    young_licence: float | None = None
