"""The coexistence mode over the pretend estate: people first, then everybody, then the notice, and all of it back."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.lab.faults import Fault
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.steps.coexistence import MODE, NOTICE, Coexistence
from tests.support.estate_harness import estate_harness
from tests.support.run_harness import call_states

BOB, CAROL = "bob@contoso.com", "carol@contoso.com"
ASKED = {"mode": "SfBWithTeamsCollab", "people": BOB, "notice": "true"}


async def test_a_tenant_in_islands_gets_its_mode_with_one_person_spared_and_goes_back(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "half") as office:
        world, bob = office.estate.state, office.estate.directory.find_online(BOB)
        assert bob and bob.online
        done = await office.start_and_approve(await office.make_plan("coexistence", **ASKED))
        assert (done.state, set(call_states(done).values())) == ("verified", {"done"})
        assert (bob.online.policy, world.tenant.global_mode, world.notify_policies["Global"].notify) == ("Islands", ASKED["mode"], True)
        assert [line.split()[0] for line in office.effects()] == [
            *["Grant-CsTeamsUpgradePolicy"] * 2,
            "Set-CsTeamsUpgradePolicy",
        ]
        back = await office.undo(done)
        assert back.state == "verified"
        assert (bob.online.policy, world.tenant.global_mode, world.notify_policies["Global"].notify) == ("", "Islands", False)


async def test_what_is_as_wanted_is_left_alone(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready") as office:
        plan = await office.make_plan("coexistence", mode="SfBWithTeamsCollab")
        assert (plan.state, office.effects()) == ("verified", [])


async def test_a_forced_tenant_is_named_with_the_step_that_helps(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched") as office:
        plan = await office.make_plan("coexistence", mode="SfBWithTeamsCollab")
        assert [finding.kind for finding in plan.other_findings] == ["obstacle"]
        assert plan.other_findings[0].reasons[0].cured_by == "domain"  # type: ignore[union-attr]


@pytest.mark.parametrize("call", ["Get-CsTenant", "Get-CsTeamsUpgradePolicy", "Get-CsOnlineUser", "Get-CsUser"])
@pytest.mark.parametrize("what", ["refuse", "throttle"])
async def test_no_read_that_fails_leads_to_another_mode(tmp_path: Path, call: str, what: str) -> None:
    async with estate_harness(tmp_path, "half") as office:
        office.faults.add(Fault(what, call=call, times=0))  # type: ignore[arg-type]
        plan = await office.make_plan("coexistence", **ASKED)
        assert MODE not in call_states(plan) and office.effects() == []


@pytest.mark.parametrize("word", ["TeamsOnly", "UpgradeToTeams"])
def test_teams_only_for_everybody_is_told_to_come_last(word: str) -> None:
    with pytest.raises(ValidationError, match="comes last"):
        Coexistence(mode=word)  # type: ignore[arg-type]


async def test_people_are_named_as_everywhere(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "half") as office:
        plan = await office.make_plan("coexistence", **{**ASKED, "people": f"{BOB}, nobody@contoso.com"})
        assert plan.state == "cancelled" and "nobody@contoso.com" in str(plan.problems["people"])
        asked = await office.make_plan("coexistence", **{**ASKED, "people": f"{BOB}\nSIP:{BOB.upper()}\n{CAROL}"})
        assert list(call_states(asked)) == [BOB, CAROL, MODE, NOTICE]


@pytest.mark.parametrize("forced", [False, True], ids=["free", "forced"])
@pytest.mark.parametrize("own", ["Islands", "UpgradeToTeams"])
async def test_one_person_with_a_mode_of_their_own_stands_for_nobody_else(tmp_path: Path, forced: bool, own: str) -> None:
    """Get-CsTenant tells nothing of the mode. Tenant, coexistence and address space give the same answer."""
    async with estate_harness(tmp_path, "ready", users=60) as office:
        office.estate.state.tenant.forced_teams_only = forced
        perform_manual_action(office.estate, {"do": "behave", "tenant_tells_mode": False, "own_mode_beats_force": True})
        perform_manual_action(office.estate, {"do": "grant mode", "who": BOB, "policy": own})
        answers = {"tenant": {"pilot_users": "1"}, "coexistence": {"mode": "SfBOnly"}, "shared_sip_space": {}}
        plans = {step: await office.make_plan(step, **asked) for step, asked in answers.items()}
        told = {step: "although {mode} was chosen" in str((plan.changes, plan.other_findings)) for step, plan in plans.items()}
        assert told == dict.fromkeys(answers, forced)
