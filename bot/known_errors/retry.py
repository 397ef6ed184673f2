"""Retries of refused calls: whether an error that means "not yet" is worth another try, and when."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.known_errors.known_error import KnownError


@dataclass(frozen=True)
class RetryDecision:
    """The answer to a refused call: it is sent again after a wait, or the refusal is final."""

    #: Real seconds until the next try; None = the refusal is final.
    wait: float | None = None

    @property
    def is_final(self) -> bool:
        return self.wait is None


FINAL = RetryDecision()


def decide_retry(
    known: KnownError | None, *, tries: int, timeout: float, licence_age: float | None, scaled: Callable[[float], float]
) -> RetryDecision:
    """The decision about a call that was refused `tries` times with this known error.

    `timeout` bounds all tries together. `licence_age` is the age of the newest licence in seconds, None where it is not known. `scaled`
    turns a documented wait into a real one. The older a licence gets without counting, the longer is the wait for it; the last try is
    at the time when it must count.
    """
    if known is None or known.retry_after is None:
        return FINAL
    wait = scaled(known.retry_after)
    if tries * wait >= timeout:
        return FINAL
    if known.licence_counts_within is None:
        return RetryDecision(wait)
    if licence_age is None or licence_age >= scaled(known.licence_counts_within):
        return FINAL
    return RetryDecision(max(wait, min(2 * licence_age, scaled(known.licence_counts_within) - licence_age)))
