"""Entries of a board for tests."""

from datetime import UTC, datetime
from typing import Any

from bot.i18n import say
from bot.views import BoardEntry, StepStatus

AT = datetime(2026, 11, 22, tzinfo=UTC)


def board_entry(step: str, state: str | None = None, cures: tuple[str, ...] = (), **more: Any) -> BoardEntry:
    known = StepStatus(state, AT, cures=cures) if state else None  # type: ignore[arg-type]
    return BoardEntry(step, say("A step"), None, more.pop("run", None), None, None, status=known, **more)
