"""What the host itself says: who it does not know, and that a turn failed."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from botbuilder.core import Middleware, TurnContext
from botbuilder.schema import Activity, ActivityTypes, InvokeResponse

from bot.errors import GatewayError
from bot.i18n import LocalizedText, say

log = logging.getLogger(__name__)

Tell = Callable[[LocalizedText, str], str]  # a sentence in the language of a locale
Forget = Callable[[TurnContext], Awaitable[None]]

WHO_ARE_YOU = say("I cannot tell who you are, so I cannot do anything for you. Please write to me as a member of this organisation.")


def as_english(words: LocalizedText, locale: str) -> str:
    return str(words)


class ErrorMiddleware(Middleware):
    """Ends a failed turn with one sentence and a reference; the log has the rest under the same reference."""

    def __init__(self, tell: Tell, forget: Forget | None) -> None:
        self._tell, self._forget = tell, forget

    async def on_turn(self, context: TurnContext, logic: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await logic()
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("turn failed, reference %s", reference)
            try:
                await self._apologise(context, error, reference)
            except Exception:  # the channel must not deliver it again, so this ends here
                log.exception("nobody was told about %s", reference)

    async def answer_unknown_person(self, context: TurnContext) -> None:
        """In place of the bot's turn, for somebody without a directory id: anonymous in a meeting, or a caller that leaves it out."""
        if context.activity.type in (ActivityTypes.message, ActivityTypes.invoke):
            await self._say(context, WHO_ARE_YOU)

    async def _apologise(self, context: TurnContext, error: Exception, reference: str) -> None:
        """What was begun in this conversation is forgotten, so that it cannot fail the same way for ever; not for trouble outside."""
        if self._forget is not None and not isinstance(error, GatewayError):
            await self._forget(context)
        await self._say(
            context, say("Something went wrong on my side. Ask “where are we?” to see what was done. Reference: {id}", id=reference)
        )

    async def _say(self, context: TurnContext, words: LocalizedText) -> None:
        text = self._tell(words, context.activity.locale or "en")
        if context.activity.type == ActivityTypes.invoke:
            shown = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}
            await context.send_activity(Activity(type=ActivityTypes.invoke_response, value=InvokeResponse(status=200, body=shown)))
        else:
            await context.send_activity(Activity(type=ActivityTypes.message, text=text, text_format="plain"))
