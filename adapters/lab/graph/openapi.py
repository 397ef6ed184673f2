"""What the pretend Graph offers, read from the trimmed copy of Microsoft's own description beside this file."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from adapters.lab.graph.messages import GraphError

# Where Microsoft's merged table misleads or is silent about what an app needs: one of each of these.
READS_USERS = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"})
READS_MEMBERS = frozenset({"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Directory.Read.All"})
NEEDS = {
    "POST /users/{user-id}/checkMemberGroups": (READS_USERS, READS_MEMBERS),
    "POST /directoryObjects/getByIds": (READS_USERS,),
    "GET /directory/deletedItems/graph.user": (READS_USERS,),
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`line` is how faults, effects and routes name it: "GET /users/{user-id}"."""

    line: str
    pattern: re.Pattern[str]
    any_of: frozenset[str]
    units: int
    writes: int
    options: frozenset[str]

    def is_allowed(self, roles: frozenset[str]) -> bool:
        if self.line == "POST /$batch":
            return True
        return all(any_of & roles for any_of in NEEDS.get(self.line, (self.any_of,)))


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """The operation, and what stands in the path for its placeholders. Raises `GraphError`."""
    fitting = [(operation, met) for operation in operations() if (met := operation.pattern.fullmatch(path))]
    if not fitting:
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{path.strip('/').split('/')[0]}'.")
    for operation, met in fitting:
        if operation.line.startswith(f"{method} "):
            return operation, met.groupdict()
    raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


@cache
def operations() -> tuple[Operation, ...]:
    """Literal paths before those with placeholders."""
    return tuple(sorted(_load_operations(), key=lambda operation: operation.line.count("{")))


@cache
def load_description() -> Mapping[str, Any]:
    content: dict[str, Any] = json.loads(resources.files(__package__).joinpath("graph.openapi.json").read_text("utf-8"))
    return content


@cache
def property_types(kind: str) -> Mapping[str, Any]:
    """The declared properties of a type such as "user", the inherited ones too: name -> JSON schema."""
    schema = load_description()["components"]["schemas"][f"microsoft.graph.{kind}"]
    found: dict[str, Any] = {}
    for part in schema.get("allOf", [schema]):
        found |= property_types(part["$ref"].rpartition(".")[2]) if "$ref" in part else part.get("properties", {})
    return found


def _load_operations() -> Iterator[Operation]:
    for path, methods in load_description()["paths"].items():
        for method, spec in methods.items():
            accepted = (spec["x-graph-permissions"].get("application") or {}).values()
            costs = spec.get("x-graph-throttling", {})
            yield Operation(
                line=f"{method.upper()} {path}",
                pattern=re.compile(_pattern(path)),
                any_of=frozenset(name for names in accepted for name in names),
                units=costs.get("baseResourceUnits", 1),
                writes=costs.get("writeUnits", 0),
                options=frozenset(f"${item['$ref'].rpartition('/')[2]}" for item in spec.get("parameters", ()) if "$ref" in item),
            )


def _pattern(path: str) -> str:
    """`{user-id}` stands for one segment and is called `user_id`; `'{appId}'` for what is between quotes."""
    parts = re.split(r"\{([\w-]+)\}", path)
    return "".join(f"(?P<{part.replace('-', '_')}>[^/]+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
