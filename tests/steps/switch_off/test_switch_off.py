"""Hybrid is switched off on the pretend estate over real wires, refused where it is too early, and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.person import HERE
from adapters.lab.manual_actions.registry import perform_manual_action
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import call_states
from tests.support.step_scenarios import lead_online

DOMAINS = ("contoso.com", "fabrikam.com", "wingtiptoys.com")
WRITES = ["Grant-CsTeamsUpgradePolicy global", "Set-CsTenantFederationConfiguration global", "Set-CsHostingProvider office365"]


@pytest.fixture
async def emptied(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    """Nobody is left on premises."""
    async with estate_harness(tmp_path, "finished") as office:
        yield office


def hybrid_of(office: EstateHarness) -> object:
    world = office.estate.state
    return str((world.tenant.global_mode, world.federation.shared, world.hosting_providers))


async def test_the_calls_go_in_their_order_and_are_taken_back_newest_first(emptied: EstateHarness) -> None:
    for domain in DOMAINS:
        lead_online(emptied, domain)
    before = hybrid_of(emptied)
    run = await emptied.start_and_approve(await emptied.make_plan("switch_off"))
    assert (run.state, emptied.effects()) == ("verified", WRITES)
    world = emptied.estate.state
    assert (world.tenant.global_mode, world.federation.shared) == ("TeamsOnly", False)
    assert not world.hosting_providers["Office365"].enabled
    undone = await emptied.undo(run)
    assert (undone.state, hybrid_of(emptied)) == ("verified", before)
    assert emptied.effects()[3:] == list(reversed(WRITES))


async def test_dns_is_believed_only_when_the_public_sees_it(emptied: EstateHarness) -> None:
    plan = await emptied.make_plan("switch_off")
    told = str(next(finding for finding in plan.other_findings if finding.subject == "DNS of contoso.com"))
    assert plan.state == "incomplete" and "_sipfederationtls._tcp.contoso.com. 3600 IN SRV 100 1 5061 sipfed.online.lync.com." in told
    for domain in DOMAINS:
        lead_online(emptied, domain)
    assert (await emptied.make_plan("switch_off")).state == "incomplete"  # resolvers remember for as long as the old records live
    emptied.pass_time(3600)
    assert (await emptied.make_plan("switch_off")).state == "planned"


async def test_nothing_is_written_while_somebody_is_on_premises(emptied: EstateHarness, tmp_path: Path) -> None:
    async with estate_harness(tmp_path / "ready", "ready") as office:
        for domain in DOMAINS:
            lead_online(office, domain)
        plan = await office.make_plan("switch_off")
        assert (plan.state, plan.changes, office.effects()) == ("incomplete", (), [])
        assert "move_users" in str(plan.other_findings[0])


async def test_somebody_whom_only_teams_shows_on_premises_is_not_overlooked(emptied: EstateHarness) -> None:
    for domain in DOMAINS:
        lead_online(emptied, domain)
    hidden = next(person for person in emptied.estate.state.people.values() if person.account and person.account.sip and person.online)
    assert hidden.account and hidden.online
    hidden.account.locator, hidden.online.home = "", HERE
    plan = await emptied.make_plan("switch_off")
    told = next(finding for finding in plan.other_findings if finding.subject == "People on premises")
    assert (plan.state, plan.changes, told.kind) == ("incomplete", (), "obstacle") and hidden.account.sip in str(told)


async def test_a_home_left_behind_on_the_account_of_a_leaver_holds_up_nothing_and_is_named(emptied: EstateHarness) -> None:
    """Until somebody cleans it, and not at all after the cycle that follows."""
    for domain in DOMAINS:
        lead_online(emptied, domain)
    people = emptied.estate.state.people.values()
    leaver = next(one.account.sip for one in people if one.account and one.account.sip and one.account.sync == "in scope")
    perform_manual_action(emptied.estate, {"do": "leave home behind", "who": leaver})
    plan = await emptied.make_plan("switch_off")
    told = next(finding for finding in plan.other_findings if finding.subject == "People on premises")
    assert (plan.state, told.kind) == ("planned", "fine")
    assert leaver in str(told.notes) and "msRTCSIP-DeploymentLocator" in str(told.notes)
    perform_manual_action(emptied.estate, {"do": "clear home", "who": leaver})
    emptied.pass_time(3600)
    again = await emptied.make_plan("switch_off")
    told = next(finding for finding in again.other_findings if finding.subject == "People on premises")
    assert (again.state, told.kind, told.notes) == ("planned", "fine", ())


@pytest.mark.parametrize(("told", "became"), [("error", "failed"), ("warning", "done")])
async def test_a_refusal_that_begins_with_a_success_is_not_believed(emptied: EstateHarness, told: str, became: str) -> None:
    """A domain that only Microsoft 365 knows of, and whose lyncdiscover comes to lead home after the plan was made."""
    for domain in DOMAINS:
        lead_online(emptied, domain)
    plan = await emptied.make_plan("switch_off")
    perform_manual_action(emptied.estate, {"do": "remove dns record", "name": "lyncdiscover.contoso.com", "type": "CNAME"})
    perform_manual_action(
        emptied.estate, {"do": "publish dns record", "name": "lyncdiscover.contoso.com", "type": "A", "value": "203.0.113.20"}
    )
    perform_manual_action(emptied.estate, {"do": "behave", "teams_only_refused_by": told})
    run = await emptied.start_and_approve(plan)
    assert run.state in (("incomplete",) if told == "error" else ("verifying", "incomplete"))
    assert (call_states(run)["Coexistence mode"], emptied.estate.state.federation.shared) == (became, True)
    assert "lyncdiscover" in str(run.changes[0].why)
