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
from tests.support.attacked_run import Attacked
from tests.support.fake_gateway import STEPS, Lamps
from tests.support.fake_run_service import NOW
from tests.support.run_harness import ANNA, BEN, STRANGER, Office


@pytest.fixture
async def attacked(tmp_path: Path) -> AsyncIterator[Attacked]:
    lamps, path = Lamps(a="off", b="off", z="off"), tmp_path / "records.sqlite"
    one = Attacked(Office(path, lamps, STEPS), lamps, path)
    yield one
    one.office.close()


FORGED_CALL = """update calls set subject = 'z', call = replace(call, '"a"', '"z"') where run = :run and subject = 'a'"""
FORGED_PLAN = """update findings set body = replace(body, '"a"', '"z"'), subject = 'z' where run = :run and subject = 'a'"""


async def calls_changed(one: Attacked) -> None:
    await one.approved()
    one.write(FORGED_CALL)


async def calls_and_plan_changed(one: Attacked) -> None:
    await one.approved()
    one.write(FORGED_CALL, FORGED_PLAN, "update runs set answers = json_set(answers, '$.people', 'z b') where id = :run")


async def begun_without_approval(one: Attacked) -> None:
    await one.started()
    approver = "agreed_by = 'b', agreed_digest = digest, agreed_at = 1800000000.0"
    one.write(f"update runs set state = 'running', {approver} where id = :run")


async def requester_rewritten(one: Attacked) -> None:
    """So that they can approve themselves."""
    await one.started()
    one.write("update runs set asked_by = 'x', started_by = 'x' where id = :run")
    assert (await one.office.press(one.run, "approve", ANNA)).ok


async def approver_rewritten(one: Attacked) -> None:
    await one.approved()
    one.write("update runs set agreed_by = 'nobody' where id = :run")


async def old_agreement(one: Attacked) -> None:
    await one.approved()
    one.office.time.now += AGREED_FOR + 1


async def cancel_taken_out(one: Attacked) -> None:
    await one.approved()
    assert (await one.office.desk.act(one.run, "cancel", ANNA)).ok
    one.write("delete from requests where request = 'cancel'")


async def pause_taken_out(one: Attacked) -> None:
    await one.paused()
    one.write("update requests set request = 'resume'", "update runs set state = 'running' where id = :run")


async def line_changed(one: Attacked) -> None:
    """A line that nothing else of the agreement is read from."""
    await one.approved()
    one.write("update audit set names = '{}', hashed = replace(hashed, '\"obstacle\":0', '\"obstacle\":7') where event = 'planned'")


async def records_do_not_fit(one: Attacked) -> None:
    await one.approved()

    def hold(db: Any) -> None:
        db.hold = agreement.say("they are an older copy")

    await one.office.ledger(hold)


async def done_again(one: Attacked) -> None:
    """A call whose effect nothing shows any more is put back to waiting."""
    one.lamps.trouble = {"b": ["refused"]}
    await one.approved()
    assert (await one.office.settle(one.run)).state == "incomplete"
    one.lamps.lamps["a"] = "off"
    one.lamps.acts.clear()
    assert (await one.office.desk.act(one.run, "retry", ANNA)).ok
    one.write("update calls set state = 'pending', verified = 0 where run = :run and subject = 'a'")


Attack = Callable[[Attacked], Awaitable[None]]
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
async def test_what_was_not_agreed_to_is_not_sent_and_the_card_says_why(attacked: Attacked, attack: Attack) -> None:
    await attack(attacked)
    view = await attacked.goes_on()
    assert not attacked.lamps.acts
    assert view.state == "paused" and "Nothing was sent" in str(view.why), view


