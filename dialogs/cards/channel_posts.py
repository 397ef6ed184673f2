"""What the team channel is told about a run: who asks for what, and what became of it, once each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.i18n import LocalizedText, say
from bot.step import Obstacle, Step
from bot.views import ENDED, AuditLine, CallState, RunState, RunView
from dialogs.cards.elements import Card, Element, button, card, heading, text_line
from dialogs.cards.fingerprint import fingerprint
from dialogs.cards.run import RenderContext, next_step_buttons, run_card
from dialogs.cards.sections import failure_sections, first_names
from dialogs.cards.text_fallback import fit_to_channel
from dialogs.rendering import render

SHOWN = 10  # people named in a post
HASH = 16  # letters of it: nobody finds other lines that begin with the same


@dataclass(frozen=True)
class Post:
    """One post. `name` tells it from the run's others; the card of one that asks for approval is kept true afterwards."""

    name: str
    card: Card
    is_kept_up_to_date: bool = False


def due_posts(
    view: RunView, posted: Collection[str], context: RenderContext, steps: Mapping[str, Step], newest: AuditLine | None = None
) -> Iterator[Post]:
    """The posts that the run's state calls for and that the channel has not seen. An outcome tells how far the audit goes: its `newest`."""
    asked = f"asked {view.digest[:16]}"
    if view.state == RunState.AWAITING_APPROVAL and asked not in posted:
        yield Post(asked, run_card(view, context, steps), is_kept_up_to_date=True)
    if view.state == RunState.RUNNING and asked not in posted:
        yield Post(asked, _start_post(view, context))
    if view.state == RunState.PAUSED and view.why and any(name.startswith("asked") for name in posted):
        stopped = _post_card(view, context, say("{title}: paused", title=view.title), render(view.why, context.locale))
        if (name := f"paused {fingerprint(stopped)}") not in posted:
            yield Post(name, stopped)
    offered = f"offered {view.digest[:16]}"
    if view.follows and view.state == RunState.PLANNED and offered not in posted:
        found = first_names([row.subject for row in view.changes], SHOWN, context.locale)
        yield Post(offered, _post_card(view, context, say("{title}: something to do", title=view.title), found))
    for day, said in view.reminders:
        if f"day {day}" not in posted:
            yield Post(
                f"day {day}", _post_card(view, context, say("{title}: day {day}", title=view.title, day=day), render(said, context.locale))
            )
    if view.state in ENDED and any(name.startswith("asked") for name in posted):
        name = f"{view.state} {fingerprint(_outcome_post(view, context))}"  # what comes next is no news about this run
        if name not in posted:
            yield Post(name, _outcome_post(view, context, next_step_buttons(view, context, steps), newest))


def _start_post(view: RunView, context: RenderContext) -> Card:
    people = first_names([row.subject for row in view.changes], SHOWN, context.locale)
    return _post_card(view, context, say("{title}: started", title=view.title), people)


def _outcome_post(view: RunView, context: RenderContext, buttons: Sequence[Element] = (), newest: AuditLine | None = None) -> Card:
    done = [row.subject for row in view.changes if row.state == CallState.DONE]
    whole = len(view.changes)
    state = {
        RunState.VERIFIED: say("{title}: {done} of {whole} done and verified", title=view.title, done=len(done), whole=whole),
        RunState.INCOMPLETE: say("{title}: incomplete, {done} of {whole} done", title=view.title, done=len(done), whole=whole),
        RunState.CANCELLED: say("{title}: cancelled, {done} of {whole} done", title=view.title, done=len(done), whole=whole),
    }
    proof = say("audit line {n}: {hash}", n=str(newest.n), hash=newest.hash[:HASH]) if newest else None
    return _post_card(view, context, state[view.state], first_names(done, SHOWN, context.locale), buttons, proof)


def _post_card(
    view: RunView,
    context: RenderContext,
    what: LocalizedText,
    people: str,
    buttons: Sequence[Element] = (),
    last: LocalizedText | None = None,
) -> Card:
    loc = context.locale
    blocked = [finding.subject for finding in view.other_findings if isinstance(finding, Obstacle)]
    show = button(render(say("Show run {run}", run=view.id), loc), {"verb": "show", "run": view.id})
    top = [
        heading(f"{render(what, loc)} · {render(say('run {run}', run=view.id), loc)}"),
        text_line(_people(view), loc, isSubtle=True),
        *([text_line(people, loc)] if people else []),
    ]
    left = [text_line(say("not started, because of obstacles: {names}", names=first_names(blocked, SHOWN, loc)), loc)] if blocked else []
    end = [*left, *([text_line(last, loc, isSubtle=True)] if last else [])]
    return fit_to_channel(
        lambda shown: card([*top, *failure_sections(view, shown, loc), *end], [show, *buttons], context.banner), (SHOWN, 4, 1)
    )


def _people(view: RunView) -> LocalizedText:
    if view.agreed_by:
        return say("asked by {asker}, agreed by {agreed}", asker=view.asked_by.name, agreed=view.agreed_by.name)
    return say("asked by {asker}", asker=view.asked_by.name)
