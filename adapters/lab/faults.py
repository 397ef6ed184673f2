"""Faults that a person or a test asks the lab for. They live in the lab's process and are gone with it: nothing here is persisted."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, get_args

FaultKind = Literal["throttle", "drop", "slow", "refuse", "half", "unread"]
FaultPhase = Literal["before", "during", "after"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and for whom. `place`, `call` and `subject` are patterns as in a shell (`Get-Cs*`), without regard to case.

    throttle: answered "too many requests", with `seconds` as Retry-After (0 = without one)
    drop:     the connection is cut before, during or after the effect (`phase`)
    slow:     answered `seconds` later
    refuse:   answered "access denied", or with `words`
    half:     a move stops half way and leaves the user so
    unread:   a read fails for this subject
    """

    what: FaultKind
    #: Sfb, mover, teams, sync, exchange, graph
    place: str = "*"
    #: Move-CsUser, or GET /users
    call: str = "*"
    subject: str = "*"
    phase: FaultPhase = "before"
    seconds: float = 0
    #: Of a refusal, instead of "access denied"
    words: str = ""
    #: Of a refusal: the error's own name, without the class behind the comma
    code: str = ""
    #: Of a refusal: ErrorCategory, PermissionDenied
    category: int = 18
    #: How often; 0 = until it is cleared
    times: int = 1

    def __post_init__(self) -> None:
        if self.what not in get_args(FaultKind):
            raise ValueError(f"what: {self.what!r} is none of {', '.join(get_args(FaultKind))}")
        if self.phase not in get_args(FaultPhase):
            raise ValueError(f"phase: {self.phase!r} is none of {', '.join(get_args(FaultPhase))}")
        if self.seconds < 0 or self.times < 0:
            raise ValueError("seconds and times cannot be negative")

    def is_for(self, place: str, call: str, subject: str) -> bool:
        met = ((self.place, place), (self.call, call), (self.subject, subject))
        return all(fnmatchcase(value.casefold(), pattern.casefold()) for pattern, value in met)


class Faults:
    """The faults that are asked for, oldest first. Each place that can fail asks `take_fault` at the moment when it would."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.pending.append(fault)

    def clear(self) -> None:
        self.pending.clear()

    def take_fault(self, *what: FaultKind, place: str, call: str, subject: str = "", phase: FaultPhase = "before") -> Fault | None:
        """The oldest fault of these kinds that fits; it counts as used once.

        A caller without a subject meets only faults for any.
        """
        for n, fault in enumerate(self.pending):
            if fault.what in what and fault.phase == phase and fault.is_for(place, call, subject):
                self._use(n, fault)
                return fault
        return None

    def _use(self, n: int, fault: Fault) -> None:
        if fault.times == 1:
            del self.pending[n]
        elif fault.times > 1:
            self.pending[n] = replace(fault, times=fault.times - 1)
