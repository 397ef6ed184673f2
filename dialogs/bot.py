"""The bot as the SDK knows it: the one handler of everything that people send."""

from collections.abc import Mapping
from typing import Any

from botbuilder.core import ActivityHandler, ConversationState, InvokeResponse, TurnContext
from botbuilder.dialogs import DialogContext, DialogSet

from bot.views import Person
from dialogs.card_actions import UNKNOWN, ActionReply, perform
from dialogs.cards.simple_cards import help_card
from dialogs.command_parser import phrases
from dialogs.people_files import attached_files
from dialogs.rendering import render, without_angle_brackets
from dialogs.sent import fetch_file_first
from dialogs.step_dialog import TURN, StepDialog
from dialogs.text_commands import handle_line
from dialogs.turn import BotServices, Turn, person_of

CARD, MESSAGE = "application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.activity.message"


class SwitchoverBot(ActivityHandler):
    """A turn never waits for the outside: it asks the desk, answers, and is over."""

    def __init__(self, front: BotServices, state: ConversationState) -> None:
        super().__init__()
        self._front, self._state = front, state
        self._phrases = phrases(list(front.steps.values()))
        self._dialogs = DialogSet(state.create_property("dialogs"))
        for step in front.steps.values():
            if step.user_startable:
                self._dialogs.add(StepDialog(step))

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        who = person_of(turn_context.activity)
        if who is None:
            return  # the adapter has told them
        turn = await self._begin_turn(turn_context, who)
        if attached_files(turn_context.activity) and await fetch_file_first(turn, self.on_turn):
            return
        dc = await self._dialogs.create_context(turn_context)
        value, text = turn_context.activity.value, turn.text
        if isinstance(value, Mapping) and not text:
            await self._act_in_message(turn, dc, value)
        else:
            await handle_line(turn, dc, text, self._phrases)
        await self._state.save_changes(turn_context)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        who, activity = person_of(turn_context.activity), turn_context.activity
        match activity.name:
            case "adaptiveCard/action":
                return await self._act_in_card(turn_context, who)
            case "fileConsent/invoke" if who and self._front.list_delivery:
                turn = await self._begin_turn(turn_context, who)
                if refusal := turn.refusal("look"):
                    await turn.say(refusal)
                else:
                    await self._front.list_delivery.take_consent_answer(turn, activity.value)
                return InvokeResponse(status=200)
        return InvokeResponse(status=501)

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        await self._welcome(turn_context)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Only that the bot itself was added matters: Teams tells it beside the installation, other clients instead of it."""
        activity = turn_context.activity
        if any(member.id == activity.recipient.id for member in activity.members_added or ()):
            await self._welcome(turn_context)

    async def _welcome(self, turn_context: TurnContext) -> None:
        """The board, for whoever may see it; once, however often it is told that the bot was added."""
        who = person_of(turn_context.activity)
        if who is None:
            return
        turn = await self._begin_turn(turn_context, who)
        if not turn.permissions.look:
            await turn.send(help_card(self._front.steps, turn.render_context))
        elif await self._front.memory.board_in(turn.spot.conversation) is None:
            await turn.send_board()

    async def _begin_turn(self, turn_context: TurnContext, person: Person) -> Turn:
        """The turn under which the dialogs find it."""
        turn = turn_context.turn_state[TURN] = Turn(self._front, turn_context, person)
        await turn.begin()
        return turn

    async def _act_in_card(self, turn_context: TurnContext, person: Person | None) -> InvokeResponse:
        data = _action_data(turn_context.activity.value)
        if person is None or data is None:
            return _invoke_response(ActionReply(words=UNKNOWN), turn_context.activity.locale or "en")
        turn = await self._begin_turn(turn_context, person)
        reply = await self._act(turn, await self._dialogs.create_context(turn_context), data)
        await self._state.save_changes(turn_context)
        if reply.card and reply.view:
            await turn.note_run_shown(reply.view)
        if reply.card and reply.words:
            await turn.say(reply.words)
        if reply.run:
            await turn.mark_card_uncertain(reply.run)
        return _invoke_response(reply, turn.locale)

    async def _act_in_message(self, turn: Turn, dc: DialogContext, data: Mapping[str, Any]) -> None:
        """Old clients send a button as a message: the card is then edited by us."""
        reply = await self._act(turn, dc, data)
        if reply.card:
            await turn.replace(reply.card)
        if reply.card and reply.view:
            await turn.note_run_shown(reply.view)
        if reply.words:
            await turn.say(reply.words)
        if reply.run:
            await turn.mark_card_uncertain(reply.run)

    async def _act(self, turn: Turn, dc: DialogContext, data: Mapping[str, Any]) -> ActionReply:
        if data.get("verb") in ("submit", "drop"):
            dc.stack.clear()  # the form is answered here, wherever it was asked
        return await perform(turn, data)


def _action_data(value: object) -> Mapping[str, Any] | None:
    """The data of a pressed Action.Execute; the verb stands beside it."""
    action = value.get("action") if isinstance(value, Mapping) else None
    data = action.get("data") if isinstance(action, Mapping) else None
    return data if isinstance(data, Mapping) else None


def _invoke_response(reply: ActionReply, locale: str) -> InvokeResponse:
    if reply.card:
        return InvokeResponse(status=200, body={"statusCode": 200, "type": CARD, "value": reply.card})
    text = without_angle_brackets(render(reply.words, locale)) if reply.words else ""
    return InvokeResponse(status=200, body={"statusCode": 200, "type": MESSAGE, "value": text})
