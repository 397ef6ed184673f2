"""A sign-in name that reads like the SIP address of somebody else, on the pretend estate: nobody is taken for somebody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.manual_actions.registry import perform_manual_action
from bot.step import Obstacle
from bot.steps.shared.people_input.csv_file import read_csv
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.paths import INPUTS
from tests.support.run_harness import call_states

CAROL, ERIN = "carol@contoso.com", "erin@contoso.com"
FILE = (INPUTS / "24-upn-is-somebody-elses-sip.csv").read_bytes()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    """Carol signs in by what is Erin's SIP address."""
    async with estate_harness(tmp_path, "ready", 20) as office:
        perform_manual_action(office.estate, {"do": "change account", "who": ERIN, "upn": "erin.exempel@contoso.com"})
        perform_manual_action(office.estate, {"do": "change account", "who": CAROL, "upn": ERIN})
        office.pass_time(3600)
        yield office


@pytest.mark.parametrize("people", [read_csv(FILE), ERIN, f"SipAddress\n{ERIN}"])
@pytest.mark.parametrize("finds_addresses", [False, True])
async def test_both_are_named_and_nobody_is_moved(office: EstateHarness, people: str, finds_addresses: bool) -> None:
    perform_manual_action(office.estate, {"do": "behave", "names_find_addresses": finds_addresses})
    run = await office.make_plan("move_users", people=people)
    (finding,) = run.other_findings
    assert isinstance(finding, Obstacle) and not run.changes and finding.subject == ERIN
    why = str(finding.reasons[0].why)
    assert f"sign-in name of {CAROL}" in why and "SIP address of somebody who signs in as erin.exempel@contoso.com" in why


@pytest.mark.parametrize(("name", "who"), [(f"sip:{ERIN}", ERIN), (f"upn:{ERIN}", CAROL), (CAROL, CAROL)])
@pytest.mark.parametrize("finds_addresses", [False, True])
async def test_the_one_who_is_meant_can_be_said(office: EstateHarness, name: str, who: str, finds_addresses: bool) -> None:
    perform_manual_action(office.estate, {"do": "behave", "names_find_addresses": finds_addresses})
    run = await office.make_plan("move_users", people=name)
    assert [*call_states(run), *(finding.subject for finding in run.other_findings)] == [who]


async def test_what_was_moved_can_be_taken_back_although_its_address_is_the_name_of_another(office: EstateHarness) -> None:
    run = await office.start_and_approve(await office.make_plan("move_users", people=f"sip:{ERIN}"))
    assert (run.state, call_states(run)) == ("verified", {ERIN: "done"}), run
    back = await office.undo(run)
    assert (back.state, call_states(back)) == ("verified", {ERIN: "done"}), back


async def test_who_stays_in_islands_must_be_clear_before_the_mode_is_set(office: EstateHarness) -> None:
    run = await office.make_plan("coexistence", mode="SfBWithTeamsCollab", people=ERIN)
    assert not run.changes and {finding.kind for finding in run.other_findings} == {"obstacle", "unclear"}


async def test_a_list_is_answered_on_the_card_of_its_run(office: EstateHarness) -> None:
    run = await office.make_plan("move_users", people="SipAddress,Wave\nbob@contoso.com,1\nnobody@contoso.com,2")
    assert str(run.people_list) == "2 lines, 2 people, from column SipAddress (by SIP address); not read: Wave"
    assert (run.state, list(call_states(run)), [finding.subject for finding in run.other_findings]) == (
        "planned",
        ["bob@contoso.com"],
        ["nobody@contoso.com"],
    )
