"""What conversations have to remember; `dialogs/` knows it by way of `bot.service`."""

import time
from collections.abc import Callable, Mapping, Sequence

from bot.ledger import Database, Ledger, conversations, messages, shown_plans, status
from bot.views import CardMessage, ConversationRef, RunView, StatusMessage

REMEMBERED = 24 * 3600.0  # seconds that a delivery is known again


class ConversationMemory:
    """What conversations have to remember: their dialogs, what was delivered, and which message shows which run or the status board."""

    def __init__(self, ledger: Ledger, now: Callable[[], float] = time.time) -> None:
        self._ledger, self._now = ledger, now

    async def read_states(self, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The kept states by key, each as (etag, JSON)."""
        return await self._ledger(conversations.read_states, keys)

    async def write_states(self, changes: Mapping[str, tuple[str | None, str]]) -> dict[str, str]:
        """Writes states, each as (etag that must still be there, or None; JSON). Returns the new etags. Raises KeyError on a conflict."""
        return await self._ledger(conversations.write_states, changes)

    async def delete_states(self, keys: Sequence[str]) -> None:
        await self._ledger(conversations.delete_states, keys)

    async def is_new_delivery(self, conversation: str, delivery: str) -> bool:
        """Notes this delivery. False when it was noted before: the channel delivers again what it thinks was lost."""
        return await self._ledger(conversations.is_first_delivery, conversation, delivery, self._now(), REMEMBERED)

    async def run_shown_in(self, conversation: str, message: str) -> int | None:
        """The run whose card this message is, or None where it is no run's card."""
        found = await self._ledger(messages.message_at, conversation, message)
        return found.run if found else None

    async def remember_card(self, card: CardMessage, view: RunView) -> None:
        """The message shows the run from now on. Where its plan is on the card, whoever reads it may agree to that."""
        await self._ledger(self._remember_card, card, view)

    async def note_plan_shown(self, view: RunView, ref: ConversationRef, person: str) -> bool:
        """The plan on the run's card is shown there; `person` is whose alone the place is, or "". Returns whether that is new."""
        if not view.plan_to_agree:
            return False
        return await self._ledger(shown_plans.mark_shown, view.id, view.plan_to_agree, ref, person, self._now())

    async def forget_plan_shown(self, view: RunView, ref: ConversationRef, person: str) -> None:
        """The plan could not be shown there."""
        await self._ledger(shown_plans.unmark_shown, view.id, view.plan_to_agree, ref, person)

    async def mark_card_uncertain(self, conversation: str, message: str) -> None:
        """What the message shows is not sure: the answer to a button and an edit may have overtaken each other."""
        await self._ledger(messages.mark_unsure, conversation, message)

    async def cards_of(self, run: int) -> list[CardMessage]:
        """Every message that shows this run."""
        return await self._ledger(messages.of_run, run)

    async def card_edited(self, card: CardMessage, fingerprint: str) -> None:
        """Not noted when something else has been noted since `card` was read."""
        await self._ledger(messages.mark_shown, card, fingerprint)

    async def board_in(self, conversation: str) -> StatusMessage | None:
        """The newest status board of this conversation, or None where nobody has asked for it."""
        return await self._ledger(status.message_in, conversation)

    async def boards(self) -> list[StatusMessage]:
        """Every message that shows the status board and is kept up to date."""
        return await self._ledger(status.messages)

    async def remember_board(self, message: StatusMessage) -> None:
        await self._ledger(status.save_message, message)

    async def board_edited(self, message: StatusMessage, fingerprint: str) -> None:
        await self._ledger(status.mark_shown, message, fingerprint)

    async def posts_of(self, run: int) -> set[str]:
        """The names of the posts about this run that the team channel has seen."""
        return await self._ledger(messages.posts_of, run)

    async def remember_post(self, run: int, name: str, card: CardMessage | None) -> None:
        """The team channel has seen it; `card` is the post where it is kept up to date."""
        await self._ledger(_remember_post, run, name, card)

    def _remember_card(self, db: Database, card: CardMessage, view: RunView) -> None:
        if view.plan_to_agree:
            shown_plans.mark_shown(db, view.id, view.plan_to_agree, card.conversation, card.person, self._now())
        messages.save(db, card)


def _remember_post(db: Database, run: int, name: str, card: CardMessage | None) -> None:
    messages.note_post(db, run, name)
    if card:
        messages.save(db, card)
