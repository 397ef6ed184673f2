"""What the far end said, as it said it: cleaned of what no text may hold, without secrets, and not longer than anybody reads.

It is somebody else's text. Where it is shown it is a value in a sentence of ours, and made harmless there like a name.
"""

import re
import unicodedata

KEPT = 4_000  # characters of one error in the audit and the log
TOLD = 700  # of them on a card
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_SECRETS = (
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),  # a JSON web token
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=[?&]sig=)[^&\s\"']+"),  # the key inside a storage address
    re.compile(r"(?i)(?<=\bpassword=)[^;&\s\"']+"),
    re.compile(r"(?i)(?<=\bclient_secret=)[^;&\s\"']+"),
)


def kept(text: str, *secrets: str) -> str:
    """The text without control and format characters and without secrets (`secrets` are known ones), both ends of it when it is very long.

    Line breaks stay.
    """
    plain = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(letter if _may_stay(letter) else " " for letter in plain)
    for secret in secrets:
        plain = plain.replace(secret, "•••") if secret else plain
    for pattern in _SECRETS:
        plain = pattern.sub("•••", plain)
    return both_ends(plain.strip(), KEPT)


def both_ends(text: str, limit: int) -> str:
    """Not longer than `limit`: what an error is about stands at its beginning, what it names often at its end."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) // 2
    return f"{text[: limit - 3 - tail].rstrip()} … {text[-tail:].lstrip()}"


def _may_stay(letter: str) -> bool:
    return letter in "\n\u200d\ufe0f" or letter.isprintable() or unicodedata.category(letter) == "Zs"
