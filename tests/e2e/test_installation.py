"""What is installed of ours without and with the extra `lab`, seen in the wheels that pip builds."""

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.paths import ROOT

OURS = ("adapters", "bot", "dialogs", "manifest")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders: what `pip install .` installs of ours, and what `pip install '.[lab]'` does."""
    wheels, production, with_lab = (tmp_path_factory.mktemp(name) for name in ("wheels", "production", "with_lab"))
    wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels))
    subprocess.run((*wheel, str(ROOT), str(ROOT / "adapters/lab")), check=True, timeout=300)
    for file in wheels.glob("*.whl"):
        for folder in (with_lab, *([] if "lab" in file.name else [production])):
            with ZipFile(file) as archive:
                archive.extractall(folder)
    return production, with_lab


def switchover(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as it is installed in this folder. `-S`: the tree itself, which is installed for the tests, is not found."""
    path = os.pathsep.join([str(folder), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    command, environment = (sys.executable, "-S", "-m", "bot.cli", *words), {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_production_has_nothing_of_the_lab(installed: tuple[Path, Path]) -> None:
    production, with_lab = installed
    assert (production / "dialogs").is_dir() and not (production / "adapters/lab").exists() and not [*production.rglob("*openapi*")]
    tracked = subprocess.run(("git", "ls-files", *OURS), cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert not [name for name in tracked if not (with_lab / name).exists() and name != "adapters/lab/pyproject.toml"]
    [metadata] = production.glob("*.dist-info/METADATA")
    assert not re.search(r"^Requires-Dist: psrpcore", metadata.read_text(), re.MULTILINE)


def test_without_the_extra_the_command_says_what_to_install(installed: tuple[Path, Path]) -> None:
    production, with_lab = installed
    refused = switchover(production, "lab", "--users", "12")
    assert refused.returncode == 1
    assert refused.stderr == "switchover: The lab is not installed. Run this in the folder of Switchover's source: pip install '.[lab]'\n"
    assert "--playground" in switchover(with_lab, "lab", "--help").stdout
