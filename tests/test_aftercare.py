"""After a move on the pretend estate: what follows by itself, what it offers, and when it is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.hands import by_hand
from bot.ledger import runs
from bot.view import RunView
from tests.estate_office import EstateOffice, estate_office

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateOffice]:
    async with estate_office(tmp_path, "ready") as office:
        yield office


async def moved(office: EstateOffice, *people: str) -> RunView:
    run = await office.carries_out(await office.asks("move_users", people="\n".join(people)))
    assert run.state == "verified", run
    return run


async def watching(office: EstateOffice, run: RunView, seconds: float = 0) -> RunView:
    office.wait(seconds)
    (follower,) = await office.ledger(runs.followers, run.id)
    await office.worker.advance(follower.id)
    return await office.view(follower.id)


def told(view: RunView) -> dict[str, str]:
    return {finding.subject: finding.kind for finding in (*view.others, *(row.change for row in view.rows))}


async def test_who_was_moved_is_looked_after_until_everything_is_well(office: EstateOffice) -> None:
    one = someone(office)
    run = await moved(office, one)
    after = await watching(office, run)
    assert after.state == "settling" and after.follows == run.id
    assert told(after) == {f"{one} meetings": "unclear", f"{one} first sign-in": "unclear", f"{one} number": "fine"}
    by_hand(office.estate, {"do": "sign in to teams", "who": one})
    after = await watching(office, run, 5 * HOUR)
    assert after.state == "verified" and set(told(after).values()) == {"fine"}
    assert len(await office.ledger(runs.followers, run.id)) == 1


async def test_meetings_that_failed_are_started_again_after_start_and_approval(office: EstateOffice) -> None:
    one = someone(office)
    office.estate.uncertain.meetings_succeed = False
    run = await moved(office, one)
    after = await watching(office, run, 5 * HOUR)
    (row,) = after.rows
    assert after.state == "drafted" and row.subject == f"{one} meetings" and row.change.no_undo
    assert not any("Start-CsExMeetingMigration" in write for write in office.writes())
    office.estate.uncertain.meetings_succeed = True
    by_hand(office.estate, {"do": "sign in to teams", "who": one})
    assert (await office.carries_out(after)).state == "verified"
    assert [write for write in office.writes() if one in write] == [f"Move-CsUser {one}", f"Start-CsExMeetingMigration {one}"]


async def test_nobody_is_held_by_being_looked_after(office: EstateOffice) -> None:
    one = someone(office)
    run = await moved(office, one)
    await watching(office, run)
    back = await office.undone(run)
    assert back.step == "move_back" and back.state == "verified"
    after = await watching(office, run, DAY)
    assert after.state == "verified" and told(after) == {one: "fine"}


async def test_the_channel_is_reminded_of_who_has_not_signed_in(office: EstateOffice) -> None:
    one = someone(office)
    run = await moved(office, one)
    after = await watching(office, run)
    after = await watching(office, run, 20.01 * DAY)
    assert [day for day, _ in after.reminders] == [20] and one in str(after.reminders[0][1])


def someone(office: EstateOffice) -> str:
    return next(line["sip"] for line in office.estate.truth() if line["home"] == "on-premises" and not line["wrong"])
