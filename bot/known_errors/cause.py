"""What is known about an error of the far end."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.calls import Destination
from bot.errors import GatewayError
from bot.i18n import LocalizedText
from bot.step_names import StepName

MINUTES = 60.0  # in seconds
POWERSHELL_ENDPOINTS = ("sfb", "mover", "teams", "sync", "exchange")  # places that speak PowerShell


@dataclass(frozen=True)
class KnownError:
    """One known error of the calls that it names, and of no others.

    `calls` are patterns as in a shell, place and call: "mover Move-CsUser", "graph POST /domains/*/verify".
    An error is told by what is the same in any language first: `codes` are its own name (the part of an error id before the comma,
    Graph's code), or numbers and words that stand so in its text; `categories` are PowerShell's, and count where the error names its
    target. `texts` are parts of an English text, any of which will do.
    `source` is where they were collected. `is_assumed`: nobody has shown us this error; it was concluded or made up, as `source` says.
    `retry_after`: it only means "not yet", and is tried again by itself after so many seconds; None = never.
    `licence_counts_within`: it only means that within so many seconds of a licence being given.
    """

    calls: tuple[str, ...]
    cause: LocalizedText
    remedy: LocalizedText
    source: str
    codes: tuple[str, ...] = ()
    categories: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    is_assumed: bool = False
    cured_by: StepName | None = None  # the step that cures it
    retry_after: float | None = None
    licence_counts_within: float | None = None

    def is_about(self, to: Destination) -> bool:
        """Whether it belongs to this call."""
        return any(fnmatchcase(str(to).lower(), pattern.lower()) for pattern in self.calls)

    def has_code(self, trouble: GatewayError) -> bool:
        own = trouble.code.partition(",")[0].lower()
        return any(code.lower() == own for code in self.codes)

    def has_category(self, trouble: GatewayError) -> bool:
        return bool(trouble.target) and trouble.category in self.categories

    def has_code_in_text(self, trouble: GatewayError) -> bool:
        """As a word of its own: AADSTS50076 is not in AADSTS500761."""
        told = f"{trouble.code}\n{trouble.words}"
        return any(re.search(rf"(?<!\w){re.escape(code)}(?!\w)", told, re.IGNORECASE) for code in self.codes)

    def has_text(self, trouble: GatewayError) -> bool:
        told = " ".join(str(trouble.words).lower().split())
        return any(text.lower() in told for text in self.texts)
