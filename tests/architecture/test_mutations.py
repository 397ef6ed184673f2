"""The mutations fit the source as it is, and the tool that makes them tells what is noticed from what is not."""

import subprocess
from pathlib import Path

import pytest

from tests.tools.mutations import ROOT, Mutation, read_table, run

MUTATIONS = read_table()
SOURCE = "def is_allowed(age: int) -> bool:\n    return age >= 18\n"
TESTS = """
from gate import is_allowed

def test_a_child_is_not_allowed():
    assert not is_allowed(17)
"""
WRONG = Mutation(number=1, title="", file="gate.py", text=">= 18", replacement=">= 17", tests=("test_gate.py",))
UNNOTICED = Mutation(number=2, title="", file="gate.py", text=">= 18", replacement="> 18", tests=("test_gate.py",))
STALE = Mutation(number=3, title="", file="gate.py", text=">= 21", replacement="> 21", tests=("test_gate.py",))


def test_the_mutations_are_numbered_from_one_on_and_none_is_there_twice() -> None:
    assert [mutation.number for mutation in MUTATIONS] == list(range(1, len(MUTATIONS) + 1))
    assert len({(mutation.file, mutation.text, mutation.replacement) for mutation in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.number} {mutation.title}")
def test_a_mutation_fits_the_source(mutation: Mutation) -> None:
    """Remedy: name in tests/tools/mutations.toml the text as it is today, and run `python -m tests.tools.mutations --only N`."""
    source = (ROOT / mutation.file).read_text()
    assert mutation.apply(source) != source
    for test in mutation.tests:
        file, *names = test.partition("[")[0].split("::")
        assert not names or f"def {names[-1]}(" in (ROOT / file).read_text(), test


def test_what_is_noticed_is_told_from_what_is_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "gate.py").write_text(SOURCE)
    (tmp_path / "test_gate.py").write_text(TESTS)
    assert run(tmp_path, [WRONG, UNNOTICED, STALE]) == {"killed": [WRONG], "survived": [UNNOTICED], "error": [STALE]}
    assert (tmp_path / "gate.py").read_text() == SOURCE


def test_tests_that_fail_anyway_kill_nothing(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "gate.py").write_text(SOURCE.replace("18", "16"))
    (tmp_path / "test_gate.py").write_text(TESTS)
    with pytest.raises(SystemExit, match="fail without any mutation too"):
        run(tmp_path, [Mutation(number=1, title="", file="gate.py", text=">= 16", replacement="> 15", tests=("test_gate.py",))])
