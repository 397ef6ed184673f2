"""What a typed line does: it answers the form that is open, begins a step, is a verb about a run, or only shows something."""

from collections.abc import Sequence

from botbuilder.dialogs import DialogContext

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import Action, RunState, RunView
from dialogs.card_actions import CHECKING, may_not, press_run, pressed
from dialogs.cards.forms import WHO, asked_now, takes_people
from dialogs.cards.run import title
from dialogs.cards.simple_cards import audit_card, help_card, runs_card
from dialogs.command_parser import ParsedCommand, Phrase, understand
from dialogs.contrary import contrary
from dialogs.disambiguation import ask_which
from dialogs.guesses import meant, named_run
from dialogs.people_files import People
from dialogs.sent import ask_what_for, held
from dialogs.step_dialog import dialog_id, draft_in
from dialogs.translations import typed_phrase
from dialogs.turn import Turn

SHOWN = 60  # letters of what is repeated


async def typed(turn: Turn, dc: DialogContext, text: str, known: Sequence[Phrase]) -> None:
    """Does what the line says, or asks what was meant. `known` is all that can be typed."""
    said = understand(text, known)
    before, came = held(turn, said), turn.file
    turn.file = came or before
    if said is None and (came or await _asks_who(turn, dc)) and (word := contrary(text)):
        said = ParsedCommand("doubt", word)
    if said and said.what == "doubt":
        await _not_understood(turn, text, known, said.rest)
    elif came and not (said and said.what == "step"):
        await _file_alone(turn, dc, came, known)
    elif await _is_answer(turn, dc, said):
        turn.said = said
        await dc.continue_dialog()
    elif said is None:
        await _not_understood(turn, text, known)
    else:
        await _obey(turn, dc, said)


async def _file_alone(turn: Turn, dc: DialogContext, file: People, known: Sequence[Phrase]) -> None:
    """It answers the form that is open; else it is asked what it is for."""
    if await _is_answer(turn, dc, None) and takes_people(_step_of(turn, dc)):
        await dc.continue_dialog()
    else:
        await ask_what_for(turn, file, known)


async def _asks_who(turn: Turn, dc: DialogContext) -> bool:
    """Whether what this person types now says who is meant."""
    return await _is_answer(turn, dc, None) and asked_now(draft_in(_step_of(turn, dc), dc.active_dialog.state)) == WHO


def _step_of(turn: Turn, dc: DialogContext) -> Step:
    return turn.front.steps[dc.active_dialog.id.partition("@")[0]]


async def _is_answer(turn: Turn, dc: DialogContext, said: ParsedCommand | None) -> bool:
    """Whether somebody who was asked something now answers it. A whole command is no answer, except the form's own two."""
    if dc.active_dialog is None:
        return False
    if await dc.find_dialog(dc.active_dialog.id) is None:
        dc.stack.clear()
        await turn.say(say("I have learned new questions since that form was opened, so I closed it. Please ask again."))
        return False
    mine = dc.active_dialog.state.get("who") == turn.who.id
    return mine and (said is None or said.what in ("help", "cancel", "nod"))


async def _obey(turn: Turn, dc: DialogContext, said: ParsedCommand) -> None:
    match said.what:
        case "step":
            await _begin(turn, dc, turn.front.steps[said.step], said.rest)
        case "all":
            rest = f"{said.rest[:SHOWN]}…" if len(said.rest) > SHOWN else said.rest
            step = turn.front.steps[said.step]
            await turn.say(say("“{step}” cannot be limited to “{rest}”, so I did nothing.", step=step.title, rest=rest))
        case "verb" if said.run is not None and said.verb not in ("commands", "change"):
            await _verb(turn, said)
        case _:
            refusal = await may_not(turn, "look")
            await (turn.say(refusal) if refusal else _look(turn, said))


async def _begin(turn: Turn, dc: DialogContext, step: Step, text: str) -> None:
    if refusal := await may_not(turn, "ask"):
        await turn.say(refusal)
        return
    if turn.file and not takes_people(step):
        await turn.say(say("“{step}” asks for no people, so I leave “{file}” aside.", step=step.title, file=turn.file.name))
    dc.stack.clear()
    await dc.begin_dialog(dialog_id(step), {"text": text})


