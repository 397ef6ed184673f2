"""The first chat turn stays short: few files of ours, few ledger transactions."""

import pytest

from tests.tools.first_turn import FIRST, first_turn

MOST_FILES, MOST_TRANSACTIONS = 28, 6


async def test_the_first_turn_of_a_conversation_enters_few_files() -> None:
    found = await first_turn("help")
    assert len(found.files) <= MOST_FILES, f"leave out a station between delivery and answer: {sorted(found.files)}"


@pytest.mark.parametrize("line", FIRST)
async def test_a_first_turn_makes_few_transactions(line: str) -> None:
    found = await first_turn(line)
    assert 0 < len(found.transactions) <= MOST_TRANSACTIONS, f"ask for what belongs together at once: {found.transactions}"
