"""The lab is a closed part: its packages import in one direction, and what is registered in it needs no list."""

from graphlib import CycleError, TopologicalSorter

import pytest

from adapters.lab.cmdlets.registry import CMDLETS
from adapters.lab.discovery import import_modules
from adapters.lab.graph.routing import ROUTES
from adapters.lab.manual_actions.registry import all_functions
from tests.support.paths import ROOT
from tests.support.source_files import files, imports


def test_the_packages_of_the_lab_import_in_one_direction() -> None:
    uses: dict[str, set[str]] = {}
    for file in files("adapters/lab/*"):
        part = file.split("/")[2].removesuffix(".py")
        uses.setdefault(part, set()).update({name.split(".")[2] for name in imports(file) if name.startswith("adapters.lab.")} - {part})
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as circle:
        pytest.fail(f"what two of them need belongs below both: {' → '.join(circle.args[1])}")


@pytest.mark.parametrize("package", ["cmdlets", "graph/routes", "manual_actions"])
def test_modules_are_registered_by_being_there(package: str) -> None:
    import_modules(f"adapters.lab.{package.replace('/', '.')}")
    functions = (*CMDLETS.values(), *ROUTES.values(), *all_functions().values())
    registered = {function.__module__ for function in functions}
    listed = [path.stem for path in (ROOT / "adapters/lab" / package).glob("*.py") if path.stem not in ("__init__", "registry", "lookup")]
    assert listed and not [name for name in listed if f"adapters.lab.{package.replace('/', '.')}.{name}" not in registered]
