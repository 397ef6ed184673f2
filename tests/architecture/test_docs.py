"""The words for people who install and try it are true: settings load, commands exist, links lead somewhere."""

import re
from pathlib import Path

import polib
import pytest

from bot.config import GraphAccess, load
from bot.facts.cloud import Cloud
from bot.runs.lifecycle import actions_in
from bot.views import RunState
from dialogs.cards.run import STATES, TITLES
from tests.support.lab_process import run_command
from tests.support.paths import ROOT
from tests.support.source_files import files, imports
from tests.tools import decisions

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_settings_of_the_manual_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/operating.md").read_text(), re.S)
    (tmp_path / "switchover.toml").write_text(example)
    assert load(tmp_path / "switchover.toml").bot.auth == "certificate"


def test_what_differs_in_other_clouds_can_be_set() -> None:
    words = (ROOT / "docs/operating.md").read_text()
    named = {tuple(name.split(".")[:2]) for name in re.findall(r"`((?:cloud|graph)\.\w+)`", words)}
    known = {("cloud", name) for name in Cloud.model_fields} | {("graph", name) for name in GraphAccess.model_fields}
    assert len(named) >= 7 and named <= known


def test_the_manual_knows_every_state_and_what_one_can_do_then() -> None:
    rows = [row.strip("| ").split(" | ") for row in (ROOT / "docs/operating.md").read_text().split("\n")]
    told = {state: (card, what) for state, card, _, what in (row for row in rows if len(row) == 4) if state in set(RunState)}
    assert {state: card for state, (card, _) in told.items()} == {state: str(words) for state, words in STATES.items()}
    offered = {state: [verb for verb in actions_in(state) if verb != "done" or state == "waiting_for_admin"] for state in RunState}
    assert [(state, verb) for state, verbs in offered.items() for verb in verbs if str(TITLES[verb]) not in told[state][1]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_lead_somewhere(page: Path) -> None:
    words = page.read_text()
    linked = [page.parent / target for target in re.findall(r"\]\(([^)#:]+)\)", words)]
    named = [ROOT / name for name in re.findall(r"`((?:bot|dialogs|adapters|tests|manifest|docs|\.ci)/[\w./]*)`", words)]
    assert [str(path) for path in (*linked, *named) if not path.exists()] == []


def test_the_readme_names_only_targets_of_make_that_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.M)) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    offered = run_command("--help").stdout
    named = set(re.findall(r"`switchover ([a-z][\w-]*)", page.read_text()))
    assert [name for name in named if name not in offered] == []


def test_the_package_is_made_with_one_command(tmp_path: Path) -> None:
    made = run_command("manifest", "--app-id", "a" * 32, "--domain", "bot.contoso.com", "--out", str(tmp_path / "app.zip"))
    assert (made.returncode, made.stderr) == (0, "") and (tmp_path / "app.zip").exists()
    refused = run_command("manifest", "--app-id", "a" * 32, "--domain", "https://bot.contoso.com", "--out", str(tmp_path / "no.zip"))
    assert refused.returncode == 1 and "host name" in refused.stderr and refused.stderr.count("\n") == 1


def test_the_glossary_names_what_is_there() -> None:
    """Types by their names, modules by their paths."""
    source = "\n".join(path.read_text() for room in ("bot", "dialogs", "adapters") for path in (ROOT / room).rglob("*.py"))
    for row in (ROOT / "docs/glossary.md").read_text().split("|---|")[-1].splitlines():
        for name in re.findall(r"`([^`]+)`", row):
            last = name.removesuffix("()").rpartition(".")[2]
            is_path = (ROOT / name).exists() or (ROOT / "bot/runs" / name).exists()
            assert is_path or re.search(rf"^\s*(class |def |){last}\b", source, re.MULTILINE), name


def test_the_architecture_is_two_pages_with_ten_tasks() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    assert len(text.split()) <= 1000 and len(text.splitlines()) <= 110
    assert len(re.findall(r"^\| (?!you want|---)[^|]+ \| `[^|]+\|$", text.partition("## Where to put what")[2], re.MULTILINE)) == 10


def test_the_architecture_shows_the_direction_of_imports_as_it_is() -> None:
    """Of the parts of `bot/`: each line imports only from lines below it, and no part is missing."""
    shown = re.findall(r"^```\n(cli\n.*?)```$", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    level = {part: number for number, line in enumerate(shown.splitlines()) for part in line.split()}
    parts = {file.split("/")[1].removesuffix(".py") for file in files("bot/*")} - {"__init__"}
    assert set(level) == parts, "show it in docs/architecture.md, above all that it imports"
    wrong = [
        f"{file} imports {name}"
        for file in files("bot/*")
        for name in imports(file)
        if name.startswith("bot.") and (part := file.split("/")[1].removesuffix(".py")) in parts
        if name.split(".")[1] in level and name.split(".")[1] != part and level[name.split(".")[1]] <= level[part]
    ]
    assert wrong == []


def test_the_german_of_the_glossary_is_what_people_read() -> None:
    rows = [row.strip("| ").split(" | ") for row in (ROOT / "docs/glossary.md").read_text().split("|---|")[-1].splitlines() if row]
    german = [word for row in rows if len(row) == 4 for word in re.split(r", | \(.*\)", row[3]) if word]
    shown = "\n".join(entry.msgstr for entry in polib.pofile(str(ROOT / "dialogs/locale/de/messages.po"))).casefold()
    assert len(german) > 15 and [word for word in german if word.casefold() not in shown] == []


def test_each_decision_has_a_number_and_stands_in_the_index() -> None:
    text = decisions.FILE.read_text()
    assert text == decisions.numbered(text), "python -m tests.tools.decisions numbers it and writes the index"
    given = [found["number"] for found in decisions.TITLE.finditer(text)]
    assert len(given) == len(set(given)) > 70


FORBIDDEN = re.compile(r"\b(house|rooms?|hearts?|desk|bells?|doors?|doorways?)\b", re.IGNORECASE)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "Makefile"], ids=lambda page: page.name)
def test_no_private_metaphor_stands_in_the_docs(page: Path) -> None:
    if page.name not in ("changelog.md", "steps.md"):  # what was; and meeting rooms, desk phones
        assert FORBIDDEN.findall(page.read_text()) == [], "say package, layer, core, service, endpoint"
