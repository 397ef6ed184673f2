"""How every step stands: looked at behind the scenes without asking anybody, kept in the records, and never done by mistake."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.clock import Clock
from bot.errors import Unreachable
from bot.events import Events
from bot.facts import Reader
from bot.i18n import say
from bot.ledger import Ledger, status
from bot.progress import next_step
from bot.status_refresher import StatusRefresher
from bot.step import Finding, Fine, NoQuestions, Obstacle, Plan, Reason, Step, StepSummary, Unclear
from bot.step_names import StepName
from bot.summary import ToDo, summarise
from bot.supervision import Supervisor
from bot.views import BoardEntry, ConversationRef, StatusMessage, StepStatus
from tests.support.board_entries import board_entry
from tests.support.fake_gateway import FakeGateway
from tests.support.faulty_disk import FullDisk
from tests.support.run_harness import ManualTime
from tests.support.supervised_work import InstantWaits, ObservedWork

DONE, LEFT = Fine("a", say("on")), ToDo("b", say("off → on"))
STOPPED = Obstacle("c", (Reason(say("no power"), say("pay the bill"), StepName("power")),))
UNKNOWN = Unclear("d", say("it is dark"))


class Needed(BaseModel):
    which: str


def step_of(name: str, *found: Finding, trouble: Exception | None = None, **more: Any) -> Step:
    """A step that says just this."""

    async def look(answers: Any, read: Reader) -> Plan:
        for finding in found:
            yield finding
        if trouble:
            raise trouble

    return Step(**{"name": name, "title": say("A step"), "form": NoQuestions, "plan": look, **more})


class Office:
    """A lookout over some steps, with real records."""

    def __init__(self, path: Path, *steps: Step) -> None:
        self.ledger, self.time, self.announced = Ledger(path / "records.sqlite"), ManualTime(), 0
        self.events = Events()
        self.events.status_changed.connect(self._announce)
        self.lookout = StatusRefresher(
            self.ledger, FakeGateway(), {step.name: step for step in steps}, Clock(self.time), self.events, longest=0.2
        )

    def _announce(self) -> None:
        self.announced += 1

    async def looked(self) -> Mapping[str, StepStatus]:
        self.time.now += 60
        await self.lookout.refresh()
        return await self.ledger(status.latest_statuses)


async def states(path: Path, *steps: Step) -> dict[str, str]:
    office = Office(path, *steps)
    found = {name: each.state for name, each in (await office.looked()).items()}
    office.ledger.close()
    return found


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ((DONE,), "done"),
        ((DONE, LEFT), "to do"),
        ((DONE, LEFT, STOPPED, UNKNOWN), "to do"),
        ((DONE, STOPPED, UNKNOWN), "blocked"),
        ((DONE, UNKNOWN), "unclear"),
        ((), "unclear"),
    ],
)
def test_a_step_is_done_only_when_everything_is_fine(found: tuple[Finding | ToDo, ...], state: str) -> None:
    assert summarise(found).state == state


def test_a_blocked_step_names_the_steps_that_would_cure_it() -> None:
    made = summarise((DONE, STOPPED))
    assert made.cured_by == ("power",)
    assert made.examples == (("c", say("no power")),)
    assert made.counts == {"fine": 1, "obstacle": 1}


@pytest.mark.parametrize("trouble", [Unreachable("nobody answers"), RuntimeError("a fault of ours")])
async def test_what_cannot_be_read_is_unclear_and_the_others_are_looked_at(tmp_path: Path, trouble: Exception) -> None:
    assert await states(tmp_path, step_of("first", DONE, trouble=trouble), step_of("second", DONE)) == {
        "first": "unclear",
        "second": "done",
    }


async def test_a_step_that_takes_for_ever_is_unclear_and_the_others_are_looked_at(tmp_path: Path) -> None:
    async def for_ever(answers: Any, read: Reader) -> Plan:
        await asyncio.Event().wait()
        yield DONE

    assert await states(tmp_path, step_of("first", plan=for_ever), step_of("second", DONE)) == {"first": "unclear", "second": "done"}


async def test_a_step_that_needs_answers_is_told_by_its_summary_or_asks(tmp_path: Path) -> None:
    async def summary(read: Reader) -> StepSummary:
        return summarise([LEFT])

    with_one, without = step_of("first", DONE, form=Needed, summarise=summary), step_of("second", DONE, form=Needed)
    assert await states(tmp_path, with_one, without) == {"first": "to do", "second": "ask"}


async def test_what_several_steps_make_together_and_what_nobody_can_ask_for_is_not_on_the_board(tmp_path: Path) -> None:
    assert await states(
        tmp_path, step_of("all", DONE, members=("one",)), step_of("undo", DONE, user_startable=False), step_of("one", DONE)
    ) == {"one": "done"}


async def test_what_has_changed_is_remembered_until_it_changes_again(tmp_path: Path) -> None:
    office = Office(tmp_path, step_of("one", LEFT))
    first = (await office.looked())["one"]
    office.lookout = StatusRefresher(office.ledger, FakeGateway(), {"one": step_of("one", DONE)}, Clock(office.time), office.events)
    second, third = (await office.looked())["one"], (await office.looked())["one"]
    office.ledger.close()
    assert (first.was, first.changed_at) == (None, None)
    assert second.was == third.was == "to do"
    assert second.changed_at == third.changed_at == second.at < third.at


async def test_a_disk_that_is_full_for_a_while_does_not_end_the_looking(tmp_path: Path) -> None:
    office = Office(tmp_path, step_of("one", DONE))
    waits, full, work = InstantWaits(office.time), FullDisk(office.ledger), ObservedWork(office.lookout.refresh_on_request)
    supervisor = Supervisor(Clock(office.time), waits)
    supervisor.keep_going("the board", work, office.lookout.requested)
    full.begin()
    waits.first = [lambda: None, full.end]
    office.lookout.request()
    await asyncio.wait_for(work.went_well.wait(), 20)
    await supervisor.close()
    assert (await office.ledger(status.latest_statuses))["one"].state == "done"
    assert len(waits.seconds) == 2 and not office.lookout.is_refreshing
    office.ledger.close()


async def test_only_the_newest_board_of_a_conversation_is_kept_true(tmp_path: Path) -> None:
    ledger, spot = Ledger(tmp_path / "records.sqlite"), ConversationRef("here", "http://127.0.0.1:1/")
    for activity, at in (("m1", 1.0), ("m2", 2.0)):
        await ledger(status.save_message, StatusMessage(spot, activity, "", "", at))
    assert [place.activity for place in await ledger(status.messages)] == ["m2"]
    ledger.close()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([board_entry("a", "done"), board_entry("b", "to do"), board_entry("c", "to do")], "b"),
        ([board_entry("a", "blocked", cures=("b",)), board_entry("b", "to do")], "b"),
        ([board_entry("a", "blocked"), board_entry("b", "to do")], "a"),
        ([board_entry("a", "blocked", run=7), board_entry("b", "to do")], "b"),
        ([board_entry("a", "blocked", run=7), board_entry("b", "done")], "a"),
        ([board_entry("a", "to do", optional=True), board_entry("b", "to do")], "b"),
        ([board_entry("a", "to do", open_runs=(7,)), board_entry("b", "to do")], "b"),
        ([board_entry("a", "ask"), board_entry("b", "to do")], "b"),
        ([board_entry("a", "unclear"), board_entry("b", "to do")], "a"),
        ([board_entry("a", "unclear", run=7), board_entry("b", "to do")], "b"),
        ([board_entry("a"), board_entry("b")], "a"),
        ([board_entry("a", "done"), board_entry("b", "blocked", cures=("c",))], None),
        ([], None),
    ],
)
def test_the_next_step_is_the_first_with_something_to_do_or_of_which_nobody_knows(lines: list[BoardEntry], expected: str | None) -> None:
    assert next_step(lines) == expected


@pytest.mark.parametrize(
    ("licences", "federation", "move", "expected"),
    [
        ("to do", "to do", "blocked", "federation"),
        ("to do", "done", "to do", "move"),
        ("to do", "done", "blocked", "licences"),
        ("done", "done", "done", None),
    ],
)
def test_nobody_waits_until_everybody_has_what_they_need(licences: str, federation: str, move: str, expected: str | None) -> None:
    """A pilot begins before the last licence is given."""
    people = {"is_for_some_people": True}
    lines = [
        board_entry("licences", licences, **people),
        board_entry("federation", federation),
        board_entry("move", move, cures=("licences",), **people),
        board_entry("switch_off", "blocked", cures=("move",)),
    ]
    assert next_step(lines) == expected


def test_the_step_that_was_just_taken_is_not_the_next() -> None:
    assert next_step([board_entry("a", "to do"), board_entry("b", "to do")], besides_step="a") == "b"


def test_what_is_taken_for_some_people_at_a_time_is_the_next_again_for_the_others() -> None:
    lines = [board_entry("licences", "to do", is_for_some_people=True), board_entry("move", "to do", is_for_some_people=True)]
    assert next_step(lines, besides_step="move") == next_step(lines) == "move"


async def test_a_summary_that_has_nothing_to_say_leaves_it_to_the_questions(tmp_path: Path) -> None:
    async def summary(read: Reader) -> None:
        return None

    assert await states(tmp_path, step_of("first", DONE, form=Needed, summarise=summary)) == {"first": "ask"}
