"""What is agreed was seen: who starts or approves names the plan, and it was shown to them before."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ledger import shown_plans, waiting_actions
from bot.ledger.shown_plans import KEPT, PastPlan
from bot.views import ConversationRef
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, HERE, RunHarness

CHANNEL = ConversationRef("19:audit", HERE.service_url, kind="channel")
GROUP = ConversationRef("19:group", HERE.service_url, kind="groupChat")


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS)
    yield office
    office.close()


async def awaiting(office: RunHarness, people: str = "a b") -> int:
    run = await office.request_run("light", people)
    assert (await office.act_and_settle(run, ("start", ANNA))).state == "awaiting_approval"
    return run


async def shows(office: RunHarness, run: int, spot: ConversationRef, person: str = "") -> str:
    """The plan is shown there. Returns its digest."""
    digest = (await office.view(run)).digest
    await office.ledger(shown_plans.mark_shown, run, digest, spot, person, office.time.now)
    return digest


async def test_who_names_no_plan_starts_and_approves_nothing_and_is_shown_it(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a")
    pressed = await office.service.act(run, "start", ANNA)
    assert not pressed.ok and pressed.shows_plan and (await office.view(run)).fingerprint in str(pressed.words)
    await office.act_and_settle(run, ("start", ANNA))
    await shows(office, run, CHANNEL)
    pressed = await office.service.act(run, "approve", BEN)
    assert not pressed.ok and pressed.shows_plan and (await office.settle(run)).state == "awaiting_approval" and not lamps.executed


async def test_the_fingerprint_of_the_plan_before_agrees_to_nothing_and_says_what_differs(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps["c"] = "on"
    run = await office.request_run("light", "a b c")
    old = await shows(office, run, CHANNEL)
    lamps.lamps |= {"c": "off", "a": "on"}
    office.time.now += 3600
    await office.act_and_settle(run, ("look", ANNA))
    await shows(office, run, CHANNEL)
    for name in (old, old[:6]):
        pressed = await office.service.act(run, "start", ANNA, name)
        assert not pressed.ok and pressed.shows_plan
        assert "new in it: c, no longer in it: a" in str(pressed.words) and "the plan of 2027-01-15 08:00 UTC" in str(pressed.words)
    unknown = await office.service.act(run, "start", ANNA, "4f2a91")
    assert not unknown.ok and "no plan “4f2a91”" in str(unknown.words) and (await office.settle(run)).state == "planned"


async def test_the_right_fingerprint_from_somebody_who_was_shown_nothing_agrees_to_nothing(office: RunHarness, lamps: FakeGateway) -> None:
    """A colleague can read it out on the phone."""
    run = await awaiting(office)
    name = (await office.view(run)).fingerprint
    pressed = await office.service.act(run, "approve", BEN, name)
    assert not pressed.ok and pressed.shows_plan and not lamps.executed
    await shows(office, run, HERE, BEN.id)
    assert (await office.service.act(run, "approve", BEN, name)).ok


@pytest.mark.parametrize(
    ("spot", "person", "pressed_in", "counts"),
    [
        (CHANNEL, "", "somewhere", True),
        (GROUP, "", GROUP.conversation, True),
        (GROUP, "", "somewhere", False),
        (HERE, ANNA.id, HERE.conversation, False),
        (HERE, BEN.id, "somewhere", True),
    ],
    ids=["a team reads its channel", "in the group", "elsewhere than in the group", "somebody else's chat", "their own chat"],
)
async def test_a_plan_counts_as_shown_to_whoever_could_read_it(
    office: RunHarness, spot: ConversationRef, person: str, pressed_in: str, counts: bool
) -> None:
    run = await awaiting(office)
    digest = await shows(office, run, spot, person)
    assert (await office.service.act(run, "approve", BEN, digest, conversation=pressed_in)).ok is counts


async def test_what_stops_a_run_needs_to_name_no_plan(office: RunHarness) -> None:
    run = await awaiting(office)
    assert (await office.service.act(run, "refuse", BEN)).ok


async def test_a_press_that_waits_for_a_group_is_for_the_plan_that_was_seen(tmp_path: Path, lamps: FakeGateway) -> None:
    office = RunHarness(tmp_path / "groups.sqlite", lamps, STEPS, rights={"ask": [ANNA.id], "approve": ["group:admins"]})
    run = await awaiting(office)
    assert not (await office.service.act(run, "approve", BEN)).ok
    assert not await office.ledger(waiting_actions.all_waiting)  # nothing was seen, so nothing is wished for
    digest = await shows(office, run, GROUP)
    await office.service.act(run, "approve", BEN, digest[:6], conversation=GROUP.conversation)
    (wish,) = await office.ledger(waiting_actions.all_waiting)
    assert wish.digest == digest
    assert await office.ledger(shown_plans.was_shown_to, run, digest, BEN.id, "")  # as it will be pressed, from nowhere
    office.close()


async def test_what_could_not_be_sent_was_not_shown(office: RunHarness) -> None:
    assert await office.ledger(shown_plans.mark_shown, 1, "d", CHANNEL, "", 0.0)
    assert not await office.ledger(shown_plans.mark_shown, 1, "d", replace(CHANNEL, locale="de"), "", 1.0)
    await office.ledger(shown_plans.unmark_shown, 1, "d", CHANNEL, "")
    assert not await office.ledger(shown_plans.was_shown_to, 1, "d", BEN.id, CHANNEL.conversation)


async def test_of_the_newest_plans_is_known_what_they_held(office: RunHarness) -> None:
    for n in range(KEPT + 2):
        await office.ledger(shown_plans.save, 7, PastPlan(f"{n:064x}"[::-1], float(n), {"a": str(n)}))
    kept = [await office.ledger(shown_plans.find, 7, f"{n:064x}"[::-1][:6]) for n in range(KEPT + 2)]
    assert [plan is not None for plan in kept] == [False, False, *[True] * KEPT]
