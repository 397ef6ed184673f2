"""People are who they are: whoever was renamed is found, and nobody is taken for somebody else who had the address before.

All pairs of what has happened (moved, renamed, address given away, never moved) and what is asked for then.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.faults import Fault
from bot.facts.cloud import Cloud
from bot.ledger import runs
from bot.step import Fine, Obstacle
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.renamed_people import HOUR, NEW, NUMBER, VICTOR, TwoPeople, account, clear, describe_findings, findings_of
from tests.support.run_harness import ANNA, BEN, call_states

HISTORIES = ("moved", "renamed", "given away", "never moved")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=18, cloud=Cloud(export_folder=r"\\files\moves")) as office:
        yield office


@pytest.mark.parametrize("history", HISTORIES)
async def test_whoever_is_moved_is_the_one_who_is_called_so(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    if history != "never moved":
        await scene.move_victor()
    name = scene.rename_victor()
    plan = await office.make_plan("move_users", people=name)
    match history:
        case "moved":
            assert [type(finding) for finding in plan.other_findings] == [Fine] and not plan.changes
        case "renamed":
            assert not plan.changes and plan.state == "cancelled"
            again = await office.make_plan("move_users", people=NEW)
            assert [type(finding) for finding in again.other_findings] == [Fine] and f"was {VICTOR}" in describe_findings(again)
        case "given away":
            (row,) = plan.changes
            assert row.change.identity and row.change.identity.id == str(scene.carol.guid)
            assert "belonged to somebody else when we moved it" in describe_findings(plan)
            before = scene.of(scene.victor)
            assert (await office.start_and_approve(plan)).state == "verified"
            assert account(scene.carol).pool == "" and scene.of(scene.victor) == before
        case _:
            assert (await office.start_and_approve(plan)).state == "verified" and account(scene.victor).pool == ""


@pytest.mark.parametrize("history", HISTORIES)
async def test_what_was_before_is_given_back_to_whom_it_belongs(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    if history != "never moved":
        await scene.move_victor()
    name = scene.rename_victor()
    already = office.effects()
    plan = await office.make_plan("move_back", people=name)
    match history:
        case "given away":
            (finding,) = plan.other_findings
            assert isinstance(finding, Obstacle) and not plan.changes
            assert str(finding.reasons[0].why) == "this address belonged to somebody else when we moved it"
            assert office.effects() == already and scene.is_away()
            plan = await office.make_plan("move_back", people=NEW)
            assert (
                f"was {VICTOR}" in describe_findings(plan)
                and (await office.start_and_approve(plan)).state == "verified"
                and scene.is_back()
            )
        case "never moved":
            assert not plan.changes and office.effects() == already
        case _:
            assert history == "moved" or f"was {VICTOR}, is now {NEW}" in describe_findings(plan)
            assert (await office.start_and_approve(plan)).state == "verified" and scene.is_back()
    assert scene.nobody_else_was_touched()


@pytest.mark.parametrize("history", HISTORIES)
async def test_an_undo_is_about_those_whom_the_run_has_moved(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    if history == "never moved":
        plan = await office.make_plan("move_users", people=VICTOR)
        assert not (await office.service.act(plan.id, "undo", ANNA)).ok
        return
    run = await scene.move_victor()
    scene.rename_victor()
    back = await office.undo(run)
    assert back.state == "verified" and set(call_states(back).values()) == {"done"}, (describe_findings(back), back.why)
    assert scene.is_back() and scene.nobody_else_was_touched()
    if history != "moved":
        assert f"was {VICTOR}, is now {NEW}" in describe_findings(back)
    assert ("left alone" in describe_findings(back)) is (history == "given away")


@pytest.mark.parametrize("history", HISTORIES)
async def test_aftercare_goes_on_with_those_who_were_moved(office: EstateHarness, history: str) -> None:
    scene = TwoPeople(office, history)
    if history == "never moved":
        plan = await office.make_plan("aftercare", people=VICTOR, numbers="assign")
        assert not plan.changes and scene.of(scene.victor) == scene.before
        return
    run = await scene.move_victor()
    scene.rename_victor()
    (follower,) = await office.ledger(runs.followers, run.id)
    office.pass_time(5 * HOUR)
    view = await looked(office, follower.id)
    sip = account(scene.victor).sip
    assert {finding.subject for finding in findings_of(view)} == {f"{sip} {part}" for part in ("meetings", "first sign-in", "number")}
    assert {finding.identity.id for finding in findings_of(view) if finding.identity} == {str(scene.victor.guid)}
    typed = await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Global")
    if history == "given away":
        (finding,) = typed.other_findings
        assert isinstance(finding, Obstacle) and "belonged to somebody else" in describe_findings(typed) and not typed.changes
    else:
        assert typed.changes, describe_findings(typed)
        (row,) = typed.changes
        assert row.change.identity and row.change.identity.id == str(scene.victor.guid) and row.subject == f"{sip} number"
        assert (await office.start_and_approve(typed)).state in ("verified", "monitoring")
        assert scene.victor.online and scene.victor.online.line_uri == NUMBER
    assert scene.nobody_else_was_touched()


async def looked(office: EstateHarness, run: int) -> RunView:
    await office.driver.advance(run)
    return await office.view(run)


@pytest.mark.parametrize("history", HISTORIES)
async def test_what_failed_begins_again_only_for_the_same_person(office: EstateHarness, history: str) -> None:
    """Renamed: the agreed call names nobody, so a new plan is agreed to. Given away: nothing is sent to who has the address."""
    scene = TwoPeople(office, history)
    step = "move_users" if history == "never moved" else "move_back"
    if step == "move_back":
        await scene.move_victor()
    clear(account(scene.victor)) if step == "move_back" else None
    plan = await office.make_plan(step, people=VICTOR)
    office.faults.add(Fault("refuse", call="Move-CsUser"))
    failed = await office.start_and_approve(plan)
    assert (failed.state, call_states(failed)) == ("incomplete", {VICTOR: "failed"})
    if step == "move_back":
        scene.rename_victor()
    await office.act_and_settle(failed.id, ("retry", ANNA))
    again = await office.advance(failed.id)
    if history in ("renamed", "given away"):
        assert again.state == "planned" and f"was {VICTOR}, is now {NEW}" in describe_findings(again), again
        await office.act_and_settle(again.id, ("start", ANNA), ("approve", BEN))
        again = await office.advance(again.id)
    assert again.state == "verified", again
    assert (account(scene.victor).pool == "") is (step == "move_users") and (step == "move_users" or scene.is_back())
    assert scene.nobody_else_was_touched()
