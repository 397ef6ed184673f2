"""Draws the lifecycle of a run into `docs/lifecycle.md`: `python -m tests.tools.lifecycle_picture`."""

import re
from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum

from bot.runs.lifecycle import TRANSITIONS, Event, is_action
from bot.views import CallState, RunState
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "lifecycle.md"
HEAD = """# The lifecycle of a run

This page is made from `TRANSITIONS` in `bot/runs/lifecycle.py` by `python -m tests.tools.lifecycle_picture`; a test
holds that it is current. `transition` in that module is the only writer of a run's state and raises on whatever is not in
the table. What people do stands as it is, what the driver does in brackets. An event that leaves the state as it is has no
arrow; the table below has it.
"""


def meanings(states: type[StrEnum], file: str) -> dict[str, str]:
    """What stands above each member of an enumeration: member name -> words."""
    source = (ROOT / file).read_text().partition(f"class {states.__name__}(StrEnum):")[2]
    found = re.findall(r"((?:    #: .*\n)+)    ([A-Z_]+) = ", source)
    words = {name: " ".join(line.strip(" #:") for line in lines.splitlines()) for lines, name in found}
    return {member.value: words.get(member.name, "") for member in states}


def picture() -> str:
    """The diagram in Mermaid's language."""
    arrows: Mapping[tuple[RunState, RunState], list[Event]] = defaultdict(list)
    for (state, event), targets in TRANSITIONS.items():
        for to in sorted(targets - {state}):
            arrows[state, to].append(event)
    lines = [f"    {state} --> {to} : {', '.join(map(_label, events))}" for (state, to), events in arrows.items()]
    ends = [f"    {state} --> [*]" for state in (RunState.VERIFIED, RunState.INCOMPLETE, RunState.CANCELLED)]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {RunState.PLANNING}", *lines, *ends, "```"])


def _label(event: Event) -> str:
    return event if is_action(event) else f"({event})"


def page() -> str:
    """The whole page."""
    of_states, of_calls = meanings(RunState, "bot/views.py"), meanings(CallState, "bot/views.py")
    of_events = meanings(Event, "bot/runs/lifecycle.py")
    states = [f"| {state} | {of_states[state]} | {_stays(state)} |" for state in RunState]
    events = [f"| {event} | {of_events[event]} |" for event in Event if not is_action(event)]
    calls = [f"| {state} | {of_calls[state]} |" for state in CallState]
    parts = (
        HEAD,
        picture(),
        "\n| state of a run | meaning | what leaves it as it is |\n|---|---|---|\n" + "\n".join(states),
        "\n| event of the driver | meaning |\n|---|---|\n" + "\n".join(events),
        "\n| state of a call | meaning |\n|---|---|\n" + "\n".join(calls),
    )
    return "\n".join(parts) + "\n"


def _stays(state: RunState) -> str:
    return ", ".join(_label(event) for (of, event), to in TRANSITIONS.items() if of == state and state in to)


if __name__ == "__main__":
    PAGE.write_text(page())
