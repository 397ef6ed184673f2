"""The newest audit line, noted in a file beside the records: records that went back in time or were exchanged are noticed.

The note is written before each commit that adds a line, and says both where the records stand and where they will stand. So it
fits after a kill at any moment. It reaches the disk before the lines that agree to something do; after a loss of power the
records may be ahead of it by other lines only.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from bot.i18n import LocalizedText, say
from bot.ledger.database import EMPTY, FIRST, Database, Head
from bot.ledger.serialization import dump_text, load_text

LINE = 20 + 1 + 64 + 1  # bytes: number, hash and what stands around them
AGREEING = ("start", "approve", "retry", "resume", "pressed", "accepted")  # lines that let something be sent


class Anchor:
    """The note of one set of records. Raises OSError where the file cannot be read or written."""

    def __init__(self, path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> None:
        self._file = os.open(path, flags, 0o600)

    def read(self) -> tuple[Head, Head] | None:
        """Where the records stood and where they were about to stand; None when nothing was noted, or nothing that can be read."""
        lines = os.pread(self._file, 4096, 0).decode(errors="replace").split("\n")
        try:
            before, after = (Head(int(n), digest) for n, digest in (line.split() for line in lines[:2]))
        except ValueError:
            return None
        return before, after

    def read_hold(self) -> LocalizedText | None:
        """What was marked."""
        lines = os.pread(self._file, 65536, 0).decode(errors="replace").split("\n")
        return load_text(lines[2]) if len(lines) > 3 else None

    def mark(self, hold: LocalizedText) -> None:
        """What did not fit is remembered, until somebody accepts the records as they are."""
        before, after = self.read() or (EMPTY, EMPTY)
        self.note(before, after, durably=False)
        os.pwrite(self._file, f"{dump_text(hold)}\n".encode(), 2 * LINE)
        os.fsync(self._file)

    def clear(self) -> None:
        """Nothing is noted and nothing marked any more."""
        os.ftruncate(self._file, 0)

    def note(self, before: Head, after: Head, durably: bool) -> None:
        """`durably`: it is on the disk when this returns."""
        text = "".join(f"{head.n:020d} {head.hash}\n" for head in (before, after))
        os.pwrite(self._file, text.encode(), 0)
        if durably:
            os.fdatasync(self._file)

    def close(self) -> None:
        os.close(self._file)


def newest(records: Database) -> Head:
    """The newest audit line of these records."""
    found = records.query("select n, hash from audit order by n desc limit 1")
    return next((Head(line["n"], line["hash"]) for line in found), EMPTY)


def attach(records: Database, path: Path) -> None:
    """Compares the records with what was noted outside them and notes from now on. `records.hold` says what does not fit."""
    anchor = Anchor(path)
    records.anchor, records.head = anchor, newest(records)
    if (marked := anchor.read_hold()) is not None:
        records.hold = marked
        return
    noted = anchor.read()
    is_anchored = records.table("anchored").count > 0
    if noted is None and (is_anchored or os.path.getsize(path)):
        records.hold = say("{file}, which says how far the records went, is missing or cannot be read", file=path.name)
    elif noted is not None:
        records.hold = _describe_difference(records, *noted)
    if records.hold is not None:
        set_hold(records, records.hold)
        for table in ("card_messages", "status_messages"):
            records.execute(f"update {table} set shown = ''")  # what stands in the chats may be newer than the records know
        records.commit()
    else:
        anchor.note(records.head, records.head, durably=True)
        if not is_anchored:
            records.table("anchored").insert({"id": 1})


def set_hold(records: Database, why: LocalizedText) -> None:
    """Nothing may be sent from these records until somebody accepts them."""
    records.hold = why
    if records.anchor:
        records.anchor.mark(why)


def find_differences(records: Database, path: Path) -> Iterator[str]:
    """What does not fit between records that are only read and the note beside them, where there is one."""
    file = path.with_suffix(".head")
    if file.is_file():
        records.head, anchor = newest(records), Anchor(file, os.O_RDONLY)
        noted = anchor.read()
        if noted and (hold := anchor.read_hold() or _describe_difference(records, *noted)):
            yield str(hold)
        anchor.close()


def _describe_difference(records: Database, before: Head, after: Head) -> LocalizedText | None:
    """What does not fit between the records and the note of an earlier moment; None when all does."""
    head = records.head
    if head in (before, after):
        return None
    if head.n < before.n:
        return say(
            "the records end with audit line {n}, and line {noted} had been written: they are an older copy, or their newest part is lost",
            n=head.n,
            noted=before.n,
        )
    known = next((row["hash"] for row in records.query("select hash from audit where n = :n", {"n": before.n})), FIRST)
    if known != before.hash:
        return say("audit line {n} is another one than was written: the records were exchanged or changed", n=before.n)
    query = f"select n from audit where n > :n and event in {AGREEING} order by n limit 1"
    foreign = next((row["n"] for row in records.query(query, {"n": before.n})), None)
    return say("audit line {n} was not written by this bot", n=foreign) if foreign else None
