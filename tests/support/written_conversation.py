"""A stage over a desk whose looks are written down, and what tests often want of it."""

from bot.views import Person
from tests.support.conversation import Conversation, Message
from tests.support.fake_run_service import FakeRunService
from tests.support.sample_steps import ADELE, ALEX, MEGAN, STEPS


class WrittenConversation(Conversation):
    """Alex and Megan ask and approve, Adele looks, nobody else may anything."""

    def __init__(self) -> None:
        self.fake_service = FakeRunService({"ask": [ALEX, MEGAN], "approve": [ALEX, MEGAN], "look": [ADELE]})
        super().__init__(self.fake_service, STEPS, self._direct_written)
        self.fake_service.ledger = self.ledger
        self.fake_service.announce = lambda run: self.card_updater.run_changed(run)

    async def _direct_written(self, words: str) -> None:
        self.fake_service.direct(words)

    @property
    def newest_message(self) -> Message:
        return list(self.clients.messages.values())[-1]

    async def draft_run(self, who: Person = ALEX) -> Message:
        """The card of a run whose plan is there."""
        await self.type_text(who, "move users bob@contoso.com")
        await self.follow_direction("the look is done")
        return self.newest_message
