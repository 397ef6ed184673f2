"""How a collection of the pretend Graph is queried: `$select`, `$filter`, `$top`, pages and their links.

https://learn.microsoft.com/graph/query-parameters
"""

import base64
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from adapters.lab.graph.filter import FilterIndex, compile_filter
from adapters.lab.graph.messages import GraphError, GraphRequest, bad_request, unsupported_query
from adapters.lab.graph.openapi import property_types
from adapters.lab.graph.replication_lag import ReadView

T = TypeVar("T")
Getter = Callable[[T, ReadView], Any]
SCAN = 10_000  # objects that a query without index looks at for one page; so a page may be empty and still have a next link


@dataclass(frozen=True, kw_only=True)
class ResourceType(Generic[T]):
    """One type of object as Graph shows it. What has no getter is declared but never set here: null, or an empty list."""

    name: str
    getters: Mapping[str, Getter[T]]
    defaults: tuple[str, ...]
    indexes: Mapping[str, FilterIndex]
    only_single: frozenset[str] = frozenset()

    def getter(self, name: str) -> Getter[T]:
        if name in self.getters:
            return self.getters[name]
        declared = property_types(self.name).get(name)
        if declared is None:
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{self.name}'.")
        empty: Any = [] if declared.get("type") == "array" else None
        return lambda *_: empty

    def selected_getters(self, request: GraphRequest, single: bool = False) -> list[tuple[str, Getter[T]]]:
        """Names and getters that `$select` asks for."""
        names = _selected_names(request) or self.defaults
        refused = [] if single else sorted(self.only_single.intersection(names))
        if refused:
            raise GraphError(501, "NotImplemented", f"Property '{refused[0]}' can only be read on a single {self.name}.")
        return [(name, self.getter(name)) for name in names]

    def single_row(self, request: GraphRequest, item: T, view: ReadView) -> dict[str, Any]:
        context = f"{request.root}/$metadata#{self.name}s/$entity"
        return {"@odata.context": context, **{name: get(item, view) for name, get in self.selected_getters(request, single=True)}}

    def typed_row(self, request: GraphRequest, item: T, view: ReadView) -> dict[str, Any]:
        """As one of several types: what this type does not have is left out."""
        names = [name for name in _selected_names(request) or self.defaults if name in property_types(self.name)]
        return {"@odata.type": f"#microsoft.graph.{self.name}", **{name: self.getter(name)(item, view) for name in names}}

    def object_test(self, request: GraphRequest, view: ReadView) -> Callable[[T], bool]:
        """Whether an object fits `$filter`."""
        if "$orderby" in request.query and not request.is_advanced:
            raise unsupported_query("Sorting not supported for current query.")
        if "$filter" not in request.query:
            return lambda _: True
        test = compile_filter(request.query["$filter"], self.indexes, request.is_advanced)
        return lambda found: test(lambda path: self.getter(path)(found, view))


def page(
    what: str, request: GraphRequest, keys: Sequence[Any], find: Callable[[Any], T | None], row: Callable[[T], dict[str, Any]]
) -> dict[str, Any]:
    """One page of the objects behind these sorted keys; `find` gives None for what is not there or does not fit."""
    top, first = _page_size(request), bisect_right(keys, _last_key(request)) if "$skiptoken" in request.query else 0
    at, rows = first, list[dict[str, Any]]()
    while at < len(keys) and len(rows) < top and (at - first < SCAN or request.is_advanced):
        found = find(keys[at])
        at += 1
        if found is not None:
            rows.append(row(found))
    body: dict[str, Any] = {"@odata.context": f"{request.root}/$metadata#{what}"}
    if request.is_advanced and first == 0:
        body["@odata.count"] = sum(find(key) is not None for key in keys)
    if at < len(keys):
        body["@odata.nextLink"] = _next_link(request, keys[at - 1])
    return {**body, "value": rows}


def page_of(
    kind: ResourceType[T], request: GraphRequest, view: ReadView, keys: Sequence[Any], item: Callable[[Any], T | None]
) -> dict[str, Any]:
    """One page of one type; `item` gives None for what is not there (any more)."""
    chosen, fits = kind.selected_getters(request), kind.object_test(request, view)

    def find(key: Any) -> T | None:
        found = item(key)
        return found if found is not None and fits(found) else None

    return page(f"{kind.name}s", request, keys, find, lambda found: {name: get(found, view) for name, get in chosen})


def short_collection(request: GraphRequest, what: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A short collection that knows nothing but `$select`."""
    names = _selected_names(request)
    shown = [{name: row[name] for name in (*names, "@odata.type") if name in row} if names else dict(row) for row in rows]
    return {"@odata.context": f"{request.root}/$metadata#{what}", "value": shown}


def single_object(request: GraphRequest, what: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """One object that knows nothing but `$select`."""
    shown: dict[str, Any] = short_collection(request, what, [row])["value"][0]
    return {"@odata.context": f"{request.root}/$metadata#{what}/$entity", **shown}


def _selected_names(request: GraphRequest) -> tuple[str, ...]:
    """`id` is not added: Graph does so for users only when nothing is selected."""
    text = request.query.get("$select", "")
    return tuple(name.strip() for name in text.split(",")) if text else ()


def _page_size(request: GraphRequest) -> int:
    text = request.query.get("$top", "100")
    if not text.isdecimal() or not 1 <= int(text) <= 999:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _last_key(request: GraphRequest) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(request.query["$skiptoken"]))["after"]
    except (ValueError, KeyError, TypeError):
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value is not valid or has expired.") from None


def _next_link(request: GraphRequest, last: Any) -> str:
    token = base64.urlsafe_b64encode(json.dumps({"after": last}).encode()).decode()
    query = {**request.query, "$skiptoken": token}
    return f"{request.root}{request.path}?{urlencode(query, quote_via=quote, safe='$,')}"
