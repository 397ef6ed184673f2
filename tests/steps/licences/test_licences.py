"""The step `licences` carried out by the real heart on the pretend estate, and what it does for a move that comes soon after."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from adapters.lab.estate.estate import ChangedObject, Effect
from adapters.lab.estate.state import MCOSTANDARD, TEAMS
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.step import Finding, Obstacle, Unclear
from bot.steps import STEPS
from tests.support.conversation import Conversation
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN, call_states

E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
LINUS, TINA, ULLA, PETER, NILS, DAVE, FRANK, BOB = (
    f"{name}@contoso.com" for name in ("linus.ohne", "tina.teams", "ulla.nirgends", "peter.wartet", "nils.nichtda", "dave", "frank", "bob")
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        yield office


def held(office: EstateHarness, sip: str) -> dict[str, tuple[str, ...]]:
    """What somebody has in truth: SKU → switched-off plans."""
    person = office.estate.directory.find_on_premises(sip)
    assert person and person.online
    return {one.sku: one.disabled for one in person.online.licences}


def only(found: tuple[Finding, ...]) -> Finding:
    (one,) = found
    return one


async def test_a_licence_is_given_and_seen_once_it_is_provisioned(office: EstateHarness) -> None:
    plan = await office.make_plan("licences", people=LINUS, licence="SPE_E3")
    before = office.time.now
    run = await office.start_and_approve(plan)
    assert (run.state, call_states(run), list(held(office, LINUS))) == ("verified", {LINUS: "done"}, [E3])
    assert office.time.now - before >= 300  # PendingProvisioning was waited out
    assert office.effects() == [f"POST /users/{{user-id}}/assignLicense {LINUS}"]


async def test_exactly_what_was_given_is_taken_back_and_the_country_stays(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("licences", people=ULLA, licence="SPE_E3", usage_location="de"))
    assert run.state == "verified" and list(held(office, ULLA)) == [E3]
    back = await office.undo(run)
    person = office.estate.directory.find_on_premises(ULLA)
    assert back.state == "verified" and not held(office, ULLA)
    assert person and person.online and person.online.usage_location == "DE"


async def test_what_is_switched_off_besides_stays_off_and_is_so_after_the_undo(office: EstateHarness) -> None:
    exchange = next(plan.id for plan in office.estate.state.skus[E3].plans if plan.id not in (TEAMS, MCOSTANDARD))
    perform_manual_action(office.estate, {"do": "give licence", "who": BOB, "sku": "SPE_E3", "without": [TEAMS, exchange]})
    run = await office.start_and_approve(await office.make_plan("licences", people=BOB))
    assert run.state == "verified" and held(office, BOB) == {E3: (exchange,)}
    back = await office.undo(run)
    assert back.state == "verified" and set(held(office, BOB)[E3]) == {TEAMS, exchange}


async def test_several_that_would_do_are_named_and_one_is_to_be_chosen(office: EstateHarness) -> None:
    one = only((await office.make_plan("licences", people=LINUS)).other_findings)
    assert isinstance(one, Obstacle) and "SPE_E3" in str(one.reasons[0].why) and "SPE_E5" in str(one.reasons[0].why)


async def test_a_licence_that_the_tenant_does_not_have_brings_the_form_back(office: EstateHarness) -> None:
    view = await office.make_plan("licences", people=LINUS, licence="SPE_E33")
    assert view.state == "cancelled" and "SPE_E33" in str(view.problems["licence"]) and "SPE_E3 (" in str(view.problems["licence"])


async def test_without_seats_nobody_gets_one(office: EstateHarness) -> None:
    sku = office.estate.state.skus[E3]
    sku.units = sku.consumed
    one = only((await office.make_plan("licences", people=LINUS, licence="SPE_E3")).other_findings)
    assert isinstance(one, Obstacle) and "no unit is free" in str(one.reasons[0].why) and one.reasons[0].cured_by == "tenant"


async def test_a_licence_that_was_given_and_does_not_show_yet_takes_nobody_elses_seat(office: EstateHarness) -> None:
    sku = office.estate.state.skus[E3]
    sku.units = sku.consumed + 2
    plan = await office.make_plan("licences", people=f"{LINUS}, {ULLA}", licence="SPE_E3", usage_location="DE")
    await office.act_and_settle(plan.id, ("start", ANNA))
    pressing = []

    def pause(kept: Sequence[ChangedObject], effect: Effect | None) -> None:
        office.estate.on_change = None
        pressing.append(asyncio.ensure_future(office.service.act(plan.id, "pause", ANNA)))

    office.estate.on_change = pause
    paused = await office.approve(plan.id)
    assert (paused.state, sorted(call_states(paused).values())) == ("paused", ["done", "pending"])
    await asyncio.gather(*pressing, office.service.act(plan.id, "resume", ANNA))
    run = await office.advance(plan.id)
    assert (run.state, call_states(run)) == ("verified", {LINUS: "done", ULLA: "done"})


async def test_the_last_seat_that_somebody_else_took_meanwhile_is_told(office: EstateHarness) -> None:
    plan = await office.make_plan("licences", people=f"{LINUS}, {ULLA}", licence="SPE_E3", usage_location="DE")
    await office.act_and_settle(plan.id, ("start", ANNA))
    sku = office.estate.state.skus[E3]
    sku.units = sku.consumed + 1
    run = await office.approve(plan.id)
    assert sorted(call_states(run).values()) == ["done", "skipped"]


async def test_whom_teams_does_not_show_at_home_gets_none(office: EstateHarness) -> None:
    one = only((await office.make_plan("licences", people=NILS, licence="SPE_E3")).other_findings)
    assert isinstance(one, Obstacle) and "second account" in str(one.reasons[0].why) and one.reasons[0].cured_by == "directory_sync"


async def test_what_is_never_provisioned_stays_unclear(office: EstateHarness) -> None:
    one = only((await office.make_plan("licences", people=PETER)).other_findings)
    assert isinstance(one, Unclear) and one.recheck_after == 300


async def test_voice_gets_phone_system(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("licences", people=DAVE, licence="MCOEV"))
    assert run.state == "verified" and len(held(office, DAVE)) == 2


async def test_what_somebody_in_teams_needs_is_not_taken_back(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("licences", people=LINUS, licence="SPE_E3"))
    office.pass_time(1800)
    moved = await office.start_and_approve(await office.make_plan("move_users", people=LINUS))
    assert moved.state == "verified"
    one = only((await office.undo(run)).other_findings)
    assert isinstance(one, Obstacle) and one.reasons[-1].cured_by == "move_back"


async def test_a_move_soon_after_the_licence_is_waited_for_and_not_a_failure(office: EstateHarness) -> None:
    given = await office.start_and_approve(await office.make_plan("licences", people=LINUS, licence="SPE_E3"))
    assert given.state == "verified"
    plan = await office.make_plan("move_users", people=LINUS)
    await office.act_and_settle(plan.id, ("start", ANNA))
    await office.act(plan.id, "approve", BEN)
    early = await office.settle(plan.id)
    assert early.state == "running" and call_states(early) == {LINUS: "pending"} and "507" in str(early.why)
    late = await office.advance(plan.id)
    assert late.state == "verified"
    moves = [effect.result for effect in office.estate.effects if effect.call == "Move-CsUser"]
    assert moves[-1] == "done" and set(moves[:-1]) == {"failed"}


async def test_a_move_without_a_licence_offers_this_step_for_exactly_those_people(office: EstateHarness) -> None:
    plan = await office.make_plan("move_users", people=f"{BOB}, {LINUS}, {TINA}")
    cured = {
        one.subject
        for one in plan.other_findings
        if isinstance(one, Obstacle) and any(reason.cured_by == "licences" for reason in one.reasons)
    }
    assert cured == {LINUS, TINA}


async def test_its_button_opens_the_form_filled_in_with_them(office: EstateHarness) -> None:
    async def nothing_more(words: str) -> None:
        raise AssertionError(words)

    stage = Conversation(office.service, {step.name: step for step in STEPS}, nothing_more)
    await stage.type_text(ANNA, f"move pilot users {BOB}, {LINUS}, {TINA}")
    await office.advance(1)
    stage.card_updater.run_changed(1)
    await stage.card_updater.wait_until_shown()
    await stage.press(ANNA, "Assign licences")
    form = list(stage.clients.messages.values())[-1].as_shown
    assert f"[{LINUS}\n{TINA}]" in form
