"""/healthz: 200 while all is well, else 503 with the part that is not, since when, and the class of the error."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.clock import Clock
from bot.health import WAITED, Health, Parts
from bot.i18n import say
from bot.ledger import Database, Ledger
from bot.ledger.anchor import set_hold
from bot.ledger.health import last_moment
from bot.service import ConversationMemory
from bot.supervision import Supervisor
from dialogs.channel.adapter import TeamsAdapter, application
from tests.support.bot_host import ADMIT_TENANT, EchoBot
from tests.support.faulty_disk import FAULTS
from tests.support.run_harness import ManualTime
from tests.support.supervised_work import FailingWork, InstantWaits


class Served:
    """The bot's own web server over real records, with a supervisor in our hands."""

    def __init__(self, records: Path) -> None:
        self.time, self.ledger = ManualTime(), Ledger(records)
        self.clock, self.waits = Clock(self.time), InstantWaits(self.time)
        self.supervisor = Supervisor(self.clock, self.waits)
        self.undelivered, self.stalled = list[float](), dict[int, float]()
        parts = Parts(lambda: self.undelivered, lambda: self.stalled, lambda: 5.0)
        self.health = Health(self.ledger, self.supervisor, self.clock, parts, patience=0.2)
        self.server = TestServer(
            application(EchoBot(), TeamsAdapter(ADMIT_TENANT, ConversationMemory(self.ledger)), health=self.health.report), host="127.0.0.1"
        )

    async def asked(self) -> tuple[int, dict[str, Any]]:
        async with asyncio.timeout(5), aiohttp.ClientSession() as session, session.get(self.server.make_url("/healthz")) as answer:
            return answer.status, await answer.json()

    async def unwell(self) -> list[tuple[str, str]]:
        status, told = await self.asked()
        assert status == 503 and not told["ok"]
        return [(one["part"], one["what"]) for one in told["unwell"]]

    @property
    def now(self) -> str:
        return datetime.fromtimestamp(self.time.now, UTC).isoformat(timespec="seconds")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    one = Served(tmp_path / "r.sqlite")
    await one.server.start_server()
    try:
        yield one
    finally:
        await one.supervisor.close()
        await one.server.close()
        one.ledger.close()


async def test_all_is_well_and_a_row_is_written(served: Served) -> None:
    work, wanted = FailingWork(), asyncio.Event()
    served.supervisor.keep_going("the board", work, wanted)
    wanted.set()
    await work.went_well.wait()
    status, told = await served.asked()
    assert status == 200
    assert told == {
        "ok": True,
        "work": {"the board": served.now, "the records": served.now},
        "engine": {"last turn": datetime.fromtimestamp(served.time.now - 5, UTC).isoformat(timespec="seconds")},
        "outbox": {"waiting": 0, "oldest": 0.0},
    }
    assert await served.ledger(last_moment) == served.time.now


async def test_work_that_fails_is_named_without_what_its_error_says(served: Served) -> None:
    work, wanted, since = FailingWork(OSError("password=secret")), asyncio.Event(), served.now
    hold = asyncio.Event()

    async def wait(seconds: float) -> None:
        await hold.wait()

    served.supervisor._wait = wait
    served.supervisor.keep_going("deciding about rights", work, wanted)
    wanted.set()
    await work.began.wait()
    served.time.now += 100
    status, told = await served.asked()
    assert status == 503
    assert told["unwell"] == [
        {"part": "deciding about rights", "since": since, "what": "OSError while looking at bob@contoso.com, tried 1 times"}
    ]
    assert "secret" not in json.dumps(told)
    hold.set()
    await work.went_well.wait()
    assert (await served.asked())[0] == 200


@pytest.mark.parametrize("disk", ["locked", "full"])
async def test_records_that_cannot_be_written_are_told_until_they_can(served: Served, disk: str) -> None:
    fault = FAULTS[disk](served.ledger)
    fault.begin()
    assert await served.unwell() == [("the records", "OperationalError, tried 1 times")]
    fault.end()
    assert (await served.asked())[0] == 200


async def test_records_that_do_not_answer_hold_up_no_answer_and_are_asked_once(served: Served) -> None:
    may_go, verbs = threading.Event(), list[int]()

    def block(db: Database) -> None:
        may_go.wait(20)

    blocked = asyncio.ensure_future(served.ledger(block))
    for _ in range(3):
        assert await served.unwell() == [("the records", "do not answer")]
    verbs.append(served.ledger._thread._work_queue.qsize())
    may_go.set()
    await blocked
    assert verbs == [1]
    assert (await served.asked())[0] == 200


async def test_what_waits_to_be_sent_and_turns_that_are_overdue_are_told(served: Served) -> None:
    served.undelivered, served.stalled = [1.0, WAITED + 1], {7: 200.0}
    assert await served.unwell() == [("run 7", "its turn is overdue"), ("cards and posts", "1 wait to be sent")]


async def test_records_that_are_not_as_they_were_left_are_not_well(served: Served) -> None:
    await served.ledger(set_hold, say("they are an older copy"))
    assert await served.unwell() == [("the records", "are not as they were left, so nothing is sent: they are an older copy")]
