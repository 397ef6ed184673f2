"""The pretend Graph without its transport: permission, faults, quota, then the route; and batches of all that.

https://learn.microsoft.com/graph/json-batching
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from adapters.lab.discovery import import_modules
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.tenant_changes import Rule
from adapters.lab.faults import Faults, Phase
from adapters.lab.graph.context import Visit
from adapters.lab.graph.messages import Asked, Told, Wrong, bad
from adapters.lab.graph.openapi import Operation, find
from adapters.lab.graph.quota import Quota, throttled
from adapters.lab.graph.replication_lag import Lag, Moment
from adapters.lab.graph.routing import ROUTES

BATCH = 20
import_modules("adapters.lab.graph.routes")


class Cut(Exception):
    """The connection is to be cut; `phase` says when."""

    def __init__(self, phase: Phase, told: Told | None = None) -> None:
        super().__init__(phase)
        self.phase, self.told = phase, told


class Service:
    """Answers requests over one estate. Raises `Cut` where a fault asks for it."""

    def __init__(self, estate: Estate, faults: Faults) -> None:
        self.estate, self.faults, self.lag = estate, faults, Lag()
        self.quota = Quota(len(estate.world.people))

    async def answer(self, asked: Asked) -> Told:
        """A reply for every request: what goes wrong is told in Graph's own shape."""
        headers = ids_of(asked.headers)
        try:
            operation, ids = find(asked.method, asked.path)
            told = await (self._batch(asked) if operation.line == "POST /$batch" else self._one(asked, operation, ids))
        except Wrong as wrong:
            told = Told(wrong.status, error_body(wrong, headers), wrong.headers)
        return replace(told, headers={**headers, **told.headers})

    async def _one(self, asked: Asked, operation: Operation, ids: Mapping[str, str]) -> Told:
        visit = Visit(asked, operation, ids, self.estate, Moment(self.estate.world, self.estate.now, self.lag, asked.advanced))
        line, subject = operation.line, visit.subject()
        _check(asked, operation)
        await self._meet_faults(line, subject)
        costs = self._charged(asked, operation)
        try:
            answered = ROUTES[line](visit)
        except Rule as rule:
            raise bad(str(rule)) from None
        told = answered if isinstance(answered, Told) else Told(body=answered)
        told = replace(told, headers=costs)
        for phase in ("during", "after"):
            if self.faults.strike("drop", place="graph", call=line, subject=subject, phase=phase):
                raise Cut(phase, told)
        return told

    async def _meet_faults(self, line: str, subject: str) -> None:
        """What a fault says happens before anything is done."""
        fault = self.faults.strike("throttle", "drop", "slow", "refuse", "unread", place="graph", call=line, subject=subject)
        match fault and fault.what:
            case "throttle":
                raise throttled(fault.seconds if fault else 0)
            case "drop":
                raise Cut("before")
            case "slow":
                await asyncio.sleep(fault.seconds if fault else 0)
            case "refuse":
                raise Wrong(400, fault.code or "Request_BadRequest", fault.words) if fault and fault.words else denied()
            case "unread":
                raise Wrong(403, "Forbidden", "This object is protected and cannot be read.")

    def _charged(self, asked: Asked, operation: Operation) -> dict[str, str]:
        hurry = self.estate.hurry
        try:
            return self.quota.charge(asked.app, operation, asked.query, self.estate.now.timestamp() * hurry)
        except Wrong as wrong:
            raise throttled(float(wrong.headers["Retry-After"]) / hurry, asked.app) from None

    async def _batch(self, asked: Asked) -> Told:
        """Inner replies come in another order than they were asked for."""
        requests = asked.body.get("requests") if isinstance(asked.body, dict) else None
        if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH:
            raise Wrong(400, "BadRequest", f"Number of batch request steps is not between 1 and the maximum value of {BATCH}.")
        if len({str(inner.get("id")).lower() for inner in requests}) < len(requests):
            raise Wrong(400, "BadRequest", "Every batch request id must be unique.")
        replies: dict[str, Told] = {}
        for inner in requests:
            parents = [replies.get(parent) for parent in inner.get("dependsOn") or ()]
            failed = any(parent is None or parent.status >= 400 for parent in parents)
            replies[inner["id"]] = Told(424) if failed else await self.answer(_inner(asked, inner))
        return Told(body={"responses": [_as_response(id_, told) for id_, told in reversed(replies.items())]})


def ids_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The ids that every reply bears: Graph's own, and the asker's (an own one where there is none)."""
    own = str(uuid4())
    return {"request-id": own, "client-request-id": headers.get("client-request-id", own)}


def denied() -> Wrong:
    return Wrong(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def error_body(wrong: Wrong, ids: Mapping[str, str]) -> dict[str, Any]:
    """The date has no zone and whole seconds, as Graph's has."""
    inner = {"date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), **ids}
    return {"error": {"code": wrong.code, "message": wrong.message, "innerError": inner}}


def _check(asked: Asked, operation: Operation) -> None:
    if not operation.allows(asked.roles):
        raise denied()
    known = operation.options | {"$skiptoken", "$format"}
    foreign = sorted(name for name in asked.query if name.startswith("$") and name not in known)
    if foreign:
        raise bad(f"The query option '{foreign[0]}' is not supported here.")


def _inner(asked: Asked, inner: Mapping[str, Any]) -> Asked:
    url = urlsplit(str(inner.get("url")))
    if url.netloc or ("body" in inner and not inner.get("headers")):
        raise Wrong(400, "BadRequest", "Invalid batch payload format.")
    headers = {name.lower(): str(value) for name, value in (inner.get("headers") or {}).items()}
    method, path, query = str(inner.get("method")).upper(), f"/{url.path.lstrip('/')}", dict(parse_qsl(url.query))
    return replace(asked, method=method, path=path, query=query, headers=headers, body=inner.get("body"))


def _as_response(id_: str, told: Told) -> dict[str, Any]:
    shown = {"id": id_, "status": told.status, "headers": {"Content-Type": "application/json", **told.headers}, "body": told.body}
    return {name: value for name, value in shown.items() if value is not None}
