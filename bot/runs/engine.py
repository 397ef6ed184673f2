"""Keeps runs going over days and crashes: one durable workflow per run that asks "and now?" until the run is over.

The ledger's state is the only position. The workflow never changes, so a deploy, a lost wake or a crash can strand nothing.
Between two turns it sleeps in memory: who waits for weeks costs nothing, and the next process begins with a turn anyway.
"""

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from bot.clock import since_boot
from bot.errors import AlreadyRunning
from bot.ledger import Ledger, runs
from bot.ledger.runs import RunRecord
from bot.runs.turns import LocalTurnLock, TurnLock
from bot.supervision import Supervisor
from bot.views import RunState

log = logging.getLogger(__name__)
SWEEP = 60.0  # seconds between two looks for runs that nobody carries on
TROUBLE = 60.0  # seconds until a run is tried again after an error of our own
OVERDUE = 2 * SWEEP  # seconds after which a turn that was due has been missed
ALIVE = ("PENDING", "ENQUEUED", "DELAYED")  # statuses of workflows that go on


class Engine(Protocol):
    """Gives runs their turns: `WorkflowEngine`, or in tests one that leaves the turns to the test."""

    async def open(self) -> None: ...

    async def wake(self, run: int) -> None: ...

    def overdue_turns(self) -> Mapping[int, float]: ...

    def since_last_turn(self) -> float | None: ...

    async def close(self) -> None: ...


class ProcessLock:
    """Held as long as this process lives; the operating system frees it with the process, also after kill -9."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise AlreadyRunning(f"{path} is locked: another Switchover works on these records; stop it first") from None

    def release(self) -> None:
        self._connection.close()


class Connection(sqlite3.Connection):
    """The engine's connection: waits instead of failing, and every commit is on disk."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
            self.execute(f"PRAGMA {pragma}")


