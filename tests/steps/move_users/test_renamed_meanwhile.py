"""What is taken back, or goes on, under names that have changed meanwhile: commands name people as they are called today."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.ledger import audit, calls
from bot.runs.undo import UNDO
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.renamed_people import HOUR, NUMBER, VICTOR, TwoPeople, account, describe_findings, findings_of, person
from tests.support.run_harness import ANNA, BEN, call_states

BOB, CAROL = "bob@contoso.com", "carol@contoso.com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=18) as office:
        yield office


async def numbered(office: EstateHarness, scene: TwoPeople) -> RunView:
    """Victor is in Teams, with his number assigned there by us."""
    await scene.move_victor()
    office.pass_time(5 * HOUR)
    perform_manual_action(office.estate, {"do": "sign in to teams", "who": VICTOR})
    run = await office.start_and_approve(
        await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Global")
    )
    assert scene.victor.online and scene.victor.online.line_uri == NUMBER
    return run


@pytest.mark.parametrize("history", ["moved", "renamed", "given away"])
async def test_a_number_is_taken_away_from_whom_we_gave_it(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    run = await numbered(office, scene)
    scene.rename_victor()
    assert scene.victor.online and scene.carol.online
    scene.carol.online.line_uri = "tel:+4930555010777"
    back = await office.undo(run)
    assert back.step == UNDO and back.state == "verified", (back.state, describe_findings(back))
    assert scene.victor.online.line_uri == "" and account(scene.victor).line_uri == NUMBER
    assert scene.carol.online.line_uri == "tel:+4930555010777" and scene.nobody_else_was_touched()


async def test_two_who_have_swapped_their_names_are_each_brought_back_as_they_were(office: EstateHarness) -> None:
    bob, carol = person(office, BOB), person(office, CAROL)
    account(bob).policies, account(carol).policies = {"ClientPolicy": "Bob's"}, {"ClientPolicy": "Carol's"}
    run = await office.start_and_approve(await office.make_plan("move_users", people=f"{BOB}\n{CAROL}"))
    account(bob).policies = account(carol).policies = None
    perform_manual_action(office.estate, {"do": "swap names", "who": BOB, "other": CAROL})
    office.pass_time(HOUR)
    back = await office.undo(run)
    assert back.state == "verified" and set(call_states(back).values()) == {"done"}, describe_findings(back)
    assert (account(bob).policies, account(carol).policies) == ({"ClientPolicy": "Bob's"}, {"ClientPolicy": "Carol's"})


@pytest.mark.parametrize("which", ["sip", "upn"])
async def test_two_of_whom_one_signs_in_with_what_calls_the_other_are_not_mixed_up(office: EstateHarness, which: str) -> None:
    bob, carol = person(office, BOB), person(office, CAROL)
    account(bob).policies, account(carol).policies = {"ClientPolicy": "Bob's"}, {"ClientPolicy": "Carol's"}
    run = await office.start_and_approve(await office.make_plan("move_users", people=BOB))
    account(bob).policies = None
    perform_manual_action(office.estate, {"do": "swap names", "who": BOB, "other": CAROL, "which": which})
    office.pass_time(HOUR)
    back = await office.undo(run)
    assert back.state == "verified", describe_findings(back)
    assert (
        account(bob).pool and account(bob).policies == {"ClientPolicy": "Bob's"} and account(carol).policies == {"ClientPolicy": "Carol's"}
    )


async def test_a_run_that_looks_whether_a_move_shows_knows_who_was_renamed(office: EstateHarness) -> None:
    """The row stays under the name that was agreed to; what is looked at is the person."""
    office.estate.uncertain.online_shows_move_after = 600
    plan = await office.make_plan("move_users", people=BOB)
    await office.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
    while (await office.view(plan.id)).state != "verifying":
        await office.driver.advance(plan.id)
    perform_manual_action(office.estate, {"do": "rename", "who": BOB, "to": "robert@contoso.com", "synchronised": True})
    run = await office.advance(plan.id)
    assert (run.state, call_states(run)) == ("verified", {BOB: "done"}), describe_findings(run)


async def test_nobody_is_agreed_to_by_an_address_alone(office: EstateHarness) -> None:
    """The plan's digest, its rows and the audit say who it is."""
    plan = await office.make_plan("move_users", people=BOB)
    bob = str(person(office, BOB).guid)
    assert [finding.identity.id for finding in findings_of(plan) if finding.identity] == [bob]
    await office.act_and_settle(plan.id, ("start", ANNA))
    perform_manual_action(
        office.estate, {"do": "give address", "who": BOB, "to": CAROL, "becomes": "robert@contoso.com", "synchronised": True}
    )
    run = await office.approve(plan.id)
    assert not office.effects() and account(person(office, BOB)).pool, describe_findings(run)
    assert {row.identity for row in await office.ledger(calls.of_run, plan.id)} <= {bob}


async def test_the_audit_names_who_it_was_beside_the_address(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("move_users", people=BOB))
    lines = await office.ledger(audit.lines, run.id, 50)
    assert sum(str(person(office, BOB).guid) in line["names"] and BOB in line["names"] for line in lines) >= 2
    assert not await office.ledger(lambda db: list(audit.find_broken(db)))
