"""Looks at every step in turn, without asking anybody anything, and writes down how it stands. Never in a turn of the conversation."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.clock import Clock
from bot.errors import GatewayError
from bot.events import Events
from bot.facts.journey import PHASES, Journey
from bot.gateway import EstateGateway
from bot.i18n import LocalizedText, say
from bot.known_errors import describe_error
from bot.ledger import Ledger, journey, status
from bot.progress import steps_on_board
from bot.reader.reader import EstateReader
from bot.step import Step, StepSummary, findings
from bot.steps.shared.journey import read_journey
from bot.summary import summarise
from bot.supervision import note_progress
from bot.views import StepStatus

log = logging.getLogger(__name__)
ONLY_ANSWERS = StepSummary("ask")  # nothing can be said without them
LONGEST = 180.0  # seconds for one step; what takes longer is told by asking for the step itself


class StatusRefresher:
    """Many wishes in a row become one look. `status_changed` is told after each step."""

    def __init__(
        self,
        ledger: Ledger,
        outside: EstateGateway,
        steps: Mapping[str, Step],
        clock: Clock,
        events: Events,
        longest: float = LONGEST,
    ) -> None:
        self._ledger, self._outside, self._steps, self._clock, self._events = ledger, outside, steps, clock, events
        self.requested, self._longest = asyncio.Event(), longest  # set while somebody waits for a look
        self.is_refreshing = False

    def request(self) -> None:
        """Somebody wants to know how things stand. Returns at once."""
        self.is_refreshing = True
        self.requested.set()

    async def refresh_on_request(self) -> None:
        """One look at every step, told of as such while it lasts."""
        self.is_refreshing = True
        try:
            await self.refresh()
        finally:
            self.is_refreshing = self.requested.is_set()
            self._events.status_changed()

    async def refresh(self) -> None:
        """One look at every step. The steps share what they read whole, so that nothing is read twice."""
        read = EstateReader(self._outside)
        for step in steps_on_board(self._steps):
            note_progress(f"looking at {step.name}")
            now = await self._status(step, read)
            if now.counts.get("late"):
                read = EstateReader(self._outside)  # what was broken off half-way would break off the next step too
            await self._ledger(status.save, step.name, now)
            self._events.status_changed()
        await self._ledger(journey.save, await self._journey(read), self._clock.now())

    async def _journey(self, read: EstateReader) -> Journey:
        """Where in the journey all of this is; unknown where a side cannot be asked."""
        if all(step.phases == PHASES for step in self._steps.values()):
            return Journey()
        try:
            async with asyncio.timeout(self._longest):
                return await read_journey(read)
        except (TimeoutError, GatewayError):
            return Journey()
        except Exception:
            log.exception("the look at the journey failed by an error of our own")
            return Journey()

    async def _status(self, step: Step, read: EstateReader) -> StepStatus:
        """What cannot be read is unclear, never done."""
        at = datetime.fromtimestamp(self._clock.now(), UTC)
        try:
            async with asyncio.timeout(self._longest):
                summary = await read_summary(step, read)
        except TimeoutError:
            return StepStatus("unclear", at, _one_example(say("the look took too long; ask for the step itself")), {"late": 1})
        except GatewayError as trouble:
            return StepStatus("unclear", at, _one_example(say("Could not look: {why}", why=describe_error(trouble))))
        except Exception:
            log.exception("the look at %s failed by an error of our own", step.name)
            return StepStatus("unclear", at, _one_example(say("Could not look: {why}", why=say("an error of my own; the log has it"))))
        return StepStatus(summary.state, at, summary.examples, dict(summary.counts), summary.cured_by)


async def read_summary(step: Step, read: EstateReader) -> StepSummary:
    """How the step stands by its own summary, or else by a plan with the defaults of its form, where it has no required question."""
    if step.summarise:
        return await step.summarise(read) or ONLY_ANSWERS
    if any(field.is_required() for field in step.form.model_fields.values()):
        return ONLY_ANSWERS
    return summarise(await findings(step, step.form(), read))


def _one_example(words: LocalizedText) -> tuple[tuple[str, LocalizedText], ...]:
    return (("", words),)
