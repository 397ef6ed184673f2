"""People press at random moments, most of all around the ends of runs: a share of `python -m tests.tools.presses 2000`."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.ledger import audit, open_database, runs
from tests.support.invariants import audit_faults, moved_too_often, workflow_faults
from tests.support.run_harness import ANNA, HERE
from tests.tools.presses import press

PRESSES, SEED = 160, 12
AGREED = (
    ("asked", "a", {}),
    ("planned", "", {}),
    ("start", "a", {"digest": "d", "state": "awaiting_approval"}),
    ("approve", "b", {"digest": "d"}),
)
DOING, DONE = ("sent", "", {"part": 0}), ("done", "", {"part": 0})
Told = tuple[str, str, dict[str, object]]


async def test_however_people_press_no_call_is_open_twice_and_none_is_sent_unagreed(tmp_path: Path) -> None:
    score = await press(tmp_path / "lab", PRESSES, SEED)
    assert not score.faults, f"seed {SEED}"
    assert score.presses == PRESSES and score.sent and score.done


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((*AGREED, DOING, DOING), "line 6: bob is sent while an earlier call is open"),
        ((*AGREED, DOING, DONE, DOING), "line 7: bob is sent although it was done"),
        ((*AGREED[:3], DOING), "line 4: is sent without an approval"),
        ((*AGREED[:3], ("approve", "a", {"digest": "d"}), DOING), "line 5: was approved by whoever asked or started"),
        ((*AGREED[:3], ("approve", "b", {"digest": "e"}), DOING), "line 5: another plan was approved than started"),
        ((*AGREED, ("pause", "a", {}), DOING), "line 6: is sent although the run was stopped"),
        ((*AGREED, ("cancel", "a", {}), DOING), "line 6: is sent although the run was stopped"),
    ],
)
def test_what_must_not_be_sent_is_told(tmp_path: Path, told: Sequence[Told], words: str) -> None:
    assert f"run 1: {words}" in list(audit_faults(_records(tmp_path, told)))


def test_who_is_moved_more_often_than_agreed_to_is_told(tmp_path: Path) -> None:
    records = _records(tmp_path, (*AGREED, DOING, DONE))
    moved = {"call": "Move-CsUser", "subject": "bob", "result": "done"}
    assert not list(moved_too_often(records, [moved]))
    assert list(moved_too_often(records, [moved, moved])) == [
        "bob was moved 2 times, and that was agreed to 1 times",
        "Move-CsUser for bob arrived 2 times, and was written down 1 times before",
    ]


def test_a_workflow_that_goes_on_without_its_run_is_told(tmp_path: Path) -> None:
    path = _records(tmp_path, ())
    with sqlite3.connect(path.with_suffix(".engine.sqlite")) as engine:
        engine.executescript(
            "create table workflow_status (workflow_uuid text, status text);"
            "insert into workflow_status values ('run-1-1', 'PENDING'), ('run-1-2', 'SUCCESS')"
        )
    engine.close()
    records = open_database(path)
    runs.add(records, "light", {}, ANNA, HERE, 1.0)
    runs.begin_next_generation(records, 1, 1)
    records.close()
    assert workflow_faults(path) == ["run-1-1 goes on", "nobody carries on run-1-2"]


def _records(folder: Path, told: Sequence[Told]) -> Path:
    path = folder / "records.sqlite"
    records = open_database(path)
    for event, who, facts in told:
        people = {"who": who} if who else {"subject": "bob"} if "part" in facts else {}
        audit.write(records, 1.0, event, 1, people, **facts)
    records.close()
    return path
