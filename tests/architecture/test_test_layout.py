"""Where tests and their helpers stand, so that both are found: tests/unit mirrors the product, helpers live in tests/support."""

from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import files, imports

AT_THE_ROOT = {"__init__.py", "conftest.py"}


def names_a_module(test: Path) -> bool:
    """Whether tests/unit/<package>/test_<module>[_<aspect>].py names a module or package of the product, or its own package."""
    package = ROOT / test.parent.relative_to("tests/unit")
    words = test.stem.removeprefix("test_").split("_")
    candidates = ["_".join(words[:n]) for n in range(1, len(words) + 1)]
    return any((package / f"{name}.py").is_file() or (package / name / "__init__.py").is_file() for name in candidates) or (
        package.is_dir() and package.name in candidates
    )


def test_no_helper_stands_at_the_root_of_the_tests() -> None:
    wrong = [file for file in files("tests/*.py") if file.count("/") == 1 and Path(file).name not in AT_THE_ROOT]
    assert not wrong, f"move it to tests/support (what tests use) or tests/tools (what is started by hand): {wrong}"


@pytest.mark.parametrize("file", [file for file in files("tests/unit/*") if Path(file).name.startswith("test_")])
def test_a_unit_test_is_named_after_what_it_tests(file: str) -> None:
    assert names_a_module(Path(file)), (
        "no such module in the product. Where it was renamed or moved, rename the test with it: git mv it to tests/unit/<package>/"
        "test_<module>.py or test_<module>_<aspect>.py; a test of several modules belongs to tests/steps, conversation, lab or e2e"
    )


@pytest.mark.parametrize(("name", "is_one"), [("test_config.py", True), ("test_config_of_clouds.py", True), ("test_konfig.py", False)])
def test_a_module_is_recognised_by_the_beginning_of_the_name(name: str, is_one: bool) -> None:
    assert names_a_module(Path("tests/unit/bot") / name) is is_one


def test_no_test_imports_a_test() -> None:
    wrong = [
        f"{file} imports {name}"
        for file in files("tests/*")
        for name in imports(file)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert not wrong, "move what both need to tests/support, or make it a fixture in a conftest.py: " + "; ".join(wrong)
