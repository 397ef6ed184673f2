"""Errors of the far end that are known: what causes them, what cures them, and whether to try again.

Codes, fault numbers and stable parts of texts are those of Microsoft's support articles and of the page of Move-CsUser.
What is not in the table is shown as it is and never tried again by itself.
"""

import re
from collections.abc import Callable

from bot.causes.cause import Cause
from bot.causes.moves import MOVES
from bot.causes.others import OTHERS
from bot.errors import Trouble
from bot.say import Say, say

CAUSES = (*MOVES, *OTHERS)


def explain(trouble: Trouble) -> Cause | None:
    """The first known cause that fits, or None: then the error speaks for itself."""
    told = f"{trouble.code}\n{trouble.words}".lower()
    return next((cause for cause in CAUSES if any(_fits(mark, told) for mark in cause.marks)), None)


def in_words(trouble: Trouble) -> str | Say:
    """The error as it is, with its cause and remedy behind it where they are known."""
    known = explain(trouble)
    return say("{words} ({why}: {remedy})", words=trouble.words, why=known.why, remedy=known.remedy) if known else trouble.words


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


def _fits(mark: str, told: str) -> bool:
    """A mark that ends in a digit must not go on with another one: 50076 is not 500768."""
    return re.search(re.escape(mark.lower()) + (r"(?!\d)" if mark[-1].isdigit() else ""), told) is not None
