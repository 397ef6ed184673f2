"""What a typed line does: it answers the form that is open, begins a step, is a verb about a run, or only shows something."""

from collections.abc import Sequence

from botbuilder.dialogs import DialogContext

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import PEOPLE, Action, RunState, RunView, takes_people
from dialogs.card_actions import act_on_run, perform
from dialogs.cards.forms import current_question
from dialogs.cards.run import title
from dialogs.cards.simple_cards import audit_card, help_card, runs_card
from dialogs.command_parser import ParsedCommand, Phrase, parse
from dialogs.contrary import contrary_word
from dialogs.disambiguation import ask_which_run
from dialogs.guesses import likely_lines, run_number_in
from dialogs.people_files import PeopleFile
from dialogs.sent import ask_what_for
from dialogs.step_dialog import dialog_id, draft_from_state
from dialogs.translations import typed_phrase
from dialogs.turn import CHECKING, Turn

SHOWN = 60  # letters of what is repeated


async def handle_line(turn: Turn, dc: DialogContext, text: str, known: Sequence[Phrase]) -> None:
    """Does what the line says, or asks what was meant. `known` is all that can be typed."""
    said = parse(text, known)
    before, came = _take_waiting_file(turn, said), turn.file
    turn.file = came or before
    if said is None and (came or await _asks_for_people(turn, dc)) and (word := contrary_word(text)):
        said = ParsedCommand("doubt", word)
    if said and said.kind == "doubt":
        await _suggest(turn, text, known, said.rest)
    elif came and not (said and said.kind == "step"):
        await _take_file(turn, dc, came, known)
    elif await _is_answer(turn, dc, said):
        turn.command = said
        await dc.continue_dialog()
    elif said is None:
        await _suggest(turn, text, known)
    else:
        await _handle_command(turn, dc, said)


def _take_waiting_file(turn: Turn, said: ParsedCommand | None) -> PeopleFile | None:
    """The file that came just before, when now its step is named. Whatever else is said lets go of it."""
    kept = turn.services.inbox.take(turn.person.id) if turn.services.inbox else None
    return kept if said and said.kind == "step" and not said.rest else None


async def _take_file(turn: Turn, dc: DialogContext, file: PeopleFile, known: Sequence[Phrase]) -> None:
    """It answers the form that is open; else it is asked what it is for."""
    if await _is_answer(turn, dc, None) and takes_people(_step_of(turn, dc)):
        await dc.continue_dialog()
    else:
        await ask_what_for(turn, file, known)


async def _asks_for_people(turn: Turn, dc: DialogContext) -> bool:
    """Whether what this person types now says who is meant."""
    return await _is_answer(turn, dc, None) and current_question(draft_from_state(_step_of(turn, dc), dc.active_dialog.state)) == PEOPLE


def _step_of(turn: Turn, dc: DialogContext) -> Step:
    return turn.services.steps[dc.active_dialog.id.partition("@")[0]]


async def _is_answer(turn: Turn, dc: DialogContext, said: ParsedCommand | None) -> bool:
    """Whether somebody who was asked something now answers it. A whole command is no answer, except the form's own two."""
    if dc.active_dialog is None:
        return False
    if await dc.find_dialog(dc.active_dialog.id) is None:
        dc.stack.clear()
        await turn.say(say("I have learned new questions since that form was opened, so I closed it. Please ask again."))
        return False
    mine = dc.active_dialog.state.get("who") == turn.person.id
    return mine and (said is None or said.kind in ("help", "cancel", "nod"))


async def _handle_command(turn: Turn, dc: DialogContext, said: ParsedCommand) -> None:
    match said.kind:
        case "step":
            await _begin_step(turn, dc, turn.services.steps[said.step], said.rest)
        case "all":
            rest = f"{said.rest[:SHOWN]}…" if len(said.rest) > SHOWN else said.rest
            step = turn.services.steps[said.step]
            await turn.say(say("“{step}” cannot be limited to “{rest}”, so I did nothing.", step=step.title, rest=rest))
        case "verb" if said.run is not None and said.action not in ("commands", "change"):
            await _act(turn, said)
        case _:
            refusal = turn.refusal("look")
            await (turn.say(refusal) if refusal else _show_something(turn, said))


async def _begin_step(turn: Turn, dc: DialogContext, step: Step, text: str) -> None:
    if refusal := turn.refusal("ask"):
        await turn.say(refusal)
        return
    if turn.file and not takes_people(step):
        await turn.say(say("“{step}” asks for no people, so I leave “{file}” aside.", step=step.title, file=turn.file.name))
    dc.stack.clear()
    await dc.begin_dialog(dialog_id(step), {"text": text})


