"""What is typed or pressed for a plan that it does not name is answered with the plan, and does nothing."""

import pytest

from tests.support.sample_steps import ALEX, MEGAN
from tests.support.written_conversation import WrittenConversation


@pytest.mark.parametrize("old", [False, True])
async def test_a_button_that_names_no_plan_does_nothing(stage: WrittenConversation, old: bool) -> None:
    card = await stage.draft_run()
    for verb in ("start", "cancel"):
        await stage.send_action(ALEX, card, {"verb": verb, "run": 1}, old)
        assert "names no plan" in stage.newest_message.text and stage.fake_service.runs[1].state == "planned"


async def test_a_typed_approval_is_answered_with_the_plan_until_it_names_it(stage: WrittenConversation) -> None:
    await stage.draft_run()
    plan = stage.fake_service.runs[1].fingerprint
    await stage.type_text(ALEX, f"start run 1 {plan}")
    for text in ("approve run 1", "approve run 1 123456"):
        await stage.type_text(MEGAN, text)
        assert f"plan {plan}" in stage.newest_message.as_shown and "(Approve)" in stage.newest_message.as_shown
        assert stage.fake_service.runs[1].state == "awaiting_approval"
    await stage.type_text(MEGAN, f"approve run 1 {plan}")
    assert stage.fake_service.runs[1].state == "running"


async def test_no_typed_verb_shows_the_plan_to_whoever_may_perhaps_not_look(stage: WrittenConversation) -> None:
    await stage.draft_run()
    stage.fake_service.unread.add(ALEX.id)
    await stage.type_text(ALEX, "start run 1")
    assert "hecking" in stage.newest_message.text
    assert "plan" not in stage.newest_message.as_shown
