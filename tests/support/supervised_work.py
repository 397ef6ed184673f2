"""Work for a supervisor in tests, and waits that cost no time."""

import asyncio
from collections.abc import Callable

from bot.supervision import Work, note_progress
from tests.support.run_harness import ManualTime


class InstantWaits:
    """Waits that cost no time: the clock moves on instead, and each can do something first."""

    def __init__(self, time: ManualTime) -> None:
        self.time, self.seconds, self.first = time, list[float](), list[Callable[[], object]]()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.time.now += seconds
        if self.first:
            self.first.pop(0)()
        await asyncio.sleep(0)


class FailingWork:
    """Work that fails a few times. `went_well` is set each time it does not."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors, self.went_well, self.began, self.may_end = list(errors), asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> None:
        self.began.set()
        note_progress("looking at bob@contoso.com")
        if self.errors:
            raise self.errors.pop(0)
        await self.may_end.wait()
        self.went_well.set()


class ObservedWork:
    """Somebody's work; `went_well` is set once it has."""

    def __init__(self, work: Work) -> None:
        self.work, self.went_well = work, asyncio.Event()

    async def __call__(self) -> None:
        await self.work()
        self.went_well.set()
