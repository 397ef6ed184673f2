"""What the far end said, as it said it: cleaned of what no text may hold, without secrets, and not longer than anybody reads.

It is somebody else's text. Where it is shown it is a value in a sentence of ours, and made harmless there like a name.
"""

import html
import os
import re
import ssl
import unicodedata
from collections.abc import Iterator

MOST_KEPT = 4_000  # characters of one error in the audit and the log
MOST_SHOWN = 700  # of them on a card
PAGE = 300  # of a web page that stands where an answer was expected
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_SECRETS = (
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),  # a JSON web token
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=[?&]sig=)[^&\s\"']+"),  # the key inside a storage address
    re.compile(r"(?i)(?<=\bpassword=)[^;&\s\"']+"),
    re.compile(r"(?i)(?<=\bclient_secret=)[^;&\s\"']+"),
)


def clean_text(text: str, *secrets: str) -> str:
    """The text without control and format characters and without secrets (`secrets` are known ones), both ends of it when it is very long.

    Line breaks stay.
    """
    plain = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(letter if _is_allowed(letter) else " " for letter in plain)
    for secret in secrets:
        plain = plain.replace(secret, "•••") if secret else plain
    for pattern in _SECRETS:
        plain = pattern.sub("•••", plain)
    return shorten_middle(plain.strip(), MOST_KEPT)


def shorten_middle(text: str, limit: int) -> str:
    """Not longer than `limit`: what an error is about stands at its beginning, what it names often at its end."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) // 2
    return f"{text[: limit - 3 - tail].rstrip()} … {text[-tail:].lstrip()}"


def page_text(text: str) -> str:
    """A web page's title and the beginning of its text: what a proxy or a gateway says where an answer was expected."""
    bare = re.sub(r"(?is)<(script|style|head(?!er))\b.*?</\1>", " ", text)
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", text)
    parts = (title.group(1) if title else "", re.sub(r"(?s)<[^>]*>", " ", bare))
    lines = dict.fromkeys(" ".join(html.unescape(part).split()) for part in parts)
    return clean_text(": ".join(filter(None, lines)))[:PAGE].rstrip()


def reason_of(error: BaseException) -> str:
    """Why a library could not reach somebody, as the system says it. Its own text is left out: it may quote addresses and requests."""
    chain = list(error_chain(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_message:
            return f"{type(error).__name__}: {cause.verify_message}"
    told = next((said for cause in reversed(chain) if isinstance(cause, OSError) and (said := _system_says(cause))), "")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _system_says(error: OSError) -> str:
    """By the number where there is one: asyncio writes the address into the text."""
    if isinstance(error.errno, int) and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror if isinstance(error.strerror, str) else ""


def error_chain(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    """The error and everything it wraps: libraries hide the real one in `args`, `reason`, `os_error` or the context."""
    if error is None or depth > 6:
        return
    yield error
    for inner in (*error.args, getattr(error, "reason", None), getattr(error, "os_error", None), error.__cause__):
        if isinstance(inner, BaseException):
            yield from error_chain(inner, depth + 1)


def _is_allowed(letter: str) -> bool:
    return letter in "\n\u200d\ufe0f" or letter.isprintable() or unicodedata.category(letter) == "Zs"
