"""The page about the steps is the one that the steps make."""

import pytest

from bot.steps import STEPS
from tests.tools.steps_page import PAGE, page


def test_the_page_of_the_steps_is_current(request: pytest.FixtureRequest) -> None:
    made = page()
    if request.config.getoption("accept", False):
        PAGE.write_text(made)
    assert PAGE.read_text() == made, "pytest --accept tests/architecture/test_steps_page.py writes it anew"


def test_every_step_has_its_chapter_with_what_it_changes() -> None:
    chapters = PAGE.read_text().split("\n## ")
    assert [chapter.split("\n")[0] for chapter in chapters[2:]] == [str(step.title) for step in STEPS]
    assert all("**Changed**" in chapter for chapter in chapters[2:])
