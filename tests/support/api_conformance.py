"""Whether a call is one that the documentation knows: cmdlets against their parameter sets, requests against the description of Graph."""

import json
from functools import cache
from typing import Any

from adapters.lab.graph.messages import GraphError
from adapters.lab.graph.openapi import find_operation
from bot.calls import Cmdlet, GraphCall, ReadCall, WriteCall
from tests.support.graph_schema import request_violations
from tests.support.paths import ROOT

MODULES = {
    "sfb": "SkypeForBusiness",
    "mover": "SkypeForBusiness",
    "teams": "MicrosoftTeams",
    "exchange": "ExchangePowerShell",
    "sync": "ADSync",
}
NEVER = {"Force"}  # drops contacts and meetings for good


@cache
def cmdlets() -> dict[tuple[str, str], dict[str, Any]]:
    """Documented cmdlets by name and module."""
    told = json.loads((ROOT / "adapters/lab/powershell/cmdlets.json").read_text())
    return {(one["name"], one["module"]): one for one in [*told["cmdlets"], *told["added"]]}


def documented(call: Cmdlet) -> dict[str, Any]:
    known = cmdlets()
    return known.get((call.name, MODULES[call.endpoint])) or next(one for (name, _), one in known.items() if name == call.name)


def fitting(call: Cmdlet) -> list[dict[str, Any]]:
    """The parameter sets that this call fits, with what is piped in or made one statement each.

    Of several the default one counts; where the page of a reading cmdlet names none, the first one printed.
    """
    known = documented(call)
    piped = next((name for name, one in known["parameters"].items() if one.get("pipeline") in ("both", "value")), None)
    given = {*call.parameters, *([call.each_as or piped] if call.each else [])}
    sets = [one for one in known["sets"] if set(one["mandatory"]) <= given <= {*one["mandatory"], *one["optional"]}]
    default = [one for one in sets if one.get("default")]
    return default or (sets[:1] if known["kind"] == "read" else sets)


def misfit(call: ReadCall | WriteCall) -> str | None:
    """What is wrong with this call, or None. What a person does, DNS and the configuration know no documentation."""
    match call:
        case Cmdlet():
            return _cmdlet(call)
        case GraphCall():
            return _request(call)
    return None


def _cmdlet(call: Cmdlet) -> str | None:
    if (sets := len(fitting(call))) != 1:
        return f"{call.name} {dict(call.parameters)} fits {sets} parameter sets"
    if NEVER & call.parameters.keys():
        return f"{call.name} is forced"
    asks = "Confirm" in documented(call)["parameters"] and documented(call)["kind"] == "write"
    return f"{call.name} could ask a question" if asks and call.parameters.get("Confirm") is not False else None


def _request(call: GraphCall) -> str | None:
    try:
        operation, _ = find_operation(call.method, call.path)
    except GraphError as wrong:
        return f"{call.method} {call.path}: {wrong}"
    if unknown := {name for name in call.query if name.startswith("$")} - operation.options:
        return f"{operation.line} takes no {', '.join(sorted(unknown))}"
    if call.body is None:
        return None
    return next(request_violations(call.method, call.path, dict(call.body)), None)
