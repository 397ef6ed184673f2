"""Moments as they are told, and the moment of the look."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from bot.calls import LocalSource, ReadCall
from bot.facts import Fact


def to_utc(value: Any) -> Any:
    """A moment; without an offset it is UTC, as Graph and the names of these properties say."""
    if not value:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Timestamp = Annotated[datetime | None, BeforeValidator(to_utc)]


class Now(Fact):
    """The moment of the look, by the worker's clock."""

    at: datetime

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return LocalSource("now")


def age(moment: datetime, now: datetime) -> timedelta:
    """How long ago; a clock that runs ahead makes nothing younger than now."""
    return max(now - moment, timedelta(0))
