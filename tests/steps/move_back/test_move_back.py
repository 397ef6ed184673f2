"""The way back from Teams on the pretend estate: what was saved and noted before the move comes back with the home."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest

from adapters.lab.cmdlets.users import POLICIES
from adapters.lab.estate.person import AdAccount
from adapters.lab.faults import Fault
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.facts.cloud import Cloud
from bot.facts.users import AssignedPolicies
from bot.gateway import CallId
from bot.ledger import calls
from bot.ledger.calls import CallRecord
from bot.ledger.history import moves
from bot.step import LOSE, Obstacle
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN, call_states
from tests.support.step_scenarios import flatten_estate

NUMBER, VOICE = "+493012345678", "victor.voice@contoso.com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=16, cloud=Cloud(export_folder=r"\\files\moves")) as office:
        yield office


def someone(office: EstateHarness) -> str:
    return next(line["sip"] for line in office.estate.people_rows() if line["home"] == "on-premises" and not line["wrong"])


def account_of(office: EstateHarness, one: str) -> AdAccount:
    person = office.estate.directory.find_on_premises(one)
    assert person and person.account
    return person.account


async def moved(office: EstateHarness) -> tuple[str, AdAccount, RunView]:
    """Somebody with contacts and one policy, whom we have moved to Teams; their policy is forgotten meanwhile."""
    one = someone(office)
    account = account_of(office, one)
    account.contacts, account.policies = 7, {"ClientPolicy": "Calm"}
    run = await office.start_and_approve(await office.make_plan("move_users", people=one))
    assert run.state == "verified" and account.contacts == 0
    account.policies = None
    return one, account, run


def test_the_lab_and_the_bot_know_the_same_policies() -> None:
    assert AssignedPolicies.property_names() == POLICIES


async def test_somebody_with_a_number_and_every_policy_is_afterwards_as_before(office: EstateHarness) -> None:
    """Also when number and policies on premises are cleared meanwhile, as some do for a clean end of hybrid."""
    account = account_of(office, VOICE)
    account.policies = {kind: f"{kind} of Victor" for kind in POLICIES}
    before = dict(flatten_estate(asdict(office.estate.state)))
    run = await office.start_and_approve(await office.make_plan("move_users", people=VOICE))
    assert run.state == "verified" and account.line_uri
    account.line_uri, account.enterprise_voice, account.policies = "", False, None
    back = await office.undo(run)
    assert back.state == "verified", back
    after = dict(flatten_estate(asdict(office.estate.state)))
    differs = {path.rpartition("/")[2] for path in before if before[path] != after.get(path)}
    assert differs <= {"saved", "migrations"}
    assert before.keys() - after.keys() <= {path for path in before if path.endswith(("saved", "migrations"))}


@pytest.mark.parametrize(
    ("sent", "left"),
    [(1, "done"), (2, "done"), (3, "not begun"), (3, "lost"), (3, "done")],
    ids=["move", "policy", "import not begun", "import lost on the way", "import"],
)
async def test_a_crash_does_not_forget_the_import(office: EstateHarness, sent: int, left: str) -> None:
    """The bot dies at the last of so many calls, whose outcome nobody has written down: nothing in the estate shows an import."""
    one, account, _ = await moved(office)
    plan = await office.make_plan("move_back", people=one)
    await office.act_and_settle(plan.id, ("start", ANNA))
    assert (await office.act(plan.id, "approve", BEN, typed=LOSE)).ok
    *before, last = (await office.ledger(calls.of_run, plan.id))[:sent]
    for row in before:
        await begun(office, row)
        await office.gateway.execute(row.call, written)  # type: ignore[arg-type]
        await office.ledger(calls.finish, plan.id, row.n, "done", office.time.now)
    if left != "not begun":
        await begun(office, last)
    if left == "done":
        await office.gateway.execute(last.call, written)  # type: ignore[arg-type]
    ended = await office.advance(plan.id)
    assert (ended.state, set(call_states(ended).values())) == ("verified", {"done"}), ended
    assert (account.contacts, account.policies) == (7, {"ClientPolicy": "Calm"})
    assert (await office.make_plan("move_back", people=one)).changes == ()


async def begun(office: EstateHarness, row: CallRecord) -> None:
    await office.ledger(calls.mark_sent, row.run, row.n, CallId("session", "call"), office.time.now)


async def written(ticket: CallId) -> None:
    """The intent is in the ledger already."""


async def test_data_that_cannot_be_imported_holds_up_nothing_else_and_is_asked_for_again(office: EstateHarness) -> None:
    one, account, run = await moved(office)
    office.faults.add(Fault("refuse", call="Import-CsUserData"))
    back = await office.undo(run)
    assert back.state == "incomplete" and account.policies == {"ClientPolicy": "Calm"} and account.contacts == 0
    again = await office.make_plan("move_back", people=one)
    (row,) = again.changes
    assert [call.name for call in row.change.do] == ["Import-CsUserData"]  # type: ignore[union-attr]
    assert (await office.start_and_approve(again)).state == "verified" and account.contacts == 7


async def test_saved_data_that_is_still_owed_is_not_written_over_by_the_next_move(office: EstateHarness) -> None:
    one, account, run = await moved(office)
    office.faults.add(Fault("refuse", call="Import-CsUserData"))
    await office.undo(run)
    plan = await office.make_plan("move_users", people=one)
    (finding,) = plan.other_findings
    assert isinstance(finding, Obstacle) and [reason.cured_by for reason in finding.reasons] == ["move_back"]
    assert (await office.start_and_approve(await office.make_plan("move_back", people=one))).state == "verified" and account.contacts == 7
    assert (await office.start_and_approve(await office.make_plan("move_users", people=one))).state == "verified"


async def test_three_moves_that_fail_in_a_row_stop_a_run_also_where_saving_goes_well(office: EstateHarness) -> None:
    plan = await office.make_plan("move_users", people="pool pool01.contoso.com")
    assert len({row.subject for row in plan.changes}) > 4
    office.faults.add(Fault("refuse", call="Move-CsUser", times=100))
    run = await office.start_and_approve(plan)
    assert run.state == "paused" and list(call_states(run).values()).count("failed") == 3


async def test_a_run_of_three_that_all_fail_is_over_and_not_paused(office: EstateHarness) -> None:
    people = [row.subject for row in (await office.make_plan("move_users", people="pool pool01.contoso.com")).changes]
    plan = await office.make_plan("move_users", people="\n".join(list(dict.fromkeys(people))[:3]))
    office.faults.add(Fault("refuse", call="Move-CsUser", times=100))
    assert (await office.start_and_approve(plan)).state == "incomplete"


async def test_somebody_who_was_only_saved_and_not_moved_comes_from_nowhere(office: EstateHarness) -> None:
    one = someone(office)
    plan = await office.make_plan("move_users", people=one)
    office.faults.add(Fault("refuse", call="Move-CsUser"))
    assert (await office.start_and_approve(plan)).state == "incomplete"
    assert await office.ledger(moves) == []


async def test_a_number_that_is_refused_holds_up_no_policy(office: EstateHarness) -> None:
    """It may belong to somebody else by now."""
    account = account_of(office, VOICE)
    account.policies = {"ClientPolicy": "Calm"}
    run = await office.start_and_approve(await office.make_plan("move_users", people=VOICE))
    account.line_uri, account.enterprise_voice, account.policies = "", False, None
    office.faults.add(Fault("refuse", call="Set-CsUser"))
    back = await office.undo(run)
    assert back.state == "incomplete" and account.policies == {"ClientPolicy": "Calm"} and not account.line_uri


async def test_nobody_is_brought_back_to_a_pool_that_does_not_run(office: EstateHarness) -> None:
    one, account, _ = await moved(office)
    perform_manual_action(office.estate, {"do": "stop front end", "server": "fe01.contoso.com"})
    perform_manual_action(office.estate, {"do": "stop front end", "server": "fe02.contoso.com"})
    plan = await office.make_plan("move_back", people=one)
    why = " ".join(str(reason.why) for finding in plan.other_findings for reason in getattr(finding, "reasons", ()))
    assert "does not run" in why and "quorum" in why and not plan.changes and account.pool == ""


async def test_a_number_in_teams_is_taken_away_before_the_move_where_that_is_asked_for(office: EstateHarness) -> None:
    one, account, _ = await moved(office)
    person = office.estate.directory.find_online(one)
    assert person and person.online
    person.online.line_uri, person.online.enterprise_voice = f"tel:{NUMBER}", True
    left = await office.make_plan("move_back", people=one)
    assert any("stays assigned in Teams" in str(note) for row in left.changes for note in row.change.notes)
    await office.service.act(left.id, "cancel", ANNA)
    back = await office.start_and_approve(await office.make_plan("move_back", people=one, number_in_teams="remove"))
    assert back.state == "verified" and person.online.line_uri == "" and account.pool


async def test_what_was_saved_and_noted_before_the_move_comes_back(office: EstateHarness) -> None:
    one = someone(office)
    person = office.estate.directory.find_on_premises(one)
    assert person and person.account
    account = person.account
    account.contacts, account.policies = 7, {"ClientPolicy": "Calm"}
    number, voice = account.line_uri, account.enterprise_voice
    run = await office.start_and_approve(await office.make_plan("move_users", people=one))
    assert run.state == "verified" and account.contacts == 0
    account.line_uri, account.enterprise_voice, account.policies = "", False, None
    back = await office.undo(run)
    assert back.state == "verified" and set(call_states(back).values()) == {"done"}
    assert (account.contacts, account.line_uri, account.enterprise_voice) == (7, number, voice)
    assert account.policies == {"ClientPolicy": "Calm"}


async def test_a_move_does_not_begin_when_the_data_could_not_be_saved(office: EstateHarness) -> None:
    one = someone(office)
    plan = await office.make_plan("move_users", people=one)
    office.faults.add(Fault("refuse", call="Export-CsUserData"))
    run = await office.start_and_approve(plan)
    assert run.state == "incomplete" and call_states(run) == {one: "failed"}
    assert not any("Move-CsUser" in write for write in office.effects())
