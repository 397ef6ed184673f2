"""Whoever checks the audit needs its file and what the team channel was told, and neither the bot nor its settings."""

from pathlib import Path

import pytest

from bot.ledger import audit
from dialogs.cards.plain import as_text
from dialogs.cards.posts import due
from dialogs.cards.run import Eyes
from tests.desk import NOW
from tests.labs import command
from tests.lamps import STEPS, Lamps
from tests.office import ANNA, BEN, Office


@pytest.fixture
async def records(tmp_path: Path) -> Path:
    """Of one run that is done and verified."""
    office = Office(tmp_path / "records.sqlite", Lamps(a="off"), STEPS)
    await office.pressed(await office.asked("light", "a"), ("start", ANNA), ("approve", BEN))
    office.close()
    return tmp_path / "records.sqlite"


@pytest.fixture
async def office(records: Path) -> Office:
    return Office(records, Lamps(), STEPS)


async def test_the_channel_is_told_how_far_the_audit_goes(office: Office) -> None:
    (newest,) = await office.desk.audit(limit=1)
    (post,) = due(await office.view(1), ("asked x",), Eyes(NOW), STEPS, newest)
    assert f"audit line {newest.n}: {newest.hash[:16]}" in as_text(post.card)


async def test_a_longer_audit_is_no_news_about_a_run(office: Office) -> None:
    (newest,) = await office.desk.audit(limit=1)
    (post,) = due(await office.view(1), ("asked x",), Eyes(NOW), STEPS, newest)
    await office.asked("dark", "a")
    (later,) = await office.desk.audit(limit=1)
    assert not list(due(await office.view(1), ("asked x", post.name), Eyes(NOW), STEPS, later))


async def test_each_line_can_be_compared_with_what_the_channel_was_told(records: Path, office: Office) -> None:
    lines = await office.ledger(audit.lines, None, 100)
    assert command("check-audit", str(records)).stdout == f"No line was changed. Line {lines[-1]['n']}: {lines[-1]['hash']}\n"
    assert command("check-audit", str(records), "2").stdout == f"No line was changed. Line 2: {lines[1]['hash']}\n"
    missing = command("check-audit", str(records), str(len(lines) + 1))
    assert missing.returncode and f"There is no line {len(lines) + 1}." in missing.stderr


async def test_a_changed_line_is_named(records: Path, office: Office) -> None:
    await office.ledger(lambda db: db.execute("drop trigger audit_no_update"))
    await office.ledger(lambda db: db.execute("update audit set event = 'refuse' where n = 4"))
    checked = command("check-audit", str(records))
    assert checked.returncode and "Lines that were changed, or do not follow the one before: 4" in checked.stderr


def test_without_records_there_is_nothing_to_check(tmp_path: Path) -> None:
    for file in (tmp_path / "records.sqlite", tmp_path):
        refused = command("check-audit", str(file))
        assert refused.returncode and refused.stderr == f"switchover: {file}: no such records\n"


def test_a_file_of_something_else_is_no_record(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_text("hello")
    assert f"{other}: cannot be read (file is not a database)" in command("check-audit", str(other)).stderr
    other.write_bytes(b"")
    assert f"{other}: these are not Switchover's records" in command("check-audit", str(other)).stderr
