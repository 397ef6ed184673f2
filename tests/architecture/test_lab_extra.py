"""What production installs, and what only `switchover[lab]` brings: the lab's code, its files, and the libraries it alone needs."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

OURS = ("adapters", "bot", "dialogs", "manifest")
PRODUCT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAB = tomllib.loads((ROOT / "adapters/lab/pyproject.toml").read_text())


def libraries(files: Iterator[Path]) -> set[str]:
    """The top names of what these files import, without our own and Python's."""
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.split(".")[0] for name in names}
    return found - {*OURS, *sys.stdlib_module_names}


def test_what_only_the_lab_imports_is_installed_with_the_lab_only() -> None:
    files = [file for package in OURS for file in (ROOT / package).rglob("*.py")]
    of_lab = libraries(file for file in files if file.is_relative_to(ROOT / "adapters/lab"))
    of_product = libraries(file for file in files if not file.is_relative_to(ROOT / "adapters/lab"))
    needed = {re.split(r"[<>=\[ ]", line)[0] for line in LAB["project"]["dependencies"]}
    assert of_lab - of_product == needed, "adapters/lab/pyproject.toml names what the lab alone imports"
    assert not [line for line in PRODUCT["project"]["dependencies"] if line.startswith(tuple(needed))]


def test_the_extra_names_the_lab_and_the_tests_have_it() -> None:
    extras = PRODUCT["project"]["optional-dependencies"]
    assert extras["lab"] == [f"{LAB['project']['name']} @ {{root:uri}}/adapters/lab"]
    assert "switchover[lab]" in extras["test"]
    assert PRODUCT["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": list(OURS), "exclude": ["/adapters/lab"]}
