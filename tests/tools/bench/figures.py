"""A figure of the bench, and what the kernel knows about a process (Linux)."""

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured value with its goal; `most` is the largest value that holds it, `exactly` the only one."""

    name: str
    value: float
    unit: str
    most: float | None = None
    exactly: float | None = None

    def __str__(self) -> str:
        goal = f"= {self.exactly:g}" if self.exactly is not None else f"≤ {self.most:g}" if self.most is not None else ""
        return json.dumps(
            {"name": self.name, "value": round(self.value, 3), "unit": self.unit, "goal": goal, "holds": self.holds}, ensure_ascii=False
        )

    @property
    def holds(self) -> bool | None:
        """None where there is no goal: the figure is only for comparison."""
        if self.exactly is not None:
            return self.value == self.exactly
        return None if self.most is None else self.value <= self.most


def cpu(pid: int | str) -> float:
    """User and system seconds of a process so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid: int | str) -> float:
    """The most memory that a process ever held, in MiB."""
    return _status(pid, "VmHWM")


def held(pid: int | str) -> float:
    """The memory that a process holds now, in MiB."""
    return _status(pid, "VmRSS")


def _status(pid: int | str, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
