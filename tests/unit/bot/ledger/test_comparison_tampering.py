"""Each column of each table, changed one at a time: nothing is sent that was not agreed to, and whoever checks is told where."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import open_read_only
from bot.ledger.audit import find_broken
from bot.ledger.comparison import UNPROVEN, find_faults
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness

STATES = ("finished", "awaiting_approval", "running")
# What an attacker would write where a longer text would only be an error.
ATTACKS: dict[str, tuple[object, ...]] = {
    "runs.state": ("running", "verified", "cancelled", "verifying"),
    "calls.state": ("pending", "done", "skipped"),
    "requests.request": ("resume", "cancel"),
    "runs.asked_by": ("b", "s"),
    "runs.started_by": ("b", None),
    "runs.agreed_by": ("a", "s", None),
    "runs.step": ("dark",),
    "calls.part": (1,),
    "waiting_actions.action": ("start",),
}
# What may differ without a word, by table and column; `UNPROVEN` has the reasons.
EXCUSED = {name.strip() for names in UNPROVEN for name in names.split(",") if " " not in name.strip()}
HARMLESS = {  # changes of other columns that nothing tells: old and new value
    "runs.state": {("running", "verifying"), ("verifying", "running")},
    "calls.state": {("pending", "skipped")},
    "calls.verified": {(0, 1000)},
}


async def prepare(path: Path, state: str) -> FakeGateway:
    """Records in which run 1 is in this state. Run 2 of another step waits, so that every table has something."""
    lamps = FakeGateway(a="off", b="off", z="off", c="off")
    office = RunHarness(path, lamps, STEPS)
    run = await office.request_run("light", "a b")
    if state != "planned":
        await office.act_and_settle(run, ("start", ANNA))
    if state == "running":
        lamps.faults = {"b": ["not yet"]}
        assert (await office.act(run, "approve", BEN)).ok
        await office.driver.advance(run)  # a is done, b was put off
    if state == "finished":
        assert (await office.act_and_settle(run, ("approve", BEN))).state == "verified"
    office.close()
    return lamps


def columns(path: Path) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(path) as db:
        for (table,) in db.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
        ).fetchall():
            if table != "_sqlite_migrations" and db.execute(f"select count(*) from {table}").fetchone()[0]:
                yield from ((table, row[1]) for row in db.execute(f"pragma table_info({table})"))
    db.close()


def mutants(table: str, column: str, value: Any) -> Iterator[object]:
    yield from (mutant for mutant in ATTACKS.get(f"{table}.{column}", ()) if mutant != value)
    if f"{table}.{column}" in ATTACKS:
        return
    if isinstance(value, int | float):
        yield value + 1000
    elif value is None:
        yield 1
    else:
        yield value.replace('"a"', '"z"') if '"a"' in value else f"{value}x"
        yield "{"


def change(path: Path, table: str, column: str) -> Iterator[tuple[int, object, object]]:
    """Row number, old and new value, one at a time. One row stands for all of a table that has rows of one kind only."""
    with sqlite3.connect(path) as db:
        rows = db.execute(f"select rowid, {column} from {table} order by rowid").fetchall()
    db.close()
    chosen = rows if table in ("calls", "findings", "audit") else rows[:1]
    for row, value in chosen:
        yield from ((row, value, mutant) for mutant in mutants(table, column, value))


def write(path: Path, table: str, column: str, row: int, value: object) -> bool:
    """False where the database itself refuses."""
    db = sqlite3.connect(path)
    db.execute("pragma synchronous = off")
    triggers = db.execute("select name, sql from sqlite_master where type = 'trigger' and name like 'audit_no_%'").fetchall()
    try:
        for name, _ in triggers:
            db.execute(f"drop trigger {name}")
        db.execute(f"update {table} set {column} = ? where rowid = ?", (value, row))
        for _, sql in triggers:
            db.execute(sql)
        db.commit()
    except sqlite3.IntegrityError:
        return False
    finally:
        db.close()
    return True


def copied(path: Path, to: Path) -> Path:
    for file in path.parent.glob(f"{path.stem}.*"):
        shutil.copy(file, to / f"records{file.suffix}")
    return to / "records.sqlite"


def told(path: Path) -> str:
    records = open_read_only(path)
    try:
        return "; ".join([*(f"line {n}" for n in find_broken(records)), *find_faults(records)])
    finally:
        records.close()


@pytest.mark.parametrize("state", STATES)
async def test_records_that_were_left_alone_fit_their_lines(tmp_path: Path, state: str) -> None:
    await prepare(tmp_path / "records.sqlite", state)
    assert told(tmp_path / "records.sqlite") == ""


@pytest.mark.parametrize("state", STATES)
async def test_whoever_checks_is_told_of_each_column(tmp_path: Path, state: str) -> None:
    path, here = tmp_path / "r" / "records.sqlite", tmp_path / "copy"
    path.parent.mkdir()
    here.mkdir()
    await prepare(path, state)
    silent = set()
    for table, column in columns(path):
        name = f"{table}.{column}"
        for row, old, value in change(path, table, column):
            copy = copied(path, here)
            is_excused = {name, table} & EXCUSED or (old, value) in HARMLESS.get(name, ())
            if write(copy, table, column, row, value) and not is_excused and not re.search("run 1|line |people|press", told(copy)):
                silent.add((name, old, value))
    assert not silent


@pytest.mark.parametrize("at_work", [False, True], ids=["stopped", "at work"])
@pytest.mark.parametrize("state", STATES)
async def test_nothing_is_sent_that_was_not_agreed_to(tmp_path: Path, state: str, at_work: bool) -> None:
    path, here = tmp_path / "r" / "records.sqlite", tmp_path / "copy"
    path.parent.mkdir()
    here.mkdir()
    before = await prepare(path, state)
    may_be_sent = {"b"} if state == "running" else set()
    for table, column in columns(path):
        for row, _, value in change(path, table, column):
            lamps = FakeGateway(**before.lamps)
            copy = copied(path, here)
            if not at_work:
                write(copy, table, column, row, value)
            office = RunHarness(copy, lamps, STEPS)
            try:
                if at_work:
                    write(copy, table, column, row, value)
                office.time.now += 3600
                for run in (1, 1001):
                    await _go_on(office, run)
            finally:
                office.close()
            assert lamps.executed.keys() <= may_be_sent and all(times == 1 for times in lamps.executed.values()), (
                table,
                column,
                row,
                value,
            )


async def _go_on(office: RunHarness, run: int) -> None:
    """As the engine would: an error of ours is a turn that did nothing."""
    for _ in range(10):
        try:
            if (wait := await office.driver.advance(run)) is None or wait > 0:
                return
        except (LookupError, ValueError, TypeError, AttributeError, sqlite3.Error, json.JSONDecodeError):
            return
