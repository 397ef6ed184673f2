"""Known errors of remote services: their causes and remedies, and the words in which an error is shown and recorded.

The remote's own words always come first and the known cause behind them: a cause may be wrong, and the words name details that it does
not. An error that is not in the table is shown as it is and never retried.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.errors import GatewayError
from bot.evidence import MOST_SHOWN, clean_text, shorten_middle
from bot.i18n import LocalizedText, say
from bot.known_errors.domains import DOMAINS
from bot.known_errors.known_error import KnownError
from bot.known_errors.licences import LICENCE_ERRORS
from bot.known_errors.moves import MOVES
from bot.known_errors.servers import SERVERS
from bot.known_errors.shells import SHELLS
from bot.known_errors.sign_in import SIGN_IN
from bot.known_errors.teams import TEAMS

KNOWN_ERRORS = (*MOVES, *SERVERS, *TEAMS, *LICENCE_ERRORS, *DOMAINS, *SIGN_IN, *SHELLS)
_TESTS: tuple[Callable[[KnownError, GatewayError], bool], ...] = (
    KnownError.has_code,
    KnownError.has_category,
    KnownError.has_code_in_text,
    KnownError.has_text,
)


def lookup(trouble: GatewayError) -> KnownError | None:
    """The known error that this one is, or None. Codes decide first and texts last."""
    to = trouble.to
    if to is None:
        return None
    known = [cause for cause in KNOWN_ERRORS if cause.is_about(to)]
    return next((cause for fits in _TESTS for cause in known if fits(cause, trouble)), None)


def describe_error(trouble: GatewayError) -> str | LocalizedText:
    """The error's own words, with its cause and remedy behind them where they are known."""
    known, words = lookup(trouble), shorten_words(trouble)
    why = trouble.hint or (known.cause if known else None)
    if known and known.is_assumed:
        return say("{words} (perhaps: {why}; {remedy})", words=words, why=known.cause, remedy=known.remedy)
    if known and why:
        return say("{words} ({why}: {remedy})", words=words, why=why, remedy=known.remedy)
    return say("{words} ({why})", words=words, why=why) if why else words


def cause_and_remedy(trouble: GatewayError) -> tuple[LocalizedText, LocalizedText | None]:
    """The description in two parts: the error's own words with its cause behind them, and the remedy."""
    known, words = lookup(trouble), shorten_words(trouble)
    why = trouble.hint or (known.cause if known else None)
    if known and known.is_assumed:
        return say("{words} (perhaps: {why})", words=words, why=known.cause), known.remedy
    return say("{words} ({why})", words=words, why=why) if why else say("{words}", words=words), known.remedy if known else None


def shorten_words(trouble: GatewayError) -> str | LocalizedText:
    """The error's own words, as many of them as a card shows."""
    if isinstance(trouble.words, str):
        return shorten_middle(trouble.words, MOST_SHOWN)
    values = {name: shorten_middle(value, MOST_SHOWN) if isinstance(value, str) else value for name, value in trouble.words.values.items()}
    return replace(trouble.words, values=values)


def audit_evidence(trouble: GatewayError) -> tuple[dict[str, str], dict[str, Any]]:
    """The audit's record of an error in two parts: texts that may name people, and facts that do not.

    The texts are the error's full words and its target. The facts are its known cause, the call's destination and the error's codes.
    """
    known = lookup(trouble)
    why = trouble.hint or (known.cause if known else None)
    people = {"words": str(trouble.words), "target": trouble.target}
    facts = {"why": why, "to": str(trouble.to or ""), "code": trouble.code, "category": trouble.category, "status": trouble.status}
    return {role: text for role, text in people.items() if text}, {name: value for name, value in facts.items() if value not in (None, "")}


def warning_text(words: str) -> LocalizedText:
    """The warnings of a call that succeeded, as they are shown beside its outcome."""
    return say("it said: {words}", words=shorten_middle(clean_text(words), MOST_SHOWN))


def is_warning(why: LocalizedText | None) -> bool:
    return why is not None and why.text == warning_text("").text
