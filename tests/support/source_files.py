"""The source as the architecture tests read it: Python files that git knows, what they import, the texts in them."""

import ast
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from functools import cache

from tests.support.paths import ROOT


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"), file)


@cache
def files(*patterns: str) -> tuple[str, ...]:
    """Python files that git knows, or that are about to be added."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return tuple(name for name in listed if name and (ROOT / name).exists() and is_one_of(name, patterns))


def is_one_of(file: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(file, pattern) for pattern in patterns)


def imports(file: str) -> Iterator[str]:
    """Every module that is imported, also late inside a function."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def texts(file: str) -> Iterator[tuple[int, str]]:
    """Text in the code, with its line; docstrings are left out."""
    prose = {id(node.value) for node in ast.walk(tree(file)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value
