"""Commands to the outside as data: what is called, where, with which typed values. Nothing here is ever put together as text."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from bot.i18n import LocalizedText

EndpointName = Literal["sfb", "mover", "teams", "sync", "exchange"]


@dataclass(frozen=True)
class Secret:
    """The name of a secret. The adapter alone turns it into a value."""

    secret: str


# None is $null: it takes a property's value away
Value = str | bool | int | float | Secret | tuple[str, ...] | Mapping[str, str | bool | int | float | tuple[str, ...]] | None
Json = JsonValue
RemoteObject = dict[str, Json]  # one object that the outside returned, as plain data under the outside's own names


@dataclass(frozen=True)
class Cmdlet:
    """One cmdlet with typed parameters, run in one remote pipeline.

    `each` asks for many subjects at once: the values are piped in, or, when `each_as` names a parameter (for cmdlets
    that take nothing from the pipeline), become one statement each, still in one round trip.
    `pick` leaves the rest of each object at the far end (Select-Object -Property).
    """

    endpoint: EndpointName
    name: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    each: tuple[str, ...] = ()
    each_as: str | None = None
    pick: tuple[str, ...] = ()
    kind: Literal["cmdlet"] = "cmdlet"


@dataclass(frozen=True)
class GraphCall:
    """One Microsoft Graph v1.0 request. `path` starts with a slash and has no query; `advanced` sends ConsistencyLevel and $count."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Json] | None = None
    advanced: bool = False
    kind: Literal["graph"] = "graph"


@dataclass(frozen=True)
class DnsQuery:
    """One question to DNS: to the zone's own servers or to a public resolver."""

    name: str
    type: Literal["TXT", "SRV", "A", "CNAME", "MX"]
    ask: Literal["authoritative", "public"] = "public"
    kind: Literal["dns"] = "dns"


@dataclass(frozen=True)
class LocalSource:
    """A fact that the configuration knows; reading it touches nothing outside."""

    name: str
    kind: Literal["setting"] = "setting"


@dataclass(frozen=True)
class ManualAction:
    """What a person must do; `shown_by` names the fact that shows it done."""

    words: LocalizedText
    shown_by: str
    kind: Literal["hand"] = "hand"


ReadCall = Cmdlet | GraphCall | DnsQuery | LocalSource
WriteCall = Cmdlet | GraphCall | ManualAction


@dataclass(frozen=True)
class Destination:
    """Whom a call goes to, and what it is called there: `teams` and `Get-CsTenant`, `graph` and `GET /domains`.

    People stand in none: the id in `/users/…` is left out.
    """

    endpoint: str
    call: str = ""

    def __str__(self) -> str:
        return f"{self.endpoint} {self.call}".strip()


def destination(call: ReadCall | WriteCall) -> Destination:
    """Where this call goes."""
    match call:
        case Cmdlet():
            return Destination(call.endpoint, call.name)
        case GraphCall():
            return Destination("graph", f"{call.method} {re.sub(r'(?<=/users/|embers/)[^/]+', '{id}', call.path)}")
        case DnsQuery():
            return Destination("dns", f"{call.type} {call.name}")
        case LocalSource():
            return Destination("configuration", call.name)
        case ManualAction():
            return Destination("people", call.shown_by)


def filter_clause(prop: str, op: Literal["eq", "ne", "like"], value: str | None) -> str:
    """The only builder of `-Filter` texts: one property, one operator, one quoted value; None is $null."""
    if not re.fullmatch(r"[A-Za-z]\w*", prop):
        raise ValueError(f"{prop!r} is no property name")
    return f"{prop} -{op} {'$null' if value is None else _quote(value)}"


def filter_any(prop: str, values: Sequence[str]) -> str:
    """`where` for several values of one property, any of which will do."""
    return " -or ".join(filter_clause(prop, "eq", value) for value in values)


def as_command_line(call: ReadCall | WriteCall) -> str:
    """The line that an admin would type for this call; secrets as names."""
    match call:
        case Cmdlet():
            return _as_powershell(call)
        case GraphCall():
            query = "&".join(f"{key}={value}" for key, value in call.query.items())
            body = f" {json.dumps(call.body, ensure_ascii=False)}" if call.body is not None else ""
            return f"{call.method} {call.path}{'?' if query else ''}{query}{body}"
        case DnsQuery():
            return f"nslookup -type={call.type} {call.name}"
        case LocalSource():
            return f"configuration: {call.name}"
        case ManualAction():
            return str(call.words)


def _as_powershell(call: Cmdlet) -> str:
    words = [call.name, *(f"-{name}{_powershell_argument(value)}" for name, value in call.parameters.items())]
    line = " ".join(words)
    if call.each and call.each_as:
        line = f"{_powershell_list(call.each)} | ForEach-Object {{ {line} -{call.each_as} $_ }}"
    elif call.each:
        line = f"{_powershell_list(call.each)} | {line}"
    return f"{line} | Select-Object {', '.join(call.pick)}" if call.pick else line


def _powershell_argument(value: Value) -> str:
    if isinstance(value, bool):
        return f":${str(value).lower()}"
    return f" {_powershell_literal(value)}"


def _powershell_literal(value: object) -> str:
    match value:
        case None:
            return "$null"
        case bool():
            return f"${str(value).lower()}"
        case Secret(secret=name):
            return f"$({name})"
        case tuple():
            return _powershell_list(value)
        case Mapping():
            return "@{" + "; ".join(f"{key} = {_powershell_literal(item)}" for key, item in value.items()) + "}"
        case str():
            return value if re.fullmatch(r"[\w.:/@+-]+", value) and not value.startswith(("-", "@")) else _quote(value)
    return str(value)


def _powershell_list(values: tuple[str, ...]) -> str:
    return ", ".join(_quote(value) for value in values)


def _quote(value: str) -> str:
    return "'" + re.sub(r"['\u2018\u2019\u201a\u201b]", lambda quote: quote.group() * 2, value) + "'"
