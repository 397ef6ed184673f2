"""What a look shows counts for the person whom a call was about, and for nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.calls import Cmdlet
from bot.gateway import CallId
from bot.i18n import say
from bot.ledger import Database, calls, open_database, runs
from bot.runs import verifier
from bot.step import Change, Fine, Identity
from tests.support.run_harness import ANNA, HERE

BOB = Identity("guid-1", address="bob@contoso.com")
CHANGE = Change(BOB.address, say("off → on"), (Cmdlet("mover", "Move-CsUser", {"Identity": BOB.address}),), identity=BOB)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Database]:
    records = open_database(tmp_path / "records.sqlite")
    runs.add(records, "light", {}, ANNA, HERE, 0)
    calls.add(records, 1, [CHANGE])
    calls.mark_sent(records, 1, 0, CallId("session", "call"), 0)
    calls.finish(records, 1, 0, "done", 0)
    yield records
    records.close()


@pytest.mark.parametrize(
    ("seen", "left"), [(BOB, set()), (Identity("guid-2", address=BOB.address), {BOB.address}), (None, {BOB.address})], ids=str
)
def test_what_is_seen_of_somebody_else_confirms_nothing(records: Database, seen: Identity | None, left: set[str]) -> None:
    found = [Fine(BOB.address, say("is on"), identity=seen)]
    assert verifier.confirm_visible(records, runs.require(records, 1), found, 0) == left
    assert [row.verified for row in calls.of_run(records, 1)] == [not left]
