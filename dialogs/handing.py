"""Handing lists over: who may have them, where they go, and what happens when somebody agrees to a file."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botbuilder.schema import Activity, ActivityTypes, TextFormatTypes

from bot.causes import in_words
from bot.errors import Trouble
from bot.evidence import reason_of
from bot.say import Say, say
from bot.view import RunView, Spot
from dialogs.channel.turns import aside
from dialogs.files import Files, Find, Listed, Place, Uploads, answer_of, listed
from dialogs.text import plain, render

if TYPE_CHECKING:
    from dialogs.turn import Turn

log = logging.getLogger(__name__)
GONE = say("There is no list of this run any more. Ask for it once more.")
EXPIRED = ("401", "403", "404", "410")  # the store's answers to an address that is good no more


class Posting(Protocol):
    """What writes outside of a turn. Raises `Trouble` when it could not."""

    async def post(self, spot: Spot, activity: Activity, *, again: bool = False) -> str: ...

    async def to_person(self, near: Spot, user: str, activity: Activity, *, again: bool = False) -> tuple[Spot, str]: ...


@dataclass(frozen=True)
class Handing:
    """Where the lists are, how they are handed over here, and what sends."""

    find: Find
    files: Files
    posting: Posting
    uploads: Uploads | None = None

    async def hand_over(self, turn: "Turn", view: RunView) -> Say | None:
        """All lists of this run, for the eyes of whoever asked. Returns a word where they went elsewhere, or why there are none."""
        lists = listed(view, self.find)
        if not lists:
            return GONE
        messages = self.files.offered(lists, turn.locale)
        if turn.spot.kind != "personal":
            aside(self._personally(turn.spot, turn.context.activity.from_property.id, messages))
            return say("The lists are sent to you personally.")
        try:
            for message in messages:
                await turn.context.send_activity(message)
        except Trouble as trouble:
            return say(
                "Teams does not take files from me here ({why}). Whoever runs me finds the lists beside my records.", why=in_words(trouble)
            )
        return None

    async def answered(self, turn: "Turn", value: object) -> None:
        """Somebody has agreed to a file, or not. It is stored beside the turn: that may take longer than Teams waits."""
        answer = answer_of(value)
        if answer is not None and answer.action == "decline":
            again = say(
                "All right, the list was not stored. “Full lists” on the card of run {run} offers it again.", run=answer.context.run
            )
            await turn.say(again)
        if answer is None or answer.action != "accept" or answer.upload_info is None or self.uploads is None:
            return
        view = await turn.desk.view(answer.context.run)
        wanted = [one for one in (listed(view, self.find) if view else ()) if one.name == answer.context.list]
        if wanted:
            aside(self._stored(turn.spot, self.uploads, wanted[0], answer.upload_info))
        else:
            await turn.say(GONE)

    async def _personally(self, near: Spot, user: str, messages: Sequence[Activity]) -> None:
        try:
            for message in messages:
                await self.posting.to_person(near, user, message)
        except Trouble as trouble:
            log.warning("lists not sent: %s", trouble)

    async def _stored(self, spot: Spot, uploads: Uploads, one: Listed, place: Place) -> None:
        try:
            told = await uploads.put(one, place)
        except (Trouble, OSError) as trouble:
            text = plain(render(_not_stored(one, trouble), spot.locale))
            told = Activity(type=ActivityTypes.message, text=text, text_format=TextFormatTypes.plain)
        try:
            await self.posting.post(spot, told)
        except Trouble as trouble:
            log.warning("not told about a stored list: %s", trouble)


def _not_stored(one: Listed, trouble: Exception) -> Say:
    why = in_words(trouble) if isinstance(trouble, Trouble) else reason_of(trouble)
    if isinstance(trouble, Trouble) and trouble.code in EXPIRED:
        return say(
            "The file could not be stored: {why}. Perhaps the place that Teams had given for it is no longer good:"
            " “Full lists” on the card of run {run} asks for a new one.",
            why=why,
            run=one.run,
        )
    return say("The file could not be stored: {why}", why=why)
