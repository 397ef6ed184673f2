"""The chain of the audit: whoever touches one line must touch all after it, and people are in it by salted hashes only."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from bot.ledger import Database, anchor, audit, open_database

ANNA = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Database]:
    records = open_database(tmp_path / "records.sqlite")
    for n, event in enumerate(("asked", "planned", "start", "done")):
        audit.write(records, float(n), event, 1, {"who": ANNA})
    for verb in ("update", "delete"):  # whoever has the file is kept off by no trigger
        records.execute(f"drop trigger audit_no_{verb}")
    yield records
    records.close()


def reworded(records: Database) -> None:
    records.execute("update audit set event = 'refuse', hashed = replace(hashed, 'planned', 'refuse') where n = 2")


def reworded_and_hashed_anew(records: Database) -> None:
    reworded(records)
    two = next(records.query("select previous, hashed from audit where n = 2"))
    records.execute("update audit set hash = :hash where n = 2", {"hash": audit.chain_hash(two["previous"], two["hashed"])})


def and_tied_to_the_next(records: Database) -> None:
    reworded_and_hashed_anew(records)
    records.execute("update audit set previous = (select hash from audit where n = 2) where n = 3")


def taken_out(records: Database) -> None:
    records.execute("delete from audit where n = 2")


@pytest.mark.parametrize("touch", [reworded, reworded_and_hashed_anew, and_tied_to_the_next, taken_out], ids=lambda touch: touch.__name__)
def test_a_line_that_was_touched_breaks_the_chain(records: Database, touch: Callable[[Database], None]) -> None:
    assert not list(audit.find_broken(records))
    touch(records)
    assert list(audit.find_broken(records))


def test_people_are_hashed_with_the_salt_of_these_records_and_can_be_forgotten(records: Database) -> None:
    line = audit.lines(records, 1, 1)[0]
    assert ANNA not in line["hashed"] and sha256(ANNA.encode()).hexdigest()[:32] not in line["hashed"]
    assert ANNA in line["names"]
    records.execute("update audit set names = '{}'")
    assert not list(audit.find_broken(records))


def test_a_run_that_ends_before_the_newest_line_is_not_proven(tmp_path: Path) -> None:
    """Somebody takes the newest line out while the bot is at work."""
    with_anchor = open_database(tmp_path / "anchored.sqlite")
    anchor.attach(with_anchor, tmp_path / "anchored.head")
    for n, event in enumerate(("asked", "planned", "cancel")):
        audit.write(with_anchor, float(n), event, 1, {"who": ANNA})
    assert len(list(audit.read_proven(with_anchor, 1))) == 3
    with_anchor.execute("drop trigger audit_no_delete")
    with_anchor.execute("delete from audit where n = 3")
    with pytest.raises(audit.BrokenChain):
        list(audit.read_proven(with_anchor, 1))
    with_anchor.close()
