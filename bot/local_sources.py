"""What no machine has to be asked for: the configuration, our own records, and the time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from bot.calls import RemoteObject
from bot.clock import Clock
from bot.config import Settings
from bot.ledger import Ledger
from bot.ledger.history import last_report, moves, pending_licences
from bot.ledger.journey import switch_off_facts

LocalRows = Callable[[], Awaitable[Sequence[RemoteObject]]]


def local_sources(settings: Settings, ledger: Ledger, clock: Clock) -> Mapping[str, LocalRows]:
    """The rows of each `LocalSource` that facts name."""

    async def now() -> list[RemoteObject]:
        return [{"At": datetime.fromtimestamp(clock.now(), UTC).isoformat()}]

    async def configured(rows: list[RemoteObject]) -> list[RemoteObject]:
        return rows

    return {
        "cloud": partial(configured, [settings.cloud.model_dump(mode="json")]),
        "places": partial(configured, [{"Place": place} for place in settings.endpoints]),
        "sync": partial(configured, [{"ConnectBuild": settings.sync.connect_build}]),
        "came from": partial(ledger, moves),
        "being given": partial(ledger, pending_licences),
        "last report": partial(ledger, last_report),
        "switched off": partial(ledger, switch_off_facts),
        "now": now,
    }
