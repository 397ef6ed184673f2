"""What a journey needs: Node.js, Chromium and the Playground, a folder for the pictures, and the browser in front of a test's `lab`."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.lab.estate.state import TENANT
from adapters.lab.process.settings import AUDIT_CHANNEL, sample_people
from dialogs.terminal.playground import configuration
from tests.e2e.journey.playground import Browser, chromium, playground, program
from tests.support.lab_client import RunningLab

MISSING = [
    name
    for name, there in (
        ("Node.js", shutil.which("node")),
        ("Chromium", chromium()),
        ("Microsoft 365 Agents Playground (PLAYGROUND_CLI)", program()),
    )
    if not there
]
REQUIRED = os.environ.get("SWITCHOVER_JOURNEY") == "required"


@pytest.fixture(autouse=True)
def equipment() -> None:
    """Skips where something is missing; fails instead where journeys are required."""
    if MISSING and REQUIRED:
        pytest.fail(f"the journey is required here, and there is no {', no '.join(MISSING)}: .ci/run installs it")
    if MISSING:
        pytest.skip(f"there is no {', no '.join(MISSING)}")


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the pictures go: to be looked at, SWITCHOVER_SHOTS says where."""
    folder = Path(os.environ.get("SWITCHOVER_SHOTS", tmp_path / "shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest_asyncio.fixture
async def browser(lab: RunningLab, shots: Path) -> AsyncIterator[Browser]:
    async with playground(lab.lab_json["bot"], configuration(TENANT, sample_people(), AUDIT_CHANNEL), shots) as browser:
        yield browser
        await browser.shot("the end")