async def _act(turn: Turn, said: ParsedCommand) -> None:
    refusal = turn.refusal("look")
    if refusal and refusal != CHECKING:  # a verb is handed in while that is being read
        await turn.say(refusal)
        return
    view = await turn.service.view(said.run or 0)
    if view is None or said.action is None:
        await turn.say(say("There is no run {run}.", run=said.run or 0), typed_phrase("runs", turn.locale))
        return
    reply = await act_on_run(turn, view, said.action, said.plan or None, said.rest)
    now = await turn.service.view(view.id) or view
    if reply.shows_plan and refusal:
        await turn.say(refusal)  # whoever may perhaps not look is shown no plan
        return
    if reply.words or said.action != "undo":  # the card of the undo's own run says enough
        await turn.say(reply.words or _about_to_happen(said.action, now) or title(now, turn.locale))
    if reply.shows_plan:
        await turn.send_run(now)


def _about_to_happen(verb: Action, now: RunView) -> LocalizedText | None:
    """What a verb is about to do that the run's state does not tell yet; None where it does."""
    match verb, now.state:
        case "cancel", RunState.RUNNING | RunState.WAITING_FOR_ADMIN | RunState.VERIFYING | RunState.MONITORING:
            return say("Run {run} is being cancelled: what has begun is ended first. Its card tells.", run=now.id)
        case "pause", RunState.RUNNING:
            return say("Run {run} is about to pause: what has begun is ended first. Its card tells.", run=now.id)
        case "done", _:
            return say("I look whether it shows. The card of run {run} tells.", run=now.id)
    return None


async def _show_something(turn: Turn, said: ParsedCommand) -> None:
    """Everything that only shows something."""
    match said.kind:
        case "help":
            await turn.send(help_card(turn.services.steps, turn.render_context))
        case "where":
            await turn.send_board()
        case "runs":
            await turn.send(runs_card(await turn.service.recent(), turn.render_context))
        case "which" | "nod":
            await ask_which_run(turn, said.actions, said.run)
        case "cancel":
            await ask_which_run(turn, ("pause", "cancel"))
        case "list":
            await _deliver_lists(turn, said)
        case "audit":
            await turn.send(audit_card(await turn.service.audit(said.run), turn.render_context))
        case _:
            await _show_run(turn, said)


async def _run_of(turn: Turn, said: ParsedCommand) -> RunView | None:
    """The run that is named, or the newest one. It is said where there is none."""
    newest = [view.id for view in await turn.service.recent(1)] if said.run is None else [said.run]
    view = await turn.service.view(newest[0]) if newest else None
    if view is None:
        await turn.say(say("There is no such run. Type “runs” to see those that there are."), typed_phrase("runs", turn.locale))
    return view


async def _deliver_lists(turn: Turn, said: ParsedCommand) -> None:
    view = await _run_of(turn, said)
    if view is not None and turn.services.list_delivery:
        words = await turn.services.list_delivery.deliver(turn, view)
        if words:
            await turn.say(words)


async def _show_run(turn: Turn, said: ParsedCommand) -> None:
    view = await _run_of(turn, said)
    if view is None:
        return
    if said.action is None:
        await turn.send_run(view)
    else:
        reply = await perform(turn, {"verb": said.action, "run": view.id})
        if said.action == "change" and reply.card:
            await turn.send(reply.card)


async def _suggest(turn: Turn, text: str, known: Sequence[Phrase], doubtful: str = "") -> None:
    """Offers what was probably meant; else says the word that is in doubt, or shows the run that was spoken of."""
    if lines := likely_lines(text, known):
        await turn.say(say("Did you mean: {lines}?", lines=" · ".join(lines)), *lines)
    elif doubtful:
        await turn.say(
            say(
                "I am not sure how “{word}” is meant here, so I did nothing. "
                "Please say only the step, and behind it whom it is about, by their addresses.",
                word=doubtful,
            )
        )
    elif (run := run_number_in(text)) and turn.permissions.look and await turn.service.view(run):
        words = say("I did not understand that, so I did nothing. The card of run {run} shows what can be done.", run=run)
        await turn.say(words, f"{typed_phrase('run', turn.locale)} {run}")
    else:
        words = say("I did not understand that, so I did nothing. Type “help” to see what you can say.")
        await turn.say(words, typed_phrase("help", turn.locale), typed_phrase("where are we", turn.locale))
