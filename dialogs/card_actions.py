"""What a button means. What comes with it is the client's own word and is believed only after the server has looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.i18n import LocalizedText, say
from bot.ledger import messages
from bot.step import Step
from bot.steps.shared.people_input.asked import People
from bot.views import Action, CallState, RunState, RunView
from dialogs.cards.elements import Card, card, heading
from dialogs.cards.forms import WHO, Draft, answers_in, form_card, form_version
from dialogs.cards.run import TYPED
from dialogs.cards.sections import cures
from dialogs.cards.simple_cards import commands_card, help_card
from dialogs.rendering import render
from dialogs.step_dialog import hand_in
from dialogs.turn import Turn


class CardAction(BaseModel):
    """The data of a button. The first ones are about forms and lists; everything else is a verb of the run."""

    verb: Literal["form", "submit", "drop", "show", "board", "list"] | Action
    run: int | None = Field(None, ge=1, le=2**53)
    digest: str | None = Field(None, max_length=128)
    line: int = Field(0, ge=0, le=2**53)  # the newest audit line about the run when the card was made
    typed: str = Field("", max_length=100, alias=TYPED)
    step: str | None = Field(None, max_length=100)
    form: str | None = Field(None, max_length=100)


@dataclass(frozen=True)
class ActionReply:
    """What the person gets: the card that now stands where the button was, and words where something must be said."""

    card: Card | None = None
    words: LocalizedText | None = None
    run: int | None = None  # whose card that is, when it may have changed
    view: RunView | None = None  # the run that the card shows
    shows_plan: bool = False  # a typed verb is answered with that card too


async def pressed(turn: Turn, data: Mapping[str, Any]) -> ActionReply:
    """Does what the button says, or says why not. Only whoever may look gets to see a card."""
    looks = await turn.desk.may(turn.who, "look")
    if looks is False:
        return ActionReply(words=_NOT["look"])
    reply = await _meant(turn, data)
    return reply if looks else ActionReply(words=reply.words or CHECKING)


async def _meant(turn: Turn, data: Mapping[str, Any]) -> ActionReply:
    try:
        press = CardAction.model_validate(data)
    except ValidationError:
        return ActionReply(words=UNKNOWN)
    if press.verb == "board":  # which is also edited later, when nobody asks about rights any more
        refusal = await may_not(turn, "look")
        if refusal:
            return ActionReply(words=refusal)
        board = await turn.board_again()
        return ActionReply(board, None if board else say("The board is shown below."))
    if press.step is not None:
        return await _about_step(turn, press, data)
    if press.run is None:
        return ActionReply(words=say("This button belongs to no run. Type “runs” to see what is going on."))
    view = await turn.desk.view(press.run)
    if press.line > (view.line if view else 0) and (refusal := await turn.desk.tell_of_line(press.line, turn.who)):
        return ActionReply(words=refusal)
    if view is None:
        return ActionReply(words=say("There is no run {run}.", run=press.run))
    return await _about_run(turn, press, view)


async def _about_step(turn: Turn, press: CardAction, data: Mapping[str, Any]) -> ActionReply:
    step = turn.front.steps.get(press.step or "")
    if step is None or not step.user_startable:
        return ActionReply(words=say("This form belongs to a step that I do not know. Type “help” to see what I can do."))
    match press.verb:
        case "submit" if press.form != form_version(step):
            return ActionReply(
                form_card(Draft(step, answers_in(data)), turn.eyes), say("The questions have changed; please look at them once more.")
            )
        case "submit":
            return await _submitted(turn, press, Draft(step, answers_in(data), run=press.run))
        case "drop":
            return await _dropped(turn, step)
    return await _form(turn, press, step)


async def _submitted(turn: Turn, press: CardAction, draft: Draft) -> ActionReply:
    """The form's message becomes the run's card; pressed once more there, it shows that card and asks for nothing."""
    stands = await _stands_there(turn)
    if stands is not None and (stands.id != draft.run or stands.state not in _CHANGEABLE):
        return _card_of(turn, stands, say("Run {run} is shown here; this form is no longer open.", run=stands.id))
    match await hand_in(turn, draft):
        case RunView() as view:
            shown, words = await turn.take_over(view), await _withdrawn(turn, stands)
            return ActionReply(shown, words or (None if shown else say("Run {run} is shown below.", run=view.id)), view=view)
        case Draft() as wrong:
            return ActionReply(form_card(wrong, turn.eyes))
        case words:
            return ActionReply(form_card(draft, turn.eyes), words)


_CHANGEABLE = (RunState.PLANNED, RunState.INCOMPLETE, RunState.CANCELLED)


async def _withdrawn(turn: Turn, stands: RunView | None) -> LocalizedText | None:
    """The plan that was asked for anew with other answers is withdrawn; words only when that was refused."""
    if stands is None or stands.state != RunState.PLANNED:
        return None
    done = await turn.desk.press(stands.id, "change", turn.who, stands.digest)
    return None if done.ok else done.words


async def _stands_there(turn: Turn) -> RunView | None:
    """The run whose card the pressed message is, or None when it is a form that has not been handed in."""
    place = await turn.front.ledger(messages.at, turn.spot.conversation, turn.context.activity.reply_to_id or "")
    return await turn.desk.view(place.run) if place else None


async def _dropped(turn: Turn, step: Step) -> ActionReply:
    stands = await _stands_there(turn)
    if stands is not None:
        return _card_of(turn, stands)
    told = f"{render(step.title, turn.locale)} · {render(say('not asked for'), turn.locale)}"
    return ActionReply(card([heading(told)], (), turn.eyes.banner))


async def _form(turn: Turn, press: CardAction, step: Step) -> ActionReply:
    """A step's form, filled in with those whom it would help. It is a message of its own: the card with the button stays."""
    if refusal := await may_not(turn, "ask"):
        return ActionReply(words=refusal)
    view = await turn.desk.view(press.run) if press.run else None
    people = "\n".join(_concerned(turn, view, step)) if view else ""
    filled = {WHO: people} if people and WHO in step.form.model_fields else {}
    words = None
    if step.form.model_fields:
        await turn.send(form_card(Draft(step, filled), turn.eyes))
    else:
        words = await _at_once(turn, step)
    return _card_of(turn, view, words) if view else ActionReply(await _stays(turn), words)


