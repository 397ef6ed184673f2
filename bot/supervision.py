"""Work beside the turns: it outlives its errors, the log says what it was doing, and anybody can ask how it goes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.clock import Clock
from bot.errors import GatewayError

log = logging.getLogger(__name__)
FIRST, LONGEST = 1.0, 60.0  # seconds until work that failed is tried again: doubled each time, up to this

Work = Callable[[], Awaitable[object]]
T = TypeVar("T")


@dataclass
class Job:
    """One kind of work and how it goes. Moments are those of `Clock.monotonic`."""

    name: str
    may_take: float  # seconds; what takes longer hangs
    at_work_since: float | None = None
    succeeded_at: float | None = None
    failing_since: float | None = None
    failures: int = 0  # since it last went well
    error: str = ""  # class of the last one: its text may hold what must not be shown
    progress: str = ""  # more exactly, as the work itself has said


@dataclass(frozen=True)
class Problem:
    """What does not go as it should: which part, since when, and in a few words what is wrong. Shown to whoever asks: no secrets."""

    part: str
    since: datetime
    description: str


_now_doing: ContextVar[Job | None] = ContextVar("the supervised work that goes on here", default=None)
_beside: set[asyncio.Task[Any]] = set()


def note_progress(words: str) -> None:
    """Work says what it is about to do, so that the log can tell where it failed or hangs. Names and ids only."""
    if job := _now_doing.get():
        job.progress = words


def start_task(name: str, work: Coroutine[Any, Any, T], context: Context | None = None) -> asyncio.Task[T]:
    """Starts work that has an end and that nobody waits for. When it fails, the log says so; it is not tried again."""
    task = asyncio.create_task(work, name=name, context=context)
    _beside.add(task)
    task.add_done_callback(_log_failure)
    return task


def _log_failure(task: asyncio.Task[Any]) -> None:
    _beside.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s failed", task.get_name(), exc_info=error)


class Supervisor:
    """Keeps work going until it is closed."""

    def __init__(self, clock: Clock | None = None, wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock, self._wait = clock or Clock(), wait
        self._jobs: dict[str, Job] = {}
        self._kept: list[asyncio.Task[None]] = []

    def keep_going(self, name: str, work: Work, wanted: asyncio.Event, *, every: float | None = None, may_take: float = 600.0) -> None:
        """Does this work each time that it is wanted, and every so many seconds. Work that failed is done again, later and later."""
        self._jobs[name] = Job(name, may_take)
        self._kept.append(start_task(name, self._keep_going(name, work, wanted, every), Context()))

    async def _keep_going(self, name: str, work: Work, wanted: asyncio.Event, every: float | None) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(every):  # wait_for would swallow a cancellation that comes together with the wish
                    await wanted.wait()
            wanted.clear()
            await self.run_until_success(name, work)

    async def run_until_success(self, name: str, work: Work, *, may_take: float = 600.0) -> None:
        """Does this work until it has gone well once."""
        is_kept = name in self._jobs
        job = self._jobs.setdefault(name, Job(name, may_take))
        before = _now_doing.set(job)
        try:
            while (again := await self._try_once(job, work)) is not None:
                await self._wait(again)
        finally:
            _now_doing.reset(before)
            if not is_kept:
                self.forget(name)

    async def _try_once(self, job: Job, work: Work) -> float | None:
        """None when it went well, else the seconds until it is tried again."""
        job.at_work_since, job.progress = self._clock.monotonic(), ""
        try:
            await work()
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            return self.record_failure(job.name, error)  # something that it waited for was cancelled, not the work itself
        except Exception as error:
            return self.record_failure(job.name, error)
        else:
            self.note_success(job.name)
            return None
        finally:
            job.at_work_since = None

    def record_failure(self, name: str, error: BaseException) -> float:
        """Logs it. Returns the seconds until this work is to be tried again."""
        job = self.note_failure(name, error)
        if isinstance(error, GatewayError):  # of the outside: where it was met tells nothing
            log.warning("%s failed%s, for the %s. time; it is tried again: %s", name, _describe_progress(job), job.failures, error)
        else:
            log.error("%s failed%s, for the %s. time; it is tried again", name, _describe_progress(job), job.failures, exc_info=error)
        return min(FIRST * 2.0 ** min(job.failures - 1, 30), LONGEST)

    def note_success(self, name: str) -> None:
        """Also for work that somebody else keeps going."""
        job = self._jobs.setdefault(name, Job(name, 600.0))
        job.succeeded_at, job.failing_since, job.failures, job.error = self._clock.monotonic(), None, 0, ""

    def note_failure(self, name: str, error: BaseException) -> Job:
        """Also for work that somebody else keeps going, and tries again."""
        job = self._jobs.setdefault(name, Job(name, 600.0))
        job.failing_since = self._clock.monotonic() if job.failing_since is None else job.failing_since
        job.failures, job.error = job.failures + 1, type(error).__name__
        return job

    def forget(self, name: str) -> None:
        """This work is over, however it went."""
        self._jobs.pop(name, None)

    def jobs(self) -> list[Job]:
        return list(self._jobs.values())

    def problems(self) -> list[Problem]:
        """Work that fails, work that hangs, and work that was to be kept going and has ended."""
        now = self._clock.monotonic()
        found = [
            Problem(job.name, self.date(job.failing_since), f"{job.error}{_describe_progress(job)}, tried {job.failures} times")
            for job in self._jobs.values()
            if job.failing_since is not None
        ]
        found += [
            Problem(job.name, self.date(job.at_work_since), f"has not come to an end{_describe_progress(job)}")
            for job in self._jobs.values()
            if job.failing_since is None and job.at_work_since is not None and now - job.at_work_since > job.may_take
        ]
        return found + [Problem(task.get_name(), self.date(now), "has ended") for task in self._kept if task.done()]

    def date(self, moment: float) -> datetime:
        """The date of a moment of `Clock.monotonic`."""
        return datetime.fromtimestamp(self._clock.now() - (self._clock.monotonic() - moment), UTC)

    async def close(self) -> None:
        """Ends what is kept going."""
        kept, self._kept = self._kept, []
        for task in kept:
            task.cancel()
        await asyncio.gather(*kept, return_exceptions=True)


def _describe_progress(job: Job) -> str:
    return f" while {job.progress}" if job.progress else ""
