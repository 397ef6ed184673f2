"""The three hybrid parts and their joined run, carried out on the pretend estate over real wires, and taken back."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from adapters.lab.estate.estate import ChangedObject, Effect
from adapters.lab.estate.person import CLOUD, HERE
from adapters.lab.faults import Fault, FaultPhase
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.step import Obstacle
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN, call_states
from tests.support.step_scenarios import OPEN
from tests.support.step_scenarios import remove_hybrid as nothing_of_hybrid

EDGE, PROVIDER, SPACE = (
    "Set-CsAccessEdgeConfiguration global",
    "New-CsHostingProvider office365",
    "Set-CsTenantFederationConfiguration global",
)


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "half") as office:
        await nothing_of_hybrid(office)
        yield office


def hybrid_of(office: EstateHarness) -> object:
    """Everything that these steps can change, to compare it later."""
    world = office.estate.state
    return str((world.edge, world.hosting_providers, world.federation.shared, world.federation.allow_federated))


async def test_all_three_are_set_in_one_run_in_order_and_taken_back_newest_first(bare: EstateHarness) -> None:
    before = hybrid_of(bare)
    plan = await bare.make_plan("configure_hybrid", **OPEN)
    assert (plan.state, list(call_states(plan))) == ("planned", ["Access Edge", "Hosting provider", "SIP address space"])
    run = await bare.start_and_approve(plan)
    assert (run.state, bare.effects()) == ("verified", [EDGE, PROVIDER, SPACE])
    undone = await bare.undo(run)
    assert (undone.state, call_states(undone)) == (
        "verified",
        dict.fromkeys(("SIP address space", "Hosting provider", "Access Edge"), "done"),
    )
    assert hybrid_of(bare) == before


async def test_a_provider_that_is_there_is_set_in_place_and_never_removed(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "half") as office:
        before = hybrid_of(office)
        run = await office.start_and_approve(await office.make_plan("hosting_provider"))
        assert (run.state, office.effects()) == ("verified", ["Set-CsHostingProvider lynconline"])
        undone = await office.undo(run)
        assert (undone.state, hybrid_of(office)) == ("verified", before)


async def test_the_next_call_waits_until_every_server_has_the_one_before(bare: EstateHarness) -> None:
    began = bare.time.now
    run = await bare.start_and_approve(await bare.make_plan("configure_hybrid", **OPEN))
    assert run.state == "verified"
    edge, provider, _ = bare.estate.effects
    assert edge.time < provider.time and bare.time.now - began >= 2 * 180  # three servers, one after another, twice


async def test_a_server_that_never_gets_it_ends_the_run_before_the_next_call(bare: EstateHarness) -> None:
    def cut_off(kept: Sequence[ChangedObject], effect: Effect | None) -> None:
        bare.estate.state.replicas["edge01.contoso.com"].reachable = False

    plan = await bare.make_plan("configure_hybrid", **OPEN)
    bare.estate.on_change = cut_off
    await bare.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
    bare.pass_time(3600)
    run = await bare.advance(plan.id)
    assert (run.state, bare.effects()) == ("incomplete", [EDGE])
    assert call_states(run) == {"Access Edge": "done", "Hosting provider": "skipped", "SIP address space": "skipped"}
    alone = await bare.make_plan("federation", **OPEN)
    assert "edge01.contoso.com" in str(alone.other_findings[0]) and "4443" in str(alone.other_findings[0])


async def test_nothing_is_set_while_the_master_hands_nothing_out(bare: EstateHarness) -> None:
    perform_manual_action(bare.estate, {"do": "stop replication agent", "agent": "master"})
    bare.pass_time(2 * 3600)
    plan = await bare.make_plan("configure_hybrid", **OPEN)
    assert call_states(plan) == {"SIP address space": "pending"}, "only what is no business of the servers"
    told = [str(one.reasons[0].why) for one in plan.other_findings if isinstance(one, Obstacle)]
    assert len(told) == 2 and all("Master Replicator Agent of pool01.contoso.com" in why for why in told)
    perform_manual_action(bare.estate, {"do": "stop replication agent", "agent": "master", "stopped": False})
    bare.pass_time(600)
    assert (await bare.start_and_approve(await bare.make_plan("configure_hybrid", **OPEN))).state == "verified"


async def test_what_no_server_gets_is_not_verified_and_the_servers_are_named(bare: EstateHarness) -> None:
    """UpToDate stays True for all while the master makes no new version: only its heartbeat tells."""
    plan = await bare.make_plan("federation", **OPEN)
    perform_manual_action(bare.estate, {"do": "stop replication agent", "agent": "file transfer"})
    run = await bare.start_and_approve(plan)
    assert run.state == "incomplete"
    assert "the master on pool01.contoso.com hands nothing out" in str(run.why), run.why


async def test_a_server_of_another_maker_that_never_replicates_is_not_waited_for(bare: EstateHarness) -> None:
    perform_manual_action(bare.estate, {"do": "add trusted application server", "server": "rmx01.contoso.com"})
    bare.pass_time(3600)
    run = await bare.start_and_approve(await bare.make_plan("federation", **OPEN))
    assert run.state == "verified" and bare.effects() == [EDGE]


async def test_nothing_is_taken_back_while_somebody_is_homed_in_teams(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready") as office:
        office.estate.state.federation.shared = False
        office.estate.state.sip_domains.pop("fabrikam.com")
        run = await office.start_and_approve(await office.make_plan("shared_sip_space"))
        homed = next(person for person in office.estate.state.people.values() if person.account and person.account.locator == HERE)
        assert homed.account
        homed.account.locator = CLOUD
        undo = await office.undo(run)
        assert undo.state == "incomplete" and homed.account.sip in str(undo.other_findings[0]) and office.estate.state.federation.shared


async def test_none_of_the_three_is_taken_back_while_somebody_is_homed_in_teams(bare: EstateHarness) -> None:
    run = await bare.start_and_approve(await bare.make_plan("configure_hybrid", **OPEN))
    homed = next(person for person in bare.estate.state.people.values() if person.account and person.account.locator == HERE)
    assert homed.account
    homed.account.locator = CLOUD
    undo = await bare.undo(run)
    assert (undo.state, [one.kind for one in undo.other_findings], undo.changes) == ("incomplete", ["obstacle"] * 3, ())
    assert bare.effects() == [EDGE, PROVIDER, SPACE]


async def test_somebody_who_moves_between_plan_and_start_stops_the_way_back(bare: EstateHarness) -> None:
    run = await bare.start_and_approve(await bare.make_plan("federation", **OPEN))
    pressed = await bare.service.act(run.id, "undo", ANNA)
    assert pressed.run is not None
    plan = await bare.advance(pressed.run)
    homed = next(person for person in bare.estate.state.people.values() if person.account and person.account.locator == HERE)
    assert homed.account and plan.state == "planned"
    homed.account.locator = CLOUD
    undo = await bare.start_and_approve(plan)
    assert set(call_states(undo).values()) == {"skipped"} and bare.effects() == [EDGE]


async def test_a_company_that_lists_its_partners_keeps_discovery_off(bare: EstateHarness) -> None:
    run = await bare.start_and_approve(await bare.make_plan("federation", partner_discovery="listed"))
    edge = bare.estate.state.edge
    assert (run.state, edge.federated, edge.discovery) == ("verified", True, False)


async def test_what_stands_in_the_way_on_the_estate_is_seen(bare: EstateHarness) -> None:
    bare.estate.state.edge.routing, bare.estate.state.edge.default_route = "UseDefaultRouting", "proxy.contoso.com"
    perform_manual_action(bare.estate, {"do": "add edge pool", "fqdn": "edge2.contoso.com"})
    plan = await bare.make_plan("federation", **OPEN)
    assert (
        plan.state == "incomplete"
        and "proxy.contoso.com" in str(plan.other_findings[0])
        and "edge2.contoso.com" in str(plan.other_findings[0])
    )


async def test_an_untouched_estate_needs_its_domains_first_and_a_finished_one_nothing(tmp_path: Path) -> None:
    async with estate_harness(tmp_path / "a", "untouched") as office:
        plan = await office.make_plan("configure_hybrid", **OPEN)
        assert list(call_states(plan)) == ["Access Edge", "Hosting provider"] and "domain" in str(plan.other_findings[0])
    async with estate_harness(tmp_path / "b", "finished") as office:
        plan = await office.make_plan("configure_hybrid", **OPEN)
        assert (plan.state, [finding.kind for finding in plan.other_findings], office.effects()) == ("verified", ["fine"] * 3, [])


async def test_a_read_that_fails_in_the_middle_is_asked_again_and_nothing_is_written_twice(bare: EstateHarness) -> None:
    plan = await bare.make_plan("configure_hybrid", **OPEN)
    for call in ("Get-CsHostingProvider", "Get-CsTenantFederationConfiguration", "Get-CsAccessEdgeConfiguration"):
        bare.faults.add(Fault("refuse", call=call, times=2))
    run = await bare.start_and_approve(plan)
    assert (run.state, bare.effects()) == ("verified", [EDGE, PROVIDER, SPACE])


@pytest.mark.parametrize("phase", ["during", "after"])
async def test_a_write_whose_answer_is_lost_is_looked_at_and_done_once(bare: EstateHarness, phase: FaultPhase) -> None:
    plan = await bare.make_plan("configure_hybrid", **OPEN)
    bare.faults.add(Fault("drop", call="New-CsHostingProvider", phase=phase))
    run = await bare.start_and_approve(plan)
    assert (run.state, bare.effects()) == ("verified", [EDGE, PROVIDER, SPACE])
