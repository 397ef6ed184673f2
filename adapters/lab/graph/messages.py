"""What the pretend Graph is asked and what it says, apart from any transport: the same for a request and for a part of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class GraphRequest:
    """One request. `headers` have lower-case names; `root` is the URL that links begin with."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    root: str
    app: str
    roles: frozenset[str]

    @property
    def is_advanced(self) -> bool:
        """https://learn.microsoft.com/graph/aad-advanced-queries"""
        return self.is_eventual and self.query.get("$count", "").lower() == "true"

    @property
    def is_eventual(self) -> bool:
        return self.headers.get("consistencylevel", "").lower() == "eventual"


@dataclass(frozen=True)
class GraphResponse:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class GraphError(Exception):
    """An error answer."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def bad_request(message: str) -> GraphError:
    return GraphError(400, "Request_BadRequest", message)


def unsupported_query(message: str) -> GraphError:
    return GraphError(400, "Request_UnsupportedQuery", message)


def not_found(what: str) -> GraphError:
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects are not present.",
    )
