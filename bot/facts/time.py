"""Timestamps of remote objects, and the time at which a plan reads."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from bot.calls import LocalSource
from bot.facts import Fact


def to_utc(value: Any) -> Any:
    """A timestamp in UTC. One without an offset is UTC already, as Graph and the names of these properties say."""
    if not value:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Timestamp = Annotated[datetime | None, BeforeValidator(to_utc)]


class Now(Fact):
    """The time of reading, by our own clock."""

    source = LocalSource("now")
    at: datetime


def age(moment: datetime, now: datetime) -> timedelta:
    """The time since then; zero for a moment that lies ahead because a remote clock is fast."""
    return max(now - moment, timedelta(0))
