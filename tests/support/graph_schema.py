"""Holds Graph traffic against the description beside the lab: every body, and no property that is not declared."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from adapters.lab.graph.messages import GraphError
from adapters.lab.graph.openapi import find_operation, load_description


def violations(method: str, path: str, request: Any, status: int, reply: Any) -> Iterator[str]:
    """What is wrong with one exchange; each part of a batch is an exchange of its own."""
    try:
        operation, _ = find_operation(method, path)
    except GraphError:
        return
    verb, _, template = operation.line.partition(" ")
    spec = load_description()["paths"][template][verb.lower()]
    declared = spec["responses"].get(str(status)) or spec["responses"].get(f"{status // 100}XX")
    if declared is None:
        yield f"{operation.line}: status {status} is not declared"
        return
    if request is not None and status < 400:
        yield from _against(operation.line, spec["requestBody"], request)
    if reply is not None:
        yield from _against(operation.line, declared, reply)
    if operation.line == "POST /$batch" and status == 200:
        asked = {inner["id"]: inner for inner in request["requests"]}
        for inner in reply["responses"]:
            part = asked[inner["id"]]
            url = "/" + part["url"].lstrip("/").partition("?")[0]
            yield from violations(part["method"], url, part.get("body"), inner["status"], inner.get("body"))


def request_violations(method: str, path: str, request: Any) -> Iterator[str]:
    """What is wrong with the body of a request by itself."""
    operation, _ = find_operation(method, path)
    verb, _, template = operation.line.partition(" ")
    declared = load_description()["paths"][template][verb.lower()].get("requestBody")
    if declared is None:
        yield f"{operation.line}: takes no body"
    else:
        yield from _against(operation.line, declared, request)


def _against(line: str, declared: dict[str, Any], body: Any) -> Iterator[str]:
    while "$ref" in declared:
        declared = load_description()["components"][declared["$ref"].split("/")[-2]][declared["$ref"].split("/")[-1]]
    content = declared.get("content", {})
    if "application/json" not in content:
        return
    schema = {**_closed(content["application/json"]["schema"], False), "unevaluatedProperties": False, "defs": _definitions()}
    plain = {name: value for name, value in body.items() if name != "@odata.context"} if isinstance(body, dict) else body
    for error in Draft202012Validator(schema).iter_errors(plain):
        yield f"{line}: {error.json_path}: {error.message[:200]}"


@cache
def _definitions() -> dict[str, Any]:
    """Each schema twice: open, to be built upon, and closed, to be used."""
    schemas = load_description()["components"]["schemas"]
    opened = {name: _closed(schema, False) for name, schema in schemas.items()}
    return {"open": opened, "closed": {name: _shut(name, schema) for name, schema in schemas.items()}}


def _shut(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Of several types the one that `@odata.type` names."""
    shut: dict[str, Any] = {"$ref": f"#/defs/open/{name}", "unevaluatedProperties": False}
    parts = [schema, *schema.get("allOf", ())]
    for kind, target in next((part["discriminator"]["mapping"] for part in parts if "discriminator" in part), {}).items():
        is_kind = {"required": ["@odata.type"], "properties": {"@odata.type": {"const": kind}}}
        shut = {"if": is_kind, "then": {"$ref": f"#/defs/closed/{target.rpartition('/')[2]}"}, "else": shut}
    return shut


def _closed(schema: Any, is_base: bool) -> Any:
    """A reference means the closed schema, except where it is a base to build upon."""
    if isinstance(schema, list):
        return [_closed(item, is_base) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/defs/{'open' if is_base else 'closed'}/{schema['$ref'].rpartition('/')[2]}"}
    return {name: _closed(value, name == "allOf") for name, value in schema.items() if name != "discriminator"}
