"""A verb that names no run, or a plain yes or no: nothing is done, and the runs that may be meant are offered to be picked."""

from collections.abc import Sequence

from bot.runs.life import TABLE
from bot.say import Say, say
from bot.view import RunView, Verb
from dialogs.cards.run import pressable
from dialogs.languages import as_typed
from dialogs.text import render
from dialogs.turn import Turn

MOST = 3  # suggestions
LOOKED_AT = 10  # runs, the newest and those that are open


async def ask_which(turn: Turn, verbs: Sequence[Verb]) -> None:
    """A word alone never starts, approves or takes back anything: it could be meant for another run than the newest."""
    found = dict[str, Say]()
    for recent in await turn.desk.recent(LOOKED_AT):
        if len(found) < MOST and any(verb in TABLE[recent.state] for verb in verbs):  # a whole view of a large run takes its time
            found |= await _lines(turn, recent, verbs)
    lines = list(found)[:MOST]
    if lines:
        told = " · ".join(f"{line} ({render(found[line], turn.locale)})" for line in lines)
        await turn.say(say("That needs the number of a run, so I did nothing. Did you mean: {lines}?", lines=told), *lines)
    else:
        none = say("There is no run now that this could be meant for. Type “runs” to see those that there are.")
        await turn.say(none, as_typed("runs", turn.locale))


async def _lines(turn: Turn, recent: RunView, verbs: Sequence[Verb]) -> dict[str, Say]:
    """What could be typed about this run, with the run's title."""
    view = await turn.desk.view(recent.id) or recent
    able = pressable(view, turn.eyes, turn.front.steps)
    return {f"{as_typed(f'{verb} run', turn.locale)} {view.id}": view.title for verb in verbs if verb in able}