class WorkflowEngine:
    """The engine: starts, wakes and recovers the workflows of runs. `advance(run)` returns seconds to wait, or None at the end."""

    def __init__(
        self,
        ledger: Ledger,
        advance: Callable[[int], Awaitable[float | None]],
        records: Path,
        supervisor: Supervisor | None = None,
        turns: TurnLock | None = None,
    ) -> None:
        self._ledger, self._advance, self._records = ledger, advance, records
        self._supervisor = supervisor or Supervisor()
        self._lock: ProcessLock | None = None  # held while the engine is open
        self._known: set[str] = set()  # workflows that this process has started or taken up
        self._wake_events = defaultdict[int, dict[int, asyncio.Event]](dict)  # by run and generation
        self._turns = turns or LocalTurnLock(ledger)  # one turn of a run at a time, whichever workflow takes it
        self._over = asyncio.Event()  # a run is over, and another may follow it
        self._dead: set[str] = set()  # workflows that broke off, of which the engine's own file may not tell: it was what failed
        self._turned_at: float | None = None  # as `since_boot` tells
        self._rest_until: dict[int, float] = {}  # by run, while it rests: when its next turn is due, as `since_boot` tells

    async def open(self) -> None:
        """Takes the process lock, recovers what an earlier process left behind. Raises `AlreadyRunning`."""
        self._lock = ProcessLock(self._records.with_suffix(".lock"))
        DBOS(config=_config(self._records.with_suffix(".engine.sqlite")))

        async def turn(run: int, generation: int) -> bool:
            return await self._turn(run, generation, self._wake_events[run].setdefault(generation, asyncio.Event()))

        advance = DBOS.step(name="advance")(turn)

        async def take_turns(run: int) -> None:
            number = _generation_of(DBOS.workflow_id)
            try:
                while await advance(run, number):
                    pass
            except Exception:
                self._dead.add(f"run-{run}-{number}")
                raise
            finally:
                self._wake_events[run].pop(number, None)

        self._workflow = DBOS.workflow(name="run", max_recovery_attempts=1_000_000)(take_turns)
        DBOS.launch()
        await self.sweep()
        self._supervisor.keep_going("looking after runs", self.sweep, self._over, every=SWEEP, may_take=OVERDUE)

    async def wake(self, run: int) -> None:
        """Makes sure that the run has a workflow and that it looks at the ledger now. Called after every commit that matters.

        When it raises, the run is woken all the same: what was committed must not sleep until tomorrow.
        """
        try:
            await self._wake(run)
        except BaseException:
            for event in self._wake_events[run].values():
                event.set()
            raise

    async def _wake(self, run: int) -> None:
        record = await self._in_live_generation(run)
        if record is None:
            return
        name = _workflow_id(record)
        is_new = name not in self._known
        if is_new:
            self._known.add(name)
            try:
                with SetWorkflowID(name):
                    await DBOS.start_workflow_async(self._workflow, run)
            except BaseException:
                self._known.discard(name)
                raise
        for generation, event in self._wake_events[run].items():
            is_to_begin = is_new and record.state == RunState.PLANNING  # its first turn is still to come
            if generation != record.generation or not is_to_begin:
                event.set()  # an earlier generation wakes too, and ends

    async def _in_live_generation(self, run: int) -> RunRecord | None:
        """The run, in its next generation where the workflow of this one has ended in records that were put back since."""
        record = await self._ledger(runs.get, run)
        while record and _workflow_id(record) not in self._known and await _has_ended(_workflow_id(record)):
            await self._ledger(runs.begin_next_generation, run, record.generation)
            before, record = record, await self._ledger(runs.get, run)
            if record and record.generation == before.generation:
                return None  # the run is over
        return record

    async def close(self) -> None:
        """Stops waiting; what is under way at the far end is looked at by the next process. Does nothing where `open` has failed."""
        await self._supervisor.close()
        if self._lock is None:
            return
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())  # the engine had put its own in its place
        self._lock.release()

    async def _turn(self, run: int, generation: int, woken: asyncio.Event) -> bool:
        """One turn of the run, and the rest after it. Returns whether it wants another.

        Turns of one run never overlap, and a workflow whose generation is not the record's any more takes none: an action in the
        milliseconds around the end of a run begins its next generation before the old workflow has noticed.
        """
        woken.clear()
        try:
            async with self._turns.hold(run, generation) as is_ours:
                if not is_ours:
                    return False
                self._rest_until.pop(run, None)
                wait = await self._advance(run)
        except Exception as error:
            log.exception("run %s: an error of our own; tried again in %s s", run, TROUBLE)
            self._supervisor.note_failure(_work_name(run), error)
            wait = TROUBLE
        else:
            self._supervisor.forget(_work_name(run))
            self._turned_at = since_boot()
        if wait is None:
            self._over.set()
        elif wait > 0:
            self._rest_until[run] = since_boot() + wait
            await _wait_for(woken, wait)
        return wait is not None

    async def sweep(self) -> None:
        """Every run that is not over has a workflow that lives; one that has ended without it gets the next. Who sleeps is left alone."""
        for record in await self._ledger(runs.open_runs):
            name = _workflow_id(record)
            status = await DBOS.get_workflow_status_async(name)
            if name in self._dead or (status is not None and status.status not in ALIVE):
                log.error("run %s: its workflow has ended (%s), it gets another", record.id, status.status if status else "unknown")
                await self._ledger(runs.begin_next_generation, record.id, record.generation)
                self._dead.discard(name)
            elif name in self._known:
                continue
            await self.wake(record.id)

    def since_last_turn(self) -> float | None:
        """Seconds since a turn of any run ended well; None when none has yet."""
        return None if self._turned_at is None else since_boot() - self._turned_at

    def overdue_turns(self) -> dict[int, float]:
        """Runs whose turn is overdue, although nobody has to be waited for: by run, for how many seconds."""
        late = {run: since_boot() - until for run, until in self._rest_until.items()}
        return {run: seconds for run, seconds in late.items() if seconds > OVERDUE}


async def _wait_for(woken: asyncio.Event, seconds: float) -> None:
    """Returns when it is set, or when so many seconds have passed (a machine that was suspended is late by a minute at most)."""
    until = since_boot() + seconds
    while not woken.is_set() and (left := until - since_boot()) > 0:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, SWEEP)):
                await woken.wait()


async def _has_ended(name: str) -> bool:
    """Whether the engine's own file has a workflow of this name that does not go on."""
    status = await DBOS.get_workflow_status_async(name)
    return status is not None and status.status not in ALIVE


def _work_name(run: int) -> str:
    return f"run {run}"


def _workflow_id(record: RunRecord) -> str:
    return f"run-{record.id}-{record.generation}"


def _generation_of(name: str | None) -> int:
    """The generation that a workflow of this name carries."""
    assert name
    return int(name.rpartition("-")[2])


def _config(path: Path) -> DBOSConfig:
    """Fixed version (waiting runs survive a deploy), and JSON instead of pickles."""
    return DBOSConfig(
        name="switchover",
        system_database_url=f"sqlite:///{path}",
        executor_id="switchover",
        application_version="1",
        serializer=DBOSPortableJSONSerializer(),
        db_engine_kwargs={"connect_args": {"factory": Connection}},
        log_level="CRITICAL",
    )
