"""Makes the mutations of `mutations.toml` one at a time, and tells which of them the tests notice.

`python -m tests.tools.mutations [--only N] [--root DIR] [--table FILE]` works in a copy of the tree, never in the tree itself. A mutation
is killed when one of the tests that it names fails, and has survived when all of them pass. Ends with 1 unless all are killed.
"""

import argparse
import ast
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2
from typing import Literal

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_suffix(".toml")
LONGEST = 900.0  # seconds that the tests of one mutation may take

Outcome = Literal["killed", "survived", "error"]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One change that makes the product wrong: `text` stands exactly once in `file`, and `replacement` takes its place."""

    number: int
    title: str
    file: str
    text: str
    replacement: str
    #: files or ids of pytest, one of which should fail
    tests: tuple[str, ...]

    def apply(self, source: str) -> str:
        """The mutated source. Raises ValueError where the text does not stand exactly once in it, or no Python is left."""
        if (times := source.count(self.text)) != 1:
            raise ValueError(f"mutation {self.number}: its text stands {times} times in {self.file}: {self.text!r}")
        mutated = source.replace(self.text, self.replacement)
        ast.parse(mutated, self.file)
        return mutated


def read_table(table: Path = TABLE) -> list[Mutation]:
    """The mutations in their order."""
    entries = tomllib.loads(table.read_text())["mutation"]
    return [Mutation(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def copy_tree(root: Path, target: Path) -> None:
    """Copies what git knows of the tree, and what it does not ignore."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(root / name, target / name)


def run_tests(tree: Path, tests: Iterable[str], *more: str) -> tuple[Outcome, str]:
    """What these tests say of the tree, and those of them that fail. `more` are options of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-rfE", "--tb=no", *more, *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    running = subprocess.Popen(
        command, cwd=tree, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = running.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return "error", f"no end within {LONGEST:.0f} s"
    failed = [line.partition(" ")[2].partition(" - ")[0] for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if running.returncode == 0:
        return "survived", ""
    if running.returncode == 1 and "during collection" not in said and failed:
        return "killed", "\n".join(dict.fromkeys(failed))
    return "error", "\n".join(said.splitlines()[-20:])


def run_mutation(tree: Path, mutation: Mutation) -> tuple[Outcome, str]:
    """Makes the mutation, has its tests run, and takes it back."""
    file = tree / mutation.file
    source, made = file.read_text(), file.stat().st_mtime_ns
    try:
        file.write_text(mutation.apply(source))
        return run_tests(tree, mutation.tests, "-x")
    except (ValueError, SyntaxError) as error:
        return "error", str(error)
    finally:
        file.write_text(source)
        os.utime(file, ns=(made, made))  # so that nothing compiled from the mutated source passes for it


def run(root: Path, mutations: Sequence[Mutation]) -> dict[Outcome, list[Mutation]]:
    """Makes each of these mutations in one copy of the tree, and tells of each as soon as it is known."""
    found: dict[Outcome, list[Mutation]] = {"killed": [], "survived": [], "error": []}
    killers: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = Path(folder)
        copy_tree(root, tree)
        for mutation in mutations:
            began = time.monotonic()
            outcome, words = run_mutation(tree, mutation)
            found[outcome].append(mutation)
            killers |= {name.partition("[")[0] for name in words.splitlines() if outcome == "killed"}
            print(f"{mutation.number:3} {outcome:8} {time.monotonic() - began:4.0f} s  {mutation.title}  {words}".rstrip(), flush=True)
        outcome, words = run_tests(tree, sorted(killers)) if killers else ("survived", "")
    if outcome != "survived":
        raise SystemExit(f"These tests fail without any mutation too: {words}")
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", type=int, nargs="+", help="numbers of the mutations to make")
    options.add_argument("--root", type=Path, default=ROOT, help="the tree to copy")
    options.add_argument("--table", type=Path, default=TABLE, help="the mutations")
    given = options.parse_args()
    mutations = [one for one in read_table(given.table) if not given.only or one.number in given.only]
    found = run(given.root.resolve(), mutations)
    print(", ".join(f"{len(some)} {outcome}" for outcome, some in found.items()))
    return 0 if len(found["killed"]) == len(mutations) else 1


if __name__ == "__main__":
    sys.exit(main())
