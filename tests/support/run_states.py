"""How the runs of a bot stand, read from its records while it works."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bot.views import RunState


@dataclass(frozen=True)
class RunRow:
    """A run as the records have it at a moment."""

    id: int
    step: str
    state: RunState
    generation: int
    digest: str
    asked_by: str
    started_by: str | None


class RecordsReader:
    """Looks into the records from outside, as often as one likes."""

    def __init__(self, records: Path) -> None:
        self._db = sqlite3.connect(f"file:{records}?mode=ro", uri=True)
        self._version = -1
        self._runs: dict[int, RunRow] = {}

    def runs(self) -> dict[int, RunRow]:
        version = self._db.execute("pragma data_version").fetchone()[0]
        if version != self._version:
            query = "select id, step, state, generation, digest, asked_by, started_by from runs"
            self._version, self._runs = version, {row[0]: RunRow(*row) for row in self._db.execute(query)}
        return self._runs

    def under_way(self) -> int:
        return int(self._db.execute("select count(*) from calls where state = 'sent'").fetchone()[0])

    def close(self) -> None:
        self._db.close()
