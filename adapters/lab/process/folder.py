"""The lab's folder: where everything of one lab lies, who may read it, and who holds it at the moment."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from bot.calls import Json
from bot.i18n import LocalizedText, say

LockName = Literal["bot", "lab"]
KEPT = {"bot.lock", "lab.lock", "playground"}  # what --fresh leaves: the Playground is a program that was fetched, no part of the estate


class LabError(Exception):
    """The lab cannot be started or used as asked. The words say why and what would be right, in one line."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(str(words))


@dataclass(frozen=True)
class Folder:
    """All paths of one lab. Everything in it is readable by its owner only."""

    path: Path

    @property
    def origin_file(self) -> Path:
        """What the estate was made with; also the sign that this folder is a lab's."""
        return self.path / "made.json"

    @property
    def process_file(self) -> Path:
        return self.path / "child.json"

    @property
    def lab_file(self) -> Path:
        return self.path / "lab.json"

    @property
    def records(self) -> Path:
        return self.path / "switchover.sqlite"

    @property
    def estate(self) -> Path:
        return self.path / "estate.sqlite"

    @property
    def log(self) -> Path:
        return self.path / "lab.log"

    @property
    def ca(self) -> Path:
        return self.path / "ca.pem"

    @property
    def server(self) -> Path:
        return self.path / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.path / "server.key"

    @property
    def playground(self) -> Path:
        return self.path / "playground"

    def secret_file(self, name: str) -> Path:
        return self.path / "secrets" / name

    def secret(self, name: str) -> str:
        """A random password, made when it is first asked for."""
        file = self.secret_file(name)
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            self.write(file, secrets.token_urlsafe(24).encode())
        return file.read_text()

    def open(self) -> None:
        """Makes the folder, or finds it. Raises `LabError` when it holds something that is no lab."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.origin_file.exists() and any(item.name not in KEPT for item in self.path.iterdir()):
            raise LabError(say("{folder} is not empty and no lab's folder: name another one with --data", folder=str(self.path)))
        self.path.chmod(0o700)  # also when it was there: passwords and keys will lie in it

    def clear(self) -> None:
        """Empties it; only a folder that `open` accepts is ever emptied."""
        for item in sorted(
            self.path.iterdir(), key=lambda item: item == self.origin_file
        ):  # the sign last: half forgotten is still a lab's
            if item.name not in KEPT:
                shutil.rmtree(item) if item.is_dir() else item.unlink()

    def write(self, file: Path, content: bytes) -> None:
        """All or nothing: a reader never sees half a file, and nobody else sees any of it."""
        half = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
        half.replace(file)

    def write_json(self, file: Path, facts: Mapping[str, Json]) -> None:
        self.write(file, json.dumps(facts, indent=1).encode() + b"\n")

    def read_json(self, file: Path) -> dict[str, Json]:
        """What was noted; empty when nothing was."""
        try:
            facts = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def lock(self, holder: LockName) -> IO[str] | None:
        """Takes the bot's or the estate's place in this folder until the file is closed or the process ends; None when it is taken."""
        lock = self._open_lock(holder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        return lock

    def wait_for_lock(self, holder: LockName) -> IO[str]:
        """As `lock`, but waits until the place is free."""
        lock = self._open_lock(holder)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def _open_lock(self, holder: LockName) -> IO[str]:
        return os.fdopen(os.open(self.path / f"{holder}.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
