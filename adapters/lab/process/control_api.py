"""The lab's control API for people and scripts: what has been done (effects), what is true (estate), and the manual actions.

Plain HTTP on loopback; a key in the path keeps other people's processes and web pages out. Bodies are JSON lines.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, fields

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from adapters.lab.faults import Fault, Faults
from adapters.lab.manual_actions.registry import ManualActions, RegisteredAction, perform_action, validation_reasons
from bot.calls import Json

JsonLine = Mapping[str, object]


def control_app(
    key: str, effects: Callable[[int], Iterable[JsonLine]], estate: Callable[[], Iterable[JsonLine]], actions: ManualActions
) -> web.Application:
    """`effects` takes how many were seen already."""

    async def show_effects(request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        return _json_lines(effects(int(since))) if since.isdecimal() else _bad_request(f"since: {since!r} is no number of effects")

    async def show_estate(request: web.Request) -> web.Response:
        return _json_lines(estate())

    async def show_actions(request: web.Request) -> web.Response:
        return _json_lines({"do": name, "words": action.description, "fields": dict(action.fields)} for name, action in actions.items())

    async def do(request: web.Request) -> web.Response:
        try:
            return web.json_response({"done": perform_action(actions, _parse_request(await request.json()))})
        except ValueError as problem:  # also what is no JSON
            return _bad_request(str(problem))

    app = web.Application()
    for name, show in (("effects", show_effects), ("estate", show_estate), ("manual-actions", show_actions)):
        app.router.add_get(f"/{key}/{name}", show)
    app.router.add_post(f"/{key}/manual-actions", do)
    return app


def _parse_request(body: Json) -> Mapping[str, Json]:
    if not isinstance(body, dict):
        raise ValueError('send {"do": name, field: value, …}')
    return body


def fault_actions(faults: Faults) -> dict[str, RegisteredAction]:
    """Faults are asked for as manual actions are."""

    def add_fault(wish: Mapping[str, Json]) -> str:
        try:
            fault = TypeAdapter(Fault).validate_python(wish)
        except ValidationError as error:
            raise ValueError(validation_reasons(error)) from None
        faults.add(fault)
        return f"from now on: {asdict(fault)}"

    def clear_faults(wish: Mapping[str, Json]) -> str:
        faults.clear()
        return "no faults are left"

    words = {field.name: "required" if field.default is MISSING else f"default {field.default!r}" for field in fields(Fault)}
    return {
        "fault": RegisteredAction("make something go wrong; gone when the lab ends", words, add_fault),
        "clear faults": RegisteredAction("all goes well again", {}, clear_faults),
    }


def _json_lines(rows: Iterable[JsonLine]) -> web.Response:
    """All at once, so that it is the state of one moment."""
    return web.Response(text="".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), content_type="application/x-ndjson")


def _bad_request(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
