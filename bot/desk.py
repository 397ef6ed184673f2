"""The desk where people's wishes are handed in. All that a conversation may do: quick, committed, never waiting for the outside."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.view import AuditLine, Person, Pressed, RunView, Spot, StepLine, Verb


class Desk(Protocol):
    """What `dialogs/` knows of the heart. Every method answers in milliseconds from the ledger."""

    async def may(self, who: Person, verb: str) -> bool | None:
        """May this person look / ask / approve? None = not known yet (group membership is being read)."""

    async def ask(self, step: str, answers: Mapping[str, str], who: Person, at: Spot) -> Pressed:
        """A new run of this step. `answers` are the form's raw texts. Raises `Misspelt` when one cannot be right."""

    async def press(self, run: int, verb: Verb, who: Person, digest: str | None = None) -> Pressed:
        """A button or typed verb. With a digest it must be the plan's own; typed verbs have none and mean the plan as it is."""

    async def view(self, run: int) -> RunView | None: ...

    async def recent(self, limit: int = 10) -> Sequence[RunView]:
        """The newest runs, open ones first; their rows and findings are left out."""

    async def where(self) -> Sequence[StepLine]:
        """Every step in its order with its last outcome."""

    async def audit(self, run: int | None = None, limit: int = 20) -> Sequence[AuditLine]:
        """The newest audit lines, newest last."""
