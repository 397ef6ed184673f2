"""Manual actions in a running lab, from another process: what `switchover lab do` and `switchover lab fault` use."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from adapters.lab.process.folder import Folder, LabError
from bot.calls import Json
from bot.i18n import say


def perform(data: Path, wish: Mapping[str, Json]) -> str:
    """What the lab says was done. Raises `LabError`."""
    return str(json.loads(_request(data, json.dumps(wish).encode()))["done"])


def describe_actions(data: Path) -> list[str]:
    """One line per thing that can be done."""
    lines = [json.loads(line) for line in _request(data, None).splitlines()]
    return [f"{line['do']}: {line['words']}" + "".join(f"\n    {name}: {word}" for name, word in line["fields"].items()) for line in lines]


def _request(data: Path, body: bytes | None) -> bytes:
    folder = Folder(data)
    url = str(folder.read_json(folder.lab_file).get("manual_actions", ""))
    if not url:
        raise LabError(say("no lab is running in {folder}: start one with `switchover lab`", folder=str(data)))
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as refused:
        raise LabError(say("{problem}", problem=json.loads(refused.read())["error"])) from None
    except OSError as problem:
        raise LabError(say("the lab in {folder} does not answer: {problem}", folder=str(data), problem=str(problem))) from None
