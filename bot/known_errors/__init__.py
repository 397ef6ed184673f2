"""Errors of the far end that are known: what causes them, what cures them, and whether to try again.

What the far end said is always told first, and the known cause behind it: a cause may be wrong, and the words name what it does not.
What is not in the table is shown as it is and never tried again by itself.
"""

from collections.abc import Callable
from typing import Any

from bot.errors import GatewayError
from bot.evidence import TOLD, both_ends, kept
from bot.i18n import LocalizedText, say
from bot.known_errors.cause import KnownError
from bot.known_errors.domains import DOMAINS
from bot.known_errors.licences import LICENCE_ERRORS
from bot.known_errors.moves import MOVES
from bot.known_errors.servers import SERVERS
from bot.known_errors.shells import SHELLS
from bot.known_errors.sign_in import SIGN_IN
from bot.known_errors.teams import TEAMS

KNOWN_ERRORS = (*MOVES, *SERVERS, *TEAMS, *LICENCE_ERRORS, *DOMAINS, *SIGN_IN, *SHELLS)
_FITS: tuple[Callable[[KnownError, GatewayError], bool], ...] = (
    KnownError.has_code,
    KnownError.has_category,
    KnownError.has_code_in_text,
    KnownError.has_text,
)


def lookup(trouble: GatewayError) -> KnownError | None:
    """The known cause of an error of this call, or None: then the error speaks for itself. The text decides last."""
    to = trouble.to
    if to is None:
        return None
    known = [cause for cause in KNOWN_ERRORS if cause.is_about(to)]
    return next((cause for fits in _FITS for cause in known if fits(cause, trouble)), None)


def describe_error(trouble: GatewayError) -> str | LocalizedText:
    """The error as it is, with its cause and remedy behind it where they are known."""
    known, words = lookup(trouble), shorten_words(trouble)
    why = trouble.hint or (known.cause if known else None)
    if known and known.is_assumed:
        return say("{words} (perhaps: {why}; {remedy})", words=words, why=known.cause, remedy=known.remedy)
    if known and why:
        return say("{words} ({why}: {remedy})", words=words, why=why, remedy=known.remedy)
    return say("{words} ({why})", words=words, why=why) if why else words


def cause_and_remedy(trouble: GatewayError) -> tuple[LocalizedText, LocalizedText | None]:
    """The same in two parts: the error as it is with its cause behind it, and what would help."""
    known, words = lookup(trouble), shorten_words(trouble)
    why = trouble.hint or (known.cause if known else None)
    if known and known.is_assumed:
        return say("{words} (perhaps: {why})", words=words, why=known.cause), known.remedy
    return say("{words} ({why})", words=words, why=why) if why else say("{words}", words=words), known.remedy if known else None


def shorten_words(trouble: GatewayError) -> str | LocalizedText:
    """What the far end said, as much of it as a card shows."""
    if isinstance(trouble.words, str):
        return both_ends(trouble.words, TOLD)
    values = {name: both_ends(value, TOLD) if isinstance(value, str) else value for name, value in trouble.words.values.items()}
    return LocalizedText(trouble.words.text, values)


def audit_evidence(trouble: GatewayError) -> tuple[dict[str, str], dict[str, Any]]:
    """What the audit keeps of it: what was said in full and of whom, which may name people, and what is about nobody: the known cause,
    where the call went, and the error's own name."""
    known = lookup(trouble)
    why = trouble.hint or (known.cause if known else None)
    people = {"words": str(trouble.words), "target": trouble.target}
    facts = {"why": why, "to": str(trouble.to or ""), "code": trouble.code, "category": trouble.category, "status": trouble.status}
    return {role: text for role, text in people.items() if text}, {name: value for name, value in facts.items() if value not in (None, "")}


def warning_text(words: str) -> LocalizedText:
    """What a call said that went well, where it is shown beside what became of it."""
    return say("it said: {words}", words=both_ends(kept(words), TOLD))


def is_warning(why: LocalizedText | None) -> bool:
    return why is not None and why.text == warning_text("").text


def not_yet(
    cause: KnownError | None, tries: int, gives_up: float, licence_age: float | None, real: Callable[[float], float]
) -> float | None:
    """Real seconds after which a call that was refused `tries` times is tried again; None when the refusal is final.

    `gives_up` is for how long in all; `licence_age` is how long ago a licence was given, None where that is not known.
    `real` makes a real wait of a documented one. The older a licence gets without counting, the longer is the wait for it;
    the last try is when it must count.
    """
    if cause is None or cause.retry_after is None or tries * real(cause.retry_after) >= gives_up:
        return None
    if cause.licence_counts_within is not None and (licence_age is None or licence_age >= real(cause.licence_counts_within)):
        return None
    if cause.licence_counts_within is None or licence_age is None:
        return real(cause.retry_after)
    return max(real(cause.retry_after), min(2 * licence_age, real(cause.licence_counts_within) - licence_age))
