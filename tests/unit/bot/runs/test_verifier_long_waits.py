"""A move has the day that Microsoft speaks of: it is looked at less and less often, tells why and until when, and then says so."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.ledger import runs
from bot.runs.verifier import back_off
from bot.views import RunView
from dialogs.cards.run import RenderContext, run_card
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN

BOB = "bob@contoso.com"
HOUR = 3600.0


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready") as office:
        yield office


async def moved(office: EstateHarness, shows_after: float, turns: int = 12) -> RunView:
    """Bob is moved, and Teams shows it only so many seconds later; this many turns have been taken."""
    perform_manual_action(office.estate, {"do": "behave", "online_shows_move_after": shows_after})
    plan = await office.make_plan("move_users", people=BOB)
    await office.act_and_settle(plan.id, ("start", ANNA))
    pressed = await office.act(plan.id, "approve", BEN)
    assert pressed.ok, pressed.words
    return await office.advance(plan.id, turns)


async def test_a_move_that_shows_after_hours_is_verified_and_followed(office: EstateHarness) -> None:
    run = await moved(office, 6 * HOUR)
    began = office.time.now
    assert run.state == "verifying" and "Teams says" in str(run.why) and BOB in str(run.why)
    office.gateway.reads.clear()
    run = await office.advance(run.id)
    assert run.state == "verified" and office.time.now - began > 5 * HOUR
    assert [one.step for one in await office.ledger(runs.followers, run.id)] == ["aftercare"]


async def test_the_card_says_why_when_next_and_until_when(office: EstateHarness) -> None:
    run = await moved(office, 6 * HOUR)
    told = json.dumps(run_card(run, RenderContext(datetime.fromtimestamp(office.time.now, UTC))))
    assert "on premises says sipfed.online.lync.com; Teams says SRV:" in told
    assert run.next_look_at and run.gives_up_at and (run.gives_up_at - run.next_look_at).total_seconds() > 20 * HOUR
    assert "I look again at" in told and ", until " in told


async def test_after_a_day_it_is_incomplete_with_the_reason_and_can_be_looked_at_again(office: EstateHarness) -> None:
    run = await moved(office, 30 * HOUR)
    began = office.time.now
    run = await office.advance(run.id, 400)
    assert run.state == "incomplete" and 23 * HOUR < office.time.now - began < 25 * HOUR
    assert BOB in str(run.why) and "Teams says SRV:" in str(run.why)
    office.pass_time(8 * HOUR)
    assert (await office.service.act(run.id, "look", ANNA)).ok
    assert (await office.advance(run.id)).state == "verified"
    assert [one.answers["people"] for one in await office.ledger(runs.followers, run.id)] == [f"sip:{BOB}"]


def test_looks_become_rarer_and_never_stop() -> None:
    looks, waited = 0, 0.0
    while waited < 24 * HOUR:
        wait = back_off(30.0, waited, 900.0)
        assert 30 <= wait <= 900
        waited, looks = waited + wait, looks + 1
    assert looks < 150
    assert back_off(3600.0, 0, 900.0) == 3600.0
