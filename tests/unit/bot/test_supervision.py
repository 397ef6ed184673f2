"""Work beside the turns: a fault ends none of it, and whoever asks is told how it goes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.clock import Clock
from bot.supervision import LONGEST, Problem, Supervisor, start_task
from tests.support.run_harness import ManualTime
from tests.support.supervised_work import FailingWork, InstantWaits

WORK = "the work"


class Watch:
    """A supervisor whose time is in our hands."""

    def __init__(self) -> None:
        self.time, self.wanted = ManualTime(), asyncio.Event()
        self.waits = InstantWaits(self.time)
        self.supervisor = Supervisor(Clock(self.time), self.waits)

    def unwell(self) -> list[Problem]:
        return self.supervisor.problems()


@asynccontextmanager
async def watched(work: FailingWork, **how: float) -> AsyncIterator[Watch]:
    watch = Watch()
    watch.supervisor.keep_going(WORK, work, watch.wanted, **how)
    try:
        async with asyncio.timeout(20):
            yield watch
    finally:
        await watch.supervisor.close()


async def test_work_that_fails_is_done_again_later_and_later_until_it_goes_well(caplog: pytest.LogCaptureFixture) -> None:
    work = FailingWork(*(OSError("the disk is full") for _ in range(9)))
    async with watched(work) as watch:
        watch.wanted.set()
        await work.went_well.wait()
        assert watch.waits.seconds == [1, 2, 4, 8, 16, 32, *[LONGEST] * 3]
        assert not watch.unwell()
        work.went_well.clear()
        watch.wanted.set()
        await work.went_well.wait()
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 9
    assert told[0].getMessage() == "the work failed while looking at bob@contoso.com, for the 1. time; it is tried again"
    assert told[0].exc_info


async def test_something_cancelled_inside_the_work_is_a_failure_and_not_its_end() -> None:
    work = FailingWork(asyncio.CancelledError())
    async with watched(work) as watch:
        watch.wanted.set()
        await work.went_well.wait()
        assert len(watch.waits.seconds) == 1


async def test_a_wish_that_comes_together_with_the_end_holds_nothing_up() -> None:
    work = FailingWork()
    async with watched(work, every=60) as watch:
        watch.wanted.set()


async def test_work_that_fails_is_told_of_with_its_beginning_and_the_class_of_the_error() -> None:
    work = FailingWork(OSError("password=secret"), ValueError())
    async with watched(work) as watch:
        began, seen = watch.time.now, list[list[Problem]]()
        watch.waits.first = [lambda: seen.append(watch.unwell())] * 2
        watch.wanted.set()
        await work.went_well.wait()
    first, second = seen
    assert [one.part for one in (*first, *second)] == [WORK, WORK]
    assert first[0].since.timestamp() == second[0].since.timestamp() == began
    assert first[0].description == "OSError while looking at bob@contoso.com, tried 1 times"
    assert second[0].description == "ValueError while looking at bob@contoso.com, tried 2 times"


async def test_work_that_hangs_is_told_of_and_work_that_waits_for_a_wish_is_not() -> None:
    work = FailingWork()
    work.may_end.clear()
    async with watched(work, may_take=100) as watch:
        watch.time.now += 1000
        assert not watch.unwell()
        watch.wanted.set()
        await work.began.wait()
        watch.time.now += 101
        assert [one.description for one in watch.unwell()] == ["has not come to an end while looking at bob@contoso.com"]
        work.may_end.set()
        await work.went_well.wait()


async def test_kept_work_that_has_ended_is_told_of() -> None:
    async with watched(FailingWork(KeyboardInterrupt())) as watch:
        for task in watch.supervisor._kept:
            task.cancel()
            await asyncio.wait([task])
        assert [one.description for one in watch.unwell()] == ["has ended"]


async def test_work_with_an_end_is_forgotten_once_it_has_gone_well() -> None:
    watch = Watch()
    await watch.supervisor.run_until_success(WORK, FailingWork(OSError()))
    assert watch.supervisor.jobs() == [] == watch.unwell()


async def test_work_that_nobody_waits_for_is_logged_when_it_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise OSError("no")

    await asyncio.wait([start_task("fetching a file", fails())])
    await asyncio.sleep(0)
    assert "fetching a file failed" in caplog.text
