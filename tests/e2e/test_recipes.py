"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the tree: their files are few and the tests concerned are green.

A block whose first line names a file is that file; a `diff` block changes the file that it names; a `sh` block is typed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.paths import ROOT

BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HUNK = re.compile(r"^@@.*\n?", re.MULTILINE)
#: made by `make words` and `--accept`, never by hand
GENERATED = re.compile(r"dialogs/locale/(messages\.pot|(?!fr\b)\w+/messages\.po)|docs/steps\.md|tests/conversation/transcripts/.*")


@dataclass(frozen=True)
class Copy:
    """A copy of the tree, under git, so that what a recipe touches can be counted."""

    folder: Path

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env={**environment, **more}, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def follow(self, recipe: str) -> None:
        """Does what the blocks of this section say, in their order."""
        for block in blocks(recipe):
            if block["kind"] == "sh":
                for line in block["text"].splitlines():
                    self.run("make", "-o", ".venv/test", "-o", ".venv/lab", *line.split()[1:])
            elif block["kind"] == "diff":
                self.change(block["path"], block["text"])
            else:
                path = self.folder / block["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block["text"])

    def change(self, path: str, diff: str) -> None:
        text = (self.folder / path).read_text()
        for hunk in HUNK.split(diff):
            lines = hunk.splitlines(keepends=True)
            before, after = ("".join(line[1:] for line in lines if line[:1] in marks) for marks in ("- ", "+ "))
            assert not before or text.count(before) == 1, f"CONTRIBUTING.md changes these lines of {path}, which are not there:\n{before}"
            text = text.replace(before, after)
        (self.folder / path).write_text(text)

    def touched(self) -> list[str]:
        """Files that were made or changed by hand."""
        lines = self.run("git", "status", "--porcelain", "--untracked-files=all").stdout.splitlines()
        return [line[3:] for line in lines if not GENERATED.fullmatch(line[3:])]

    def test(self, *arguments: str, **environment: str) -> None:
        self.run(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *arguments, **environment)

    def check(self) -> None:
        """Format, lint and types of what is new."""
        changed = [path for path in self.touched() if path.endswith(".py")]
        if changed:
            self.run(sys.executable, "-m", "ruff", "check", "--quiet", *changed)
            self.run(sys.executable, "-m", "ruff", "format", "--quiet", "--check", *changed)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    made = Copy(tmp_path / "copy")
    listed = subprocess.run(("git", "ls-files"), cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, made.folder / name)
    (made.folder / ".venv/bin").mkdir(parents=True)
    (made.folder / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (made.folder / ".venv/bin/python").chmod(0o755)
    made.run("git", "init", "--quiet")
    made.run("git", "add", "--all")
    made.run("git", "-c", "user.name=Tests", "-c", "user.email=tests@example.com", "commit", "--quiet", "--message", "Copy")
    return made


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"CONTRIBUTING.md has no section “{title}”"
    return found[1]


def blocks(recipe: str) -> list[dict[str, str]]:
    return [found.groupdict() for found in BLOCK.finditer(recipe) if found["path"] or found["kind"] == "sh"]


RULES = "tests/architecture/test_source_rules.py"


def try_fact(copy: Copy) -> None:
    copy.test("tests/unit/bot/facts/test_dial_plans.py", RULES)


def try_step(copy: Copy) -> None:
    copy.test("tests/steps", "-k", "push_notifications or every_step_is_tried")
    copy.test(RULES, "tests/architecture/test_catalogues.py", "tests/architecture/test_steps_page.py")


def try_command(copy: Copy) -> None:
    copy.test("tests/unit/dialogs/test_time_command.py", "tests/unit/dialogs/test_command_parser.py", RULES)
    copy.test("tests/architecture/test_catalogues.py")


def try_endpoint(copy: Copy) -> None:
    copy.test("tests/lab/test_director.py", "tests/lab/test_control_api.py", "tests/unit/bot/test_known_errors.py", RULES)
    copy.test("tests/architecture/test_docs.py", "-k", "settings_of_the_manual")
    copy.run(
        sys.executable, "-m", "mypy", "--no-error-summary", "bot/calls.py", "adapters/lab/endpoints.py", "adapters/lab/cmdlets/general.py"
    )


def try_locale(copy: Copy) -> None:
    """Translated by a program, it passes even in CI, and what is typed in it is understood."""
    copy.run(sys.executable, "-m", "tests.support.pseudo_locale", "dialogs/locale/fr")
    copy.test("tests/architecture/test_catalogues.py", "tests/architecture/test_manifest.py", CI="true")


@pytest.mark.parametrize(
    ("title", "most", "attempt"),
    [
        ("A fact", 2, try_fact),
        ("A step", 8, try_step),
        ("A chat command", 3, try_command),
        ("A remote endpoint", 6, try_endpoint),
        ("A language", 3, try_locale),
    ],
)
def test_the_recipe_leads_to_a_green_build(title: str, most: int, attempt: Callable[[Copy], None], copy: Copy) -> None:
    copy.follow(section(title))
    touched = copy.touched()
    assert 0 < len(touched) <= most, touched
    copy.check()
    attempt(copy)


def test_a_language_is_one_folder(copy: Copy) -> None:
    copy.follow(section("A language"))
    assert {str(Path(path).parent) for path in copy.touched()} == {"dialogs/locale/fr"}
