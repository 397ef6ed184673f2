"""After a move on the pretend estate: what follows by itself, what it offers, and when it is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.gateway import CallId
from bot.ledger import calls, runs
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready") as office:
        yield office


async def moved(office: EstateHarness, *people: str) -> RunView:
    run = await office.start_and_approve(await office.make_plan("move_users", people="\n".join(people)))
    assert run.state == "verified", run
    return run


async def watching(office: EstateHarness, run: RunView, seconds: float = 0) -> RunView:
    office.pass_time(seconds)
    (follower,) = await office.ledger(runs.followers, run.id)
    await office.driver.advance(follower.id)
    return await office.view(follower.id)


def told(view: RunView) -> dict[str, str]:
    return {finding.subject: finding.kind for finding in (*view.other_findings, *(row.change for row in view.changes))}


async def test_who_was_moved_is_looked_after_until_everything_is_well(office: EstateHarness) -> None:
    one = someone(office)
    run = await moved(office, one)
    after = await watching(office, run)
    assert after.state == "monitoring" and after.follows == run.id
    assert told(after) == {f"{one} meetings": "unclear", f"{one} first sign-in": "unclear", f"{one} number": "fine"}
    perform_manual_action(office.estate, {"do": "sign in to teams", "who": one})
    after = await watching(office, run, 5 * HOUR)
    assert after.state == "verified" and set(told(after).values()) == {"fine"}
    assert len(await office.ledger(runs.followers, run.id)) == 1


async def test_meetings_that_failed_are_started_again_after_start_and_approval(office: EstateHarness) -> None:
    one = someone(office)
    office.estate.uncertain.meetings_succeed = False
    run = await moved(office, one)
    after = await watching(office, run, 5 * HOUR)
    (row,) = after.changes
    assert after.state == "planned" and row.subject == f"{one} meetings" and row.change.no_undo
    assert not any("Start-CsExMeetingMigration" in write for write in office.effects())
    office.estate.uncertain.meetings_succeed = True
    perform_manual_action(office.estate, {"do": "sign in to teams", "who": one})
    assert (await office.start_and_approve(after)).state == "verified"
    assert [write for write in office.effects() if one in write] == [f"Move-CsUser {one}", f"Start-CsExMeetingMigration {one}"]


async def test_a_move_whose_end_was_seen_days_later_began_when_it_began(office: EstateHarness) -> None:
    """The bot was down meanwhile; what was converted and done since then counts."""
    one = someone(office)
    plan = await office.make_plan("move_users", people=one)
    await office.act(plan.id, "start", ANNA)
    await office.act(plan.id, "approve", BEN)
    (row,) = await office.ledger(calls.of_run, plan.id)
    await office.ledger(calls.mark_sent, plan.id, row.n, CallId("session", "call"), office.time.now)
    await office.gateway.execute(row.call, written)  # type: ignore[arg-type]
    perform_manual_action(office.estate, {"do": "sign in to teams", "who": one})
    office.pass_time(2 * DAY)
    assert (await office.advance(plan.id)).state == "verified"
    after = await watching(office, plan)
    assert after.state == "verified" and set(told(after).values()) == {"fine"}, after


async def written(ticket: CallId) -> None:
    """The intent is in the ledger already."""


async def test_a_tenant_that_converts_no_meetings_is_told(office: EstateHarness) -> None:
    office.estate.state.tenant.meeting_migration = False
    after = await watching(office, await moved(office, someone(office)))
    (obstacle,) = [finding for finding in after.other_findings if finding.kind == "obstacle"]
    assert "MeetingMigrationEnabled" in str(obstacle)


async def test_somebody_who_leaves_meanwhile_ends_it_for_nobody_else(office: EstateHarness) -> None:
    one, other = [line["sip"] for line in office.estate.people_rows() if line["home"] == "on-premises" and not line["wrong"]][:2]
    run = await moved(office, one, other)
    person = office.estate.directory.find_on_premises(one)
    assert person and (await watching(office, run)).state == "monitoring"
    person.account = None
    after = await watching(office, run, DAY)
    assert after.state == "monitoring" and told(after)[one] == "obstacle" and told(after)[f"{other} first sign-in"] == "unclear"


async def test_nobody_is_held_by_being_looked_after(office: EstateHarness) -> None:
    one = someone(office)
    run = await moved(office, one)
    await watching(office, run)
    back = await office.undo(run)
    assert back.step == "move_back" and back.state == "verified"
    after = await watching(office, run, DAY)
    assert after.state == "verified" and told(after) == {one: "fine"}


async def test_the_channel_is_reminded_of_who_has_not_signed_in(office: EstateHarness) -> None:
    one = someone(office)
    run = await moved(office, one)
    after = await watching(office, run)
    after = await watching(office, run, 20.01 * DAY)
    assert [day for day, _ in after.reminders] == [20] and one in str(after.reminders[0][1])


def someone(office: EstateHarness) -> str:
    return next(line["sip"] for line in office.estate.people_rows() if line["home"] == "on-premises" and not line["wrong"])
