"""Nothing is sent that was not agreed to: whatever is written into the records, and whichever one condition is missing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.ledger import audit, calls
from bot.runs import agreement
from bot.runs.agreement import AGREED_FOR, CONDITIONS, Evidence
from dialogs.cards.channel_posts import due_posts
from dialogs.cards.run import RenderContext
from dialogs.cards.text_fallback import as_text
from tests.support.attacked_run import AttackedRun
from tests.support.fake_gateway import STEPS, FakeGateway
from tests.support.fake_run_service import NOW
from tests.support.run_harness import ANNA, BEN, STRANGER, RunHarness


@pytest.fixture
async def attacked(tmp_path: Path) -> AsyncIterator[AttackedRun]:
    lamps, path = FakeGateway(a="off", b="off", z="off"), tmp_path / "records.sqlite"
    one = AttackedRun(RunHarness(path, lamps, STEPS), lamps, path)
    yield one
    one.office.close()


FORGED_CALL = """update calls set subject = 'z', call = replace(call, '"a"', '"z"') where run = :run and subject = 'a'"""
FORGED_PLAN = """update findings set body = replace(body, '"a"', '"z"'), subject = 'z' where run = :run and subject = 'a'"""


async def calls_changed(one: AttackedRun) -> None:
    await one.approve()
    one.write(FORGED_CALL)


async def calls_and_plan_changed(one: AttackedRun) -> None:
    await one.approve()
    one.write(FORGED_CALL, FORGED_PLAN, "update runs set answers = json_set(answers, '$.people', 'z b') where id = :run")


async def begun_without_approval(one: AttackedRun) -> None:
    await one.start()
    approver = "agreed_by = 'b', agreed_digest = digest, agreed_at = 1800000000.0"
    one.write(f"update runs set state = 'running', {approver} where id = :run")


async def requester_rewritten(one: AttackedRun) -> None:
    """So that they can approve themselves."""
    await one.start()
    one.write("update runs set asked_by = 'x', started_by = 'x' where id = :run")
    assert (await one.office.act(one.run, "approve", ANNA)).ok


async def approver_rewritten(one: AttackedRun) -> None:
    await one.approve()
    one.write("update runs set agreed_by = 'nobody' where id = :run")


async def old_agreement(one: AttackedRun) -> None:
    await one.approve()
    one.office.time.now += AGREED_FOR + 1


async def cancel_taken_out(one: AttackedRun) -> None:
    await one.approve()
    assert (await one.office.service.act(one.run, "cancel", ANNA)).ok
    one.write("delete from requests where request = 'cancel'")


async def pause_taken_out(one: AttackedRun) -> None:
    await one.pause()
    one.write("update requests set request = 'resume'", "update runs set state = 'running' where id = :run")


async def line_changed(one: AttackedRun) -> None:
    """A line that nothing else of the agreement is read from."""
    await one.approve()
    one.write("update audit set names = '{}', hashed = replace(hashed, '\"obstacle\":0', '\"obstacle\":7') where event = 'planned'")


async def records_do_not_fit(one: AttackedRun) -> None:
    await one.approve()

    def hold(db: Any) -> None:
        db.hold = agreement.say("they are an older copy")

    await one.office.ledger(hold)


async def done_again(one: AttackedRun) -> None:
    """A call whose effect nothing shows any more is put back to waiting."""
    one.lamps.faults = {"b": ["refused"]}
    await one.approve()
    assert (await one.office.settle(one.run)).state == "incomplete"
    one.lamps.lamps["a"] = "off"
    one.lamps.executed.clear()
    assert (await one.office.service.act(one.run, "retry", ANNA)).ok
    one.write("update calls set state = 'pending', verified = 0 where run = :run and subject = 'a'")


Attack = Callable[[AttackedRun], Awaitable[None]]
ATTACKS: dict[str, Attack] = {
    "chain_is_whole": line_changed,
    "is_not_cancelled": cancel_taken_out,
    "is_not_stopped": pause_taken_out,
    "is_agreed": begun_without_approval,
    "is_the_agreed_plan": calls_and_plan_changed,
    "calls_are_planned": calls_changed,
    "calls_are_not_done": done_again,
    "people_are_those_of_the_audit": approver_rewritten,
    "somebody_else_agreed": requester_rewritten,
    "agreement_is_fresh": old_agreement,
}


IMPLIED = {  # others that stop the same attack
    "is_agreed": {"somebody_else_agreed", "people_are_those_of_the_audit"},
    "somebody_else_agreed": {"people_are_those_of_the_audit"},
}


def test_every_condition_has_an_attack() -> None:
    assert ATTACKS.keys() == CONDITIONS.keys()


@pytest.mark.parametrize("attack", [*ATTACKS.values(), records_do_not_fit], ids=lambda attack: attack.__name__)
async def test_what_was_not_agreed_to_is_not_sent_and_the_card_says_why(attacked: AttackedRun, attack: Attack) -> None:
    await attack(attacked)
    view = await attacked.advance()
    assert not attacked.lamps.executed
    assert view.state == "paused" and "Nothing was sent" in str(view.why), view


@pytest.mark.parametrize("name", ATTACKS)
async def test_without_one_condition_its_attack_gets_through(attacked: AttackedRun, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So each of them is needed, and the attacks could succeed."""
    if name == "calls_are_planned":  # each call is compared once more when it is sent
        monkeypatch.setattr(Evidence, "calls", property(lambda one: {(row.subject, row.part): row.text for row in one.waiting}))
    left = {key: condition for key, condition in CONDITIONS.items() if key not in {name, *IMPLIED.get(name, ())}}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    await ATTACKS[name](attacked)
    await attacked.advance()
    assert attacked.lamps.executed


