"""The pretend Microsoft Graph and its login host as one web application: what real clients meet over HTTP."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
from aiohttp import web

from adapters.lab.estate.estate import Estate
from adapters.lab.faults import Faults
from adapters.lab.graph.dispatcher import ConnectionCut, GraphDispatcher, error_body, request_ids
from adapters.lab.graph.messages import GraphError, GraphRequest, GraphResponse
from adapters.lab.graph.tokens import AppRegistration, LoginHost

VERSION = "/v1.0"


def graph_app(estate: Estate, tenant: str, apps: Mapping[str, AppRegistration], faults: Faults | None = None) -> web.Application:
    """`apps` by client id. The root of Graph and of the login host are both the origin that this is served at (https)."""
    login = LoginHost(tenant, apps, lambda: estate.now.timestamp())
    app_handler = _GraphApp(GraphDispatcher(estate, faults or Faults()), login)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes(login.routes())
    app.router.add_route("*", VERSION + "/{rest:.*}", app_handler.handle)
    return app


class _GraphApp:
    def __init__(self, service: GraphDispatcher, login: LoginHost) -> None:
        self._service, self._login = service, login

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            response = await self._service.answer(await self._parse_request(request))
        except jwt.InvalidTokenError as error:
            wrong = GraphError(401, "InvalidAuthenticationToken", str(error) or "Access token is empty.")
            ids = request_ids(request.headers)
            response = GraphResponse(401, error_body(wrong, ids), {**ids, "WWW-Authenticate": 'Bearer realm="", error="invalid_token"'})
        except ConnectionCut as cut:
            return await _cut_connection(request, cut)
        return _build_response(response, "gzip" in request.headers.get("Accept-Encoding", ""))

    async def _parse_request(self, request: web.Request) -> GraphRequest:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        origin = str(request.url.origin())
        app, roles = self._login.read_token(token if scheme == "Bearer" else "", origin)
        return GraphRequest(
            method=request.method,
            path="/" + request.raw_path.partition("?")[0].removeprefix(VERSION).lstrip("/"),
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=_parse_json(await request.read()),
            root=origin + VERSION,
            app=app,
            roles=roles,
        )


async def _cut_connection(request: web.Request, cut: ConnectionCut) -> web.StreamResponse:
    """Before and after the effect nothing is said; during it half of the answer is."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    if cut.phase == "during":
        await response.prepare(request)
        await response.write(b'{"value": [')
    if request.transport:
        request.transport.abort()
    return response


def _build_response(answer: GraphResponse, gzip: bool) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    response = web.json_response(answer.body, status=answer.status, headers=answer.headers)
    if gzip:
        response.enable_compression(web.ContentCoding.gzip)
    return response


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
