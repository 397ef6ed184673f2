"""The rules of the house, held by looking at the source: who may import whom, which library lives where, and what nobody writes."""

import ast
import json
import re
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import files, imports, is_one_of, texts, tree

OURS = ("bot", "dialogs", "adapters", "manifest")
DOORWAYS = ("bot/bootstrap.py", "bot/cli.py", "adapters/lab/cli.py")  # where all rooms meet

# What each room may import of ours, besides itself.
DIRECTIONS = {"bot": set(), "dialogs": {"bot"}, "adapters": {"bot"}, "manifest": {"bot"}}

# What of bot/ is open to dialogs/.
OPEN_TO_DIALOGS = ("service", "views", "step", "i18n", "errors")

# One library, one room.
LIBRARIES = {
    "botbuilder": ["dialogs/*"],
    "botframework": ["dialogs/*"],
    "msrest": ["dialogs/*"],
    "aiohttp": ["dialogs/*", "adapters/graph/http.py", "adapters/lab/*"],
    "msal": ["adapters/graph/tokens.py"],
    "requests": ["adapters/graph/tokens.py", "adapters/powershell/*"],  # what msal and pypsrp speak and raise
    "pypsrp": ["adapters/powershell/*"],
    "psrpcore": ["adapters/lab/*"],
    "dns": ["adapters/dns.py", "adapters/lab/dns.py"],
    "dbos": ["bot/runs/engine.py"],
    "sqlite_utils": ["bot/ledger/*"],
    "sqlite3": [
        "bot/ledger/*",
        "bot/runs/engine.py",  # the file of the workflow engine
        "bot/steps/directory_sync/comparison_db.py",  # thrown away after the comparison
        "adapters/lab/estate/persistence.py",
    ],
}
# Where else tasks are started, and who sees how they end.
WATCHED = {
    "bot/supervision.py": "it is the one who watches",
    "dialogs/channel/turn_lock.py": "the log says how what goes on beside a turn has failed",
    "bot/reader/reader.py": "a whole read is awaited by everybody who has asked for it",
    "adapters/lab/remoting/pipeline.py": "a pipeline tells its own error to whoever reads it, and logs it",
}
HTTP_CLIENTS = ["adapters/graph/http.py", "dialogs/channel/http.py", "dialogs/terminal/wire.py"]

SQL = re.compile(r"\s*(select .* from |insert into |update \w+ set |delete from |create (table|index|trigger|unique)|with \w+ as )", re.S)
CMDLET = re.compile(r"[A-Z][a-z]+-[A-Z]\w+")
SILENT_OR_LASTING = ("New-", "Export-", "Connect-", "Disconnect-")  # of kind read in the list, and yet they leave something behind


def test_rooms_import_in_one_direction() -> None:
    wrong = [
        f"{file} imports {name}"
        for file in files(*(f"{room}/*" for room in OURS))
        for name in imports(file)
        if file not in DOORWAYS
        and name.split(".")[0] in OURS
        and name.split(".")[0] not in {file.split("/")[0], *DIRECTIONS[file.split("/")[0]]}
    ]
    assert not wrong, "hand it in from bot/bootstrap.py instead, as a callable or a value: " + "; ".join(wrong)


def test_the_parts_of_the_heart_import_in_one_direction() -> None:
    uses: dict[str, set[str]] = {}
    for file in files("bot/*"):
        part = file.split("/")[1].removesuffix(".py")
        uses.setdefault(part, set()).update({name.split(".")[1] for name in imports(file) if name.startswith("bot.")} - {part})
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as circle:
        pytest.fail(f"what two of them need belongs below both: {' → '.join(circle.args[1])}")


def test_dialogs_know_bot_by_its_service() -> None:
    wrong = [f"{file} imports {name}" for file in files("dialogs/*") for name in imports(file) if not _is_open_to_dialogs(name)]
    assert not wrong, f"ask RunService, or hand it in from bot/bootstrap.py as a callable or a value: {'; '.join(wrong)}"


def _is_open_to_dialogs(name: str) -> bool:
    part = ".".join(name.split(".")[:2])
    return name.split(".")[0] != "bot" or part in {f"bot.{part}" for part in OPEN_TO_DIALOGS}


