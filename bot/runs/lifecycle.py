"""The lifecycle of a run: what people and the driver do to it, and the states that this may lead to.

`TRANSITIONS` is executed: `transition` is the only writer of a run's state, and raises on whatever is not in the table.
The states stand in `bot.views`, as the ledger keeps them and `dialogs` shows them, and neither may import this package.
`docs/lifecycle.md` is drawn from the table.

Three are odd on purpose. A pause or a cancel of a run at work leaves it running: the driver reads the request, lets end what is
under way, and only then the run is paused, or looks at what was done. A resume or a retry leads to a new plan where what was agreed
to does not hold any more. An undo is a run of its own; it ends the run that it takes back only where that was still monitoring.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeGuard, get_args

from bot.i18n import LocalizedText, say
from bot.ledger import Database, runs
from bot.views import Action, Permission, RunState

PLANNING, PLANNED, AWAITING_APPROVAL = RunState.PLANNING, RunState.PLANNED, RunState.AWAITING_APPROVAL
RUNNING, PAUSED, WAITING_FOR_ADMIN = RunState.RUNNING, RunState.PAUSED, RunState.WAITING_FOR_ADMIN
VERIFYING, MONITORING = RunState.VERIFYING, RunState.MONITORING
VERIFIED, INCOMPLETE, CANCELLED = RunState.VERIFIED, RunState.INCOMPLETE, RunState.CANCELLED


class Event(StrEnum):
    """What happens to a run: first the actions of people, as `bot.views.Action` names them, then the steps of the driver."""

    START = "start"
    APPROVE = "approve"
    REFUSE = "refuse"
    CHANGE = "change"
    COMMANDS = "commands"
    LOOK = "look"
    PAUSE = "pause"
    RESUME = "resume"
    DONE = "done"
    RETRY = "retry"
    UNDO = "undo"
    CANCEL = "cancel"
    #: The step has read the estate, and its findings are the plan.
    PLAN_MADE = "plan made"
    #: The estate could not be read.
    READ_FAILED = "read failed"
    #: Only the estate could tell that an answer cannot be right.
    ANSWERS_REFUSED = "answers refused"
    #: What is left to do is no part of what was agreed to.
    PLAN_CHANGED = "plan changed"
    #: The next calls are sent, or wait for earlier ones to show.
    CALLS_CHOSEN = "calls chosen"
    #: The next call is a manual action.
    ADMIN_NEEDED = "admin needed"
    #: Too many failures in a row, or nothing that waits may be sent.
    STOPPED = "stopped"
    #: Nothing is under way any more, and somebody has asked for a pause.
    PAUSE_REACHED = "pause reached"
    #: No call is left to be sent.
    CALLS_ENDED = "calls ended"
    #: A call of which nobody knew what became was seen not to have happened.
    CALL_LOST = "call lost"
    #: There is nothing left to look for.
    ENDED = "ended"


#: What the driver does to a run at work.
_AT_WORK: dict[Event, set[RunState]] = {
    Event.PLAN_CHANGED: {PLANNED},
    Event.CALLS_CHOSEN: {RUNNING},
    Event.ADMIN_NEEDED: {WAITING_FOR_ADMIN},
    Event.STOPPED: {PAUSED},
    Event.PAUSE_REACHED: {PAUSED},
    Event.CALLS_ENDED: {VERIFYING},
}
#: From each state, by event in the order in which actions are offered, the states that it may lead to.
_FROM: dict[RunState, dict[Event, set[RunState]]] = {
    PLANNING: {
        Event.CANCEL: {CANCELLED},
        Event.PLAN_MADE: {PLANNED, VERIFYING, MONITORING, VERIFIED, INCOMPLETE, CANCELLED},
        Event.READ_FAILED: {VERIFYING, MONITORING, INCOMPLETE},
        Event.ANSWERS_REFUSED: {CANCELLED},
    },
    PLANNED: {
        Event.START: {AWAITING_APPROVAL, RUNNING},
        Event.CHANGE: {CANCELLED},
        Event.COMMANDS: {PLANNED},
        Event.LOOK: {PLANNING},
        Event.CANCEL: {CANCELLED},
        Event.PLAN_MADE: {PLANNED, VERIFYING, MONITORING, VERIFIED, INCOMPLETE},
        Event.READ_FAILED: {INCOMPLETE},
        Event.ANSWERS_REFUSED: {CANCELLED},
    },
    AWAITING_APPROVAL: {
        Event.APPROVE: {RUNNING},
        Event.REFUSE: {CANCELLED},
        Event.COMMANDS: {AWAITING_APPROVAL},
        Event.CANCEL: {CANCELLED},
    },
    RUNNING: {
        Event.DONE: {RUNNING},
        Event.PAUSE: {RUNNING},
        Event.CANCEL: {RUNNING},
        **_AT_WORK,
    },
    WAITING_FOR_ADMIN: {
        Event.DONE: {RUNNING},
        Event.CANCEL: {RUNNING},
        **_AT_WORK,
    },
    PAUSED: {
        Event.RESUME: {RUNNING, PLANNING},
        Event.CANCEL: {RUNNING},
    },
    VERIFYING: {
        Event.DONE: {VERIFYING},
        Event.LOOK: {VERIFYING},
        Event.PLAN_MADE: {PLANNED, VERIFYING, MONITORING, VERIFIED, INCOMPLETE},
        Event.CALL_LOST: {RUNNING},
        Event.ENDED: {VERIFIED, INCOMPLETE, CANCELLED},
    },
    MONITORING: {
        Event.DONE: {MONITORING},
        Event.LOOK: {MONITORING},
        Event.CANCEL: {CANCELLED},
        Event.UNDO: {VERIFIED},
        Event.PLAN_MADE: {PLANNED, VERIFYING, MONITORING, VERIFIED, INCOMPLETE},
        Event.READ_FAILED: {INCOMPLETE},
        Event.ANSWERS_REFUSED: {CANCELLED},
        Event.ENDED: {VERIFIED, INCOMPLETE, CANCELLED},
    },
    INCOMPLETE: {
        Event.RETRY: {RUNNING, PLANNING},
        Event.LOOK: {PLANNING},
        Event.CHANGE: {INCOMPLETE},
        Event.UNDO: {INCOMPLETE},
        Event.COMMANDS: {INCOMPLETE},
    },
    VERIFIED: {
        Event.UNDO: {VERIFIED},
        Event.COMMANDS: {VERIFIED},
    },
    CANCELLED: {
        Event.UNDO: {CANCELLED},
    },
}
TRANSITIONS: dict[tuple[RunState, Event], frozenset[RunState]] = {
    (state, event): frozenset(to) for state, events in _FROM.items() for event, to in events.items()
}


class NoSuchTransition(Exception):
    """A state was to be written that the table does not lead to: an error of our own."""


def check_transition(state: RunState, event: Event, to: RunState) -> None:
    """Raises `NoSuchTransition` where this event does not lead from the one state to the other."""
    if to not in TRANSITIONS.get((state, event), ()):
        raise NoSuchTransition(f"{event} does not lead from {state} to {to}")


def transition(db: Database, run: int, event: Event, to: RunState, **columns: Any) -> None:
    """Writes the state of a run, and other columns with it. Raises `NoSuchTransition`.

    Also where several processes share the records: nothing is written when the state has changed since it was read here.
    """
    state = runs.require(db, run).state
    check_transition(state, event, to)
    if not runs.write_state(db, run, state, to, **columns):
        raise NoSuchTransition(f"run {run} has left the state {state}")


def is_action(event: str) -> TypeGuard[Action]:
    """Whether people do this, and not the driver."""
    return event in get_args(Action)


def actions_in(state: RunState) -> tuple[Action, ...]:
    """The actions of people that a run in this state allows, in the order in which they are offered."""
    return tuple(action for action in map(str, _FROM[state]) if is_action(action))


#: What to do instead of an action that does not fit the state.
INSTEAD: dict[RunState, LocalizedText] = {
    PLANNING: say("Run {run} is still looking; its card shows what it finds."),
    PLANNED: say("Run {run} is planned and not started yet: “start run {run}” comes first."),
    AWAITING_APPROVAL: say("Run {run} waits for a second person, who approves or refuses it."),
    RUNNING: say("Run {run} is at work; it can be paused or cancelled."),
    WAITING_FOR_ADMIN: say("Run {run} waits for what a person must do; its card says what."),
    PAUSED: say("Run {run} is paused; “resume run {run}” lets it go on."),
    VERIFYING: say("Run {run} has nothing left to carry out; it looks how things stand."),
    MONITORING: say("Run {run} has nothing left to carry out; it looks how things stand."),
    INCOMPLETE: say("Run {run} has stopped; its card shows what is left and what can be done."),
    VERIFIED: say("Run {run} is done and verified; nothing in it waits for anybody."),
    CANCELLED: say("Run {run} is cancelled; ask for its step again."),
}
#: The same for one action.
INSTEAD_OF: dict[tuple[RunState, Action], LocalizedText] = {
    (VERIFYING, "cancel"): say("Everything is done already; I only look whether it shows."),
    (VERIFYING, "undo"): say("I am still looking whether it shows; then it can be undone."),
}
PERMISSIONS: dict[Action, Permission] = {"approve": "approve", "refuse": "approve", "commands": "look"}


def required_permission(action: Action) -> Permission:
    """The permission that an action needs: approving needs *approve*, reading *look*, everything else *ask*."""
    return PERMISSIONS.get(action, "ask")


def refusal(run: int, state: RunState, action: Action) -> LocalizedText | None:
    """What to do instead of an action that does not fit the state; None when it fits."""
    if action in actions_in(state):
        return None
    return replace(INSTEAD_OF.get((state, action), INSTEAD[state]), values={"run": run})
