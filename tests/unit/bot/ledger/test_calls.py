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
from bot.ledger import Database, Ledger, calls, open_database, runs, snapshots
from bot.step import Change
from bot.views import CallState
from tests.support.run_harness import ANNA, HERE

DIM, ON = (Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": state}) for state in ("dim", "on"))
CHANGE = Change("lamp a", say("off → on"), (DIM, ON), locks="a")
REST = replace(CHANGE, do=(ON,))
WHY = say("cancelled before its turn")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Database]:
    records = open_database(tmp_path / "records.sqlite")
    for _ in range(2):
        runs.add(records, "light", {}, ANNA, HERE, 0)
    calls.add(records, 1, [CHANGE])
    yield records
    records.close()


def holding(records: Database) -> dict[str, int]:
    return {who: run for who, (run, _) in calls.locks(records, besides=0).items()}


@pytest.mark.parametrize("state", ["pending", "sent", "unknown"])
def test_somebody_is_held_until_the_last_call_has_ended(records: Database, state: CallState) -> None:
    if state != "pending":
        calls.mark_sent(records, 1, 1, CallId("session", "call"), 0)
    if state == "unknown":
        calls.finish(records, 1, 1, "unknown", 0)
    calls.finish(records, 1, 0, "done", 0)
    assert holding(records) == {"a": 1}
    calls.finish(records, 1, 1, "done", 0)
    assert holding(records) == {}


def test_a_cancelled_run_holds_those_about_whom_a_call_may_still_be_under_way(records: Database) -> None:
    calls.add(records, 2, [replace(CHANGE, subject="lamp b", locks="b")])
    calls.mark_sent(records, 1, 0, CallId("session", "call"), 0)
    for run in (1, 2):
        calls.skip_pending(records, run, 0, WHY)
    assert holding(records) == {"a": 1}


def test_nobody_is_held_twice_also_when_a_run_is_taken_up_again(records: Database) -> None:
    with pytest.raises(SubjectLocked, match="a is in run 1"):
        calls.add(records, 2, [CHANGE])
    calls.skip_pending(records, 1, 0, WHY)
    calls.add(records, 2, [CHANGE])
    with pytest.raises(SubjectLocked, match="a is in run 2"):
        calls.retry_all(records, 1)


def test_who_was_in_another_run_before_does_not_keep_a_run_from_being_taken_up(records: Database) -> None:
    calls.skip_pending(records, 1, 0, WHY)
    calls.add(records, 2, [CHANGE])
    calls.skip_pending(records, 2, 0, WHY)
    calls.retry_all(records, 1)
    assert holding(records) == {"a": 1}


def test_a_second_plan_of_the_same_run_can_be_taken_up_too(records: Database) -> None:
    for plan in (CHANGE, REST):
        calls.add(records, 1, [plan])
        calls.finish(records, 1, 0, "done", 0)
        calls.finish(records, 1, 1, "failed", 0)
    calls.retry_all(records, 1)
    assert holding(records) == {"a": 1}


def test_what_is_in_doubt_after_a_call_that_was_done_can_be_taken_up(records: Database) -> None:
    calls.finish(records, 1, 0, "done", 0)
    calls.finish(records, 1, 1, "unknown", 0)
    calls.retry_all(records, 1)
    assert holding(records) == {"a": 1}


def test_how_it_was_is_kept_from_before_the_first_call_that_was_done(records: Database) -> None:
    for old in ("dark", "off"):
        snapshots.save(records, 1, [replace(CHANGE, snapshot={"was": old})], 0)
    calls.finish(records, 1, 0, "done", 0)
    snapshots.save(records, 1, [replace(REST, snapshot={"was": "dim"})], 0)
    assert [change.snapshot for change in snapshots.planned_changes(records, 1)] == [{"was": "off"}]


async def test_a_verb_that_misses_a_row_fails_and_lets_nobody_wait(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "other.sqlite")
    async with timeout(5):
        with pytest.raises(LookupError, match="not there"):
            await ledger(lambda db: next(db.query("select 1 from runs")))
    ledger.close()


@pytest.mark.parametrize("state", ["sent", "done", "failed", "unknown", "skipped"])
def test_a_row_begins_only_where_it_waits(records: Database, state: CallState) -> None:
    assert calls.mark_sent(records, 1, 0, CallId("session", "first"), 0)
    if state != "sent":
        calls.finish(records, 1, 0, state, 0)
    assert not calls.mark_sent(records, 1, 0, CallId("session", "second"), 1)
    row = calls.of_run(records, 1)[0]
    assert (row.state, row.tries, row.call_id) == (state, 1, CallId("session", "first"))
