"""Real troubles of a ledger's file, begun and ended at will: a database that somebody else holds, and a disk that is full."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Protocol

from bot.ledger import Database, Ledger

TABLES = ("audit", "step_statuses", "health")  # that cannot be written meanwhile
SOON = 50  # milliseconds that a verb waits for the lock here, instead of 30 seconds


class Fault(Protocol):
    def begin(self) -> None: ...

    def end(self) -> None: ...


class LockedDisk:
    """Somebody else holds the database, as a backup or a virus scanner may."""

    def __init__(self, ledger: Ledger) -> None:
        self._path = _on_its_thread(ledger, lambda db: next(db.query("pragma database_list"))["file"])
        _on_its_thread(ledger, lambda db: db.execute(f"pragma busy_timeout = {SOON}").fetchall())

    def begin(self) -> None:
        self._other = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._other.execute("begin immediate")

    def end(self) -> None:
        self._other.close()


class FullDisk:
    """Nothing more can be written: not one page more than there is."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self) -> None:
        """Fills what is free first, so that the next row needs a new page."""
        _on_its_thread(self._ledger, _fill)

    def end(self) -> None:
        _on_its_thread(self._ledger, _empty)


def _fill(db: Database) -> None:
    db.execute("create table filling (x)")
    db.conn.commit()
    pages = next(db.query("pragma page_count"))["page_count"]
    db.execute(f"pragma max_page_count = {pages}").fetchall()
    for trigger in TABLES:
        db.execute(
            f"create temp trigger full_{trigger} before insert on {trigger} begin insert into filling values (zeroblob(1000000)); end"
        )
    db.conn.commit()


def _empty(db: Database) -> None:
    for trigger in TABLES:
        db.execute(f"drop trigger full_{trigger}")
    db.execute("pragma max_page_count = 1073741823").fetchall()
    db.conn.commit()


def _on_its_thread(ledger: Ledger, what: Callable[[Database], object]) -> object:
    return ledger._thread.submit(what, ledger._records).result(10)


FAULTS: Mapping[str, Callable[[Ledger], Fault]] = {"locked": LockedDisk, "full": FullDisk}
