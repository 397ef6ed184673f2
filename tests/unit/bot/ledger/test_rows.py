"""What the records know of a run's calls: who is held until the last of them has ended, and how it was before the first."""

from asyncio import timeout
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.calls import Cmdlet
from bot.errors import SubjectLocked
from bot.gateway import CallId
from bot.i18n import say
from bot.ledger import Ledger, Records, open_records, rows, runs, snapshots
from bot.ledger.migrations import tables
from bot.step import Change
from bot.views import CallState
from tests.support.run_harness import ANNA, HERE

DIM, ON = (Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": state}) for state in ("dim", "on"))
CHANGE = Change("lamp a", say("off → on"), (DIM, ON), locks="a")
REST = replace(CHANGE, do=(ON,))
WHY = say("cancelled before its turn")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    records = open_records(tmp_path / "records.sqlite", tables)
    for _ in range(2):
        runs.add(records, "light", {}, ANNA, HERE, 0)
    rows.add(records, 1, [CHANGE])
    yield records
    records.close()


def holding(records: Records) -> dict[str, int]:
    return {who: run for who, (run, _) in rows.claims(records, besides=0).items()}


@pytest.mark.parametrize("state", ["pending", "sent", "unknown"])
def test_somebody_is_held_until_the_last_call_has_ended(records: Records, state: CallState) -> None:
    if state != "pending":
        rows.begin(records, 1, 1, CallId("session", "call"), 0)
    if state == "unknown":
        rows.end(records, 1, 1, "unknown", 0)
    rows.end(records, 1, 0, "done", 0)
    assert holding(records) == {"a": 1}
    rows.end(records, 1, 1, "done", 0)
    assert holding(records) == {}


def test_a_cancelled_run_holds_those_about_whom_a_call_may_still_be_under_way(records: Records) -> None:
    rows.add(records, 2, [replace(CHANGE, subject="lamp b", locks="b")])
    rows.begin(records, 1, 0, CallId("session", "call"), 0)
    for run in (1, 2):
        rows.skip_waiting(records, run, 0, WHY)
    assert holding(records) == {"a": 1}


def test_nobody_is_held_twice_also_when_a_run_is_taken_up_again(records: Records) -> None:
    with pytest.raises(SubjectLocked, match="a is in run 1"):
        rows.add(records, 2, [CHANGE])
    rows.skip_waiting(records, 1, 0, WHY)
    rows.add(records, 2, [CHANGE])
    with pytest.raises(SubjectLocked, match="a is in run 2"):
        rows.take_up(records, 1)


def test_who_was_in_another_run_before_does_not_keep_a_run_from_being_taken_up(records: Records) -> None:
    rows.skip_waiting(records, 1, 0, WHY)
    rows.add(records, 2, [CHANGE])
    rows.skip_waiting(records, 2, 0, WHY)
    rows.take_up(records, 1)
    assert holding(records) == {"a": 1}


def test_a_second_plan_of_the_same_run_can_be_taken_up_too(records: Records) -> None:
    for plan in (CHANGE, REST):
        rows.add(records, 1, [plan])
        rows.end(records, 1, 0, "done", 0)
        rows.end(records, 1, 1, "failed", 0)
    rows.take_up(records, 1)
    assert holding(records) == {"a": 1}


def test_what_is_in_doubt_after_a_call_that_was_done_can_be_taken_up(records: Records) -> None:
    rows.end(records, 1, 0, "done", 0)
    rows.end(records, 1, 1, "unknown", 0)
    rows.take_up(records, 1)
    assert holding(records) == {"a": 1}


def test_how_it_was_is_kept_from_before_the_first_call_that_was_done(records: Records) -> None:
    for old in ("dark", "off"):
        snapshots.keep(records, 1, [replace(CHANGE, snapshot={"was": old})], 0)
    rows.end(records, 1, 0, "done", 0)
    snapshots.keep(records, 1, [replace(REST, snapshot={"was": "dim"})], 0)
    assert [change.snapshot for change in snapshots.changed(records, 1)] == [{"was": "off"}]


async def test_a_verb_that_misses_a_row_fails_and_lets_nobody_wait(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "other.sqlite", tables)
    async with timeout(5):
        with pytest.raises(LookupError, match="not there"):
            await ledger(lambda db: next(db.query("select 1 from runs")))
    ledger.close()


@pytest.mark.parametrize("state", ["sent", "done", "failed", "unknown", "skipped"])
def test_a_row_begins_only_where_it_waits(records: Records, state: CallState) -> None:
    assert rows.begin(records, 1, 0, CallId("session", "first"), 0)
    if state != "sent":
        rows.end(records, 1, 0, state, 0)
    assert not rows.begin(records, 1, 0, CallId("session", "second"), 1)
    row = rows.all_of(records, 1)[0]
    assert (row.state, row.tries, row.ticket) == (state, 1, CallId("session", "first"))
