"""Records of another version are refused with a sentence and stay as they are; new ones have every table."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.errors import RecordsNotReadable
from bot.ledger import Ledger, open_database, open_read_only
from bot.ledger.acceptance import accept_database
from bot.ledger.migrations import BASELINE, migrations
from tests.support.lab_process import run_command
from tests.support.paths import ROOT

OPENINGS: dict[str, Callable[[Path], object]] = {
    "start": Ledger,
    "database": open_database,
    "read only": open_read_only,
    "accept": lambda path: accept_database(path, "somebody"),
}


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Records with two runs, written by the code of 29 November 2026."""
    with sqlite3.connect(tmp_path / "records.sqlite") as db:
        db.executescript((Path(__file__).parent / "records_before_baseline.sql").read_text())
    db.close()
    return tmp_path / "records.sqlite"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    records = open_database(tmp_path / "records.sqlite")
    migrations._record_applied(records, "2031-01-01 something later")
    records.close()
    return tmp_path / "records.sqlite"


@pytest.mark.parametrize("opening", OPENINGS)
def test_older_records_are_refused_and_stay_as_they_are(older: Path, opening: str) -> None:
    before = older.read_bytes()
    with pytest.raises(RecordsNotReadable, match=r"from before 30 November 2026.* Keep the file"):
        OPENINGS[opening](older)
    assert older.read_bytes() == before and [path.name for path in older.parent.iterdir()] == ["records.sqlite"]


@pytest.mark.parametrize("opening", OPENINGS)
def test_newer_records_are_refused(newer: Path, opening: str) -> None:
    with pytest.raises(RecordsNotReadable, match="newer Switchover \\(2031-01-01 something later\\)"):
        OPENINGS[opening](newer)


@pytest.mark.parametrize("words", [("check-audit",), ("accept-records",), ("check-config", "--config")], ids=lambda words: words[0])
def test_the_command_line_says_what_to_do(older: Path, words: Sequence[str]) -> None:
    config = older.with_name("switchover.toml")
    (manual,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/operating.md").read_text(), re.S)
    config.write_text(re.sub(r"(?m)^records = .*", f'records = "{older}"', manual))
    told = run_command(*words, str(config if "--config" in words else older))
    assert told.returncode == 1 and "from before 30 November 2026" in told.stderr and "Traceback" not in told.stderr


def test_records_are_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        records = open_database(tmp_path / "records.sqlite")
        made = {name for name in records.table_names() if not name.startswith(("sqlite_", "_sqlite"))}
        records.close()
    assert made == {statement.split()[2] for statement in BASELINE if statement.split()[:2] == ["create", "table"]}
