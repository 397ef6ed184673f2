"""Errors of the far end that are known: what causes them, what cures them, and whether to try again.

What the far end said is always told first, and the known cause behind it: a cause may be wrong, and the words name what it does not.
What is not in the table is shown as it is and never tried again by itself.
"""

from collections.abc import Callable
from typing import Any

from bot.causes.cause import Cause
from bot.causes.domains import DOMAINS
from bot.causes.licences import LICENCES
from bot.causes.moves import MOVES
from bot.causes.servers import SERVERS
from bot.causes.shells import SHELLS
from bot.causes.sign_in import SIGN_IN
from bot.causes.teams import TEAMS
from bot.errors import Trouble
from bot.evidence import TOLD, both_ends, kept
from bot.say import Say, say

CAUSES = (*MOVES, *SERVERS, *TEAMS, *LICENCES, *DOMAINS, *SIGN_IN, *SHELLS)
_FITS: tuple[Callable[[Cause, Trouble], bool], ...] = (Cause.has_code, Cause.has_category, Cause.has_code_in_text, Cause.has_text)


def explain(trouble: Trouble) -> Cause | None:
    """The known cause of an error of this call, or None: then the error speaks for itself. The text decides last."""
    to = trouble.to
    if to is None:
        return None
    known = [cause for cause in CAUSES if cause.is_about(to)]
    return next((cause for fits in _FITS for cause in known if fits(cause, trouble)), None)


def in_words(trouble: Trouble) -> str | Say:
    """The error as it is, with its cause and remedy behind it where they are known."""
    known, words = explain(trouble), told_words(trouble)
    why = trouble.hint or (known.why if known else None)
    if known and known.assumed:
        return say("{words} (perhaps: {why}; {remedy})", words=words, why=known.why, remedy=known.remedy)
    if known and why:
        return say("{words} ({why}: {remedy})", words=words, why=why, remedy=known.remedy)
    return say("{words} ({why})", words=words, why=why) if why else words


def why_and_remedy(trouble: Trouble) -> tuple[Say, Say | None]:
    """The same in two parts: the error as it is with its cause behind it, and what would help."""
    known, words = explain(trouble), told_words(trouble)
    why = trouble.hint or (known.why if known else None)
    if known and known.assumed:
        return say("{words} (perhaps: {why})", words=words, why=known.why), known.remedy
    return say("{words} ({why})", words=words, why=why) if why else say("{words}", words=words), known.remedy if known else None


def told_words(trouble: Trouble) -> str | Say:
    """What the far end said, as much of it as a card shows."""
    if isinstance(trouble.words, str):
        return both_ends(trouble.words, TOLD)
    values = {name: both_ends(value, TOLD) if isinstance(value, str) else value for name, value in trouble.words.values.items()}
    return Say(trouble.words.text, values)


def evidence(trouble: Trouble) -> tuple[dict[str, str], dict[str, Any]]:
    """What the audit keeps of it: what was said in full and of whom, which may name people, and what is about nobody: the known cause,
    where the call went, and the error's own name."""
    known = explain(trouble)
    why = trouble.hint or (known.why if known else None)
    people = {"words": str(trouble.words), "target": trouble.target}
    facts = {"why": why, "to": str(trouble.to or ""), "code": trouble.code, "category": trouble.category, "status": trouble.status}
    return {role: text for role, text in people.items() if text}, {name: value for name, value in facts.items() if value not in (None, "")}


def warned(words: str) -> Say:
    """What a call said that went well, where it is shown beside what became of it."""
    return say("it said: {words}", words=both_ends(kept(words), TOLD))


def is_warning(why: Say | None) -> bool:
    return why is not None and why.text == warned("").text


def not_yet(cause: Cause | None, tries: int, gives_up: float, licence_age: float | None, real: Callable[[float], float]) -> float | None:
    """Real seconds after which a call that was refused `tries` times is tried again; None when the refusal is final.

    `gives_up` is for how long in all; `licence_age` is how long ago a licence was given, None where that is not known.
    `real` makes a real wait of a documented one. The older a licence gets without counting, the longer is the wait for it;
    the last try is when it must count.
    """
    if cause is None or cause.again is None or tries * real(cause.again) >= gives_up:
        return None
    if cause.young_licence is not None and (licence_age is None or licence_age >= real(cause.young_licence)):
        return None
    if cause.young_licence is None or licence_age is None:
        return real(cause.again)
    return max(real(cause.again), min(2 * licence_age, real(cause.young_licence) - licence_age))
