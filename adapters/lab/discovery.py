"""Finds the modules of a package: cmdlets, Graph routes and manual actions are registered by being there."""

from importlib import import_module
from pkgutil import iter_modules


def import_modules(package: str) -> None:
    """Imports every module of this package, so that its decorators have run."""
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
