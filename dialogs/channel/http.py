"""One pooled HTTP session to the channel, where every failure becomes one of our three errors."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.errors import Destination, GatewayError, InDoubt, Refused, Unreachable, clean_text, page_text, reason_of
from bot.i18n import Word, say

CHANNEL, STORE = Destination("channel"), Destination("store")
SMALL = 8_192  # bytes that are read of a bad answer of the store
PATIENCE = aiohttp.ClientTimeout(total=30, connect=5)
UPLOAD = aiohttp.ClientTimeout(total=300, connect=5)
# https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit#status-codes-retry-guidance
TRY_AGAIN = frozenset({412, 429, 502, 503, 504})


@dataclass
class HttpReply:
    """A good answer, as the SDK's operations look at it; they set the context themselves."""

    status_code: int
    headers: Mapping[str, str]
    body: Any
    context: Any = None


class HttpClient:
    """Sends once. Repeating is for those who know whether that does harm."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._trust = trust
        self._opened: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, data: str | None, headers: Mapping[str, str], repeatable: bool) -> HttpReply:
        """Raises `Unreachable` for what may be sent again, `InDoubt` for what may have arrived and must not be, `Refused` for a no."""
        try:
            # a redirect would take our token along
            async with self._session.request(method, url, data=data, headers=headers, allow_redirects=False) as answer:
                content = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(say("The channel could not be reached: {words}", words=reason_of(error)), to=CHANNEL) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            why = say("The channel did not answer, and the message may have arrived: {words}", words=reason_of(error))
            raise (Unreachable(why, to=CHANNEL) if repeatable else InDoubt(why, to=CHANNEL)) from error
        if answer.status >= 300:
            raise _channel_error(answer.status, answer.headers.get("Retry-After", ""), content, repeatable)
        return HttpReply(answer.status, answer.headers, _json(content))

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
                    raise _store_refusal(answer.status, await answer.content.read(SMALL))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _store_unreachable(error) from error

    async def download(self, url: str, most: int) -> bytes:
        """A file of up to `most` bytes. The address is its own key: nothing of ours goes along, and it is told to nobody.

        Raises `Refused` (its code is "too large", or what the store answered) and `Unreachable`.
        """
        plain = {"Accept-Encoding": "identity"}  # what is packed could become much larger than it came
        try:
            async with self._session.get(URL(url, encoded=True), headers=plain, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise _store_refusal(answer.status, await answer.content.read(SMALL))
                return await _read_up_to(most, answer.content)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _store_unreachable(error) from None  # the error names the address

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


async def _read_up_to(most: int, stream: aiohttp.StreamReader) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > most:
            raise Refused(say("the file is larger than {most} bytes", most=most), "too large")
    return bytes(content)


def _channel_error(status: int, retry_after: str, content: bytes, repeatable: bool) -> GatewayError:
    """What a bad answer means for the sender, with what was said."""
    code, words = _error_text(content)
    told: dict[str, Word] = {"status": f"{status} {code}".strip(), "words": words or "-"}
    if status in TRY_AGAIN or (status >= 500 and repeatable):
        again = float(retry_after) if retry_after.isdecimal() else None
        return Unreachable(say("The channel is busy ({status}): {words}", **told), code, retry_after=again, status=status, to=CHANNEL)
    if status >= 500:
        why = say("The channel failed ({status}), and the message may have arrived: {words}", **told)
        return InDoubt(why, code, status=status, to=CHANNEL)
    return Refused(say("The channel refused the message ({status}): {words}", **told), code or str(status), status=status, to=CHANNEL)


def _store_refusal(status: int, content: bytes) -> Refused:
    code, words = _error_text(content)
    why = say("the store answered {status}: {words}", status=f"{status} {code}".strip(), words=words or "-")
    return Refused(why, str(status), status=status, to=STORE)


def _store_unreachable(error: BaseException) -> Unreachable:
    return Unreachable(say("the store could not be reached: {words}", words=reason_of(error)), to=STORE)


def _error_text(content: bytes) -> tuple[str, str]:
    """Code and words of a bad answer; of what is no JSON the beginning of its text: gateways answer in HTML."""
    said = _json(content)
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), clean_text(str(error.get("message") or ""))
    return "", "" if said is not None else page_text(content.decode("utf-8", "replace"))


def _json(body: bytes) -> Any:
    """None for a page that is no JSON: gateways answer in HTML."""
    try:
        return json.loads(body)
    except ValueError:
        return None
