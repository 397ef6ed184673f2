"""The life of a run, from asking to looking again, over a toy estate and the real ledger."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import InvalidAnswers
from bot.gateway import CallId
from bot.ledger import audit, calls
from bot.views import FINGERPRINT
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.run_harness import ANNA, BEN, HERE, STRANGER, VIEWER, RunHarness, call_states, finding_kinds


@pytest.fixture
def lamps() -> FakeGateway:
    return FakeGateway(a="off", b="off", c="on", d="broken")


@pytest.fixture
async def office(tmp_path: Path, lamps: FakeGateway) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS)
    yield office
    office.close()


async def test_a_plan_says_what_would_change_and_changes_nothing(office: RunHarness, lamps: FakeGateway) -> None:
    view = await office.view(await office.request_run("light", "a c d b"))
    assert view.state == "planned"
    assert call_states(view) == {"a": "pending", "b": "pending"}
    assert finding_kinds(view) == ["fine", "obstacle"]
    assert not lamps.executed


async def test_an_approved_run_changes_each_subject_once_and_is_verified(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b c d")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "verified"
    assert call_states(view) == {"a": "done", "b": "done"}
    assert dict(lamps.executed) == {"a": 1, "b": 1}
    assert view.agreed_by == BEN


async def test_who_asked_cannot_approve(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a")
    await office.act(run, "start", ANNA)
    pressed = await office.act(run, "approve", ANNA)
    assert not pressed.ok and "Somebody else" in str(pressed.words)
    assert (await office.settle(run)).state == "awaiting_approval" and not lamps.executed


@pytest.mark.parametrize("who", [VIEWER, STRANGER])
async def test_without_the_right_nothing_is_asked_started_or_approved(office: RunHarness, who: object) -> None:
    asked = await office.service.create_run("light", {"people": "a"}, who, HERE)  # type: ignore[arg-type]
    assert not asked.ok and asked.run is None
    run = await office.request_run("light", "a")
    for verb in ("start", "cancel"):
        assert not (await office.act(run, verb, who)).ok
    assert (await office.view(run)).state == "planned"


async def test_a_button_of_an_older_plan_is_not_believed(office: RunHarness) -> None:
    run = await office.request_run("light", "a")
    for older in ("an older one", "4f2a91"):
        pressed = await office.act(run, "start", ANNA, named=older)
        assert not pressed.ok and pressed.shows_plan


async def test_the_fingerprint_stands_for_the_plan(office: RunHarness) -> None:
    run = await office.request_run("light", "a")
    plan = await office.view(run)
    assert len(plan.fingerprint) == FINGERPRINT and not (await office.act(run, "start", ANNA, named=plan.digest[: FINGERPRINT - 1])).ok
    assert (await office.act(run, "start", ANNA, named=plan.fingerprint)).ok


async def test_nobody_of_that_name_brings_the_form_back_and_keeps_nothing_from_others(office: RunHarness) -> None:
    view = await office.view(await office.request_run("light", "nobody none"))
    assert view.state == "cancelled" and "nobody" in str(view.problems["people"])
    view = await office.view(await office.request_run("light", "a nobody"))
    assert (view.state, call_states(view), finding_kinds(view)) == ("planned", {"a": "pending"}, ["obstacle"])


async def test_all_fine_is_said_aloud_and_ends_the_run(office: RunHarness) -> None:
    view = await office.view(await office.request_run("light", "c"))
    assert (view.state, finding_kinds(view)) == ("verified", ["fine"])


async def test_a_read_that_fails_leads_to_no_write(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.hidden = {"a"}
    view = await office.view(await office.request_run("light", "a b"))
    assert call_states(view) == {"b": "pending"} and finding_kinds(view) == ["unclear"]
    lamps.unreachable = True
    view = await office.view(await office.request_run("light", "a b"))
    assert view.state == "incomplete" and "does not answer" in str(view.why)


async def test_a_subject_in_one_run_is_an_obstacle_in_the_next(office: RunHarness) -> None:
    first = await office.request_run("light", "a")
    second = await office.request_run("light", "a b")
    await office.act(first, "start", ANNA)
    refused = await office.act(second, "start", ANNA)
    assert not refused.ok and f"run {first}" in str(refused.words)
    third = await office.view(await office.request_run("light", "a b"))
    assert call_states(third) == {"b": "pending"}
    assert f"is in run {first}, asked by Anna" in str(third.other_findings[0].reasons[0].why)  # type: ignore[union-attr]


async def test_a_refusal_is_told_and_can_be_tried_again_without_new_approval(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["refused"]}
    run = await office.request_run("light", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "incomplete" and call_states(view) == {"a": "failed", "b": "done"}
    assert "fuse" in str(view.changes[0].why)
    view = await office.act_and_settle(run, ("retry", ANNA))
    assert view.state == "verified" and dict(lamps.executed) == {"a": 1, "b": 1}


async def test_what_never_arrived_is_sent_again(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["unreachable", "unreachable"]}
    run = await office.request_run("light", "a")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "verified" and lamps.executed["a"] == 1


@pytest.mark.parametrize(("fault", "acts"), [("lost after", 1), ("lost before", 1)])
async def test_a_lost_answer_is_looked_at_and_never_repeated_blindly(office: RunHarness, lamps: FakeGateway, fault: str, acts: int) -> None:
    lamps.faults = {"a": [fault]}
    run = await office.request_run("light", "a")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "verified" and lamps.executed["a"] == acts


async def test_a_lost_call_that_may_still_run_is_waited_for(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults, lamps.calls_have_finished = {"a": ["lost before"]}, False
    run = await office.request_run("light", "a b")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "running" and call_states(view) == {"a": "unknown", "b": "done"}
    office.time.now += 901
    assert (await office.settle(run)).state == "verified"
    assert dict(lamps.executed) == {"a": 1, "b": 1}


async def test_saying_done_is_not_believed_until_it_is_seen(office: RunHarness, lamps: FakeGateway) -> None:
    lamps.faults = {"a": ["nothing happens"]}
    run = await office.request_run("light", "a")
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "verifying" and lamps.executed["a"] == 1
    assert not (await office.service.act(run, "undo", ANNA)).ok
    office.time.now += 3601
    view = await office.settle(run)
    assert view.state == "incomplete" and "not confirmed" in str(view.why)
    assert lamps.executed["a"] == 1


async def test_several_failures_in_a_row_stop_the_run(tmp_path: Path) -> None:
    lamps = FakeGateway(**{f"l{n}": "off" for n in range(9)})
    lamps.faults = {name: ["refused"] for name in lamps.lamps}
    office = RunHarness(tmp_path / "r.sqlite", lamps, STEPS, max_consecutive_failures=3)
    run = await office.request_run("light", " ".join(lamps.lamps))
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert view.state == "paused" and view.count("failed") == 3 and view.count("pending") == 6
    lamps.faults = {}
    view = await office.act_and_settle(run, ("resume", ANNA))
    assert view.count("done") == 6 and view.state == "incomplete"
    office.close()


async def test_the_first_goes_alone_and_then_as_many_as_allowed(tmp_path: Path) -> None:
    lamps = FakeGateway(**{f"l{n}": "off" for n in range(9)})
    lamps.barrier = asyncio.Barrier(4)
    office = RunHarness(tmp_path / "r.sqlite", lamps, STEPS, concurrency=4)
    run = await office.request_run("light", " ".join(lamps.lamps))
    async with asyncio.timeout(20):
        assert (await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))).state == "verified"
    assert lamps.most_running == 4 and set(lamps.executed.values()) == {1}
    office.close()


async def test_pause_and_cancel_let_what_is_under_way_finish(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b")
    await office.act(run, "start", ANNA)
    await office.act(run, "approve", BEN)
    view = await office.act_and_settle(run, ("pause", ANNA))
    assert view.state == "paused" and not lamps.executed
    view = await office.act_and_settle(run, ("cancel", ANNA))
    assert view.state == "cancelled" and view.count("skipped") == 2 and not lamps.executed


async def test_undo_is_a_new_run_planned_now(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b c")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    pressed = await office.service.act(run, "undo", ANNA)
    assert pressed.run is not None
    view = await office.settle(pressed.run)
    assert (view.step, view.undo_of, call_states(view)) == ("dark", run, {"a": "pending", "b": "pending"})
    await office.act_and_settle(pressed.run, ("start", ANNA), ("approve", BEN))
    assert lamps.lamps == {"a": "off", "b": "off", "c": "on", "d": "broken"}


async def test_who_is_gone_meanwhile_keeps_nobody_else_from_being_taken_back(office: RunHarness, lamps: FakeGateway) -> None:
    """Nobody has typed this list: there is no form to come back."""
    run = await office.request_run("light", "a b")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    del lamps.lamps["b"]
    pressed = await office.service.act(run, "undo", ANNA)
    assert pressed.run is not None
    view = await office.settle(pressed.run)
    assert view.state == "planned" and call_states(view) == {"a": "pending"} and finding_kinds(view) == ["obstacle"]


async def test_somebody_elses_change_in_between_is_found_and_not_done_again(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("light", "a b")
    await office.act(run, "start", ANNA)
    lamps.lamps["a"] = "on"
    view = await office.act_and_settle(run, ("approve", BEN))
    assert view.state == "verified" and call_states(view) == {"a": "skipped", "b": "done"}
    assert "a" not in lamps.executed


async def test_a_crash_between_intent_and_outcome_is_looked_at_by_the_next_life(tmp_path: Path) -> None:
    """The first life ends while one lamp's call is under way: its row stays *doing*."""
    for happened in (True, False):
        lamps = FakeGateway(a="off", b="off")
        records = tmp_path / f"{happened}.sqlite"
        first = RunHarness(records, lamps, STEPS)
        run = await first.request_run("light", "a b")
        await first.act(run, "start", ANNA)
        await first.act(run, "approve", BEN)
        row = (await first.ledger(calls.of_run, run))[0]
        await first.ledger(calls.mark_sent, run, row.n, CallId("s", "c"), first.time.now)
        lamps.lamps["a"] = "on" if happened else "off"
        first.close()
        second = RunHarness(records, lamps, STEPS)
        view = await second.settle(run)
        assert view.state == "verified" and lamps.lamps == {"a": "on", "b": "on"}
        assert lamps.executed["a"] == (0 if happened else 1)
        second.close()