def test_only_the_command_line_knows_the_lab() -> None:
    outside = [file for file in files(*(f"{room}/*" for room in OURS)) if not is_one_of(file, ("adapters/lab/*", "bot/cli.py"))]
    wrong = [file for file in outside if any(name.startswith("adapters.lab") for name in imports(file))]
    assert not wrong, f"the lab is only a configuration, and nobody asks whether it is there: make it a setting: {wrong}"


def test_one_library_lives_in_one_room() -> None:
    wrong = sorted(
        {
            f"{file} imports {library}"
            for file in files(*(f"{room}/*" for room in OURS))
            for library in {name.split(".")[0] for name in imports(file)} & LIBRARIES.keys()
            if not is_one_of(file, LIBRARIES[library])
        }
    )
    assert not wrong, "move it to where that library lives, or write down here why it lives in two rooms: " + "; ".join(wrong)


def test_mentions_are_not_left_to_the_sdk() -> None:
    wrong = [
        f"{file}:{node.lineno}"
        for file in files(*(f"{room}/*" for room in OURS))
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in ("remove_recipient_mention", "remove_mention_text")
    ]
    assert not wrong, f"it deletes the bot's name everywhere, also inside addresses; use dialogs/channel/mentions.py: {wrong}"


def test_only_three_modules_speak_http_as_a_client() -> None:
    wrong = [
        f"{file}:{node.lineno}"
        for file in files(*(f"{room}/*" for room in OURS))
        if file not in HTTP_CLIENTS
        for node in ast.walk(tree(file))
        if "ClientSession" in (getattr(node, "id", ""), getattr(node, "attr", ""))
    ]
    assert not wrong, f"use the session of adapters/graph/http.py or dialogs/channel/http.py: {wrong}"


def test_sql_stands_only_in_the_ledger() -> None:
    rooms = files("bot/*", "dialogs/*", "adapters/*")
    homes = ("bot/ledger/*", "bot/steps/directory_sync/comparison_db.py", "adapters/lab/estate/persistence.py")
    wrong = [f"{file}:{line}" for file in rooms if not is_one_of(file, homes) for line, text in texts(file) if SQL.match(text.lower())]
    assert not wrong, f"give it a verb in bot/ledger/: {wrong}"


@pytest.mark.parametrize("file", files("bot/facts/*"))
def test_facts_only_read(file: str) -> None:
    listed = json.loads((ROOT / "adapters/lab/powershell/cmdlets.json").read_text("utf-8"))
    reading = {each["name"] for each in (*listed["cmdlets"], *listed["added"]) if each["kind"] == "read"}
    named = {text for _, text in texts(file) if CMDLET.fullmatch(text)}
    wrong = [name for name in named if name not in reading or name.startswith(SILENT_OR_LASTING)]
    assert not wrong, f"a fact may only look; what changes anything belongs into a Change: {wrong}"
    methods = {text for _, text in texts(file)} & {"POST", "PATCH", "PUT", "DELETE"}
    assert not methods, f"a fact reads with GET: {methods}"


def test_every_change_leaves_through_one_function() -> None:
    """`EstateGateway.execute` changes things; what it needs to hold before is in `bot/runs/write_gate.py`."""
    with_sql = ("bot/ledger/*", "bot/runs/engine.py", "bot/steps/directory_sync/comparison_db.py")  # their execute is SQLite's
    assert not [file for file in files(*with_sql) if "EstateGateway" in (ROOT / file).read_text()]
    calls = [file for file in files("bot/*") if not is_one_of(file, with_sql) and re.search(r"\.execute\b", (ROOT / file).read_text())]
    assert calls == ["bot/runs/write_gate.py"], "send changes with WriteGate.send, which compares them with what was agreed to"


def test_a_runs_state_is_written_by_the_lifecycle_alone() -> None:
    called = [file for file in files("bot/*") if re.search(r"\bwrite_state\(", (ROOT / file).read_text())]
    assert called == ["bot/ledger/runs.py", "bot/runs/lifecycle.py"], (
        "call transition of bot/runs/lifecycle.py: it knows what may follow what"
    )
    written = [file for file in files("bot/*") for _, text in texts(file) if re.search(r"update runs set\b[^()]*\bstate\b\s*=", text)]
    assert not written, f"a run's state is written by write_state of bot/ledger/runs.py: {written}"


