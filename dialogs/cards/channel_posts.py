"""What the team channel is told about a run: who asks for what, and what became of it, once each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.i18n import LocalizedText, say
from bot.step import Obstacle, Step
from bot.views import ENDED, AuditLine, CallState, RunState, RunView
from dialogs.cards.elements import Card, Element, button, card, heading, words
from dialogs.cards.fingerprint import fingerprint
from dialogs.cards.run import RenderContext, following, run_card
from dialogs.cards.sections import names, unhappy
from dialogs.cards.text_fallback import fitting
from dialogs.rendering import render

SHOWN = 10  # people named in a post
HASH = 16  # letters of it: nobody finds other lines that begin with the same


@dataclass(frozen=True)
class Post:
    """One post. `name` tells it from the run's others; the card of one that asks for approval is kept true afterwards."""

    name: str
    card: Card
    stays_true: bool = False


def due(
    view: RunView, posted: Collection[str], eyes: RenderContext, steps: Mapping[str, Step], newest: AuditLine | None = None
) -> Iterator[Post]:
    """The posts that the run's state calls for and that the channel has not seen. An outcome tells how far the audit goes: its `newest`."""
    asked = f"asked {view.digest[:16]}"
    if view.state == RunState.AWAITING_APPROVAL and asked not in posted:
        yield Post(asked, run_card(view, eyes, steps), stays_true=True)
    if view.state == RunState.RUNNING and asked not in posted:
        yield Post(asked, _started(view, eyes))
    if view.state == RunState.PAUSED and view.why and any(name.startswith("asked") for name in posted):
        stopped = _told(view, eyes, say("{title}: paused", title=view.title), render(view.why, eyes.locale))
        if (name := f"paused {fingerprint(stopped)}") not in posted:
            yield Post(name, stopped)
    offered = f"offered {view.digest[:16]}"
    if view.follows and view.state == RunState.PLANNED and offered not in posted:
        found = names([row.subject for row in view.rows], SHOWN, eyes.locale)
        yield Post(offered, _told(view, eyes, say("{title}: something to do", title=view.title), found))
    for day, said in view.reminders:
        if f"day {day}" not in posted:
            yield Post(f"day {day}", _told(view, eyes, say("{title}: day {day}", title=view.title, day=day), render(said, eyes.locale)))
    if view.state in ENDED and any(name.startswith("asked") for name in posted):
        name = f"{view.state} {fingerprint(_outcome(view, eyes))}"  # what comes next is no news about this run
        if name not in posted:
            yield Post(name, _outcome(view, eyes, following(view, eyes, steps), newest))


def _started(view: RunView, eyes: RenderContext) -> Card:
    people = names([row.subject for row in view.rows], SHOWN, eyes.locale)
    return _told(view, eyes, say("{title}: started", title=view.title), people)


def _outcome(view: RunView, eyes: RenderContext, buttons: Sequence[Element] = (), newest: AuditLine | None = None) -> Card:
    done = [row.subject for row in view.rows if row.state == CallState.DONE]
    whole = len(view.rows)
    state = {
        RunState.VERIFIED: say("{title}: {done} of {whole} done and verified", title=view.title, done=len(done), whole=whole),
        RunState.INCOMPLETE: say("{title}: incomplete, {done} of {whole} done", title=view.title, done=len(done), whole=whole),
        RunState.CANCELLED: say("{title}: cancelled, {done} of {whole} done", title=view.title, done=len(done), whole=whole),
    }
    proof = say("audit line {n}: {hash}", n=str(newest.n), hash=newest.hash[:HASH]) if newest else None
    return _told(view, eyes, state[view.state], names(done, SHOWN, eyes.locale), buttons, proof)


def _told(
    view: RunView, eyes: RenderContext, what: LocalizedText, people: str, buttons: Sequence[Element] = (), last: LocalizedText | None = None
) -> Card:
    loc = eyes.locale
    blocked = [finding.subject for finding in view.others if isinstance(finding, Obstacle)]
    show = button(render(say("Show run {run}", run=view.id), loc), {"verb": "show", "run": view.id})
    top = [
        heading(f"{render(what, loc)} · {render(say('run {run}', run=view.id), loc)}"),
        words(_who(view), loc, isSubtle=True),
        *([words(people, loc)] if people else []),
    ]
    left = [words(say("not started, because of obstacles: {names}", names=names(blocked, SHOWN, loc)), loc)] if blocked else []
    end = [*left, *([words(last, loc, isSubtle=True)] if last else [])]
    return fitting(lambda shown: card([*top, *unhappy(view, shown, loc), *end], [show, *buttons], eyes.banner), (SHOWN, 4, 1))


def _who(view: RunView) -> LocalizedText:
    if view.agreed_by:
        return say("asked by {asker}, agreed by {agreed}", asker=view.asked_by.name, agreed=view.agreed_by.name)
    return say("asked by {asker}", asker=view.asked_by.name)
