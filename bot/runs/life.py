"""The life of a run as one table: which verb leads from which state to which, and which right it needs.

asked → drafted → awaiting → running → settling → verified is the straight way; a verb that is not in the table for a
state is refused with a word.
"""

from typing import Literal

from bot.view import State, Verb

Right = Literal["look", "ask", "approve"]
ENDED: tuple[State, ...] = ("incomplete", "verified", "cancelled")

TABLE: dict[State, dict[Verb, State]] = {
    "asked": {"cancel": "cancelled"},
    "drafted": {"start": "awaiting", "change": "cancelled", "commands": "drafted", "look": "asked", "cancel": "cancelled"},
    "awaiting": {"approve": "running", "refuse": "cancelled", "commands": "awaiting", "cancel": "cancelled"},
    "running": {"done": "running", "pause": "paused", "cancel": "cancelled"},
    "waiting": {"done": "running", "cancel": "cancelled"},
    "paused": {"resume": "running", "cancel": "cancelled"},
    "settling": {"done": "settling", "look": "settling", "cancel": "cancelled", "undo": "verified"},
    "incomplete": {"retry": "running", "look": "asked", "change": "incomplete", "undo": "incomplete", "commands": "incomplete"},
    "verified": {"undo": "verified", "commands": "verified"},
    "cancelled": {"undo": "cancelled"},
}

RIGHTS: dict[Verb, Right] = {"approve": "approve", "refuse": "approve", "commands": "look"}


def right_for(verb: Verb) -> Right:
    """The right that a verb needs: approving needs *approve*, reading *look*, everything else *ask*."""
    return RIGHTS.get(verb, "ask")
