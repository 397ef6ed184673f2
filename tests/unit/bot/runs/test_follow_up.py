"""What comes after a run by itself: a watching run for the people whom it has verified, which looks, offers and reminds."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ledger import audit, calls, runs
from bot.step import Fine
from bot.views import Person, RunView
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, RunHarness, call_states, finding_kinds
from tests.support.watching_steps import DAY, HURRY, follower, watch


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="on")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    steps = {**STEPS, "light": replace(STEPS["light"], follow_up="watch"), "watch": watch}
    office = RunHarness(tmp_path / "records.sqlite", lamps, steps)
    yield office
    office.close()


async def lit(office: RunHarness, people: str = "a b c") -> RunView:
    return await office.act_and_settle(await office.request_run("light", people), ("start", ANNA), ("approve", BEN))


async def started_again(office: RunHarness, lamps: FakeGateway) -> RunView:
    """A run that watches a and b, and has switched a on once more."""
    run = await lit(office)
    lamps.lamps["a"] = "flickers"
    return await office.act_and_settle((await follower(office, run.id)).id, ("start", ANNA), ("approve", BEN))


async def days_later(office: RunHarness, run: int, days: float) -> RunView:
    office.time.now += days * DAY
    return await office.settle(run)


async def test_a_verified_run_is_followed_by_one_for_those_whom_it_changed(office: RunHarness) -> None:
    run = await lit(office)
    watching = await follower(office, run.id)
    assert (watching.step, watching.answers, watching.follows, watching.asked_by) == ("watch", {"people": "a\nb"}, run.id, ANNA)
    assert watching.state == "monitoring" and watching.next_look_at
    assert not await office.ledger(lambda db: list(audit.find_broken(db)))


async def test_what_failed_is_followed_only_when_it_was_tried_again_and_nobody_is_followed_twice(
    office: RunHarness, lamps: FakeGateway
) -> None:
    lamps.faults = {"a": ["refused"]}
    run = await lit(office, "b a")
    assert (await follower(office, run.id)).answers == {"people": "b"}
    await office.act_and_settle(run.id, ("retry", ANNA))
    assert (await follower(office, run.id, 1)).answers == {"people": "a"}
    assert len(await office.ledger(runs.followers, run.id)) == 2


async def test_who_was_never_seen_to_be_changed_is_not_followed(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"b": ["nothing happens"]}
    run = await lit(office)
    office.time.now += 3601 / HURRY
    assert (await office.settle(run.id)).state == "incomplete"
    assert (await follower(office, run.id)).answers["people"] == "a"


async def test_where_nothing_was_changed_nothing_follows(office: RunHarness) -> None:
    run = await office.request_run("light", "c")
    assert not await office.ledger(runs.followers, run)


async def test_a_watching_run_ends_when_everything_is_clear_and_holds_nobody_until_then(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await follower(office, (await lit(office)).id)
    assert not await office.ledger(calls.locks, 0)
    lamps.lamps |= {"a": "cold", "b": "cold"}
    assert (await days_later(office, watching.id, 1)).state == "verified"


async def test_a_look_that_fails_does_not_end_it(office: RunHarness, lamps: FakeGateway) -> None:
    run = await lit(office)
    lamps.unreachable = True
    watching = await follower(office, run.id)
    assert watching.state == "monitoring" and "does not answer" in str(watching.why)
    lamps.unreachable, lamps.lamps = False, {"a": "cold", "b": "cold"}
    assert (await days_later(office, watching.id, 1)).state == "verified"


async def test_nor_does_it_once_something_was_carried_out(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await started_again(office, lamps)
    lamps.lamps["a"] = "cold"
    assert (await days_later(office, watching.id, 1)).state == "monitoring"
    lamps.unreachable = True
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "monitoring" and "does not answer" in str(watching.why)
    lamps.unreachable, lamps.lamps["b"] = False, "cold"
    assert (await days_later(office, watching.id, 1)).state == "verified"


async def test_it_looks_when_it_is_time_however_often_it_is_woken(office: RunHarness, lamps: FakeGateway) -> None:
    """Each restart gives every run a turn."""
    watching = await follower(office, (await lit(office)).id)
    lamps.lamps["a"] = "cold"
    assert finding_kinds(await office.settle(watching.id)) == ["unclear", "unclear"]
    assert (await office.driver.advance(watching.id) or 0) > 0
    assert finding_kinds(await days_later(office, watching.id, 1 / 24)) == ["fine", "unclear"]


async def test_a_clock_that_was_set_back_does_not_stop_it(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await follower(office, (await lit(office)).id)
    lamps.lamps["a"] = "cold"
    assert finding_kinds(await days_later(office, watching.id, -5)) == ["fine", "unclear"]


async def test_somebody_who_is_deleted_meanwhile_does_not_end_it_for_the_others(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await follower(office, (await lit(office)).id)
    del lamps.lamps["a"]
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "monitoring" and finding_kinds(watching) == ["obstacle", "unclear"]


async def test_what_has_failed_once_more_is_offered_once_more(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await started_again(office, lamps)
    lamps.lamps["a"] = "flickers"
    assert (await office.settle(watching.id)).state == "verifying", "it may only not be visible yet"
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "planned" and [row.subject for row in watching.changes] == ["a"]
    watching = await office.act_and_settle(watching.id, ("start", ANNA), ("approve", BEN))
    lamps.lamps |= {"a": "cold", "b": "cold"}
    assert (await days_later(office, watching.id, 1)).state == "verified" and lamps.executed["a"] == 3


async def test_what_it_did_and_cannot_see_yet_keeps_no_reminder_from_the_others(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await started_again(office, lamps)
    watching = await days_later(office, watching.id, 20.1)
    assert [(day, str(words)) for day, words in watching.reminders] == [(20, "still warm: a, b")]
    del lamps.lamps["a"]
    lamps.lamps["b"] = "cold"
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "incomplete" and "not confirmed by looking: a" in str(watching.why)


async def test_a_turn_before_its_time_does_not_look_and_whoever_wants_a_look_gets_it(office: RunHarness, lamps: FakeGateway) -> None:
    """A restart gives every run a turn; a thousand that watch must not all read the estate then."""
    watching = await follower(office, (await lit(office)).id)
    lamps.lamps |= {"a": "cold", "b": "cold"}
    assert (await office.settle(watching.id)).state == "monitoring"
    assert (await office.act_and_settle(watching.id, ("look", ANNA))).state == "verified"


async def test_what_needs_a_hand_is_offered_and_the_rest_is_watched_meanwhile_and_afterwards(
    office: RunHarness, lamps: FakeGateway
) -> None:
    run = await lit(office)
    lamps.lamps["a"] = "flickers"
    watching = await follower(office, run.id)
    assert watching.state == "planned" and call_states(watching) == {"a": "pending"}
    lamps.lamps["b"] = "cold"
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "planned" and isinstance(watching.other_findings[0], Fine)
    assert lamps.executed["a"] == 1
    watching = await office.act_and_settle(watching.id, ("start", ANNA), ("approve", BEN))
    assert watching.state == "verifying" and lamps.executed["a"] == 2
    lamps.lamps["a"] = "cold"
    assert (await days_later(office, watching.id, 1)).state == "verified"


async def test_what_it_did_stays_told_while_it_watches_the_rest(office: RunHarness, lamps: FakeGateway) -> None:
    """Its newest look has no change of that any more."""
    watching = await started_again(office, lamps)
    lamps.lamps["a"] = "cold"
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "monitoring" and call_states(watching) == {"a": "done"}
    lamps.lamps["b"] = "cold"
    watching = await days_later(office, watching.id, 1)
    assert watching.state == "verified" and call_states(watching) == {"a": "done"}


async def test_it_reminds_on_its_days_once_each_of_those_who_are_left(office: RunHarness, lamps: FakeGateway) -> None:
    watching = await follower(office, (await lit(office)).id)
    assert (await days_later(office, watching.id, 19.9)).reminders == ()
    lamps.lamps["b"] = "cold"
    watching = await days_later(office, watching.id, 0.2)
    assert [(day, str(words)) for day, words in watching.reminders] == [(20, "still warm: a")]
    watching = await days_later(office, watching.id, 1)
    assert len(watching.reminders) == 1
    assert [day for day, _ in (await days_later(office, watching.id, 7)).reminders] == [20, 27]


@pytest.mark.parametrize("verbs", [(), (("approve", BEN), ("pause", ANNA))], ids=["awaiting_approval", "paused"])
async def test_it_reminds_while_it_waits_for_a_person_and_shows_the_plan_it_waits_with(
    office: RunHarness, lamps: FakeGateway, verbs: Sequence[tuple[str, Person]]
) -> None:
    run = await lit(office)
    lamps.lamps["a"] = "flickers"
    watching = await follower(office, run.id)
    for verb, who in (("start", ANNA), *verbs):
        assert (await office.act(watching.id, verb, who)).ok
    waits = await office.settle(watching.id)
    lamps.lamps["a"] = "on"
    lamps.unreachable = True
    assert (await days_later(office, watching.id, 20.1)).reminders == ()
    lamps.unreachable = False
    watching = await days_later(office, watching.id, 1)
    assert [(day, str(words)) for day, words in watching.reminders] == [(20, "still warm: a, b")]
    assert (watching.state, call_states(watching)) == (waits.state, call_states(waits)) and waits.state in ("awaiting_approval", "paused")


async def test_it_gives_up_in_the_end(office: RunHarness) -> None:
    watching = await follower(office, (await lit(office)).id)
    assert (await days_later(office, watching.id, 31)).state == "incomplete"


async def test_the_audit_tells_that_nobody_asked_for_it(office: RunHarness) -> None:
    run = await lit(office)
    watching = await follower(office, run.id)
    first, *_ = await office.service.audit(watching.id)
    assert (first.who, str(first.words)) == ("Switchover", f"began Watch lamps, which follows run {run.id}")


async def test_what_somebody_ends_while_the_run_looks_stays_ended(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.lamps["a"] = "flickers"
    run = await office.request_run("watch", "a c")
    assert (await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))).state == "verifying"
    lamps.lamps["a"] = "cold"
    office.time.now += DAY
    assert (await office.settle(run)).state == "monitoring"  # the other one is still warm
    lamps.during_read = lambda: office.service.act(run, "undo", ANNA)
    office.time.now += DAY
    assert (await office.settle(run)).state == "verified"
    assert lamps.during_read is None
