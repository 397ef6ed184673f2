"""An error of a remote service with a known cause: the calls it belongs to, how to recognise it, its cause and its remedy."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import get_args

from bot.calls import Destination, EndpointName
from bot.errors import GatewayError
from bot.i18n import LocalizedText
from bot.step_names import StepName

MINUTES = 60.0  # in seconds
POWERSHELL_ENDPOINTS: tuple[str, ...] = get_args(EndpointName)


@dataclass(frozen=True, kw_only=True)
class KnownError:
    """One known error of the calls that it names, and of no others.

    It is recognised by `codes` first, which are the same in every language, then by `categories`, and by `texts` last.
    """

    #: Patterns as in a shell, endpoint and call: "mover Move-CsUser", "graph POST /domains/*/verify".
    calls: tuple[str, ...]
    cause: LocalizedText
    remedy: LocalizedText
    #: The page, report or experience it was collected from.
    source: str
    #: Names of the error (an error id up to its comma, Graph's code), or numbers and words that stand in its text in any language.
    codes: tuple[str, ...] = ()
    #: PowerShell's error categories, where the error names its target.
    categories: tuple[int, ...] = ()
    #: Parts of an English text, any of which will do.
    texts: tuple[str, ...] = ()
    #: The error was never reported in this form; it was concluded or made up, as `source` says.
    is_assumed: bool = False
    #: The step that removes the cause.
    cured_by: StepName | None = None
    #: Seconds after which the call is sent again, for an error that only means "not yet"; None = never.
    retry_after: float | None = None
    #: It means "not yet" only within so many seconds of a licence being assigned.
    licence_counts_within: float | None = None

    def is_about(self, to: Destination) -> bool:
        """Whether it belongs to this call."""
        return any(fnmatchcase(str(to).lower(), pattern.lower()) for pattern in self.calls)

    def has_code(self, trouble: GatewayError) -> bool:
        """Whether one of the codes is the error's own."""
        own = trouble.code.partition(",")[0].lower()
        return any(code.lower() == own for code in self.codes)

    def has_category(self, trouble: GatewayError) -> bool:
        """Whether the error names its target and is of one of the categories."""
        return bool(trouble.target) and trouble.category in self.categories

    def has_code_in_text(self, trouble: GatewayError) -> bool:
        """Whether one of the codes stands in the text as a word of its own: AADSTS50076 is not in AADSTS500761."""
        text = f"{trouble.code}\n{trouble.words}"
        return any(re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text, re.IGNORECASE) for code in self.codes)

    def has_text(self, trouble: GatewayError) -> bool:
        """Whether one of the texts is part of the error's."""
        words = " ".join(str(trouble.words).lower().split())
        return any(text.lower() in words for text in self.texts)
