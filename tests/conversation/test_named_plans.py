"""What is typed or pressed for a plan that it does not name is answered with the plan, and does nothing."""

import pytest

from tests.support.sample_steps import ALEX, MEGAN
from tests.support.written_conversation import WrittenStage


@pytest.mark.parametrize("old", [False, True])
async def test_a_button_that_names_no_plan_does_nothing(stage: WrittenStage, old: bool) -> None:
    card = await stage.drafted()
    for verb in ("start", "cancel"):
        await stage.sends(ALEX, card, {"verb": verb, "run": 1}, old)
        assert "names no plan" in stage.newest.text and stage.written.runs[1].state == "planned"


async def test_a_typed_approval_is_answered_with_the_plan_until_it_names_it(stage: WrittenStage) -> None:
    await stage.drafted()
    plan = stage.written.runs[1].fingerprint
    await stage.types(ALEX, f"start run 1 {plan}")
    for text in ("approve run 1", "approve run 1 123456"):
        await stage.types(MEGAN, text)
        assert f"plan {plan}" in stage.newest.shown and "(Approve)" in stage.newest.shown
        assert stage.written.runs[1].state == "awaiting_approval"
    await stage.types(MEGAN, f"approve run 1 {plan}")
    assert stage.written.runs[1].state == "running"


async def test_no_typed_verb_shows_the_plan_to_whoever_may_perhaps_not_look(stage: WrittenStage) -> None:
    await stage.drafted()
    stage.written.unread.add(ALEX.id)
    await stage.types(ALEX, "start run 1")
    assert "hecking" in stage.newest.text
    assert "plan" not in stage.newest.shown
