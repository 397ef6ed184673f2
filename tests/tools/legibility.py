"""Counts what makes the code hard to read for a stranger, and fails above the limits: `python -m tests.tools.legibility`.

`make check` runs it. `--list` names each place. Product code is `bot/`, `dialogs/`, `adapters/` and `manifest/`.
"""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.paths import ROOT


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


PRODUCT = ("bot", "dialogs", "adapters", "manifest")
LAB = "adapters/lab/"

#: Verbs whose imperative looks like a participle, and words that only end like one.
IMPERATIVES = words(
    """become bet cast come cost cut embed exceed feed heed hit hurt let need proceed
    put quit read run seed set shed shut speed split spread succeed"""
)
#: Past participles that do not end in -ed.
IRREGULAR = words(
    """awoken been begun bent bitten born bought bound broken brought built burnt caught chosen clung crept dealt done drawn driven
    drunk dug eaten fallen fed felt flown forbidden forgiven forgotten fought found frozen given gone got gotten ground grown had heard
    held hidden hung kept knelt known laid learnt led left lent lit lost made meant met mistaken overridden overtaken paid proven
    ridden risen said sawn seen sent sewn shaken shot shown shrunk slain slept slid slung sold sought sown spent spilt spoken spun
    stolen stood struck stuck stung sunk sworn swum swung taken taught thought thrown told torn trodden understood undertaken undone
    unseen unknown unspoken withdrawn withheld woken won worn wound woven written"""
)
PRONOUNS = words(
    """all another any anybody anyone anything both each either everybody everyone everything few he her hers him his it its many mine
    neither nobody none nothing one other others ours several she some somebody someone something such that theirs them these they this
    those us we what whatever which whichever who whoever whom whose you yours"""
)
#: Types of the lab that model the same remote object as the product's type of that name.
SAME_REMOTE_OBJECT = words(
    """AccessEdge AgentGroup Domain EntraGroup HostingProvider KeyCredential MeetingMigration OAuthCertificate Pool
    PublicProvider Replica ServicePrincipal SipDomain SyncRun SyncScheduler"""
)


@dataclass(kw_only=True)
class Measure:
    """One count with its limit, and the places that it counts."""

    title: str
    limit: float
    places: list[str] = field(default_factory=list)
    #: What the places are a share of; none for a plain count.
    whole: int | None = None

    @property
    def figure(self) -> float:
        return len(self.places) if self.whole is None else 100 * len(self.places) / self.whole

    @property
    def holds(self) -> bool:
        return self.figure <= self.limit

    def __str__(self) -> str:
        unit = "" if self.whole is None else f" % ({len(self.places)} of {self.whole})"
        return f"{'ok  ' if self.holds else 'OVER'} {self.title}: {self.figure:.3g}{unit}, at most {self.limit:g}"


def is_participle(name: str) -> bool:
    """Whether a function's name is one bare participle: `told`, `_settled`; not `is_settled`, `read` or `seed`."""
    word = name.strip("_")
    return word in IRREGULAR or (word not in IMPERATIVES and re.fullmatch(r"[a-z]+ed", word) is not None)


def is_pronoun(name: str) -> bool:
    """Whether a function's name is one bare pronoun: `who`, `_everything`."""
    return name.strip("_") in PRONOUNS


def measure_names() -> Iterator[Measure]:
    """How functions are named."""
    functions = [
        (file, node)
        for file in sources()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not re.fullmatch(r"__\w+__", node.name)
    ]
    named = {
        kind: [f"{file}:{node.lineno} {node.name}" for file, node in functions if kind(node.name)] for kind in (is_participle, is_pronoun)
    }
    yield Measure(title="function names that are a bare participle", limit=3, places=named[is_participle], whole=len(functions))
    yield Measure(title="function names that are a pronoun", limit=0, places=named[is_pronoun])


