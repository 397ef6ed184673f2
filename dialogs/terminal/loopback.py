"""The part of the Bot Framework's connector that the bot uses, on loopback: new thread, new message, reply, edit."""

from collections.abc import Callable
from uuid import uuid4

from aiohttp import web

from dialogs.terminal.screen import Json

Heard = Callable[[str, str, Json], None]  # message, conversation, activity


def connector_app(heard: Heard) -> web.Application:
    """Tells `heard` of everything that the bot posts and edits."""
    activities = "/v3/conversations/{conversation}/activities"

    async def create(request: web.Request) -> web.Response:
        body, message = await request.json(), uuid4().hex
        if body.get("members"):  # with one person; teams ids are "29:" and the directory id here
            return web.json_response({"id": f"personal-{body['members'][0]['id'].removeprefix('29:')}"}, status=201)
        thread = f"{body['channelData']['channel']['id']};messageid={message}"
        heard(message, thread, body["activity"])
        return web.json_response({"id": thread, "activityId": message}, status=201)

    async def post(request: web.Request) -> web.Response:
        message = uuid4().hex
        heard(message, request.match_info["conversation"], await request.json())
        return web.json_response({"id": message}, status=201)

    async def edit(request: web.Request) -> web.Response:
        message = request.match_info["message"]
        heard(message, request.match_info["conversation"], await request.json())
        return web.json_response({"id": message})

    app = web.Application(client_max_size=1 << 20)
    app.add_routes([web.post("/v3/conversations", create), web.post(activities, post)])
    app.add_routes([web.post(activities + "/{message}", post), web.put(activities + "/{message}", edit)])
    return app