@pytest.mark.parametrize("name", ATTACKS)
async def test_without_one_condition_its_attack_gets_through(attacked: Attacked, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So each of them is needed, and the attacks could succeed."""
    if name == "calls_are_planned":  # each call is compared once more when it is sent
        monkeypatch.setattr(Evidence, "calls", property(lambda one: {(row.subject, row.part): row.text for row in one.waiting}))
    left = {key: condition for key, condition in CONDITIONS.items() if key not in {name, *IMPLIED.get(name, ())}}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    await ATTACKS[name](attacked)
    await attacked.goes_on()
    assert attacked.lamps.acts


async def test_who_asked_does_not_agree_under_another_name(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    await requester_rewritten(attacked)
    left = {key: condition for key, condition in CONDITIONS.items() if key != "people_are_those_of_the_audit"}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    assert "nobody but who asked or started has agreed" in str((await attacked.goes_on()).why)


async def test_who_started_does_not_agree_under_another_name(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    attacked.office.rules.authorizer.rights["ask"] = (ANNA.id, BEN.id)
    attacked.run = await attacked.office.asked("light", "a b", BEN)
    await attacked.office.pressed(attacked.run, ("start", ANNA))
    attacked.write("update runs set started_by = 'x' where id = :run")
    assert (await attacked.office.press(attacked.run, "approve", ANNA)).ok
    left = {key: condition for key, condition in CONDITIONS.items() if key != "people_are_those_of_the_audit"}
    monkeypatch.setattr(agreement, "CONDITIONS", left)
    assert "nobody but who asked or started has agreed" in str((await attacked.goes_on()).why) and not attacked.lamps.acts


async def test_a_call_that_is_changed_while_the_run_works_is_not_sent(attacked: Attacked) -> None:
    await attacked.approved()

    async def change() -> None:
        attacked.write(FORGED_CALL.replace("'a'", "'b'").replace('"a"', '"b"'))

    attacked.lamps.amid_a_look = change
    view = await attacked.goes_on()
    assert "z" not in attacked.lamps.acts and view.state == "paused"


async def test_what_does_not_hold_any_more_is_planned_anew_when_it_is_resumed(attacked: Attacked) -> None:
    await old_agreement(attacked)
    assert (await attacked.goes_on()).state == "paused"
    pressed = await attacked.office.desk.act(attacked.run, "resume", ANNA)
    assert pressed.ok and "planned anew, because the approval is older than 24 hours" in str(pressed.words)
    assert (await attacked.goes_on()).state == "planned" and not attacked.lamps.acts
    assert (await attacked.office.pressed(attacked.run, ("start", ANNA), ("approve", BEN))).state == "verified"


async def test_an_agreement_holds_in_the_life_that_has_looked_it_up(attacked: Attacked) -> None:
    """A run may wait for days between its calls; only what begins anew asks anew."""
    attacked.lamps.trouble = {"a": ["not yet"]}
    await attacked.approved()
    await attacked.office.worker.advance(attacked.run)
    attacked.office.time.now += AGREED_FOR + 1
    assert (await attacked.goes_on()).state == "verified"


async def test_the_next_life_of_the_bot_asks_anew(attacked: Attacked, tmp_path: Path) -> None:
    attacked.lamps.trouble = {"a": ["not yet"]}
    await attacked.approved()
    await attacked.office.worker.advance(attacked.run)
    attacked.office.close()
    attacked.lamps.acts.clear()
    attacked.office = office = Office(attacked.path, attacked.lamps, STEPS)
    office.time.now += AGREED_FOR + 1
    assert (await attacked.goes_on()).state == "paused" and not attacked.lamps.acts


async def test_one_look_in_the_records_serves_a_whole_run(attacked: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr("bot.runs.write_gate.find_objection", lambda *given: looks.append(given) or agreement.find_objection(*given))
    attacked.lamps.trouble = {"a": ["not yet"]}
    await attacked.approved()
    await attacked.office.worker.advance(attacked.run)
    attacked.office.time.now += 100
    assert (await attacked.goes_on()).state == "verified"
    assert len(looks) == 1


async def test_a_step_that_needs_nobody_else_is_agreed_to_by_its_start(tmp_path: Path) -> None:
    lamps = Lamps(a="off", b="off")
    office = Office(tmp_path / "records.sqlite", lamps, STEPS, approval_above=5)
    assert (await office.pressed(await office.asked("light", "a"), ("start", ANNA))).state == "verified"
    run = await office.asked("light", "b")
    assert (await office.press(run, "start", ANNA)).ok
    office.worker._gate._approval_above = 0  # the configuration asks for two since the bot was started again
    assert (await office.settle(run)).state == "paused" and lamps.acts == {"a": 1}
    office.close()


async def test_an_old_run_without_a_hash_of_its_plan_is_planned_anew(attacked: Attacked) -> None:
    """Records of before the plan was hashed at its start."""
    await attacked.approved()
    waiting = await attacked.office.ledger(calls.of_run, attacked.run, "pending")
    assert replace(waiting[0]).state == "pending"
    attacked.write("update findings set body = body || ' ' where run = :run")
    assert (await attacked.goes_on()).state == "paused" and not attacked.lamps.acts


async def test_what_was_agreed_to_before_the_records_were_accepted_is_agreed_to_anew(attacked: Attacked) -> None:
    await attacked.approved()
    await attacked.office.ledger(audit.write, attacked.office.time.now, "accepted", None, {"account": "root"})
    view = await attacked.goes_on()
    assert view.state == "paused" and not attacked.lamps.acts


async def test_the_channel_is_told_once_that_nothing_was_sent(attacked: Attacked) -> None:
    await calls_changed(attacked)
    view = await attacked.goes_on()
    (post,) = due_posts(view, (f"asked {view.digest[:16]}",), RenderContext(NOW), STEPS)
    assert "paused" in as_text(post.card) and "a call for z is not in the plan" in as_text(post.card)
    assert not list(due_posts(view, (f"asked {view.digest[:16]}", post.name), RenderContext(NOW), STEPS))


async def test_a_card_that_has_seen_a_later_line_tells_of_records_that_went_back(attacked: Attacked) -> None:
    """Where the whole folder was put back, only the channel remembers."""
    await attacked.approved()
    desk = attacked.office.desk
    assert await desk.check_audit_line((await attacked.office.view(attacked.run)).audit_line, ANNA) is None
    assert await desk.check_audit_line(99, STRANGER) is None  # whoever can press can make up a button
    assert "a card shows audit line 99, and the records end with line 4" in str(await desk.check_audit_line(99, ANNA))
    assert (await attacked.goes_on()).state == "paused" and not attacked.lamps.acts
    assert "99" in str((await desk.board()).hold)
    pressed = await attacked.office.press(attacked.run, "resume", ANNA)
    assert not pressed.ok and "Nothing is sent at the moment" in str(pressed.words)
