"""Long lists as files beside the records, one folder per run, for lists that are too long for a card: CSV and plain text."""

import csv
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

# What a spreadsheet would carry out at the beginning of a cell, also where it parts cells at semicolons or tabs, as in much of Europe:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = re.compile(r'^(?=[\t\r\n])|(^[ "]*|[;\t\r\n][ "]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])')
KEPT = 30 * 24 * 3600.0  # seconds: these are names of people, and a newer look has newer ones


class ReportFiles:
    """The lists of all runs. Every method blocks."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder, self._now = folder, now

    def write(self, run: int, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
        """Writes the list in place of an earlier one. Returns how many rows it has; without any there is no file."""
        file = self._path(run, name)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new, number = file.with_suffix(".new"), 0
        # with a byte order mark, without which Excel reads UTF-8 as something else
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(header)
            for row in rows:
                lines.writerow([escape_formula(cell) for cell in row])
                number += 1
        if number:
            new.replace(file)
        else:
            new.unlink()
            file.unlink(missing_ok=True)
        return number

    def write_text(self, run: int, name: str, lines: Iterable[str]) -> Path:
        """Writes lines to be read, in place of earlier ones."""
        file = self._path(run, name, "txt")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_suffix(".new-txt")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline="\r\n") as out:
            out.writelines(f"{line}\n" for line in lines)
        return new.replace(file)

    def path(self, run: int, name: str, kind: str = "csv") -> Path | None:
        """Where the list is, or None when there is none (any more)."""
        file = self._path(run, name, kind)
        return file if file.is_file() else None

    def delete_old(self) -> None:
        for folder in self._folder.glob("run-*"):
            if folder.stat().st_mtime + KEPT < self._now():
                shutil.rmtree(folder, ignore_errors=True)

    def _path(self, run: int, name: str, kind: str = "csv") -> Path:
        return self._folder / f"run-{run}" / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.{kind}"


def escape_formula(cell: str) -> str:
    """What begins like a formula is told to be text."""
    return FORMULA.sub(r"\1'", cell)
