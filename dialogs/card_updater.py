"""Cards kept true and channel posts out: what a run looks like now, everywhere it is shown."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from botbuilder.schema import Activity

from bot.errors import Refused
from bot.service import ConversationMemory, RunService
from bot.step import Step
from bot.views import Board, CardMessage, ConversationRef, RunState, RunView, StatusMessage
from dialogs.cards.board import BOARD, board_card
from dialogs.cards.channel_posts import due_posts
from dialogs.cards.elements import Card
from dialogs.cards.fingerprint import fingerprint
from dialogs.cards.forms import Draft, form_card
from dialogs.cards.run import RenderContext, run_card
from dialogs.channel.turn_lock import run_beside
from dialogs.turn import card_message

log = logging.getLogger(__name__)
ANSWER_TAKES = 1.0  # seconds in which the answer to a button has surely reached the client; an edit must not overtake it
OFFERING = 5  # runs whose cards may offer another next step once everything was looked at
RECENT = 50  # runs whose cards are looked at after a restart


class MessageSender(Protocol):
    """What sends: in order, within the channel's limits. Raises `GatewayError` when it could not."""

    async def edit(self, spot: ConversationRef, message: str, activity: Activity) -> None:
        """Returns when this card, or a newer one for the same message, is up."""

    async def post_to_channel(self, channel: ConversationRef, activity: Activity, *, again: bool = False) -> tuple[ConversationRef, str]:
        """A new post. Returns where it stands and its id. `again`: a second arrival does less harm than none."""


@dataclass(frozen=True)
class RenderSettings:
    """How cards are made when nobody in particular asked: the steps, the configured word, the team channel, the clock."""

    steps: Mapping[str, Step]
    now: Callable[[], datetime]
    channel: str = ""  # id of the team channel; none when empty
    banner: str = ""
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    language: str = "en"  # of the team channel


class Retries(Protocol):
    """Says when work that has failed is tried again: `bot.supervision.Supervisor`."""

    def record_failure(self, name: str, error: BaseException) -> float: ...

    def forget(self, name: str) -> None: ...


