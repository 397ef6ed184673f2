"""The open records, and how far their audit goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import sqlite_utils

from bot.i18n import LocalizedText

if TYPE_CHECKING:
    from bot.ledger.anchor import Anchor

FIRST = "0" * 64  # the hash before the first line


class Head(NamedTuple):
    """Number and hash of an audit line; number 0 before the first."""

    n: int
    hash: str


EMPTY = Head(0, FIRST)


class Database(sqlite_utils.Database):
    """The database. Only what is opened by a `Ledger` has an anchor."""

    anchor: "Anchor | None" = None  # where the newest audit line is noted outside
    head: Head = EMPTY  # the newest audit line, as this process knows it
    agrees: bool = False  # a line of this transaction lets something be sent
    hold: LocalizedText | None = None  # why nothing may be sent: these are not the records that were left

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What is written in this block stays only where it ends well, whatever becomes of the transaction around it."""
        before = self.head
        self.execute("savepoint block")
        try:
            yield
        except BaseException:
            self.execute("rollback to block")
            self.head = before
            raise
        finally:
            self.execute("release block")
