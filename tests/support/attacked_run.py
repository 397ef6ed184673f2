"""A run at work in records that somebody rewrites."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bot.views import RunView
from tests.support.fake_gateway import FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness


@dataclass
class AttackedRun:
    """A run of two lamps, and somebody who can write the database."""

    office: RunHarness
    lamps: FakeGateway
    path: Path
    run: int = 0

    def write(self, *statements: str, **values: object) -> None:
        with sqlite3.connect(self.path) as db:
            db.execute("drop trigger if exists audit_no_update")
            for statement in statements:
                db.execute(statement, {"run": self.run, **values})
        db.close()

    async def start(self) -> None:
        """The run waits for its approval."""
        self.run = await self.office.request_run("light", "a b")
        assert (await self.office.act_and_settle(self.run, ("start", ANNA))).state == "awaiting_approval"

    async def approve(self) -> None:
        """Somebody has agreed, and nothing has been sent yet."""
        await self.start()
        assert (await self.office.act(self.run, "approve", BEN)).ok

    async def pause(self) -> None:
        await self.approve()
        assert (await self.office.service.act(self.run, "pause", ANNA)).ok
        assert (await self.office.settle(self.run)).state == "paused"

    async def advance(self) -> RunView:
        """What a turn of the run does now: the first one of a life of the bot."""
        return await self.office.settle(self.run)