def _concerned(turn: Turn, view: RunView, step: Step) -> Sequence[str]:
    """Whom the step would help; or those for whom the run before it has just done its work."""
    if helped := cures(view.others).get(step.name):
        return helped
    about_people = issubclass(turn.front.steps[view.step].form, People)
    theirs = about_people and view.state == RunState.VERIFIED and step.name != view.step  # the same step again is for others
    return [row.subject for row in view.rows if row.state == CallState.DONE] if theirs else []


async def _at_once(turn: Turn, step: Step) -> LocalizedText | None:
    """A step that asks nothing is planned without a form. Words when that was refused."""
    match await hand_in(turn, Draft(step)):
        case RunView() as view:
            await turn.show(view)
        case LocalizedText() as words:
            return words
    return None


async def _stays(turn: Turn) -> Card:
    """The card whose button opened a form: the board, or the help."""
    return await turn.board_here() or help_card(turn.front.steps, turn.eyes)


async def _about_run(turn: Turn, press: CardAction, view: RunView) -> ActionReply:
    if press.verb in ("show", "commands", "list") and (refusal := await may_not(turn, "look")):
        return ActionReply(words=refusal)
    match press.verb:
        case "show":
            await turn.show(view)
            return ActionReply(words=say("Run {run} is shown below.", run=view.id))
        case "list":
            return _card_of(turn, view, await turn.front.handing.hand_over(turn, view) if turn.front.handing else None)
        case "commands":
            await turn.send(commands_card(view, turn.eyes))
            return _card_of(turn, view)
        case "change" if turn.front.steps[view.step].user_startable:
            return ActionReply(form_card(Draft(turn.front.steps[view.step], view.answers, view.problems, view.id), turn.eyes))
        case "form" | "submit" | "drop" | "board":
            return _card_of(turn, view, say("This button belongs to no step."))
    if press.digest is None:
        return _card_of(turn, view, say("This button names no plan, so nothing was done. Here is the run as it is."))
    return await press_run(turn, view, press.verb, press.digest, press.typed)


async def press_run(turn: Turn, view: RunView, verb: Action, digest: str | None, typed: str = "") -> ActionReply:
    """A verb about a run, pressed or typed: the desk decides. An undo is a run of its own and gets its own card."""
    done = await turn.desk.press(view.id, verb, turn.who, digest, typed, turn.spot.conversation)
    if done.ok and done.run not in (None, view.id):
        await turn.show(await turn.desk.view(done.run) or view)
    return replace(_card_of(turn, await turn.desk.view(view.id) or view, done.words), run=view.id, shows_plan=done.shows_plan)


def _card_of(turn: Turn, view: RunView, words: LocalizedText | None = None) -> ActionReply:
    return ActionReply(turn.card(view), words, view=view)


async def may_not(turn: Turn, right: Literal["look", "ask"]) -> LocalizedText | None:
    """Why the person may not; None when they may."""
    allowed = await turn.desk.may(turn.who, right)
    if allowed is None:
        return CHECKING
    return None if allowed else _NOT[right]


UNKNOWN = say("I do not know this button. Type “runs” to see what is going on.")
CHECKING = say("I am checking what you may do here. Please say it again in a moment.")
_NOT = {
    "ask": say("You may not ask for changes here. Whoever runs me can give you the right “ask” in the configuration."),
    "look": say("You may not look at this here. Whoever runs me can give you the right “look” in the configuration."),
}
