"""One pooled HTTP session to the channel, where every failure becomes one of our three errors."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.errors import InDoubt, Refused, Trouble, Unreachable

PATIENCE = aiohttp.ClientTimeout(total=30, connect=5)
UPLOAD = aiohttp.ClientTimeout(total=300, connect=5)
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit#status-codes-retry-guidance
TRY_AGAIN = frozenset({412, 429, 502, 503, 504})


@dataclass
class Reply:
    """A good answer, as the SDK's operations look at it; they set the context themselves."""

    status_code: int
    headers: Mapping[str, str]
    said: Any
    context: Any = None


class Wire:
    """Sends once. Repeating is for those who know whether that does harm."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._trust = trust
        self._opened: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, data: str | None, headers: Mapping[str, str], repeatable: bool) -> Reply:
        """Raises `Unreachable` for what may be sent again, `InDoubt` for what may have arrived and must not be, `Refused` for a no."""
        try:
            # a redirect would take our token along
            async with self._session.request(method, url, data=data, headers=headers, allow_redirects=False) as answer:
                said = _json(await answer.read())
        except aiohttp.ClientConnectorError as error:
            raise Unreachable("The channel could not be reached.") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise (Unreachable if repeatable else InDoubt)("The channel did not answer; the message may have arrived.") from error
        if answer.status >= 300:
            raise _trouble(answer.status, answer.headers.get("Retry-After", ""), said, repeatable)
        return Reply(answer.status, answer.headers, said)

    async def get_json(self, url: str) -> Any:
        """A public document, such as the channel's signing keys."""
        async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=5), raise_for_status=True) as answer:
            return await answer.json(content_type=None)

    async def upload(self, url: str, content: bytes) -> None:
        """A whole file into an upload session. The address is its own key, so nothing of ours goes along."""
        span = {"Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}", "Content-Type": "application/octet-stream"}
        try:
            async with self._session.put(
                URL(url, encoded=True), data=content, headers=span, allow_redirects=False, timeout=UPLOAD
            ) as answer:
                if answer.status not in (200, 201):
                    raise Refused(f"the store answered {answer.status}", str(answer.status))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable("the store could not be reached") from error

    async def download(self, url: str, most: int) -> bytes:
        """A file of up to `most` bytes. The address is its own key: nothing of ours goes along, and it is told to nobody.

        Raises `Refused` (its code is "too large", or what the store answered) and `Unreachable`.
        """
        plain = {"Accept-Encoding": "identity"}  # what is packed could become much larger than it came
        try:
            async with self._session.get(URL(url, encoded=True), headers=plain, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Refused(f"the store answered {answer.status}", str(answer.status))
                return await _up_to(most, answer.content)
        except (aiohttp.ClientError, TimeoutError):
            raise Unreachable("the store could not be reached") from None  # the error names the address

    async def close(self) -> None:
        """It opens again when it is used again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        """Opened on first use: a session belongs to the loop that it is opened in."""
        if self._opened is None:
            tcp = aiohttp.TCPConnector(ssl=self._trust or True)
            self._opened = aiohttp.ClientSession(connector=tcp, timeout=PATIENCE, headers={"User-Agent": "switchover"})
        return self._opened


async def _up_to(most: int, stream: aiohttp.StreamReader) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > most:
            raise Refused(f"the file is larger than {most} bytes", "too large")
    return bytes(content)


def _trouble(status: int, retry_after: str, said: Any, repeatable: bool) -> Trouble:
    """What a bad answer means for the sender."""
    error = said.get("error") if isinstance(said, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    if status in TRY_AGAIN or (status >= 500 and repeatable):
        return Unreachable(f"The channel is busy ({status}).", code, again=float(retry_after) if retry_after.isdecimal() else None)
    if status >= 500:
        return InDoubt(f"The channel failed ({status}); the message may have arrived.", code)
    return Refused(f"The channel refused the message ({f'{status} {code}'.strip()}).", code or str(status))


def _json(body: bytes) -> Any:
    """None for a page that is no JSON: gateways answer in HTML."""
    try:
        return json.loads(body)
    except ValueError:
        return None
