"""The registry of the pretend Graph's routes. A route is a function under `@route`, named by its operation's line in the description."""

from collections.abc import Callable

from adapters.lab.graph.context import RequestContext, RouteResult

Route = Callable[[RequestContext], RouteResult]
ROUTES: dict[str, Route] = {}


def route(line: str) -> Callable[[Route], Route]:
    """Registers a function for one operation, such as "GET /users/{user-id}"."""

    def register(function: Route) -> Route:
        assert line not in ROUTES, f"{line} is registered twice"
        ROUTES[line] = function
        return function

    return register
