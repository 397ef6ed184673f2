"""Records that went back in time, lost their newest part or were exchanged are noticed when the bot starts."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.authorization import Authorizer
from bot.clock import Clock
from bot.ledger import Database, Ledger, audit, messages, open_database, status
from bot.runs.actions import RunPolicy
from bot.runs.engine import ProcessLock
from bot.service import RunService
from bot.views import CardMessage, StatusMessage
from tests.support.lab_process import run_command
from tests.support.run_harness import ANNA, HERE


class Disk:
    """The folder of the records: bots that write a number of lines, and what may happen to the files between two lives."""

    def __init__(self, folder: Path) -> None:
        self.path, self.copy = folder / "records.sqlite", folder / "backup.sqlite"

    async def live(self, *events: str) -> str:
        """One life of the bot. Returns why nothing may be sent in it, or "" where all is well."""
        ledger = Ledger(self.path)
        try:
            for event in events:
                await ledger(audit.write, 1.0, event, None, {})
            hold = await ledger(lambda db: db.hold)
        finally:
            ledger.close()
        return str(hold or "")

    def tamper(self, statement: str) -> None:
        with sqlite3.connect(self.path) as db:
            db.executescript(f"drop trigger if exists audit_no_delete; drop trigger if exists audit_no_update; {statement}")
        db.close()

    def lose(self, path: Path) -> None:
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    disk = Disk(tmp_path)
    assert not await disk.live("asked", "planned")
    yield disk


async def test_records_that_were_left_alone_are_taken_up(disk: Disk) -> None:
    assert not await disk.live("start", "approve")
    assert not await disk.live()


async def test_an_older_copy_put_back_is_noticed_and_stays_noticed(disk: Disk) -> None:
    shutil.copy(disk.path, disk.copy)
    await disk.live("start", "approve", "done")
    shutil.copy(disk.copy, disk.path)
    for _ in range(2):
        assert "end with audit line 2, and line 5 had been written" in await disk.live("asked", "planned", "start", "approve")


async def test_an_empty_database_where_there_was_one_is_noticed(disk: Disk) -> None:
    disk.lose(disk.path)
    assert "end with audit line 0" in await disk.live()


async def test_a_write_ahead_log_that_is_lost_is_noticed(disk: Disk) -> None:
    """A live database that is copied without it lacks the same."""
    ledger = Ledger(disk.path)
    await ledger(audit.write, 1.0, "approve", None, {})
    shutil.copy(disk.path, disk.copy)  # the line stands in the -wal file only
    ledger.close()
    disk.lose(disk.path)
    shutil.copy(disk.copy, disk.path)
    assert "end with audit line 2, and line 3 had been written" in await disk.live()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from audit where n = 2", "end with audit line 1"),
        ("update audit set hash = printf('%064d', 7) where n = 2", "audit line 2 is another one than was written"),
        ("insert into audit (n, event, hashed, names, hash) values (3, 'approve', '{}', '{}', 'x')", "line 3 was not written by this bot"),
        ("insert into audit (n, event, hashed, names, hash) values (3, 'done', '{}', '{}', 'x')", ""),
    ],
)
async def test_lines_that_were_touched_while_the_bot_was_away(disk: Disk, statement: str, words: str) -> None:
    """A line that agrees to nothing may be one of our own, where the note of it was lost with the power."""
    disk.tamper(statement)
    hold = await disk.live()
    assert words in hold if words else not hold


async def test_a_line_that_somebody_else_writes_while_the_bot_runs_is_noticed(disk: Disk) -> None:
    ledger = Ledger(disk.path)
    disk.tamper("insert into audit (n, at, run, event, hashed, names, previous, hash) values (3, 1, 1, 'done', '{}', '{}', '', 'x')")
    await ledger(audit.write, 1.0, "asked", None, {})
    assert "audit line 3 was not written by this bot" in str(await ledger(lambda db: db.hold))
    ledger.close()
    assert "audit line 3 was not written by this bot" in await disk.live()


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
async def test_a_note_that_is_lost_or_spoilt_is_noticed(disk: Disk, content: bytes | None) -> None:
    head = disk.path.with_suffix(".head")
    head.unlink()
    if content is not None:
        head.write_bytes(content)
    assert "records.head, which says how far the records went, is missing or cannot be read" in await disk.live()


async def test_records_of_before_the_note_are_taken_as_they_are(disk: Disk) -> None:
    disk.path.with_suffix(".head").unlink()
    disk.tamper("delete from anchored")
    assert not await disk.live("asked")
    disk.path.with_suffix(".head").unlink()
    assert await disk.live()


async def test_the_note_fits_after_a_death_just_before_the_commit(disk: Disk) -> None:
    def die(db: Database) -> None:
        audit.write(db, 1.0, "approve", None, {})
        assert db.anchor
        db.anchor.note(before, db.head, True)
        shutil.copy(disk.path.with_suffix(".head"), disk.copy)
        raise LookupError

    ledger = Ledger(disk.path)
    before = await ledger(lambda db: db.head)
    with pytest.raises(LookupError):
        await ledger(die)
    ledger.close()
    shutil.copy(disk.copy, disk.path.with_suffix(".head"))
    assert not await disk.live()


async def test_what_was_rolled_back_is_not_expected(disk: Disk) -> None:
    def fail(db: Database) -> None:
        audit.write(db, 1.0, "approve", None, {})
        raise LookupError

    ledger = Ledger(disk.path)
    with pytest.raises(LookupError):
        await ledger(fail)
    await ledger(audit.write, 1.0, "done", None, {})
    assert await ledger(lambda db: db.hold) is None
    ledger.close()
    assert not await disk.live()


async def test_a_disk_that_is_full_at_the_commit_ends_nothing_for_good(disk: Disk) -> None:
    def fill(db: Database) -> None:
        db.execute("create temp table t as select 1")
        audit.write(db, 1.0, "done", None, {})
        db.execute("pragma max_page_count = 1")
        db.execute("insert into conversation_states (key, data) values ('k', zeroblob(10000000))")

    ledger = Ledger(disk.path)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await ledger(fill)
    await ledger(lambda db: db.execute("pragma max_page_count = 1000000"))
    await ledger(audit.write, 1.0, "asked", None, {})
    assert await ledger(lambda db: db.hold) is None
    ledger.close()
    assert not await disk.live()


async def test_records_are_accepted_by_somebody_who_says_so(disk: Disk) -> None:
    shutil.copy(disk.path, disk.copy)
    await disk.live("start", "approve")
    shutil.copy(disk.copy, disk.path)
    running = Ledger(disk.path)
    lock = ProcessLock(disk.path.with_suffix(".lock"))
    assert "another Switchover works on these records" in run_command("accept-records", str(disk.path)).stderr
    lock.release()
    running.close()
    accepted = run_command("accept-records", str(disk.path))
    assert "end with audit line 2, and line 4 had been written" in accepted.stdout and not accepted.returncode
    assert not await disk.live("asked")
    assert "there is nothing to accept" in run_command("accept-records", str(disk.path)).stderr
    records = open_database(disk.path)
    assert [line["event"] for line in audit.lines(records, None, 2)] == ["accepted", "asked"]
    records.close()


async def test_what_stands_in_the_chats_is_not_sure_where_records_went_back(disk: Disk) -> None:
    """A card may look newer than what the records think that it shows, so it is edited once more."""
    ledger = Ledger(disk.path)
    await ledger(messages.save, CardMessage(1, HERE, "message", "fingerprint"))
    await ledger(status.save_message, StatusMessage(HERE, "other", "fingerprint", "", 1.0))
    ledger.close()
    assert not await disk.live()
    shutil.copy(disk.path, disk.copy)
    await disk.live("start")
    shutil.copy(disk.copy, disk.path)
    ledger = Ledger(disk.path)
    assert [place.shown for place in (*await ledger(messages.of_run, 1), *await ledger(status.messages))] == ["", ""]
    ledger.close()


async def test_cards_of_the_part_that_was_lost_hold_nothing_once_the_records_are_accepted(disk: Disk) -> None:
    shutil.copy(disk.path, disk.copy)
    await disk.live(*["done"] * 8)
    shutil.copy(disk.copy, disk.path)
    assert not run_command("accept-records", str(disk.path)).returncode
    ledger = Ledger(disk.path)
    rules = RunPolicy(Authorizer({"ask": ["a"]}), {})
    desk = RunService(ledger, rules, Clock(), lambda run: asyncio.sleep(0))
    assert await desk.check_audit_line(10, ANNA) is None
    assert "a card shows audit line 11, and the records end with line 3" in str(await desk.check_audit_line(11, ANNA))
    ledger.close()
    assert not run_command("accept-records", str(disk.path)).returncode
    ledger = Ledger(disk.path)
    desk = RunService(ledger, rules, Clock(), lambda run: asyncio.sleep(0))
    assert await desk.check_audit_line(11, ANNA) is None
    ledger.close()


def test_there_must_be_records_to_accept(tmp_path: Path) -> None:
    assert "no such records" in run_command("accept-records", str(tmp_path / "none.sqlite")).stderr
