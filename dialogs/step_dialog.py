"""The dialog of a step: what is missing is asked on one form, or one question after another, and then the wish is handed in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botbuilder.dialogs import Dialog, DialogContext, DialogTurnResult

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import RunView, takes_people
from dialogs.cards.forms import (
    FILLED,
    Draft,
    current_question,
    fill_from_file,
    form_card,
    form_version,
    open_questions,
    question,
)
from dialogs.people_files import PeopleFile
from dialogs.rendering import guidance
from dialogs.turn import Turn

TURN = "switchover.turn"  # under which the turn travels with the SDK's context


class StepDialog(Dialog):
    """Registered once per step. Its id holds the version of the form: after a change of the questions, old answers fit nothing."""

    def __init__(self, step: Step) -> None:
        super().__init__(dialog_id(step))
        self._step = step

    async def begin_dialog(self, dialog_context: DialogContext, options: object = None) -> DialogTurnResult:
        given: Mapping[str, Any] = options if isinstance(options, Mapping) else {}
        draft = Draft(self._step, given.get("answers", {}), given.get("problems", {}), given.get("run"))
        return await self._ask_or_submit(dialog_context, self._fill(draft, given.get("text", ""), turn_of(dialog_context).file))

    async def continue_dialog(self, dialog_context: DialogContext) -> DialogTurnResult:
        turn, state = turn_of(dialog_context), dialog_context.active_dialog.state
        draft = draft_from_state(self._step, state)
        match turn.command.kind if turn.command else "":
            case "cancel":
                await turn.say(say("All right, nothing was asked for."))
                return await dialog_context.cancel_all_dialogs()
            case "help":
                await turn.say("\n\n".join(guidance(self._step, turn.locale)))
                return await self._ask(dialog_context, draft)
        text = "" if turn.file else turn.text  # what is said beside a file is no answer
        return await self._ask_or_submit(dialog_context, self._fill(draft, text, turn.file))

    def _fill(self, draft: Draft, text: str, file: PeopleFile | None) -> Draft:
        """Typed text answers the question that is asked now. A file says who is meant."""
        if file and takes_people(self._step):
            return fill_from_file(draft, file, text)
        asked = current_question(draft)
        if not text.strip() or asked is None:
            return draft
        problems = {name: word for name, word in draft.problems.items() if name != asked}
        return replace(draft, answers={**draft.answers, asked: text.strip()}, problems=problems)

    async def _ask_or_submit(self, dc: DialogContext, draft: Draft) -> DialogTurnResult:
        if open_questions(draft):
            return await self._ask(dc, draft)
        turn = turn_of(dc)
        match await submit(turn, draft):
            case RunView() as view:
                await turn.send_run(view)
            case Draft() as wrong:
                return await self._ask(dc, wrong)
            case words:
                await turn.say(words)
        return await dc.end_dialog()

    async def _ask(self, dc: DialogContext, draft: Draft) -> DialogTurnResult:
        turn = turn_of(dc)
        small = {name: text for name, text in draft.answers.items() if len(text) <= FILLED}
        dc.active_dialog.state = {"who": turn.person.id, "answers": small, "problems": dict(draft.problems), "run": draft.run}
        if turn.has_forms:
            await turn.send(form_card(draft, turn.render_context))
        else:
            await turn.say(question(draft, next(iter(open_questions(draft))), turn.locale))
        return Dialog.end_of_turn


async def submit(turn: Turn, draft: Draft) -> RunView | Draft | LocalizedText:
    """Hands the wish in: a new run, or the form with a word beside what is wrong, or the reason why not."""
    try:
        pressed = await turn.service.create_run(draft.step.name, dict(draft.answers), turn.person, turn.spot)
    except InvalidAnswers as wrong:
        return replace(draft, problems=wrong.problems)
    return pressed.view or pressed.words or say("That was not taken; nothing was done.")


def draft_from_state(step: Step, state: Mapping[str, Any]) -> Draft:
    """The form as a dialog's state keeps it."""
    return Draft(step, state["answers"], state["problems"], state["run"])


def dialog_id(step: Step) -> str:
    return f"{step.name}@{form_version(step)}"


def turn_of(dc: DialogContext) -> Turn:
    turn: Turn = dc.context.turn_state[TURN]
    return turn
