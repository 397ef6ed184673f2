"""The life of a run as one table: which verb leads from which state to which, and which right it needs.

asked → drafted → awaiting → running → settling → verified is the straight way; a verb that is not in the table for a
state is refused with a word.
"""

from dataclasses import replace

from bot.i18n import LocalizedText, say
from bot.views import Action, Permission, State

TABLE: dict[State, dict[Action, State]] = {
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

INSTEAD: dict[State, LocalizedText] = {
    "asked": say("Run {run} is still looking; its card shows what it finds."),
    "drafted": say("Run {run} is planned and not started yet: “start run {run}” comes first."),
    "awaiting": say("Run {run} waits for a second person, who approves or refuses it."),
    "running": say("Run {run} is at work; it can be paused or cancelled."),
    "waiting": say("Run {run} waits for what a person must do; its card says what."),
    "paused": say("Run {run} is paused; “resume run {run}” lets it go on."),
    "settling": say("Run {run} has nothing left to carry out; it looks how things stand."),
    "incomplete": say("Run {run} has stopped; its card shows what is left and what can be done."),
    "verified": say("Run {run} is done and verified; nothing in it waits for anybody."),
    "cancelled": say("Run {run} is cancelled; ask for its step again."),
}
RIGHTS: dict[Action, Permission] = {"approve": "approve", "refuse": "approve", "commands": "look"}


def right_for(verb: Action) -> Permission:
    """The right that a verb needs: approving needs *approve*, reading *look*, everything else *ask*."""
    return RIGHTS.get(verb, "ask")


def not_now(run: int, state: State, verb: Action) -> LocalizedText | None:
    """What to do instead of a verb that does not fit the state; None when it fits."""
    return None if verb in TABLE[state] else replace(INSTEAD[state], values={"run": run})
