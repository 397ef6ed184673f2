"""The recipes of the lab's README, followed in a copy: a cmdlet, a Graph route and a manual action work by being there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

README = (ROOT / "adapters/lab/README.md").read_text("utf-8")
TRY_THEM = """
import asyncio
from adapters.lab.graph.dispatcher import GraphDispatcher
from adapters.lab.faults import Faults
from adapters.lab.graph.messages import GraphRequest
from adapters.lab.manual_actions.registry import perform_manual_action
from tests.support.estate_builder import EstateBuilder

async def main() -> None:
    lab = EstateBuilder()
    known, unknown = await lab.run("sfb", "Get-CsClientPolicy"), await lab.run("sfb", "Get-CsClientPolicy", Identity="Pink")
    asked = {"method": "GET", "path": "/contacts", "query": {}, "headers": {}, "body": None, "root": "https://graph/v1.0", "app": "app"}
    request = GraphRequest(**asked, roles=frozenset({"OrgContact.Read.All"}))
    answer = await GraphDispatcher(lab.estate, Faults()).answer(request)
    done = perform_manual_action(lab.estate, {"do": "clear department", "who": "bob@contoso.com"})
    print([known.row["Identity"], len(unknown.errors), answer.status, answer.body["value"], done])

asyncio.run(main())
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def extend(file: Path, at: tuple[str, ...], more: object) -> None:
    """Adds to a list or a table of a JSON file."""
    content = part = json.loads(file.read_text("utf-8"))
    for key in at:
        part = part[key]
    if isinstance(part, list):
        part.append(more)
    else:
        part.update(more)
    file.write_text(json.dumps(content), "utf-8")


def test_the_recipes_lead_to_what_they_promise(tmp_path: Path) -> None:
    for package in ("adapters", "bot"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests/support").mkdir(parents=True)
    for name in ("__init__.py", "estate_builder.py"):
        shutil.copy(ROOT / "tests/support" / name, tmp_path / "tests/support")
    cmdlet, operation = map(json.loads, blocks("json"))
    extend(tmp_path / "adapters/lab/powershell/cmdlets.json", ("added",), cmdlet)
    extend(tmp_path / "adapters/lab/graph/graph.openapi.json", ("paths",), operation)
    modules = [block for block in blocks("python") if block.startswith("# adapters/")]
    for block in modules:
        (tmp_path / block.split()[1]).write_text(block.partition("\n")[2], "utf-8")
    assert len(modules) == 3
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    command, environment = (sys.executable, "-S", "-c", TRY_THEM), {**os.environ, "PYTHONPATH": path}
    tried = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert tried.stdout == "['Global', 1, 200, [], 'bob@contoso.com has no department']\n", tried.stderr