def test_what_the_far_end_said_is_told_with_its_cause() -> None:
    homes = ("bot/known_errors/*", "bot/errors.py", "bot/gateway.py", "bot/reader/row_matching.py")
    wrong = [
        f"{file}:{node.lineno}"
        for file in files("bot/*", "dialogs/*")
        if not is_one_of(file, homes)
        for handler in ast.walk(tree(file))
        if isinstance(handler, ast.ExceptHandler) and handler.name and "Trouble" in ast.unparse(handler.type or handler)
        for node in ast.walk(handler)
        if isinstance(node, ast.Attribute) and node.attr == "words" and ast.unparse(node.value) == handler.name
    ]
    assert not wrong, f"say it with in_words or why_and_remedy of bot.known_errors: the words first, the known cause behind them: {wrong}"


def test_nothing_is_ever_forced() -> None:
    wrong = [f"{file}:{line}" for file in files("bot/*") for line, text in texts(file) if text == "Force"]
    assert not wrong, f"-Force drops contacts and meetings for good: leave it out, and say what stands in the way: {wrong}"


def test_every_module_says_what_it_is_for() -> None:
    wrong = [file for file in files("*") if tree(file).body and not ast.get_docstring(tree(file))]
    assert not wrong, f"begin with one to three lines on what this module is for: {wrong}"


def test_no_file_is_too_long() -> None:
    wrong = [file for file in files("*") if len((ROOT / file).read_text("utf-8").splitlines()) > 300]
    assert not wrong, f"a second subject has moved in: give it a file of its own: {wrong}"


def test_no_task_is_left_unwatched() -> None:
    """A task that nobody waits for dies unseen, and what it did is done no more."""
    wrong = [
        f"{file}:{node.lineno}"
        for file in files(*(f"{room}/*" for room in OURS))
        if file not in WATCHED
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in ("create_task", "ensure_future", "run_coroutine_threadsafe")
        and not (isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in groups(file))
    ]
    assert not wrong, f"let bot/supervision.py keep it going, or write down here who waits for it: {wrong}"


def groups(file: str) -> set[str]:
    """The names of task groups: a task in one of them ends the group when it fails, and its error is raised there."""
    withs = (item for node in ast.walk(tree(file)) if isinstance(node, ast.AsyncWith) for item in node.items)
    return {
        item.optional_vars.id
        for item in withs
        if isinstance(item.context_expr, ast.Call)
        and getattr(item.context_expr.func, "attr", "") == "TaskGroup"
        and isinstance(item.optional_vars, ast.Name)
    }


def test_tests_neither_mock_nor_sleep_to_wait() -> None:
    wrong = [file for file in files("tests/*") if any(name.startswith(("unittest.mock", "mock", "time.sleep")) for name in imports(file))]
    wrong += [
        f"{file}:{node.lineno}"
        for file in files("tests/*")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr == "sleep" and isinstance(node.value, ast.Name) and node.value.id == "time"
    ]
    assert not wrong, f"write a fake with a name, and wait for what should happen: {wrong}"


def test_every_package_is_shipped() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(OURS) == shipped, "name it in pyproject.toml, [tool.hatch.build.targets.wheel] packages, or an installed bot lacks it"
    bare = {
        str(Path(file).parent) for file in files(*(f"{room}/*" for room in OURS)) if not (ROOT / file).with_name("__init__.py").exists()
    }
    assert not bare, f"give it an __init__.py that says what it is for: {bare}"


def test_the_pins_are_exact_and_name_no_host() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    assert not wrong, f"only NAME==VERSION, as pip freeze tells it, without addresses and paths: {wrong}"


def test_what_is_installed_from_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lab = tomllib.loads((ROOT / "adapters/lab/pyproject.toml").read_text())["project"]
    named = (*project["dependencies"], *project["optional-dependencies"]["test"], *lab["dependencies"])
    wanted = (re.match(r"[A-Za-z0-9._-]+", each) for each in named if not each.startswith("switchover"))
    pinned = {_normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    wrong = [match.group() for match in wanted if match and _normal(match.group()) not in pinned]
    assert not wrong, f"pin it in constraints.txt, with all that it brings along: {wrong}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
