"""The page about the lifecycle is the one that its table makes."""

import pytest

from bot.runs.lifecycle import Event, is_action
from bot.views import CallState, RunState
from tests.tools.lifecycle_picture import PAGE, meanings, page


def test_the_page_of_the_lifecycle_is_current(request: pytest.FixtureRequest) -> None:
    made = page()
    if request.config.getoption("accept", False):
        PAGE.write_text(made)
    assert PAGE.read_text() == made, "python -m tests.tools.lifecycle_picture writes it anew"


def test_every_state_and_every_event_of_the_driver_has_a_meaning() -> None:
    told = meanings(RunState, "bot/views.py") | meanings(CallState, "bot/views.py") | meanings(Event, "bot/runs/lifecycle.py")
    assert [name for name, words in told.items() if not words and not is_action(name)] == []
