"""Whoever checks the audit needs its file and what the team channel was told, and neither the bot nor its settings."""

import sqlite3
from pathlib import Path

import pytest

from bot.ledger import audit
from dialogs.cards.channel_posts import due_posts
from dialogs.cards.run import RenderContext
from dialogs.cards.text_fallback import as_text
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.fake_run_service import NOW
from tests.support.lab_process import run_command
from tests.support.run_harness import ANNA, BEN, RunHarness


@pytest.fixture
async def records(tmp_path: Path) -> Path:
    """Of one run that is done and verified."""
    office = RunHarness(tmp_path / "records.sqlite", FakeGateway(a="off"), STEPS)
    await office.act_and_settle(await office.request_run("light", "a"), ("start", ANNA), ("approve", BEN))
    office.close()
    return tmp_path / "records.sqlite"


@pytest.fixture
async def office(records: Path) -> RunHarness:
    return RunHarness(records, FakeGateway(), STEPS)


async def test_the_channel_is_told_how_far_the_audit_goes(office: RunHarness) -> None:
    (newest,) = await office.service.audit(limit=1)
    (post,) = due_posts(await office.view(1), ("asked x",), RenderContext(NOW), STEPS, newest)
    assert f"audit line {newest.n}: {newest.hash[:16]}" in as_text(post.card)


async def test_a_longer_audit_is_no_news_about_a_run(office: RunHarness) -> None:
    (newest,) = await office.service.audit(limit=1)
    (post,) = due_posts(await office.view(1), ("asked x",), RenderContext(NOW), STEPS, newest)
    await office.request_run("dark", "a")
    (later,) = await office.service.audit(limit=1)
    assert not list(due_posts(await office.view(1), ("asked x", post.name), RenderContext(NOW), STEPS, later))


async def test_each_line_can_be_compared_with_what_the_channel_was_told(records: Path, office: RunHarness) -> None:
    lines = await office.ledger(audit.lines, None, 100)
    assert run_command("check-audit", str(records)).stdout == f"No line was changed. Line {lines[-1]['n']}: {lines[-1]['hash']}\n"
    assert run_command("check-audit", str(records), "2").stdout == f"No line was changed. Line 2: {lines[1]['hash']}\n"
    missing = run_command("check-audit", str(records), str(len(lines) + 1))
    assert missing.returncode and f"There is no line {len(lines) + 1}." in missing.stderr


async def test_a_changed_line_is_named(records: Path, office: RunHarness) -> None:
    await office.ledger(lambda db: db.execute("drop trigger audit_no_update"))
    await office.ledger(lambda db: db.execute("update audit set event = 'refuse' where n = 4"))
    checked = run_command("check-audit", str(records))
    assert checked.returncode and "Lines that were changed, or do not follow the one before: 4" in checked.stderr


def test_without_records_there_is_nothing_to_check(tmp_path: Path) -> None:
    for file in (tmp_path / "records.sqlite", tmp_path):
        refused = run_command("check-audit", str(file))
        assert refused.returncode and refused.stderr == f"switchover: {file}: no such records\n"


def test_a_file_of_something_else_is_no_record(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_text("hello")
    assert f"{other}: cannot be read (file is not a database)" in run_command("check-audit", str(other)).stderr
    other.write_bytes(b"")
    assert f"{other}: these are not Switchover's records" in run_command("check-audit", str(other)).stderr


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("drop trigger audit_no_delete", "The trigger audit_no_delete, which keeps the audit append-only, is gone"),
        ("update audit set names = '{}' where n = 3", "Line 3: the names behind name, who were taken out"),
        ("delete from runs", "Run 1: the audit has it, the records have not"),
        (
            "insert into calls (run, n, subject, part, call, state, order_key, lock_label) values (1, 9, 'z', 0, '{}', 'pending', '', 'z')",
            "call 9",
        ),
        ("delete from calls", "Run 1: calls that were planned are missing"),
        ("delete from people where id = 'b'", "1 of those who asked or pressed are missing"),
        ("update runs set answers = '{'", "Run 1: holds something that this bot did not write"),
        ("update audit set hashed = 'x' where n = 2", "Line 2: holds something that this bot did not write"),
        ("update salt set salt = 'x'", "Run 1: who asked is not what the audit says"),
        ("delete from audit where n > 6", "The records end with audit line 6"),
    ],
)
async def test_what_was_changed_is_told_in_words(records: Path, office: RunHarness, statement: str, words: str) -> None:
    office.close()
    with sqlite3.connect(records) as db:
        db.execute("pragma foreign_keys = off")
        for name in ("audit_no_delete", "audit_no_update"):
            db.execute(f"drop trigger {name}")
        if statement.startswith("drop"):
            db.execute("create trigger audit_no_update before update on audit begin select 1; end")
        else:
            db.execute(statement)
    db.close()
    checked = run_command("check-audit", str(records))
    assert checked.returncode and words in checked.stderr and "Traceback" not in checked.stderr


async def test_a_clock_that_was_set_back_between_two_lines_is_told(records: Path) -> None:
    office = RunHarness(records, FakeGateway(a="on"), STEPS)
    office.time.now -= 7200
    await office.request_run("dark", "a")
    office.close()
    assert "is dated 7200 s before the line before it" in run_command("check-audit", str(records)).stderr
