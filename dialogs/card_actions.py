"""What a button means. What comes with it is the client's own word and is believed only after the server has looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import PEOPLE, Action, CallState, RunState, RunView, changes_people, takes_people
from dialogs.cards.elements import Card, card, heading
from dialogs.cards.forms import Draft, answers_in, form_card, form_version
from dialogs.cards.run import TYPED
from dialogs.cards.sections import curing_steps
from dialogs.cards.simple_cards import commands_card, help_card
from dialogs.rendering import render
from dialogs.step_dialog import submit
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


async def perform(turn: Turn, data: Mapping[str, Any]) -> ActionReply:
    """Does what the button says, or says why not. Only whoever may look gets to see a card."""
    if turn.permissions.look is False:
        return ActionReply(words=turn.refusal("look"))
    reply = await _perform(turn, data)
    return reply if turn.permissions.look else ActionReply(words=reply.words or turn.refusal("look"))


async def _perform(turn: Turn, data: Mapping[str, Any]) -> ActionReply:
    try:
        press = CardAction.model_validate(data)
    except ValidationError:
        return ActionReply(words=UNKNOWN)
    if press.verb == "board":  # which is also edited later, when nobody asks about rights any more
        if refusal := turn.refusal("look"):
            return ActionReply(words=refusal)
        board = await turn.refresh_board_here()
        return ActionReply(board, None if board else say("The board is shown below."))
    if press.step is not None:
        return await _perform_on_step(turn, press, data)
    if press.run is None:
        return ActionReply(words=say("This button belongs to no run. Type “runs” to see what is going on."))
    view = await turn.service.view(press.run)
    if press.line > (view.audit_line if view else 0) and (refusal := await turn.service.check_audit_line(press.line, turn.person)):
        return ActionReply(words=refusal)
    if view is None:
        return ActionReply(words=say("There is no run {run}.", run=press.run))
    return await _perform_on_run(turn, press, view)


async def _perform_on_step(turn: Turn, press: CardAction, data: Mapping[str, Any]) -> ActionReply:
    step = turn.services.steps.get(press.step or "")
    if step is None or not step.user_startable:
        return ActionReply(words=say("This form belongs to a step that I do not know. Type “help” to see what I can do."))
    match press.verb:
        case "submit" if press.form != form_version(step):
            return ActionReply(
                form_card(Draft(step, answers_in(data)), turn.render_context),
                say("The questions have changed; please look at them once more."),
            )
        case "submit":
            return await _submit_form(turn, press, Draft(step, answers_in(data), run=press.run))
        case "drop":
            return await _drop_form(turn, step)
    return await _open_form(turn, press, step)


async def _submit_form(turn: Turn, press: CardAction, draft: Draft) -> ActionReply:
    """The form's message becomes the run's card; pressed once more there, it shows that card and asks for nothing."""
    stands = await _run_in_message(turn)
    if stands is not None and (stands.id != draft.run or stands.state not in _CHANGEABLE):
        return _reply_with_card(turn, stands, say("Run {run} is shown here; this form is no longer open.", run=stands.id))
    match await submit(turn, draft):
        case RunView() as view:
            shown, words = await turn.replace_form_with_run(view), await _withdraw_plan(turn, stands)
            return ActionReply(shown, words or (None if shown else say("Run {run} is shown below.", run=view.id)), view=view)
        case Draft() as wrong:
            return ActionReply(form_card(wrong, turn.render_context))
        case words:
            return ActionReply(form_card(draft, turn.render_context), words)


_CHANGEABLE = (RunState.PLANNED, RunState.INCOMPLETE, RunState.CANCELLED)


async def _withdraw_plan(turn: Turn, stands: RunView | None) -> LocalizedText | None:
    """The plan that was asked for anew with other answers is withdrawn; words only when that was refused."""
    if stands is None or stands.state != RunState.PLANNED:
        return None
    done = await turn.service.act(stands.id, "change", turn.person, stands.digest)
    return None if done.ok else done.words


async def _run_in_message(turn: Turn) -> RunView | None:
    """The run whose card the pressed message is, or None when it is a form that has not been handed in."""
    run = await turn.services.memory.run_shown_in(turn.spot.conversation, turn.context.activity.reply_to_id or "")
    return await turn.service.view(run) if run else None


async def _drop_form(turn: Turn, step: Step) -> ActionReply:
    stands = await _run_in_message(turn)
    if stands is not None:
        return _reply_with_card(turn, stands)
    told = f"{render(step.title, turn.locale)} · {render(say('not asked for'), turn.locale)}"
    return ActionReply(card([heading(told)], (), turn.render_context.banner))


async def _open_form(turn: Turn, press: CardAction, step: Step) -> ActionReply:
    """A step's form, filled in with those whom it would help. It is a message of its own: the card with the button stays."""
    if refusal := turn.refusal("ask"):
        return ActionReply(words=refusal)
    view = await turn.service.view(press.run) if press.run else None
    people = "\n".join(_people_for_form(turn, view, step)) if view else ""
    filled = {PEOPLE: people} if people and takes_people(step) else {}
    words = None
    if step.form.model_fields:
        await turn.send(form_card(Draft(step, filled), turn.render_context))
    else:
        words = await _create_run_without_form(turn, step)
    return _reply_with_card(turn, view, words) if view else ActionReply(await _card_in_place(turn), words)