async def _verb(turn: Turn, said: ParsedCommand) -> None:
    refusal = await may_not(turn, "look")
    if refusal and refusal != CHECKING:  # a verb is handed in while that is being read
        await turn.say(refusal)
        return
    view = await turn.desk.view(said.run or 0)
    if view is None or said.verb is None:
        await turn.say(say("There is no run {run}.", run=said.run or 0), typed_phrase("runs", turn.locale))
        return
    reply = await press_run(turn, view, said.verb, said.plan or None, said.rest)
    now = await turn.desk.view(view.id) or view
    if reply.shows_plan and refusal:
        await turn.say(refusal)  # whoever may perhaps not look is shown no plan
        return
    if reply.words or said.verb != "undo":  # the card of the undo's own run says enough
        await turn.say(reply.words or _on_its_way(said.verb, now) or title(now, turn.locale))
    if reply.shows_plan:
        await turn.show(now)


def _on_its_way(verb: Action, now: RunView) -> LocalizedText | None:
    """What a verb is about to do that the run's state does not tell yet; None where it does."""
    match verb, now.state:
        case "cancel", RunState.RUNNING | RunState.WAITING_FOR_ADMIN | RunState.VERIFYING | RunState.MONITORING:
            return say("Run {run} is being cancelled: what has begun is ended first. Its card tells.", run=now.id)
        case "pause", RunState.RUNNING:
            return say("Run {run} is about to pause: what has begun is ended first. Its card tells.", run=now.id)
        case "done", _:
            return say("I look whether it shows. The card of run {run} tells.", run=now.id)
    return None


async def _look(turn: Turn, said: ParsedCommand) -> None:
    """Everything that only shows something."""
    match said.what:
        case "help":
            await turn.send(help_card(turn.front.steps, turn.eyes))
        case "where":
            await turn.show_board()
        case "runs":
            await turn.send(runs_card(await turn.desk.recent(), turn.eyes))
        case "which" | "nod":
            await ask_which(turn, said.verbs, said.run)
        case "cancel":
            await ask_which(turn, ("pause", "cancel"))
        case "list":
            await _hand_over(turn, said)
        case "audit":
            await turn.send(audit_card(await turn.desk.audit(said.run), turn.eyes))
        case _:
            await _show(turn, said)


async def _run_of(turn: Turn, said: ParsedCommand) -> RunView | None:
    """The run that is named, or the newest one. It is said where there is none."""
    newest = [view.id for view in await turn.desk.recent(1)] if said.run is None else [said.run]
    view = await turn.desk.view(newest[0]) if newest else None
    if view is None:
        await turn.say(say("There is no such run. Type “runs” to see those that there are."), typed_phrase("runs", turn.locale))
    return view


async def _hand_over(turn: Turn, said: ParsedCommand) -> None:
    view = await _run_of(turn, said)
    if view is not None and turn.front.handing:
        words = await turn.front.handing.hand_over(turn, view)
        if words:
            await turn.say(words)


async def _show(turn: Turn, said: ParsedCommand) -> None:
    view = await _run_of(turn, said)
    if view is None:
        return
    if said.verb is None:
        await turn.show(view)
    else:
        reply = await pressed(turn, {"verb": said.verb, "run": view.id})
        if said.verb == "change" and reply.card:
            await turn.send(reply.card)


async def _not_understood(turn: Turn, text: str, known: Sequence[Phrase], doubtful: str = "") -> None:
    """Offers what was probably meant; else says the word that is in doubt, or shows the run that was spoken of."""
    if lines := meant(text, known):
        await turn.say(say("Did you mean: {lines}?", lines=" · ".join(lines)), *lines)
    elif doubtful:
        await turn.say(
            say(
                "I am not sure how “{word}” is meant here, so I did nothing. "
                "Please say only the step, and behind it whom it is about, by their addresses.",
                word=doubtful,
            )
        )
    elif (run := named_run(text)) and await turn.desk.may(turn.who, "look") and await turn.desk.view(run):
        words = say("I did not understand that, so I did nothing. The card of run {run} shows what can be done.", run=run)
        await turn.say(words, f"{typed_phrase('run', turn.locale)} {run}")
    else:
        words = say("I did not understand that, so I did nothing. Type “help” to see what you can say.")
        await turn.say(words, typed_phrase("help", turn.locale), typed_phrase("where are we", turn.locale))
