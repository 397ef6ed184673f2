"""One turn of a conversation: who speaks, from where, and the few ways to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from botbuilder.core import CardFactory, TurnContext
from botbuilder.schema import ActionTypes, Activity, ActivityTypes, CardAction, SuggestedActions, TextFormatTypes

from bot.i18n import LocalizedText, say
from bot.service import ConversationMemory, RunService
from bot.step import Step
from bot.views import CardMessage, ConversationRef, Permissions, Person, RunView, StatusMessage
from dialogs.cards.board import BOARD, board_card
from dialogs.cards.elements import Card
from dialogs.cards.fingerprint import fingerprint
from dialogs.cards.run import RenderContext, run_card
from dialogs.cards.text_fallback import as_text
from dialogs.channel.mentions import typed_text
from dialogs.command_parser import ParsedCommand
from dialogs.list_delivery import ListDelivery
from dialogs.people_files import PeopleFile, PeopleFileInbox
from dialogs.rendering import render, without_angle_brackets

WITH_CARDS = frozenset({"msteams", "emulator", "webchat"})  # channels whose clients show forms
SUMMARY = 400  # letters of the text that notifications and screen readers get


CHECKING = say("I am checking what you may do here. Please say it again in a moment.")
NOT_ALLOWED = {
    "ask": say("You may not ask for changes here. Whoever runs me can give you the right “ask” in the configuration."),
    "look": say("You may not look at this here. Whoever runs me can give you the right “look” in the configuration."),
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class BotServices:
    """What every turn works with. `announced(run)` has the run's other cards brought up to date, later."""

    service: RunService
    steps: Mapping[str, Step]
    memory: ConversationMemory
    run_changed: Callable[[int], None]
    banner: str = ""
    list_delivery: ListDelivery | None = None  # of long lists
    now: Callable[[], datetime] = _utc_now
    language: str = "en"  # of teams and group chats; people are answered in their own
    inbox: PeopleFileInbox | None = None  # for lists of people


