"""The records: one SQLite file, one writer thread, one transaction per verb. All SQL stands in this package.

A verb is a plain function whose first argument is the open records; `await ledger(verb, …)` runs it in one transaction.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bot.ledger import anchor
from bot.ledger.database import Database as Database
from bot.ledger.migrations import check_age, migrations

P = ParamSpec("P")
T = TypeVar("T")


def open_database(path: Path | str) -> Database:
    """A connection that loses nothing: write-ahead log, every commit on disk before it returns.

    Raises `RecordsNotReadable`, and then has written nothing.
    """
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    records = Database(connection, execute_plugins=False)
    try:
        check_age(records, path)
    except BaseException:
        records.close()
        raise
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    migrations.apply(records)
    return records


def open_read_only(path: Path) -> Database:
    """A connection that changes nothing, also while the bot runs.

    Raises OSError where there are no records, or none that can be read, and `RecordsNotReadable`.
    """
    if not path.is_file():
        raise OSError(f"{path}: no such records")
    records = Database(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True), execute_plugins=False)
    try:
        is_ours = records["audit"].exists()
    except sqlite3.DatabaseError as error:  # also a copy with a -wal file in a folder where SQLite may write nothing
        raise OSError(f"{path}: cannot be read ({error}); copy it, with its -wal file, to a folder of your own") from None
    if not is_ours:
        raise OSError(f"{path}: these are not Switchover's records")
    check_age(records, path)
    return records


class Ledger:
    """Runs verbs one after another on its own thread, each in one transaction that is committed or never was."""

    def __init__(self, path: Path | str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._records = self._thread.submit(_open_anchored, path).result()

    async def __call__(self, verb: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(_in_one_transaction, self._records, partial(verb, self._records, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def close(self) -> None:
        self._thread.submit(self._records.close).result()
        if self._records.anchor:
            self._records.anchor.close()
        self._thread.shutdown()


def _in_one_transaction(records: Database, verb: Callable[[], T]) -> T:
    records.conn.execute("BEGIN IMMEDIATE")  # a deferred one may fail half-way with "database is locked"
    before, records.agrees = records.head, False
    try:
        result = verb()
        is_noted = records.anchor and records.head != before and records.hold is None
        if records.anchor and is_noted:
            records.anchor.note(before, records.head, records.agrees)
        records.commit()
        if records.anchor and is_noted:
            records.anchor.note(records.head, records.head, durably=False)
    except BaseException as error:
        records.rollback()
        records.head = before
        if isinstance(error, StopIteration):  # no future can hold this one: whoever waits would wait for ever
            raise LookupError("a row that must be there is not there") from error
        raise
    return result


def _open_anchored(path: Path | str) -> Database:
    records = open_database(path)
    if path != ":memory:":
        anchor.attach(records, Path(path).with_suffix(".head"))
    return records
