"""A verb that names no run, a plain yes or no, or another word for a verb: nothing is done, and what may be meant is offered."""

from collections.abc import Sequence

from bot.i18n import LocalizedText, say
from bot.views import Action, RunView
from dialogs.cards.run import offered_actions
from dialogs.rendering import render
from dialogs.translations import typed_phrase
from dialogs.turn import Turn

MOST = 3  # suggestions
LOOKED_AT = 10  # runs, the newest and those that are open


async def ask_which_run(turn: Turn, verbs: Sequence[Action], run: int | None = None) -> None:
    """A word alone never starts, approves or takes back anything: it could be meant for another run than the newest."""
    if run is not None:
        await _ask_about_run(turn, verbs, run)
        return
    found = dict[str, LocalizedText]()
    for recent in await turn.service.recent(LOOKED_AT, allowing=verbs):
        if len(found) < MOST:  # a whole view of a large run takes its time
            found |= await _suggestions(turn, recent, verbs)
    lines = list(found)[:MOST]
    if lines:
        told = " · ".join(f"{line} ({render(found[line], turn.locale)})" for line in lines)
        await turn.say(say("That needs the number of a run, so I did nothing. Did you mean: {lines}?", lines=told), *lines)
    else:
        none = say("There is no run now that this could be meant for. Type “runs” to see those that there are.")
        await turn.say(none, typed_phrase("runs", turn.locale))


async def _ask_about_run(turn: Turn, verbs: Sequence[Action], run: int) -> None:
    """Offers those of the verbs that fit the run."""
    view = await turn.service.view(run)
    if view is None:
        await turn.say(say("There is no run {run}.", run=run), typed_phrase("runs", turn.locale))
        return
    lines = list(await _suggestions(turn, view, verbs))
    if lines:
        await turn.say(say("Did you mean: {lines}?", lines=" · ".join(lines)), *lines)
    else:
        words = say("Nothing like that can be done with run {run} now; its card shows what can.", run=run)
        await turn.say(words, f"{typed_phrase('run', turn.locale)} {run}")


async def _suggestions(turn: Turn, recent: RunView, verbs: Sequence[Action]) -> dict[str, LocalizedText]:
    """What could be typed about this run, with the run's title."""
    view = await turn.service.view(recent.id) or recent
    able = offered_actions(view, turn.render_context, turn.services.steps)
    return {f"{typed_phrase(f'{verb} run', turn.locale)} {view.id}": view.title for verb in verbs if verb in able}