class CardUpdater:
    """Brings a run's cards up to date whenever somebody says that it has changed. Many calls in a row become one edit."""

    def __init__(
        self,
        service: RunService,
        memory: ConversationMemory,
        sender: MessageSender,
        settings: RenderSettings,
        retries: Retries,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service, self._memory, self._sender, self._settings = service, memory, sender, settings
        self._retries, self._monotonic = retries, monotonic
        self._changed: set[int] = set()
        self._behind: dict[int, float] = {}  # by run: since when (`monotonic`) something of it is not shown yet
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._tried_again: dict[int, asyncio.TimerHandle] = {}
        self._is_closed = False

    def run_changed(self, run: int) -> None:
        """The run has changed. Returns at once."""
        self._changed.add(run)
        self._behind.setdefault(run, self._monotonic())
        if timer := self._tried_again.pop(run, None):
            timer.cancel()
        if run not in self._at_work and not self._is_closed:
            self._at_work[run] = run_beside(self._update_until_shown(run))

    async def refresh(self) -> None:
        """After a restart: every card that may be behind."""
        for view in await self._service.recent(RECENT):
            self.run_changed(view.id)
        self.run_changed(BOARD)

    async def wait_until_shown(self) -> None:
        """Returns when everything that was announced is shown, or could not be and is tried again later."""
        while self._at_work:
            await asyncio.wait(self._at_work.values())

    def close(self) -> None:
        """What is not shown yet is shown after the next start."""
        self._is_closed = True
        for task in self._at_work.values():
            task.cancel()
        for timer in self._tried_again.values():
            timer.cancel()

    def seconds_behind(self) -> list[float]:
        """For how many seconds each run that has changed is not shown everywhere as it is."""
        return [self._monotonic() - since for since in self._behind.values()]

    async def _update_until_shown(self, run: int) -> None:
        name = "the board's cards" if run == BOARD else f"cards and posts of run {run}"
        try:
            while run in self._changed:
                self._changed.discard(run)
                await self._update_run(run)
        except Exception as error:
            self._changed.add(run)
            again = self._retries.record_failure(name, error)
            self._tried_again[run] = asyncio.get_running_loop().call_later(again, self.run_changed, run)
        else:
            del self._behind[run]
            self._retries.forget(name)
        finally:
            del self._at_work[run]

    async def _update_run(self, run: int) -> None:
        if run == BOARD:
            await self._update_boards()
            return
        view = await self._service.view(run)
        if view is None:
            return
        places = await self._memory.cards_of(run)
        edits = [self._update_card(view, place) for place in places]
        near = places or (await self._memory.cards_of(view.follows) if view.follows else [])
        posts = [self._post_to_channel(view, near[0].conversation)] if self._settings.channel and near else []
        await _send_all(*edits, *posts)

    async def _update_boards(self) -> None:
        """Its cards, and those of runs that end with the next thing to do."""
        known = await self._service.board()
        await _send_all(*(self._update_board(known, place) for place in await self._memory.boards()))
        if not known.is_refreshing:
            for view in await self._service.recent(OFFERING):
                self.run_changed(view.id)

    async def _update_board(self, known: Board, place: StatusMessage) -> None:
        if not place.shown:
            await self._settings.wait(ANSWER_TAKES)
            known = await self._service.board()
        await self._edit_message(place, board_card(known, place, self._render_context(place), self._settings.steps))

    def _render_context(self, place: CardMessage | StatusMessage) -> RenderContext:
        return RenderContext(self._settings.now(), place.conversation.locale, self._settings.banner, place.person)

    async def _update_card(self, view: RunView, place: CardMessage) -> None:
        if not place.shown:
            await self._settings.wait(ANSWER_TAKES)
            view = await self._service.view(view.id) or view
        card = self._card(view, place)
        # before it is sent: whoever reads it may press at once
        noted = fingerprint(card) != place.shown and await self._memory.note_plan_shown(view, place.conversation, place.person)
        stands = False
        try:
            if stands := await self._edit_message(place, card):
                await self._memory.card_edited(place, fingerprint(card))
        finally:
            if noted and not stands:
                await self._memory.forget_plan_shown(view, place.conversation, place.person)

    async def _edit_message(self, place: CardMessage | StatusMessage, card: Card) -> bool:
        """Only when it would look different. What is refused is sent at the next change or restart.

        Returns whether it stands. Raises when it did not arrive.
        """
        if fingerprint(card) == place.shown:
            return True
        try:
            await self._sender.edit(place.conversation, place.activity, card_message(card, place.conversation.channel))
        except Refused as trouble:
            log.warning("card %s in %s not edited: %s", place.activity, place.conversation.conversation, trouble)
            return False
        return True

    async def _post_to_channel(self, view: RunView, near: ConversationRef) -> None:
        channel = replace(near, conversation=self._settings.channel, kind="channel", locale=self._settings.language)
        eyes = RenderContext(self._settings.now(), channel.locale, self._settings.banner)
        newest = next(iter(await self._service.audit(limit=1)), None)
        for post in due_posts(view, await self._memory.posts_of(view.id), eyes, self._settings.steps, newest):
            noted, stands = post.is_kept_up_to_date and await self._memory.note_plan_shown(view, channel, ""), False
            try:
                spot, activity = await self._sender.post_to_channel(channel, card_message(post.card, near.channel), again=True)
                stands = True
            except Refused as trouble:
                log.warning("run %s not posted to the channel: %s", view.id, trouble)
                return
            finally:
                if noted and not stands:
                    await self._memory.forget_plan_shown(view, channel, "")
            card = CardMessage(view.id, spot, activity, fingerprint(post.card)) if post.is_kept_up_to_date else None
            await self._memory.remember_post(view.id, post.name, card)

    def _card(self, view: RunView, place: CardMessage) -> Card:
        """The run's card; the form again, with words beside the fields, where an answer turned out to be wrong."""
        eyes = self._render_context(place)
        step = self._settings.steps[view.step]
        if view.state == RunState.CANCELLED and view.problems and step.user_startable:
            return form_card(Draft(step, view.answers, view.problems, view.id), eyes)
        return run_card(view, eyes, self._settings.steps)


async def _send_all(*sent: Coroutine[Any, Any, None]) -> None:
    """All of them, whatever becomes of one; raises the first error."""
    for outcome in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
