"""The step `domain` carried out by the real heart on the pretend estate: records published by hand, both views of DNS, taking back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.initial_state import ownership_record
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.calls import DnsQuery, GraphCall
from bot.errors import Refused
from bot.gateway import CallId
from bot.ledger import calls
from bot.step import Fine, Obstacle
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.lab_cloud import RecordedIntents
from tests.support.run_harness import ANNA, call_states

NEW = "fabrikam.com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "half") as office:
        yield office


def publish(office: EstateHarness, domain: str, value: str = "") -> None:
    perform_manual_action(
        office.estate, {"do": "publish dns record", "name": domain, "type": "TXT", "value": value or ownership_record(domain)}
    )


async def waiting(office: EstateHarness) -> RunView:
    """The run of the one missing domain, where a person must publish its record."""
    view = await office.start_and_approve(await office.make_plan("domain", domains=NEW))
    assert view.state == "waiting_for_admin"
    return view


async def test_a_missing_domain_is_added_proved_by_hand_and_verified(office: EstateHarness) -> None:
    view = await waiting(office)
    assert office.effects() == [f"POST /domains {NEW}"]
    (told,) = map(str, view.manual_actions)
    assert f"name: {NEW}" in told and f"value: {ownership_record(NEW)}" in told and "do not show it yet" in told
    publish(office, NEW)
    view = await office.advance(view.id)
    assert (view.state, call_states(view)) == ("verified", {NEW: "done"})
    assert office.effects() == [f"POST /domains {NEW}", f"POST /domains/{{domain-id}}/verify {NEW}"]


async def test_a_wrong_record_is_named_and_nothing_is_verified(office: EstateHarness) -> None:
    view = await waiting(office)
    publish(office, NEW, "MS=ms00000000")
    view = await office.advance(view.id)
    assert view.state == "waiting_for_admin" and "show another value: MS=ms00000000" in str(view.manual_actions[0])
    assert office.effects() == [f"POST /domains {NEW}"]


async def test_who_stops_waiting_has_cancelled_and_goes_on_later_from_there(office: EstateHarness) -> None:
    view = await office.act_and_settle((await waiting(office)).id, ("cancel", ANNA))
    assert (view.state, str(view.why)) == ("cancelled", f"begun, and broken off: {NEW}")
    publish(office, NEW)
    view = await office.start_and_approve(await office.make_plan("domain", domains=NEW))
    assert (view.state, call_states(view)) == ("verified", {NEW: "done"})
    assert office.effects() == [f"POST /domains {NEW}", f"POST /domains/{{domain-id}}/verify {NEW}"]


async def test_the_resolver_is_waited_for_when_it_remembers_that_there_was_nothing(office: EstateHarness) -> None:
    view = await waiting(office)
    assert [page.rows async for page in office.gateway.read(DnsQuery(NEW, "TXT"))] == [()]  # somebody asks too early
    publish(office, NEW)
    view = await office.advance(view.id)
    assert view.state == "waiting_for_admin" and "the public resolver does not yet" in str(view.manual_actions[0])
    office.pass_time(300)
    assert (await office.advance(view.id)).state == "verified"


async def test_a_domain_of_another_tenant_is_refused_with_cause_and_remedy(office: EstateHarness) -> None:
    perform_manual_action(office.estate, {"do": "take domain elsewhere", "name": NEW})
    view = await waiting(office)
    publish(office, NEW)
    view = await office.advance(view.id)
    (row,) = view.changes
    assert view.state == "incomplete" and row.state == "failed"
    assert "another Microsoft 365 tenant" in str(row.why) and "remove the domain there" in str(row.remedy)


async def test_what_nobody_publishes_is_given_up_after_three_days(office: EstateHarness) -> None:
    view = await waiting(office)
    office.pass_time(71 * 3600)
    assert (await office.advance(view.id)).state == "waiting_for_admin"
    office.pass_time(3600)
    view = await office.advance(view.id)
    (row,) = view.changes
    assert view.state == "incomplete" and "nobody has done it in time" in str(row.why) and ownership_record(NEW) in str(row.remedy)


async def test_a_verification_that_comes_too_early_is_tried_again_after_a_quarter_of_an_hour(office: EstateHarness) -> None:
    view = await waiting(office)
    with pytest.raises(Refused):
        await office.gateway.execute(GraphCall("POST", f"/domains/{NEW}/verify"), RecordedIntents())  # somebody presses it in the portal
    publish(office, NEW)
    before = office.time.now
    view = await office.advance(view.id)
    assert view.state == "verified" and office.time.now - before >= 900


async def test_an_added_domain_can_be_taken_back_while_nobody_uses_it(office: EstateHarness) -> None:
    view = await waiting(office)
    publish(office, NEW)
    view = await office.advance(view.id)
    back = await office.undo(view)
    assert (back.state, call_states(back)) == ("verified", {NEW: "done"})
    assert NEW not in office.estate.state.domains


async def test_of_the_thousands_who_use_a_domain_the_first_are_enough(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=400) as office:
        plan = await office.make_plan("domain", domains="contoso.com")
        assert office.cloud.count("GET", "/domains/contoso.com/domainNameReferences") <= 1
        assert [finding.kind for finding in plan.other_findings][:1] == ["fine"]


async def test_a_domain_that_somebody_uses_stays(office: EstateHarness) -> None:
    view = await waiting(office)
    publish(office, NEW)
    view = await office.advance(view.id)
    person = next(one for one in office.estate.state.people.values() if one.online)
    assert person.online
    person.online.upn = f"somebody@{NEW}"
    back = await office.undo(view)
    (held,) = back.other_findings
    assert isinstance(held, Obstacle) and f"somebody@{NEW}" in str(held.reasons[0].why)
    assert NEW in office.estate.state.domains


async def test_a_domain_below_a_verified_one_needs_no_record(office: EstateHarness) -> None:
    perform_manual_action(office.estate, {"do": "add sip domain", "name": "emea.contoso.com"})
    view = await office.start_and_approve(await office.make_plan("domain", domains="emea.contoso.com"))
    assert view.state == "verified" and office.effects() == ["POST /domains emea.contoso.com"]


ALL = ("contoso.com", NEW, "wingtiptoys.com")


async def all_waiting(office: EstateHarness) -> RunView:
    """The run of all three domains of an untouched estate, whose records are told at once."""
    view = await office.start_and_approve(await office.make_plan("domain"))
    assert view.state == "waiting_for_admin" and len(view.manual_actions) == len(ALL)
    for name, part in zip(ALL, map(str, view.manual_actions), strict=True):
        assert f"name: {name}" in part and f"value: {ownership_record(name)}" in part
    return view


def asked_for(view: RunView) -> list[str]:
    """The domains whose records are still waited for."""
    return [name for name in ALL if any(f"name: {name}" in str(part) for part in view.manual_actions)]


async def test_from_nothing_each_domain_goes_on_with_its_own_record_and_the_tenant_is_no_longer_forced(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched") as office:
        plan = await office.make_plan("tenant", pilot_users="10")
        assert any(isinstance(one, Obstacle) and one.subject == "coexistence not forced" for one in plan.other_findings)
        view = await all_waiting(office)
        for name, left in (("wingtiptoys.com", ["contoso.com", NEW]), ("contoso.com", [NEW])):
            publish(office, name)
            view = await office.advance(view.id)
            assert view.state == "waiting_for_admin" and asked_for(view) == left and office.effects()[-1].endswith(f"verify {name}")
        publish(office, NEW)
        assert (await office.advance(view.id)).state == "verified"
        plan = await office.make_plan("tenant", pilot_users="10")
        assert all(isinstance(one, Fine) for one in plan.other_findings), plan.other_findings


async def test_a_domain_that_nobody_proves_in_three_days_does_not_spoil_the_others(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched") as office:
        view = await all_waiting(office)
        publish(office, "wingtiptoys.com")
        await office.advance(view.id)
        office.pass_time(71 * 3600)
        publish(office, NEW)
        await office.advance(view.id)
        office.pass_time(3600)
        view = await office.advance(view.id)
        assert view.state == "incomplete" and call_states(view) == {"contoso.com": "failed", NEW: "done", "wingtiptoys.com": "done"}
        publish(office, "contoso.com")
        plan = await office.act_and_settle(view.id, ("retry", ANNA))  # the agreement of three days ago has gone stale
        assert plan.state == "planned" and [row.subject for row in plan.changes] == ["contoso.com"]
        assert (await office.start_and_approve(plan)).state == "verified"


async def test_a_life_that_ends_while_one_domain_is_verified_goes_on_with_all_of_them(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched") as office:
        view = await all_waiting(office)
        hand, row = [row for row in await office.ledger(calls.of_run, view.id, "pending") if row.subject == NEW]
        publish(office, NEW)
        await office.ledger(calls.finish, view.id, hand.n, "done", office.time.now)
        await office.ledger(calls.mark_sent, view.id, row.n, CallId("session", "call"), office.time.now)
        await office.gateway.execute(row.call, RecordedIntents())  # it has arrived, and nobody has heard the answer
        publish(office, "contoso.com")
        view = await office.advance(view.id)
        assert call_states(view) == {"contoso.com": "done", NEW: "sent", "wingtiptoys.com": "pending"}
        assert asked_for(view) == ["wingtiptoys.com"]
        publish(office, "wingtiptoys.com")
        assert (await office.advance(view.id)).state == "verified"
        assert [office.effects().count(f"POST /domains/{{domain-id}}/verify {name}") for name in ALL] == [1, 1, 1]


async def test_a_domain_below_an_unproved_one_waits_for_it_and_holds_up_no_other(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched") as office:
        perform_manual_action(office.estate, {"do": "add sip domain", "name": "emea.contoso.com"})
        view = await office.start_and_approve(await office.make_plan("domain"))
        publish(office, "wingtiptoys.com")
        view = await office.advance(view.id)
        assert asked_for(view) == ["contoso.com", NEW] and "POST /domains emea.contoso.com" not in office.effects()
        publish(office, "contoso.com")
        view = await office.advance(view.id)
        assert asked_for(view) == [NEW] and call_states(view)["emea.contoso.com"] == "done"


@pytest.mark.parametrize("enabled", [False, True], ids=["disabled", "enabled"])
async def test_the_records_of_another_forest_are_nobody_s_here_to_change(tmp_path: Path, enabled: bool) -> None:
    async with estate_harness(tmp_path, "ready", users=20) as office:
        office.estate.state.federation.shared = False
        perform_manual_action(office.estate, {"do": "add domain of another forest", "name": "adatum.com", "enabled": enabled})
        plans = [await office.make_plan("domain"), await office.make_plan("shared_sip_space"), await office.make_plan("switch_off")]
        said = " ".join(str((plan.changes, plan.other_findings)) for plan in plans)
        assert "adatum.com" in said and "lead to the Edge" not in said and "adatum.com. 3600 IN" not in said
        assert ("Disable-CsOnlineSipDomain" in said) is enabled and office.effects() == []


async def test_the_second_forest_enables_and_takes_nothing_while_the_first_one_is_in_hybrid(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=20) as office:
        world = office.estate.state
        for name in ("contoso.com", "fabrikam.com"):
            del world.sip_domains[name]
        world.hosting_providers.clear()
        world.domains["wingtiptoys.com"].sip_enabled = False
        for step in ("domain", "hosting_provider", "shared_sip_space", "switch_off"):
            plan = await office.make_plan(step)
            assert plan.changes == () and "only one forest at a time" in str(plan.other_findings), (step, plan)
        assert office.effects() == []