def _people_for_form(turn: Turn, view: RunView, step: Step) -> Sequence[str]:
    """Whom the step would help; or those for whom the run before it has just done its work."""
    if helped := curing_steps(view.other_findings).get(step.name):
        return helped
    about_people = changes_people(turn.services.steps[view.step])
    theirs = about_people and view.state == RunState.VERIFIED and step.name != view.step  # the same step again is for others
    return [row.subject for row in view.changes if row.state == CallState.DONE] if theirs else []


async def _create_run_without_form(turn: Turn, step: Step) -> LocalizedText | None:
    """A step that asks nothing is planned without a form. Words when that was refused."""
    match await submit(turn, Draft(step)):
        case RunView() as view:
            await turn.send_run(view)
        case LocalizedText() as words:
            return words
    return None


async def _card_in_place(turn: Turn) -> Card:
    """The card whose button opened a form: the board, or the help."""
    return await turn.board_here() or help_card(turn.services.steps, turn.render_context)


async def _perform_on_run(turn: Turn, press: CardAction, view: RunView) -> ActionReply:
    if press.verb in ("show", "commands", "list") and (refusal := turn.refusal("look")):
        return ActionReply(words=refusal)
    match press.verb:
        case "show":
            await turn.send_run(view)
            return ActionReply(words=say("Run {run} is shown below.", run=view.id))
        case "list":
            return _reply_with_card(
                turn, view, await turn.services.list_delivery.deliver(turn, view) if turn.services.list_delivery else None
            )
        case "commands":
            await turn.send(commands_card(view, turn.render_context))
            return _reply_with_card(turn, view)
        case "change" if turn.services.steps[view.step].user_startable:
            return ActionReply(form_card(Draft(turn.services.steps[view.step], view.answers, view.problems, view.id), turn.render_context))
        case "form" | "submit" | "drop" | "board":
            return _reply_with_card(turn, view, say("This button belongs to no step."))
    if press.digest is None:
        return _reply_with_card(turn, view, say("This button names no plan, so nothing was done. Here is the run as it is."))
    return await act_on_run(turn, view, press.verb, press.digest, press.typed)


async def act_on_run(turn: Turn, view: RunView, verb: Action, digest: str | None, typed: str = "") -> ActionReply:
    """A verb about a run, pressed or typed: the desk decides. An undo is a run of its own and gets its own card."""
    done = await turn.service.act(view.id, verb, turn.person, digest, typed, turn.spot.conversation)
    if done.ok and done.run not in (None, view.id):
        await turn.send_run(await turn.service.view(done.run) or view)
    return replace(_reply_with_card(turn, done.view or view, done.words), run=view.id, shows_plan=done.shows_plan)


def _reply_with_card(turn: Turn, view: RunView, words: LocalizedText | None = None) -> ActionReply:
    return ActionReply(turn.run_card(view), words, view=view)


UNKNOWN = say("I do not know this button. Type “runs” to see what is going on.")