async def test_the_audit_names_every_step_in_order_and_its_chain_holds(office: RunHarness) -> None:
    run = await office.request_run("light", "a")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    lines = await office.ledger(audit.lines, run, 100)
    assert [line["event"] for line in lines] == ["asked", "planned", "start", "approve", "sent", "done", "ended"]
    assert not await office.ledger(lambda db: list(audit.find_broken(db)))


async def test_an_audit_line_cannot_be_changed_or_removed(office: RunHarness) -> None:
    await office.request_run("light", "a")
    for statement in ("update audit set event = 'nothing'", "delete from audit"):
        with pytest.raises(Exception, match="append-only"):
            await office.ledger(lambda db, sql=statement: db.execute(sql))  # type: ignore[misc]


@pytest.mark.parametrize("change", ["event = 'refuse'", "at = at + 60", "run = 2", "names = replace(names, 'a', 'b')", "hashed = '{}'"])
async def test_a_line_that_was_changed_behind_our_back_is_named(office: RunHarness, change: str) -> None:
    run = await office.request_run("light", "a")
    await office.act_and_settle(run, ("start", ANNA))
    await office.ledger(lambda db: db.execute("drop trigger audit_no_update"))
    await office.ledger(lambda db: db.execute(f"update audit set {change} where event = 'start'"))
    assert await office.ledger(lambda db: list(audit.find_broken(db))) == [3]