def measure_types() -> Iterator[Measure]:
    """Types that share a name."""
    defined: dict[str, list[str]] = defaultdict(list)
    for file in sources():
        for node in tree(file).body:
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(f"{file}:{node.lineno}")
    product = {name: [place for place in places if not place.startswith(LAB)] for name, places in defined.items()}
    twice = [f"{name} {places}" for name, places in product.items() if len(places) > 1]
    yield Measure(title="type names with two meanings in bot, dialogs and adapters", limit=0, places=twice)
    with_lab = [f"{name} {places}" for name, places in defined.items() if len(places) > 1 and name not in SAME_REMOTE_OBJECT]
    yield Measure(title="type names with two meanings, the lab included", limit=0, places=with_lab)


def measure_imports() -> Iterator[Measure]:
    """How modules are imported."""
    renamed = [
        f"{file}:{node.lineno} {alias.name} as {alias.asname}"
        for file in sources()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.asname != alias.name
    ]
    yield Measure(title="names repaired by import … as", limit=0, places=renamed)
    allowed = ("bot.service", "bot.views", "bot.step", "bot.i18n", "bot.errors")
    through = [
        f"{file}:{line} {module}"
        for file in sources("dialogs")
        for line, module in imports_of(file)
        if module.startswith("bot.") and ".".join(module.split(".")[:2]) not in allowed
    ]
    yield Measure(title="imports of dialogs/ into bot/ past its service", limit=0, places=through)
    across = [
        f"{file}:{line} {module}"
        for file in sources("bot/steps")
        if (own := slice_of(file)) not in ("shared", "__init__")
        for line, module in imports_of(file)
        if module.startswith("bot.steps.") and module.split(".")[2] not in (own, "shared")
        if not is_combination(file)
    ]
    yield Measure(title="imports of a step into another step", limit=0, places=across)


def measure_changes() -> Iterator[Measure]:
    """Where the writes of a step are put together."""
    built = [
        f"{file}:{node.lineno}"
        for file in sources()
        if not file.startswith("bot/steps/")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Change"
    ]
    yield Measure(title="places outside bot/steps that build a Change", limit=0, places=built)


def measure_tests() -> Iterator[Measure]:
    """How the tests are laid out."""
    root = [file.name for file in (ROOT / "tests").glob("*.py") if file.name not in ("__init__.py", "conftest.py")]
    yield Measure(title="helpers at the root of tests/", limit=0, places=root)
    crossed = [
        f"{file}:{line} {module}"
        for file in sources("tests")
        for line, module in imports_of(file)
        if re.search(r"^tests\..*\.test_|^tests\.test_", module)
    ]
    yield Measure(title="imports of a test module", limit=0, places=crossed)


def sources(*folders: str) -> list[str]:
    """The Python files below the folders, as paths from the root; of the product without folders."""
    return [str(path.relative_to(ROOT)) for folder in folders or PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]


def tree(file: str) -> ast.Module:
    """The syntax tree of a file."""
    if file not in _TREES:
        _TREES[file] = ast.parse((ROOT / file).read_text("utf-8"))
    return _TREES[file]


def imports_of(file: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each module of ours that a file imports, also late and for types alone."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def slice_of(file: str) -> str:
    """The step whose slice a file below bot/steps is: `move_users` of bot/steps/move_users/checks.py."""
    return Path(file).parts[2].removesuffix(".py")


def is_combination(file: str) -> bool:
    """Whether a step only combines others (`combine(…)`), which it therefore imports."""
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "combine" for node in ast.walk(tree(file)))


MEASURES = (measure_names, measure_types, measure_imports, measure_changes, measure_tests)
_TREES: dict[str, ast.Module] = {}


def main() -> int:
    """Prints each measure; 1 where one is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="name each place, also below the limits")
    parser.add_argument("--quiet", action="store_true", help="say only what is above its limit")
    options = parser.parse_args()
    measures = [measure for measures in MEASURES for measure in measures()]
    for measure in measures:
        if not (options.quiet and measure.holds):
            print(measure)
        if options.list or not measure.holds:
            print("".join(f"       {place}\n" for place in measure.places), end="")
    return int(not all(measure.holds for measure in measures))


if __name__ == "__main__":
    sys.exit(main())
