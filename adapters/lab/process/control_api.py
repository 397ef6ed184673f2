"""The lab's doors for people and scripts: what has been done (effects), what is true (estate), and what people do by hand (hands).

Plain HTTP on loopback; a key in the path keeps other people's processes and web pages out. Bodies are JSON lines.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, fields

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from adapters.lab.faults import Fault, Faults
from adapters.lab.manual_actions.registry import Hand, Hands, done, reasons
from bot.calls import Json

Line = Mapping[str, object]


def doors(key: str, effects: Callable[[int], Iterable[Line]], estate: Callable[[], Iterable[Line]], hands: Hands) -> web.Application:
    """`effects` takes how many were seen already."""

    async def show_effects(request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        return _lines(effects(int(since))) if since.isdecimal() else _no(f"since: {since!r} is no number of effects")

    async def show_estate(request: web.Request) -> web.Response:
        return _lines(estate())

    async def show_hands(request: web.Request) -> web.Response:
        return _lines({"do": name, "words": hand.words, "fields": dict(hand.fields)} for name, hand in hands.items())

    async def do(request: web.Request) -> web.Response:
        try:
            return web.json_response({"done": done(hands, _wish(await request.json()))})
        except ValueError as problem:  # also what is no JSON
            return _no(str(problem))

    app = web.Application()
    for name, show in (("effects", show_effects), ("estate", show_estate), ("hands", show_hands)):
        app.router.add_get(f"/{key}/{name}", show)
    app.router.add_post(f"/{key}/hands", do)
    return app


def _wish(body: Json) -> Mapping[str, Json]:
    if not isinstance(body, dict):
        raise ValueError('send {"do": name, field: value, …}')
    return body


def fault_hands(faults: Faults) -> dict[str, Hand]:
    """Asking for faults is a thing done by hand like any other."""

    def ask(wish: Mapping[str, Json]) -> str:
        try:
            fault = TypeAdapter(Fault).validate_python(wish)
        except ValidationError as error:
            raise ValueError(reasons(error)) from None
        faults.add(fault)
        return f"from now on: {asdict(fault)}"

    def clear(wish: Mapping[str, Json]) -> str:
        faults.clear()
        return "no faults are left"

    words = {field.name: "required" if field.default is MISSING else f"default {field.default!r}" for field in fields(Fault)}
    return {
        "fault": Hand("make something go wrong; gone when the lab ends", words, ask),
        "clear faults": Hand("all goes well again", {}, clear),
    }


def _lines(rows: Iterable[Line]) -> web.Response:
    """All at once, so that it is the state of one moment."""
    return web.Response(text="".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), content_type="application/x-ndjson")


def _no(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
