"""A stage over a desk whose looks are written down, and what tests often want of it."""

from bot.views import Person
from tests.support.conversation import Message, Stage
from tests.support.fake_run_service import WrittenDesk
from tests.support.sample_steps import ADELE, ALEX, MEGAN, STEPS


class WrittenStage(Stage):
    """Alex and Megan ask and approve, Adele looks, nobody else may anything."""

    def __init__(self) -> None:
        self.written = WrittenDesk({"ask": [ALEX, MEGAN], "approve": [ALEX, MEGAN], "look": [ADELE]})
        super().__init__(self.written, STEPS, self._direct_written)
        self.written.announce = lambda run: self.announcer.run_changed(run)

    async def _direct_written(self, words: str) -> None:
        self.written.direct(words)

    @property
    def newest(self) -> Message:
        return list(self.clients.messages.values())[-1]

    async def drafted(self, who: Person = ALEX) -> Message:
        """The card of a run whose plan is there."""
        await self.types(who, "move users bob@contoso.com")
        await self.directed("the look is done")
        return self.newest