async def test_who_asked_does_not_agree_under_another_name(attacked: AttackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    await requester_rewritten(attacked)
    left = {key: condition for key, condition in CONDITIONS.items() if key != "people_are_those_of_the_audit"}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    assert "nobody but who asked or started has agreed" in str((await attacked.advance()).why)


async def test_who_started_does_not_agree_under_another_name(attacked: AttackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    attacked.office.policy.authorizer.rights["ask"] = (ANNA.id, BEN.id)
    attacked.run = await attacked.office.request_run("light", "a b", BEN)
    await attacked.office.act_and_settle(attacked.run, ("start", ANNA))
    attacked.write("update runs set started_by = 'x' where id = :run")
    assert (await attacked.office.act(attacked.run, "approve", ANNA)).ok
    left = {key: condition for key, condition in CONDITIONS.items() if key != "people_are_those_of_the_audit"}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    assert "nobody but who asked or started has agreed" in str((await attacked.advance()).why) and not attacked.lamps.executed


async def test_a_call_that_is_changed_while_the_run_works_is_not_sent(attacked: AttackedRun) -> None:
    await attacked.approve()

    async def change() -> None:
        attacked.write(FORGED_CALL.replace("'a'", "'b'").replace('"a"', '"b"'))

    attacked.lamps.during_read = change
    view = await attacked.advance()
    assert "z" not in attacked.lamps.executed and view.state == "paused"


async def test_what_does_not_hold_any_more_is_planned_anew_when_it_is_resumed(attacked: AttackedRun) -> None:
    await old_agreement(attacked)
    assert (await attacked.advance()).state == "paused"
    pressed = await attacked.office.service.act(attacked.run, "resume", ANNA)
    assert pressed.ok and "planned anew, because the approval is older than 24 hours" in str(pressed.words)
    assert (await attacked.advance()).state == "planned" and not attacked.lamps.executed
    assert (await attacked.office.act_and_settle(attacked.run, ("start", ANNA), ("approve", BEN))).state == "verified"


async def test_an_agreement_holds_in_the_life_that_has_looked_it_up(attacked: AttackedRun) -> None:
    """A run may wait for days between its calls; only what begins anew asks anew."""
    attacked.lamps.faults = {"a": ["not yet"]}
    await attacked.approve()
    await attacked.office.driver.advance(attacked.run)
    attacked.office.time.now += AGREED_FOR + 1
    assert (await attacked.advance()).state == "verified"


async def test_the_next_life_of_the_bot_asks_anew(attacked: AttackedRun, tmp_path: Path) -> None:
    attacked.lamps.faults = {"a": ["not yet"]}
    await attacked.approve()
    await attacked.office.driver.advance(attacked.run)
    attacked.office.close()
    attacked.lamps.executed.clear()
    attacked.office = office = RunHarness(attacked.path, attacked.lamps, STEPS)
    office.time.now += AGREED_FOR + 1
    assert (await attacked.advance()).state == "paused" and not attacked.lamps.executed


async def test_one_look_in_the_records_serves_a_whole_run(attacked: AttackedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr("bot.runs.write_gate.find_objection", lambda *given: looks.append(given) or agreement.find_objection(*given))
    attacked.lamps.faults = {"a": ["not yet"]}
    await attacked.approve()
    await attacked.office.driver.advance(attacked.run)
    attacked.office.time.now += 100
    assert (await attacked.advance()).state == "verified"
    assert len(looks) == 1


async def test_a_step_that_needs_nobody_else_is_agreed_to_by_its_start(tmp_path: Path) -> None:
    lamps = FakeGateway(a="off", b="off")
    office = RunHarness(tmp_path / "records.sqlite", lamps, STEPS, approval_above=5)
    assert (await office.act_and_settle(await office.request_run("light", "a"), ("start", ANNA))).state == "verified"
    run = await office.request_run("light", "b")
    assert (await office.act(run, "start", ANNA)).ok
    office.driver._gate._approval_above = 0  # the configuration asks for two since the bot was started again
    assert (await office.settle(run)).state == "paused" and lamps.executed == {"a": 1}
    office.close()


async def test_an_old_run_without_a_hash_of_its_plan_is_planned_anew(attacked: AttackedRun) -> None:
    """Records of before the plan was hashed at its start."""
    await attacked.approve()
    waiting = await attacked.office.ledger(calls.of_run, attacked.run, "pending")
    assert replace(waiting[0]).state == "pending"
    attacked.write("update findings set body = body || ' ' where run = :run")
    assert (await attacked.advance()).state == "paused" and not attacked.lamps.executed


async def test_what_was_agreed_to_before_the_records_were_accepted_is_agreed_to_anew(attacked: AttackedRun) -> None:
    await attacked.approve()
    await attacked.office.ledger(audit.write, attacked.office.time.now, "accepted", None, {"account": "root"})
    view = await attacked.advance()
    assert view.state == "paused" and not attacked.lamps.executed


async def test_the_channel_is_told_once_that_nothing_was_sent(attacked: AttackedRun) -> None:
    await calls_changed(attacked)
    view = await attacked.advance()
    (post,) = due_posts(view, (f"asked {view.digest[:16]}",), RenderContext(NOW), STEPS)
    assert "paused" in as_text(post.card) and "a call for z is not in the plan" in as_text(post.card)
    assert not list(due_posts(view, (f"asked {view.digest[:16]}", post.name), RenderContext(NOW), STEPS))


async def test_a_card_that_has_seen_a_later_line_tells_of_records_that_went_back(attacked: AttackedRun) -> None:
    """Where the whole folder was put back, only the channel remembers."""
    await attacked.approve()
    desk = attacked.office.service
    assert await desk.check_audit_line((await attacked.office.view(attacked.run)).audit_line, ANNA) is None
    assert await desk.check_audit_line(99, STRANGER) is None  # whoever can press can make up a button
    assert "a card shows audit line 99, and the records end with line 4" in str(await desk.check_audit_line(99, ANNA))
    assert (await attacked.advance()).state == "paused" and not attacked.lamps.executed
    assert "99" in str((await desk.board()).hold)
    pressed = await attacked.office.act(attacked.run, "resume", ANNA)
    assert not pressed.ok and "Nothing is sent at the moment" in str(pressed.words)
