"""Numbers on the pretend estate: AD lets go, Entra Connect tells, Teams assigns; and the same way back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.person import EstatePerson
from adapters.lab.faults import Fault
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.calls import Destination
from bot.errors import InvalidAnswers, Refused
from bot.known_errors import cause_and_remedy, lookup
from bot.ledger import runs
from bot.step import Obstacle
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, BEN, HERE, call_states

VICTOR, HIS = "victor.voice@contoso.com", "+4930555010115"
FREE = "+4930555020001"  # of a Calling Plan
HOUR = 3600.0
RELEASED, ASSIGNED, GRANTED = (
    f"{call} {VICTOR}" for call in ("Set-CsUser", "Set-CsPhoneNumberAssignment", "Grant-CsOnlineVoiceRoutingPolicy")
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    """Victor, who has Enterprise Voice and Phone System, has moved and signed in; his meetings are converted."""
    async with estate_harness(tmp_path, "ready", 20) as office:
        run = await office.start_and_approve(await office.make_plan("move_users", people=VICTOR))
        assert run.state == "verified", run
        perform_manual_action(office.estate, {"do": "sign in to teams", "who": VICTOR})
        office.pass_time(5 * HOUR)
        yield office


def victor(office: EstateHarness) -> EstatePerson:
    person = office.estate.directory.find_on_premises(VICTOR)
    assert person and person.account and person.online
    return person


def voice(office: EstateHarness) -> tuple[str, bool, str, bool]:
    """Number and voice on premises, and in Teams."""
    person = victor(office)
    assert person.account and person.online
    return person.account.line_uri, person.account.enterprise_voice, person.online.line_uri, person.online.enterprise_voice


async def assigned(office: EstateHarness, **answers: str) -> RunView:
    return await office.start_and_approve(await office.make_plan("aftercare", people=VICTOR, **answers))


async def test_a_number_is_released_seen_to_be_free_and_assigned_under_one_approval(office: EstateHarness) -> None:
    run = await assigned(office, numbers="assign", voice_routing_policy="Germany")
    assert (run.state, set(call_states(run).values())) == ("verified", {"done"}), run
    assert voice(office) == ("", False, f"tel:{HIS}", True)
    assert office.effects()[-3:] == [RELEASED, ASSIGNED, GRANTED]
    assert victor(office).online.policies == {"OnlineVoiceRoutingPolicy": "Germany"}  # type: ignore[union-attr]


async def test_the_way_back_takes_it_from_teams_and_gives_it_to_ad(office: EstateHarness) -> None:
    before = voice(office)
    back = await office.undo(await assigned(office, numbers="assign", voice_routing_policy="Germany"))
    assert (back.state, set(call_states(back).values())) == ("verified", {"done"}), back
    assert voice(office) == before and victor(office).online.policies is None  # type: ignore[union-attr]
    assert office.effects()[-3:] == [GRANTED, f"Remove-CsPhoneNumberAssignment {VICTOR}", RELEASED]


async def test_nobody_is_moved_back_while_their_number_is_on_its_way(office: EstateHarness) -> None:
    plan = await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Germany")
    waits = await office.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
    assert waits.state == "running" and office.effects()[-1] == RELEASED
    back = await office.make_plan("move_back", people=VICTOR)
    (finding,) = back.other_findings
    assert isinstance(finding, Obstacle) and f"is in run {plan.id}" in str(finding.reasons[0].why)


async def test_another_number_is_given_and_later_replaced(office: EstateHarness) -> None:
    assert (await assigned(office, other_numbers=f"{VICTOR} {FREE}")).state == "verified"
    assert voice(office) == ("", False, f"tel:{FREE}", True)
    run = await assigned(office, other_numbers=f"{VICTOR} +4930555020002")
    assert (run.state, voice(office)[2]) == ("verified", "tel:+4930555020002"), run
    assert (await office.undo(run)).state == "verified" and voice(office)[2] == f"tel:{FREE}"


async def test_it_does_not_matter_whether_teams_shows_the_number_of_ad_as_its_own(office: EstateHarness) -> None:
    perform_manual_action(office.estate, {"do": "behave", "line_uri_shows_ad": True})
    run = await assigned(office, numbers="assign", voice_routing_policy="Global")
    assert (run.state, voice(office)[2]) == ("verified", f"tel:{HIS}"), run


async def test_nothing_is_assigned_before_the_synchronisation_and_the_rest_is_not_forgotten(office: EstateHarness) -> None:
    office.estate.state.sync.enabled = False
    run = await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Germany")
    await office.act_and_settle(run.id, ("start", ANNA), ("approve", BEN))
    run = await office.advance(run.id, turns=40)
    assert run.state == "running" and "Teams shows it until the next synchronisation" in str(run.why)
    assert office.effects()[-1] == RELEASED
    office.faults.add(Fault("refuse", call="Get-*", times=0))
    await office.advance(run.id, turns=5)
    office.faults.clear()
    office.estate.state.sync.enabled = True
    assert (await office.advance(run.id)).state == "verified"
    assert office.effects()[-2:] == [ASSIGNED, GRANTED]


async def test_what_was_begun_can_be_taken_back_from_the_middle(office: EstateHarness) -> None:
    before = voice(office)
    run = await office.make_plan("aftercare", people=VICTOR, numbers="assign", voice_routing_policy="Germany")
    await office.act_and_settle(run.id, ("start", ANNA), ("approve", BEN))
    assert voice(office) == ("", False, "", False)
    await office.act_and_settle(run.id, ("cancel", ANNA))
    office.pass_time(HOUR)
    run = await office.advance(run.id)
    assert run.state in ("cancelled", "incomplete"), run
    back = await office.undo(run)
    assert (back.state, voice(office)) == ("verified", before), back


async def test_what_follows_a_move_by_itself_leaves_numbers_alone(office: EstateHarness) -> None:
    (follower,) = await office.ledger(runs.followers, 1)
    await office.driver.advance(follower.id)
    after = await office.view(follower.id)
    assert (after.state, voice(office)[0], not after.changes) == ("verified", f"tel:{HIS}", True)


async def test_a_line_that_cannot_be_right_brings_the_form_back_with_a_word_about_each(office: EstateHarness) -> None:
    lines = f"{VICTOR} 030 555010\nvictor\n{VICTOR}, +49 (30) 5550-1012\nsip:{VICTOR};+4930555010;ext=12"
    with pytest.raises(InvalidAnswers) as met:
        await office.service.create_run("aftercare", {"people": VICTOR, "other_numbers": lines}, ANNA, HERE)
    assert str(met.value.problems["other_numbers"]).splitlines() == [
        f"line 1, “{VICTOR} 030 555010”: a number with its country is needed, such as +4930123456",
        "line 2, “victor”: a line like bob@contoso.com +4930123456 is needed",
        f"line 4, “sip:{VICTOR};+4930555010;ext=12”: {VICTOR} has a number above already",
    ]


async def test_a_number_that_is_refused_although_it_seemed_free_is_tried_again(office: EstateHarness) -> None:
    run = await office.make_plan("aftercare", people=VICTOR, other_numbers=f"{VICTOR} {FREE}")
    words = "The user 'v' already has a telephone number set in the on-premises Active Directory and synchronized to the cloud."
    office.faults.add(Fault("refuse", call="Set-CsPhoneNumberAssignment", words=words))
    run = await office.start_and_approve(run)
    assert (run.state, voice(office)[2]) == ("verified", f"tel:{FREE}"), run


@pytest.mark.parametrize(
    "text",
    [
        "Telephone Number '+4930555020001' has already been assigned to another user",
        "User 'v' lacks appropriate licenses to assign a number.",
    ],
)
async def test_what_is_refused_for_good_is_answered_with_cause_and_remedy_and_can_be_taken_back(office: EstateHarness, text: str) -> None:
    before, told = voice(office), Refused(text, to=Destination("teams", "Set-CsPhoneNumberAssignment"))
    run = await office.make_plan("aftercare", people=VICTOR, other_numbers=f"{VICTOR} {FREE}")
    office.faults.add(Fault("refuse", call="Set-CsPhoneNumberAssignment", words=text))
    run = await office.start_and_approve(run)
    refused = run.changes[-1]
    assert (run.state, refused.state) == ("incomplete", "failed") and lookup(told)
    assert (refused.why, refused.remedy) == cause_and_remedy(told) and text in str(refused.why)
    assert ((await office.undo(run)).state, voice(office)) == ("verified", before)


async def test_a_run_that_goes_on_watching_still_knows_what_it_has_done(office: EstateHarness) -> None:
    before = voice(office)
    victor(office).online.signed_in = None  # type: ignore[union-attr]
    run = await office.make_plan("aftercare", people=VICTOR, other_numbers=f"{VICTOR} {FREE}")
    await office.act_and_settle(run.id, ("start", ANNA), ("approve", BEN))
    run = await office.advance(run.id, turns=30)
    assert voice(office)[2] == f"tel:{FREE}" and {finding.kind for finding in run.other_findings} == {"unclear", "fine"}, run
    assert "undo" in run.actions, run
    back = await office.undo(run)
    assert (back.state, voice(office)) == ("verified", before), back


async def test_a_number_that_stays_managed_in_ad_works_until_teams_says_otherwise(office: EstateHarness) -> None:
    """Nobody is told of missing calls before they are missing: voice online says when."""

    async def notes() -> str:
        run = await office.make_plan("aftercare", people=VICTOR)
        return " ".join(str(note) for one in run.other_findings if one.subject.endswith(" number") for note in getattr(one, "notes", ()))

    told = await notes()
    assert f"voice is on in Teams: calls go on with {HIS}" in told and "SBC" in told and "without calls" not in told
    perform_manual_action(office.estate, {"do": "behave", "ad_number_works": False})
    assert "without calls" in await notes()
