"""Handing lists over: who may have them, where they go, and what happens when somebody agrees to a file."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from botbuilder.schema import Activity, ActivityTypes, TextFormatTypes

from bot.errors import GatewayError, reason_of
from bot.i18n import LocalizedText, say
from bot.service import describe_error
from bot.views import ConversationRef, RunView
from dialogs.channel.turn_lock import run_beside
from dialogs.files import FileOffer, ReportFile, ReportFolder, Uploads, UploadTarget, parse_answer, report_files_of
from dialogs.rendering import render, without_angle_brackets
from dialogs.whole_plan import find_plan_file, write_plan

if TYPE_CHECKING:
    from dialogs.turn import Turn

log = logging.getLogger(__name__)
GONE = say("There is no list of this run any more. Ask for it once more.")
EXPIRED = ("401", "403", "404", "410")  # the store's answers to an address that is good no more


class MessagePoster(Protocol):
    """What writes outside of a turn. Raises `GatewayError` when it could not."""

    async def post(self, spot: ConversationRef, activity: Activity, *, again: bool = False) -> str: ...

    async def to_person(
        self, near: ConversationRef, user: str, activity: Activity, *, again: bool = False
    ) -> tuple[ConversationRef, str]: ...


@dataclass(frozen=True)
class ListDelivery:
    """Where the lists are, how they are handed over here, and what sends."""

    report_files: ReportFolder
    offer: FileOffer
    sender: MessagePoster
    uploads: Uploads | None = None

    async def deliver(self, turn: "Turn", view: RunView) -> LocalizedText | None:
        """The whole plan of this run and all its lists, for the eyes of whoever asked.

        Returns a word where they went elsewhere, or why there are none.
        """
        eyes = replace(turn.render_context, locale=turn.context.activity.locale or turn.locale)  # it is for one person, wherever they ask
        lists = [*await asyncio.to_thread(write_plan, self.report_files, view, eyes), *report_files_of(view, self.report_files.path)]
        if not lists:
            return GONE
        messages = self.offer.offer(lists, eyes.locale)
        if turn.spot.kind != "personal":
            run_beside(self._deliver_personally(turn, view, messages))
            return say("The lists are sent to you personally.")
        try:
            for message in messages:
                await turn.context.send_activity(message)
            if not self.offer.asks:
                await turn.note_plan_delivered(view, turn.spot)
        except GatewayError as trouble:
            return say(
                "Teams does not take files from me here ({why}). Whoever runs me finds the lists beside my records.",
                why=describe_error(trouble),
            )
        return None

    async def take_consent_answer(self, turn: "Turn", value: object) -> None:
        """Somebody has agreed to a file, or not. It is stored beside the turn: that may take longer than Teams waits."""
        answer = parse_answer(value)
        if answer is not None and answer.action == "decline":
            again = say("All right, the list was not stored. “list run {run}” offers it again.", run=answer.context.run)
            await turn.say(again)
        if answer is None or answer.action != "accept" or answer.upload_info is None or self.uploads is None:
            return
        view = await turn.service.view(answer.context.run)
        one = self._file_named(view, answer.context.list) if view else None
        if view and one:
            run_beside(self._upload(turn, self.uploads, one, answer.upload_info, view))
        else:
            await turn.say(GONE)

    def _file_named(self, view: RunView, name: str) -> ReportFile | None:
        """The list that the client names, if it is one of this run."""
        ours = find_plan_file(self.report_files, view.id, name)
        return ours or next((one for one in report_files_of(view, self.report_files.path) if one.name == name), None)

    async def _deliver_personally(self, turn: "Turn", view: RunView, messages: Sequence[Activity]) -> None:
        """What does not reach them there is told where they asked."""
        spot = turn.spot
        try:
            for message in messages:
                spot, _ = await self.sender.to_person(turn.spot, turn.context.activity.from_property.id, message)
            if not self.offer.asks:
                await turn.note_plan_delivered(view, spot)
        except GatewayError as trouble:
            log.warning("lists not sent: %s", trouble)
            why = say(
                "The lists of run {run} did not reach you: {why}. Ask for them in our own chat.", run=view.id, why=describe_error(trouble)
            )
            await self._post(turn.spot, _text_message(why, turn.locale))

    async def _upload(self, turn: "Turn", uploads: Uploads, one: ReportFile, place: UploadTarget, view: RunView) -> None:
        try:
            told = await uploads.upload(one, place)
            if view.fingerprint and f"plan-{view.fingerprint}" in one.name:
                await turn.note_plan_delivered(view, turn.spot)
        except (GatewayError, OSError) as trouble:
            told = _text_message(_upload_failure(one, trouble), turn.spot.locale)
        await self._post(turn.spot, told)

    async def _post(self, spot: ConversationRef, told: Activity) -> None:
        try:
            await self.sender.post(spot, told)
        except GatewayError as trouble:
            log.warning("not told about a list: %s", trouble)


def _text_message(words: LocalizedText, locale: str) -> Activity:
    return Activity(type=ActivityTypes.message, text=without_angle_brackets(render(words, locale)), text_format=TextFormatTypes.plain)


def _upload_failure(one: ReportFile, trouble: Exception) -> LocalizedText:
    why = describe_error(trouble) if isinstance(trouble, GatewayError) else reason_of(trouble)
    if isinstance(trouble, GatewayError) and trouble.code in EXPIRED:
        return say(
            "The file could not be stored: {why}. Perhaps the place that Teams had given for it is no longer good:"
            " “list run {run}” asks for a new one.",
            why=why,
            run=one.run,
        )
    return say("The file could not be stored: {why}", why=why)
