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
from adapters.lab.estate.tenant_changes import TenantRefusal
from adapters.lab.faults import FaultPhase, Faults
from adapters.lab.graph.context import RequestContext
from adapters.lab.graph.messages import GraphError, GraphRequest, GraphResponse, bad_request
from adapters.lab.graph.openapi import Operation, find_operation
from adapters.lab.graph.quota import Quota, throttle_error
from adapters.lab.graph.replication_lag import ReadView, ReplicationLag
from adapters.lab.graph.routing import ROUTES

BATCH = 20
import_modules("adapters.lab.graph.routes")


class ConnectionCut(Exception):
    """The connection is to be cut; `phase` says when."""

    def __init__(self, phase: FaultPhase, response: GraphResponse | None = None) -> None:
        super().__init__(phase)
        self.phase, self.response = phase, response


class GraphDispatcher:
    """Answers requests over one estate. Raises `ConnectionCut` where a fault asks for it."""

    def __init__(self, estate: Estate, faults: Faults) -> None:
        self.estate, self.faults, self.lag = estate, faults, ReplicationLag()
        self.quota = Quota(len(estate.state.people))

    async def answer(self, request: GraphRequest) -> GraphResponse:
        """A reply for every request: errors have Graph's own shape."""
        headers = request_ids(request.headers)
        try:
            operation, ids = find_operation(request.method, request.path)
            response = await (
                self._answer_batch(request) if operation.line == "POST /$batch" else self._answer_one(request, operation, ids)
            )
        except GraphError as wrong:
            response = GraphResponse(wrong.status, error_body(wrong, headers), wrong.headers)
        return replace(response, headers={**headers, **response.headers})

    async def _answer_one(self, request: GraphRequest, operation: Operation, ids: Mapping[str, str]) -> GraphResponse:
        context = RequestContext(
            request=request,
            operation=operation,
            ids=ids,
            estate=self.estate,
            view=ReadView(self.estate.state, self.estate.now, self.lag, request.is_advanced),
        )
        line, subject = operation.line, context.subject()
        _check_request(request, operation)
        await self._apply_faults(line, subject)
        costs = self._charge(request, operation)
        try:
            answered = ROUTES[line](context)
        except TenantRefusal as rule:
            raise bad_request(str(rule)) from None
        response = answered if isinstance(answered, GraphResponse) else GraphResponse(body=answered)
        response = replace(response, headers=costs)
        for phase in ("during", "after"):
            if self.faults.take_fault("drop", place="graph", call=line, subject=subject, phase=phase):
                raise ConnectionCut(phase, response)
        return response

    async def _apply_faults(self, line: str, subject: str) -> None:
        """What a fault says happens before anything is done."""
        fault = self.faults.take_fault("throttle", "drop", "slow", "refuse", "unread", place="graph", call=line, subject=subject)
        match fault and fault.what:
            case "throttle":
                raise throttle_error(fault.seconds if fault else 0)
            case "drop":
                raise ConnectionCut("before")
            case "slow":
                await asyncio.sleep(fault.seconds if fault else 0)
            case "refuse":
                raise GraphError(400, fault.code or "Request_BadRequest", fault.words) if fault and fault.words else permission_error()
            case "unread":
                raise GraphError(403, "Forbidden", "This object is protected and cannot be read.")

    def _charge(self, request: GraphRequest, operation: Operation) -> dict[str, str]:
        hurry = self.estate.time_factor
        try:
            return self.quota.charge(request.app, operation, request.query, self.estate.now.timestamp() * hurry)
        except GraphError as wrong:
            raise throttle_error(float(wrong.headers["Retry-After"]) / hurry, request.app) from None

    async def _answer_batch(self, request: GraphRequest) -> GraphResponse:
        """Inner replies come in another order than they were asked for."""
        requests = request.body.get("requests") if isinstance(request.body, dict) else None
        if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH:
            raise GraphError(400, "BadRequest", f"Number of batch request steps is not between 1 and the maximum value of {BATCH}.")
        if len({str(inner.get("id")).lower() for inner in requests}) < len(requests):
            raise GraphError(400, "BadRequest", "Every batch request id must be unique.")
        replies: dict[str, GraphResponse] = {}
        for inner in requests:
            parents = [replies.get(parent) for parent in inner.get("dependsOn") or ()]
            failed = any(parent is None or parent.status >= 400 for parent in parents)
            replies[inner["id"]] = GraphResponse(424) if failed else await self.answer(_batch_item(request, inner))
        return GraphResponse(body={"responses": [_batch_response(id_, response) for id_, response in reversed(replies.items())]})


def request_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """The ids that every reply bears: Graph's own, and the asker's (an own one where there is none)."""
    own = str(uuid4())
    return {"request-id": own, "client-request-id": headers.get("client-request-id", own)}


def permission_error() -> GraphError:
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def error_body(wrong: GraphError, ids: Mapping[str, str]) -> dict[str, Any]:
    """The date has no zone and whole seconds, as Graph's has."""
    inner = {"date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), **ids}
    return {"error": {"code": wrong.code, "message": wrong.message, "innerError": inner}}


def _check_request(request: GraphRequest, operation: Operation) -> None:
    if not operation.is_allowed(request.roles):
        raise permission_error()
    known = operation.options | {"$skiptoken", "$format"}
    foreign = sorted(name for name in request.query if name.startswith("$") and name not in known)
    if foreign:
        raise bad_request(f"The query option '{foreign[0]}' is not supported here.")


def _batch_item(request: GraphRequest, inner: Mapping[str, Any]) -> GraphRequest:
    url = urlsplit(str(inner.get("url")))
    if url.netloc or ("body" in inner and not inner.get("headers")):
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    headers = {name.lower(): str(value) for name, value in (inner.get("headers") or {}).items()}
    method, path, query = str(inner.get("method")).upper(), f"/{url.path.lstrip('/')}", dict(parse_qsl(url.query))
    return replace(request, method=method, path=path, query=query, headers=headers, body=inner.get("body"))


def _batch_response(id_: str, response: GraphResponse) -> dict[str, Any]:
    shown = {
        "id": id_,
        "status": response.status,
        "headers": {"Content-Type": "application/json", **response.headers},
        "body": response.body,
    }
    return {name: value for name, value in shown.items() if value is not None}