async def test_a_name_that_was_forgotten_leaves_the_audit_whole(office: RunHarness) -> None:
    await office.request_run("light", "a")
    await office.ledger(lambda db: db.execute("drop trigger audit_no_update"))
    await office.ledger(lambda db: db.execute("update audit set names = '{}'"))
    assert not await office.ledger(lambda db: list(audit.find_broken(db)))


async def test_a_form_without_its_answer_is_misspelt(office: RunHarness) -> None:
    with pytest.raises(InvalidAnswers) as problem:
        await office.service.create_run("light", {}, ANNA, HERE)
    assert list(problem.value.problems) == ["people"]


@pytest.mark.parametrize(("step", "became"), [("light", "broken"), ("light", "hidden"), ("chain", "broken")])
async def test_what_became_impossible_is_not_called_verified(office: RunHarness, lamps: FakeGateway, step: str, became: str) -> None:
    run = await office.request_run(step, "a")
    lamps.hidden = {"a"} if became == "hidden" else set()
    lamps.lamps["a"] = became
    view = await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    assert (view.state, call_states(view)) == ("incomplete", {"a": "skipped"}) and "not carried out: a" in str(view.why)
    lamps.lamps["a"], lamps.hidden = "off", set()
    assert (await office.act_and_settle(run, ("retry", ANNA))).state == "verified"


async def test_undo_takes_each_change_back_newest_first_if_the_estate_is_as_the_run_left_it(office: RunHarness, lamps: FakeGateway) -> None:
    run = await office.request_run("chain", "a b c")
    await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))
    lamps.lamps["a"] = "broken"
    undo = await office.service.act(run, "undo", ANNA)
    assert undo.run is not None
    view = await office.settle(undo.run)
    assert call_states(view) == {"b": "pending"} and "changed since" in str(view.other_findings[0].reasons[0].why)  # type: ignore[union-attr]
    view = await office.act_and_settle(undo.run, ("start", ANNA), ("approve", BEN))
    assert view.state == "verified" and lamps.lamps == {"a": "broken", "b": "off", "c": "on", "d": "broken"}
