"""Where in the journey the estate is: read from both sides and our own records, and obeyed by board, plans and buttons."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.lab.estate.initial_state import Stage
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.facts.journey import Journey
from bot.progress import next_step
from bot.reader.reader import EstateReader
from bot.step import Change
from bot.steps import STEPS
from bot.steps.shared.journey import read_journey
from bot.views import Board
from dialogs.cards.board import board_card
from dialogs.cards.run import RenderContext, run_card
from dialogs.cards.text_fallback import as_text
from tests.support.board_entries import board_entry
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA
from tests.support.step_scenarios import lead_online

ALL = {step.name: step for step in STEPS}
DOMAINS = ("contoso.com", "fabrikam.com", "wingtiptoys.com")
BEGINS: Mapping[str, Mapping[str, str]] = {
    "hosting_provider": {},
    "shared_sip_space": {},
    "coexistence": {"mode": "SfBOnly"},
    "configure_hybrid": {"partner_discovery": "open"},
}


@pytest.fixture
async def emptied(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    """Nobody is left on premises, and DNS leads to Microsoft 365."""
    async with estate_harness(tmp_path, "finished") as office:
        for domain in DOMAINS:
            lead_online(office, domain)
        yield office


async def looked(office: EstateHarness) -> Board:
    office.core.refresher.requested.clear()
    await office.core.refresher.refresh_on_request()
    return await office.service.board()


@pytest.mark.parametrize(("stage", "phase"), [("untouched", "before"), ("half", "before"), ("ready", "in"), ("finished", "ending")])
async def test_each_stage_of_the_pretend_estate_is_where_it_is(stage: Stage, phase: str, tmp_path: Path) -> None:
    async with estate_harness(tmp_path, stage, users=43) as office:
        assert (await read_journey(EstateReader(office.gateway))).phase == phase


async def test_after_the_end_the_board_says_so_and_offers_nothing(emptied: EstateHarness) -> None:
    before = await looked(emptied)
    assert before.journey.phase == "ending" and "ending" in ALL[before.next_step or ""].phases
    run = await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    assert (run.state, run.next_step) == ("verified", None)
    at_once, later = await emptied.service.board(), await looked(emptied)
    for board in (at_once, later):
        assert (board.journey.phase, board.journey.run, board.next_step) == ("after", run.id, None)
        card = board_card(board, None, RenderContext(board.journey.off_at), ALL)  # type: ignore[arg-type]
        assert f"(run {run.id}). Nothing is left to do here." in as_text(card)
        assert [action["title"] for action in card.get("actions", ())] == ([] if board is at_once else ["Look again"])
        assert "blocked" not in as_text(card) and "something to do" not in as_text(card)
    tenant = await emptied.make_plan("tenant", pilot_users="1")
    assert tenant.state == "verified", tenant.other_findings


@pytest.mark.parametrize("step", BEGINS)
async def test_what_begins_it_again_says_first_when_it_was_switched_off(emptied: EstateHarness, step: str) -> None:
    over = await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    plan = await emptied.make_plan(step, **BEGINS[step])
    assert plan.changes and all(f"(run {over.id}): this begins it again" in str(row.change.loses[0]) for row in plan.changes)
    assert plan.loses and "Type LOSE" in str((await emptied.act(plan.id, "start", ANNA)).words)
    assert emptied.effects()[3:] == []


async def test_once_it_has_begun_again_nothing_is_said_of_the_end(emptied: EstateHarness) -> None:
    await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    plan = await emptied.make_plan("hosting_provider")
    assert (await emptied.act(plan.id, "start", ANNA, "LOSE")).ok
    assert (await emptied.approve(plan.id)).state == "verified"
    assert (await emptied.service.board()).journey == Journey()  # nobody has looked since
    assert (await looked(emptied)).journey.phase == "ending"
    again = await emptied.make_plan("shared_sip_space")
    assert again.loses is None and again.changes


async def test_an_end_that_was_taken_back_is_none(emptied: EstateHarness) -> None:
    run = await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    assert (await emptied.undo(run)).state == "verified"
    assert (await looked(emptied)).journey == Journey("ending")


async def test_an_end_by_hand_is_seen_without_a_day(emptied: EstateHarness) -> None:
    world = emptied.estate.state
    world.federation.shared, world.tenant.global_mode, world.tenant.mode_before = False, "TeamsOnly", "TeamsOnly"
    world.hosting_providers["Office365"].enabled = False
    assert (await looked(emptied)).journey == Journey("after")
    plan = await emptied.make_plan("hosting_provider")
    assert isinstance(plan.changes[0].change, Change) and "hybrid is switched off: this begins it again" in str(plan.loses)
    assert "To be agreed to first" in as_text(run_card(plan, RenderContext(plan.asked_at), ALL))


async def test_who_cannot_be_moved_is_offered_nothing_that_leads_back(emptied: EstateHarness) -> None:
    await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    somebody = next(one.account.sip for one in emptied.estate.state.people.values() if one.account and one.account.sip)
    perform_manual_action(emptied.estate, {"do": "sign in to teams", "who": somebody})
    plan = await emptied.make_plan("move_back", people=somebody)
    told: Any = plan.other_findings[0]
    assert "hybrid was switched off" in str(told.reasons[0].why) and not any(reason.cured_by for reason in told.reasons)


@pytest.mark.parametrize(
    ("phase", "expected"), [("before", "federation"), ("in", "federation"), ("ending", "switch_off"), ("after", None), (None, "federation")]
)
def test_the_next_step_belongs_in_the_phase(phase: Any, expected: str | None) -> None:
    lines = [
        board_entry("federation", "to do", phases=("before", "in")),
        board_entry("coexistence", "to do", phases=("in",)),
        board_entry("switch_off", "to do", phases=("in", "ending", "after")),
    ]
    assert next_step(lines, phase=phase) == expected
    assert next_step(lines, besides_step="federation", phase="before") is None
