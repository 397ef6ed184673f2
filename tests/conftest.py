"""Options and fixtures of the whole test suite."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.written_conversation import WrittenConversation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write transcripts and generated files anew instead of comparing them")
    parser.addoption("--interleavings", type=int, default=80, help="how many random ways to an agreement are gone (10,000: some minutes)")


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[WrittenConversation]:
    """The bot in front of people, with a desk whose looks are written down."""
    made = WrittenConversation()
    yield made
    made.ledger.close()
