"""One HTTP exchange with Microsoft Graph: where it goes, what goes with it, what came back. No meaning, no repeating."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import getproxies

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from adapters.graph.tokens import CloudHosts
from bot.calls import GraphCall
from bot.errors import InDoubt, Refused, Unreachable
from bot.evidence import page_text, reason_of
from bot.i18n import say

TIMES = aiohttp.ClientTimeout(total=100, connect=15, sock_read=60)


@dataclass(frozen=True)
class GraphReply:
    """What came back; `body` is the parsed JSON, None when there was none: `text` is then what stood in its place (a proxy's page, say)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=CIMultiDict[str])
    text: str = ""

    @property
    def retry_after(self) -> float | None:
        """Retry-After in seconds."""
        asked = self.headers.get("Retry-After", "")
        return float(asked) if asked.isdecimal() else None


@dataclass(frozen=True)
class OutgoingRequest:
    """What is sent: a whole URL, and a body that is JSON or nothing."""

    method: str
    url: str
    body: object = None
    is_advanced: bool = False


def relative_url(call: GraphCall) -> str:
    """Path and query below the version, as they go over the wire. Subjects are escaped here: callers write them as they are.

    Raises `Refused` for a path that would lead elsewhere."""
    if any(part in ("", ".", "..") for part in call.path.split("/")[1:]) or not call.path.startswith("/"):
        raise Refused(say("{path} is no path of Microsoft Graph", path=call.path), target=call.path)
    counted = call.advanced and not call.path.endswith("/$count")
    query = {**call.query, "$count": "true"} if counted else call.query
    asked = urlencode(query, quote_via=quote, safe="$,()':/@")
    return quote(call.path, safe="/()'=@,$:!*~") + (f"?{asked}" if asked else "")


class GraphSession:
    """Two sessions to one host: reads share connections, a write has its own and is sent exactly once."""

    def __init__(self, hosts: CloudHosts) -> None:
        """To the cloud's Graph host; trusts the hosts' own authority where one is configured. Sessions are opened when first used."""
        self._root = URL(hosts.graph)
        self._trust = ssl.create_default_context(cafile=str(hosts.ca) if hosts.ca else None)
        self._proxy = (
            None if hosts.ca else getproxies().get("https")
        )  # a company's proxy leads to Microsoft, not to hosts with an own authority
        self._sessions: dict[bool, aiohttp.ClientSession] = {}  # by whether it sends once

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, once: bool) -> aiohttp.ClientSession:
        if once not in self._sessions:
            connector = aiohttp.TCPConnector(ssl=self._trust, limit=100 if once else 16, force_close=once)
            middlewares = (_send_once,) if once else ()
            self._sessions[once] = aiohttp.ClientSession(connector=connector, timeout=TIMES, proxy=self._proxy, middlewares=middlewares)
        return self._sessions[once]

    def url(self, below: str) -> str:
        return f"{self._root}".rstrip("/") + "/v1.0" + below

    def check_link(self, link: str) -> str:
        """A link that Graph gave us, unchanged. A token goes to the configured host only."""
        if URL(link, encoded=True).origin() != self._root.origin():
            raise Refused(say("Microsoft Graph named another host for the next page; it was not asked"), "foreign link")
        return link

    async def send(self, request: OutgoingRequest, token: str, request_id: str, once: bool) -> GraphReply:
        """Raises `Unreachable` when it surely never arrived, `InDoubt` when it may have."""
        session = self._session(once)
        url = URL(self.check_link(request.url), encoded=True)
        try:
            async with session.request(
                request.method, url, json=request.body, headers=_headers(request, token, request_id), allow_redirects=False
            ) as response:
                content = await response.read()
                body = _parse_json(content)
                text = page_text(content.decode("utf-8", "replace")) if content and body is None else ""
                return GraphReply(response.status, body, response.headers, text)
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(say("Microsoft Graph cannot be reached: {words}", words=reason_of(error))) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise InDoubt(say("The connection to Microsoft Graph broke: {words}", words=reason_of(error))) from error


def _headers(request: OutgoingRequest, token: str, request_id: str) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "client-request-id": request_id}
    return {**headers, "ConsistencyLevel": "eventual"} if request.is_advanced else headers


class BrokenConnection(aiohttp.ClientError):
    """A connection that broke under a write."""


async def _send_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp repeats a DELETE by itself when the connection breaks under it, but not on an error that it does not know."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenConnection(type(error).__name__) from error


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None  # a proxy's page, say
