"""A step is a slice of its own: it imports no other one, and what it changes stands where it is looked for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.tools.legibility import imports_of, is_combination, slice_of, sources, tree

STEPS = sources("bot/steps")


def built(file: str, name: str) -> Iterator[int]:
    """The lines on which an object of this type is put together."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node.lineno


def test_no_step_imports_another_one() -> None:
    wrong = [
        f"{file}:{line} {module}"
        for file in STEPS
        if (own := slice_of(file)) not in ("shared", "__init__") and not is_combination(file)
        for line, module in imports_of(file)
        if module.startswith("bot.steps.") and module.split(".")[2] not in (own, "shared")
    ]
    assert not wrong, f"what two steps need belongs into bot/steps/shared: {wrong}"


def test_what_steps_share_knows_no_step() -> None:
    wrong = [
        f"{file}:{line} {module}"
        for file in STEPS
        if slice_of(file) == "shared"
        for line, module in imports_of(file)
        if module.startswith("bot.steps.") and module.split(".")[2] != "shared"
    ]
    assert not wrong, f"hand it in, or move it to the step that needs it: {wrong}"


def test_a_change_is_built_only_by_a_step() -> None:
    wrong = [f"{file}:{line}" for file in sources() if not file.startswith("bot/steps/") for line in built(file, "Change")]
    assert not wrong, f"take one that a step has made (Change.reverse, dataclasses.replace), or make it in bot/steps: {wrong}"


@pytest.mark.parametrize("file", [file for file in STEPS if len(Path(file).parts) > 3])
def test_in_a_package_only_commands_build_a_change(file: str) -> None:
    """A step of one module holds all of itself."""
    is_commands = Path(file).stem == "commands" or Path(file).stem.endswith("_commands")
    assert is_commands or not list(built(file, "Change")), "checks say what is there; what would be done stands in commands.py"


@pytest.mark.parametrize("file", [file for file in STEPS if Path(file).name != "__init__.py" and len(Path(file).parts) > 3])
def test_each_module_of_a_package_is_used(file: str) -> None:
    module = file.removesuffix(".py").replace("/", ".")
    users = [
        other
        for other in sources()
        if other != file and any(name == module or name.startswith(f"{module}.") for _, name in imports_of(other))
    ]
    assert users, f"nobody imports {module}: remove it ({ROOT / file})"


SHARED = [file for file in STEPS if Path(file).parts[2:-1] == ("shared",) and Path(file).name != "__init__.py"]


@pytest.mark.parametrize("file", SHARED)
def test_what_is_shared_is_used_by_two(file: str) -> None:
    """By two steps, or by another shared module. What reads a list of people is used by the chat as well, and is left out."""
    module = file.removesuffix(".py").replace("/", ".")
    slices = {
        slice_of(other) if other.startswith("bot/steps/") else other
        for other in sources()
        if other != file and any(name.startswith(f"{module}.") or name == module for _, name in imports_of(other))
    }
    assert "shared" in slices or len(slices) > 1, f"only {slices} needs it: move it there"