class Turn:
    """One message or button on its way through the house."""

    def __init__(self, services: BotServices, context: TurnContext, person: Person) -> None:
        self.services, self.service, self.context, self.person = services, services.service, context, person
        self.permissions = Permissions(look=None, ask=None)  # until `begin`
        self.text = typed_text(context.activity)
        self.spot = conversation_of(context.activity)
        if self.spot.kind != "personal":
            self.spot = replace(self.spot, locale=services.language)  # what many people read is not in the language of whoever spoke last
        self.command: ParsedCommand | None = None  # what the typed line was taken for, when it answers a form
        self.file: PeopleFile | None = None  # that came with it, or just before
        self.locale = self.spot.locale
        self.has_forms = self.spot.channel in WITH_CARDS
        self.render_context = RenderContext(services.now(), self.locale, services.banner, person.id if self.spot.kind == "personal" else "")

    async def begin(self) -> None:
        """Asks what the person may do: once, whatever the turn brings."""
        self.permissions = await self.service.begin_turn(self.person, self.spot)

    def refusal(self, permission: Literal["look", "ask"]) -> LocalizedText | None:
        """Why the person may not; None when they may."""
        match getattr(self.permissions, permission):
            case None:
                return CHECKING
            case False:
                return NOT_ALLOWED[permission]
        return None

    async def say(self, words: LocalizedText | str, *suggestions: str) -> None:
        """A sentence; `suggestions` are lines that can be picked instead of typed."""
        activity = Activity(
            type=ActivityTypes.message, text=without_angle_brackets(render(words, self.locale)), text_format=TextFormatTypes.plain
        )
        if suggestions:
            picks = [CardAction(type=ActionTypes.im_back, title=line, value=line) for line in suggestions]
            activity.suggested_actions = SuggestedActions(to=[], actions=picks)
        await self.context.send_activity(activity)

    async def send(self, card: Card) -> str:
        """A card as a new message. Returns the message's id."""
        sent = await self.context.send_activity(card_message(card, self.spot.channel))
        return sent.id if sent else ""

    async def replace(self, card: Card) -> None:
        """A card in place of the one whose button was pressed; a new message where that is not known."""
        activity = card_message(card, self.spot.channel)
        activity.id = self.context.activity.reply_to_id
        if activity.id:
            await self.context.update_activity(activity)
        else:
            await self.context.send_activity(activity)

    async def send_run(self, view: RunView) -> None:
        """The run's card as a new message, kept true from now on."""
        card = self.run_card(view)
        message = await self.send(card)
        if message:
            await self._remember_card(view, message, fingerprint(card))

    async def note_run_shown(self, view: RunView) -> None:
        """The run's card stands here. Where its plan is on it, whoever reads it may agree to that."""
        await self.services.memory.note_plan_shown(view, self.spot, self.render_context.viewer)

    async def note_plan_delivered(self, view: RunView, spot: ConversationRef) -> None:
        """Whoever speaks has the whole plan, in their own chat."""
        await self.services.memory.note_plan_shown(view, spot, self.person.id)

    async def send_board(self) -> None:
        """The board as a new message, kept true from now on; how things stand is looked at anew behind the scenes."""
        self.service.refresh_status()
        place = await self._new_board_place("")
        card = await self._board_card(place)
        message = await self.send(card)
        if message:
            await self._remember_board(replace(place, activity=message, shown=fingerprint(card)))

    async def refresh_board_here(self) -> Card | None:
        """A look anew, and the board where the button was. None where it does not stand there: it is then a new message."""
        if not await self._is_in_the_board():
            await self.send_board()
            return None
        self.service.refresh_status()
        place = await self._new_board_place(self.context.activity.reply_to_id)
        await self._remember_board(place)  # that is not sure before it was edited
        return await self._board_card(place)

    async def board_here(self) -> Card | None:
        """The board as it is, when it was there that something was pressed."""
        place = await self.services.memory.board_in(self.spot.conversation)
        if place is None or not await self._is_in_the_board():
            return None
        await self._remember_board(replace(place, shown=""))
        return await self._board_card(place)

    async def _is_in_the_board(self) -> bool:
        """Whether what was pressed is in the message that we know as the board. The client's word alone is not believed."""
        place, pressed = await self.services.memory.board_in(self.spot.conversation), self.context.activity.reply_to_id
        return place is not None and bool(pressed) and place.activity == pressed

    async def _new_board_place(self, activity: str) -> StatusMessage:
        before = await self.services.memory.board_in(self.spot.conversation)
        since = before.asked_at if before else None
        return StatusMessage(self.spot, activity, "", self.render_context.viewer, self.render_context.now.timestamp(), since)

    async def _board_card(self, place: StatusMessage) -> Card:
        return board_card(await self.service.board(), place, self.render_context, self.services.steps)

    async def _remember_board(self, place: StatusMessage) -> None:
        await self.services.memory.remember_board(place)
        self.services.run_changed(BOARD)

    async def replace_form_with_run(self, view: RunView) -> Card | None:
        """The run's card in place of the form whose button was pressed. None where no form can have been: it is then a new message."""
        form = self.context.activity.reply_to_id
        if not form or await self._is_in_the_board():
            await self.send_run(view)
            return None
        await self._remember_card(view, form, "")  # what stands there is not sure before it was edited
        return self.run_card(view)

    async def mark_card_uncertain(self, run: int) -> None:
        """The pressed button's card was answered with; others still see the card from before."""
        await self.services.memory.mark_card_uncertain(self.spot.conversation, self.context.activity.reply_to_id or "")
        self.services.run_changed(run)

    async def _remember_card(self, view: RunView, activity: str, shown: str) -> None:
        """Remembers which message shows the run. It may have moved on meanwhile, so it is announced once more."""
        await self.services.memory.remember_card(CardMessage(view.id, self.spot, activity, shown, self.render_context.viewer), view)
        self.services.run_changed(view.id)

    def run_card(self, view: RunView) -> Card:
        return run_card(view, self.render_context, self.services.steps)


def person_of(activity: Activity) -> Person | None:
    """The directory id of whoever speaks. Names and addresses change and are for display only."""
    sender = activity.from_property
    return Person(sender.aad_object_id.lower(), sender.name or "") if sender and sender.aad_object_id else None


def conversation_of(activity: Activity) -> ConversationRef:
    """Where to post into this conversation again."""
    talk = activity.conversation
    data = activity.channel_data if isinstance(activity.channel_data, dict) else {}
    tenant = data.get("tenant")
    return ConversationRef(
        conversation=talk.id,
        service_url=activity.service_url or "",
        channel=activity.channel_id or "",
        tenant=str(tenant.get("id", "")) if isinstance(tenant, dict) else "",
        bot=activity.recipient.id if activity.recipient else "",
        locale=activity.locale or "en",
        kind=talk.conversation_type or ("groupChat" if talk.is_group else "personal"),
    )


def card_message(card: Card, channel: str = "msteams") -> Activity:
    """A message that is a card. Clients that show cards would show a text above it once more, so there it is only the summary."""
    text = as_text(card)
    return Activity(
        type=ActivityTypes.message,
        attachments=[CardFactory.adaptive_card(card)],
        summary=text[:SUMMARY],
        text=None if channel in WITH_CARDS else text,
        text_format=TextFormatTypes.plain,
    )
