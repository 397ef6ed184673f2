"""Fixtures of the core's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.recorded_runs import RecordedRuns


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RecordedRuns]:
    house = RecordedRuns(tmp_path / "records.sqlite")
    yield house
    house.office.close()
