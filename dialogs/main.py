"""What a message or a button means: the one handler of everything that people send."""

from collections.abc import Mapping
from typing import Any

from botbuilder.core import ActivityHandler, ConversationState, InvokeResponse, TurnContext
from botbuilder.dialogs import DialogContext, DialogSet

from bot.ledger import board, cards
from bot.say import say
from bot.step import Step
from dialogs.ask import TURN, StepDialog, dialog_id
from dialogs.cards.forms import takes_people
from dialogs.cards.lists import audit_card, help_card, runs_card
from dialogs.cards.run import title
from dialogs.inbox import People
from dialogs.pressed import Reply, may_not, press_run, pressed
from dialogs.sent import ask_what_for, held, is_put_off
from dialogs.text import plain, render
from dialogs.turn import Front, Turn, person_of
from dialogs.words import Said, meant, phrases, understand

ACTION, FILE = "adaptiveCard/action", "fileConsent/invoke"
CARD, MESSAGE = "application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.activity.message"


class Talk(ActivityHandler):
    """The bot as the SDK knows it. A turn never waits for the outside: it asks the desk, answers, and is over."""

    def __init__(self, front: Front, state: ConversationState) -> None:
        super().__init__()
        self._front, self._state = front, state
        self._heard: dict[str, str] = {}  # conversation -> service URL
        self._phrases = phrases(list(front.steps.values()))
        self._dialogs = DialogSet(state.create_property("dialogs"))
        for step in front.steps.values():
            if step.offered:
                self._dialogs.add(StepDialog(step))

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        who = person_of(turn_context.activity)
        if who is None:
            return  # the adapter has told them
        turn = turn_context.turn_state[TURN] = Turn(self._front, turn_context, who)
        await self._reachable(turn)
        if await is_put_off(turn, self.on_turn):
            return
        dc = await self._dialogs.create_context(turn_context)
        value, text = turn_context.activity.value, _typed(turn_context)
        if isinstance(value, Mapping) and not text:
            await self._pressed_in_message(turn, dc, value)
        else:
            await self._typed(turn, dc, text)
        await self._state.save_changes(turn_context)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        who, data = person_of(turn_context.activity), _action(turn_context.activity.value)
        if who and turn_context.activity.name == FILE and self._front.handing:
            turn = Turn(self._front, turn_context, who)
            if refusal := await may_not(turn, "look"):
                await turn.say(refusal)
            else:
                await self._front.handing.answered(turn, turn_context.activity.value)
            return InvokeResponse(status=200)
        if turn_context.activity.name != ACTION:
            return InvokeResponse(status=501)
        if who is None or data is None:
            return _shown(
                Reply(words=say("I do not know this button. Type “runs” to see what is going on.")), turn_context.activity.locale or "en"
            )
        turn = turn_context.turn_state[TURN] = Turn(self._front, turn_context, who)
        await self._reachable(turn)
        dc = await self._dialogs.create_context(turn_context)
        reply = await self._pressed(turn, dc, data)
        await self._state.save_changes(turn_context)
        if reply.card and reply.words:
            await turn.say(reply.words)
        if reply.run:
            await turn.unsure(reply.run)
        return _shown(reply, turn.locale)

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
        turn = Turn(self._front, turn_context, who)
        if not await turn.desk.may(who, "look"):
            await turn.send(help_card(self._front.steps, turn.eyes))
        elif await self._front.ledger(board.at, turn.spot.conversation) is None:
            await turn.show_board()

    async def _reachable(self, turn: Turn) -> None:
        """The service URL of a conversation can change; its cards are edited at the newest."""
        if self._heard.get(turn.spot.conversation) != turn.spot.service_url:
            self._heard[turn.spot.conversation] = turn.spot.service_url
            await self._front.ledger(cards.moved, turn.spot)

    async def _pressed_in_message(self, turn: Turn, dc: DialogContext, data: Mapping[str, Any]) -> None:
        """Old clients send a button as a message: the card is then edited by us."""
        reply = await self._pressed(turn, dc, data)
        if reply.card:
            await turn.replace(reply.card)
        if reply.words:
            await turn.say(reply.words)
        if reply.run:
            await turn.unsure(reply.run)

    async def _pressed(self, turn: Turn, dc: DialogContext, data: Mapping[str, Any]) -> Reply:
        if data.get("verb") in ("submit", "drop"):
            dc.stack.clear()  # the form is answered here, wherever it was asked
        return await pressed(turn, data)

    async def _typed(self, turn: Turn, dc: DialogContext, text: str) -> None:
        said = understand(text, self._phrases)
        before, came = held(turn, said), turn.file
        turn.file = came or before
        if came and not (said and said.what == "step"):
            await self._file_alone(turn, dc, came)
        elif await self._is_answer(turn, dc, said):
            turn.said = said
            await dc.continue_dialog()
        elif said is None:
            await self._not_understood(turn, text)
        else:
            await self._obey(turn, dc, said)

    async def _file_alone(self, turn: Turn, dc: DialogContext, file: People) -> None:
        """It answers the form that is open; else it is asked what it is for."""
        if await self._is_answer(turn, dc, None) and takes_people(self._step_of(dc)):
            await dc.continue_dialog()
        else:
            await ask_what_for(turn, file, self._phrases)

    def _step_of(self, dc: DialogContext) -> Step:
        return self._front.steps[dc.active_dialog.id.partition("@")[0]]

    async def _is_answer(self, turn: Turn, dc: DialogContext, said: Said | None) -> bool:
        """Whether somebody who was asked something now answers it. A whole command is no answer, except the form's own two."""
        if dc.active_dialog is None:
            return False
        if await dc.find_dialog(dc.active_dialog.id) is None:
            dc.stack.clear()
            await turn.say(say("I have learned new questions since that form was opened, so I closed it. Please ask again."))
            return False
        mine = dc.active_dialog.state.get("who") == turn.who.id
        return mine and (said is None or said.what in ("help", "cancel"))

    async def _obey(self, turn: Turn, dc: DialogContext, said: Said) -> None:
        match said.what:
            case "step":
                await self._begin(turn, dc, self._front.steps[said.step], said.rest)
            case "verb" if said.run is not None and said.verb not in ("commands", "change"):
                await self._verb(turn, said)
            case "cancel":
                await turn.say(say("Nothing is being asked at the moment. A run is cancelled with “cancel run 7”."))
            case _:
                refusal = await may_not(turn, "look")
                await (turn.say(refusal) if refusal else self._look(turn, said))

    async def _begin(self, turn: Turn, dc: DialogContext, step: Step, text: str) -> None:
        if refusal := await may_not(turn, "ask"):
            await turn.say(refusal)
            return
        if turn.file and not takes_people(step):
            await turn.say(say("“{step}” asks for no people, so I leave “{file}” aside.", step=step.title, file=turn.file.name))
        dc.stack.clear()
        await dc.begin_dialog(dialog_id(step), {"text": text})

    async def _verb(self, turn: Turn, said: Said) -> None:
        view = await turn.desk.view(said.run or 0)
        if view is None or said.verb is None:
            await turn.say(say("There is no run {run}.", run=said.run or 0))
            return
        reply = await press_run(turn, view, said.verb, None, said.rest)
        now = await turn.desk.view(view.id) or view
        if reply.words or said.verb != "undo":  # the card of the undo's own run says enough
            await turn.say(reply.words or title(now, turn.locale))

    async def _look(self, turn: Turn, said: Said) -> None:
        """Everything that only shows something."""
        match said.what:
            case "help":
                await turn.send(help_card(self._front.steps, turn.eyes))
            case "where":
                await turn.show_board()
            case "runs":
                await turn.send(runs_card(await turn.desk.recent(), turn.eyes))
            case "audit":
                await turn.send(audit_card(await turn.desk.audit(said.run), turn.eyes))
            case _:
                await self._show(turn, said)

    async def _show(self, turn: Turn, said: Said) -> None:
        newest = [view.id for view in await turn.desk.recent(1)] if said.run is None else [said.run]
        view = await turn.desk.view(newest[0]) if newest else None
        if view is None:
            await turn.say(say("There is no such run. Type “runs” to see those that there are."))
        elif said.verb is None:
            await turn.show(view)
        else:
            reply = await pressed(turn, {"verb": said.verb, "run": view.id})
            if said.verb == "change" and reply.card:
                await turn.send(reply.card)

    async def _not_understood(self, turn: Turn, text: str) -> None:
        lines = meant(text, self._phrases)
        if lines:
            await turn.say(say("Did you mean: {lines}?", lines=" · ".join(lines)), *lines)
        else:
            await turn.say(say("I did not understand that, so I did nothing. Type “help” to see what you can say."), "help")


def _typed(context: TurnContext) -> str:
    if not context.activity.text:
        return ""
    return (TurnContext.remove_recipient_mention(context.activity) or "").replace("\xa0", " ").strip()


def _action(value: object) -> Mapping[str, Any] | None:
    """The data of a pressed Action.Execute; the verb stands beside it."""
    action = value.get("action") if isinstance(value, Mapping) else None
    data = action.get("data") if isinstance(action, Mapping) else None
    return data if isinstance(data, Mapping) else None


def _shown(reply: Reply, locale: str) -> InvokeResponse:
    if reply.card:
        return InvokeResponse(status=200, body={"statusCode": 200, "type": CARD, "value": reply.card})
    text = plain(render(reply.words, locale)) if reply.words else ""
    return InvokeResponse(status=200, body={"statusCode": 200, "type": MESSAGE, "value": text})
