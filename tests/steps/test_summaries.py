"""What the board says of the steps that ask for people, without being told whom: counted over everybody, by bulk reads alone."""

from pathlib import Path
from typing import Any

import pytest

from adapters.lab.estate.initial_state import Stage
from adapters.lab.estate.population import mark_moved
from bot.facts import Reader
from bot.facts.cloud import Cloud
from bot.reader.reader import EstateReader
from bot.status_refresher import read_summary
from bot.step import Obstacle, StepSummary
from bot.steps import STEPS
from bot.steps.aftercare.summary import summarise_meetings
from bot.steps.licences.summary import summarise_licences
from bot.steps.move_users import move_users, plan_for_homed_users
from bot.steps.move_users.summary import summarise_homes
from tests.support.case_files import case_file, facts_of
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.fake_reader import FakeReader

HERE, THERE = "HomedUser name=SRV: most=1001", "HomedUser name=sipfed.online.lync.com most=1001"
BOB, CAROL = "00000000-0000-4000-8000-000000000101", "00000000-0000-4000-8000-000000000102"
TEAMS, SKYPE, PHONE = (plans[0] for plans in (Cloud().teams_plans, Cloud().skype_plans, Cloud().phone_plans))
E3, VOICE = "05e9a617-0261-4cee-bb44-138d3ef5d965", "e43b5b99-8dfb-405f-9987-dc307f34bcbd"


def sku(id: str, *plans: str, free: int = 7) -> dict[str, Any]:
    held = [{"servicePlanId": plan} for plan in plans]
    return {"skuId": id, "capabilityStatus": "Enabled", "appliesTo": "User", "prepaidUnits": {"enabled": free}, "servicePlans": held}


def account(id: str, *skus: str, off: tuple[str, ...] = (), country: str = "DE") -> dict[str, Any]:
    states = [{"skuId": each, "disabledPlans": list(off)} for each in skus]
    return {"id": id, "usageLocation": country, "licenseAssignmentStates": states}


def estate(*accounts: Any, voice: bool = False, **more: Any) -> FakeReader:
    """Bob and Carol on premises, as Teams shows them too; Carol is well unless she is told anew."""
    people = {each["id"]: each for each in (account(CAROL, E3), *accounts)}
    shown = [{"Identity": BOB, "OnPremEnterpriseVoiceEnabled": voice}, {"Identity": CAROL, "OnPremEnterpriseVoiceEnabled": False}]
    here = [{"SipAddress": "sip:bob@contoso.com"}, {"SipAddress": "sip:carol@contoso.com"}]
    skus = [sku(E3, TEAMS, SKYPE), sku(VOICE, PHONE)]
    return FakeReader(
        {"Cloud": [{}], HERE: here, "OnlineUserOnPremises most=1001": shown, "SubscribedSku": skus, "DirectoryUser": people, **more}
    )


async def licensed(read: Reader) -> tuple[str, str]:
    summary = await summarise_licences(read)
    ((_, text),) = summary.examples
    return summary.state, str(text)


@pytest.mark.parametrize(
    ("bob", "voice"),
    [
        (account(BOB), False),
        (account(BOB, E3, off=(SKYPE,)), False),
        (account(BOB, E3, country=""), False),
        (account(BOB, E3), True),
    ],
    ids=["none", "a plan switched off", "no country", "voice without Phone System"],
)
async def test_whoever_lacks_a_licence_is_counted_beside_what_is_free(bob: dict[str, Any], voice: bool) -> None:
    told = await licensed(estate(bob, voice=voice))
    assert told == ("to do", "1 of 2 on premises lack a licence or a plan; 7 licences are free")


async def test_nobody_lacks_one_when_all_plans_are_there() -> None:
    assert (await licensed(estate(account(BOB, E3, VOICE), voice=True)))[0] == "done"


async def test_whom_teams_does_not_know_comes_first_by_the_synchronisation() -> None:
    summary = await summarise_licences(estate(**{"OnlineUserOnPremises most=1001": []}))
    assert (summary.state, summary.cured_by) == ("blocked", ("directory_sync",))


async def test_where_nobody_is_left_nobody_needs_one() -> None:
    assert await licensed(estate(**{HERE: []})) == ("done", "nobody is left on premises")


async def test_an_account_that_could_not_be_read_makes_nothing_fine() -> None:
    assert (await licensed(estate(DirectoryUser={BOB: {"unread": "throttled"}, CAROL: account(CAROL, E3)})))[0] == "unclear"


async def test_what_stops_every_move_is_told_before_anybody_is_named() -> None:
    ready, bob = facts_of(case_file("move_users/ready")), [{"SipAddress": "sip:bob@contoso.com"}]
    routes = [{"Identity": f"Site:{name}", "FederationRoute": f"EdgeServer:{name}.contoso.com"} for name in ("east", "west")]
    summary, _ = await summarise_homes(FakeReader({**ready, HERE: bob, THERE: [], "Site": routes}))
    assert summary.state == "blocked" and "several Edge pools" in str(summary.examples[0][1])


async def test_somebody_with_an_odd_address_who_is_left_is_named_by_the_board() -> None:
    ready, left = facts_of(case_file("move_users/ready")), [{"SipAddress": "sip:r&d/lab@contoso.com"}]
    summary = await read_summary(move_users, FakeReader({**ready, HERE: left, THERE: []}))  # type: ignore[arg-type]
    assert summary.state == "blocked" and [subject for subject, _ in summary.examples] == ["r&d/lab@contoso.com"]


async def test_few_reads_tell_it_of_everybody() -> None:
    read = estate(account(BOB, E3))
    await licensed(read)
    assert sorted(read.asked) == ["Cloud", "DirectoryUser", "HomedUser", "OnlineUserOnPremises", "SubscribedSku"]


def migrations(*states: str, home: str = "sipfed.online.lync.com", **more: Any) -> FakeReader:
    """Bob's conversions, the oldest first."""
    entries = [
        {"UserPrincipalName": "bob@contoso.com", "State": state, "CreateDate": f"2026-11-{day:02}T08:00:00Z", "LastMessage": ""}
        for day, state in enumerate(states, 1)
    ]
    names = ("Identity", "UserPrincipalName", "SipAddress", "OnPremSipAddress", "OnPremHostingProvider", "TeamsUpgradeEffectiveMode")
    bob = {**dict.fromkeys(names, ""), "HostingProvider": home, "UserValidationErrors": []}
    people = [{"SipAddress": "sip:bob@contoso.com"}]
    return FakeReader({"Cloud": [{}], THERE: people, "MeetingMigration": entries, "OnlineUserByName": {"bob@contoso.com": bob}, **more})


@pytest.mark.parametrize(
    ("read", "kinds"),
    [
        (migrations("Failed"), ["change", "fine"]),
        (migrations("Failed", "Succeeded"), ["fine"]),
        (migrations("Succeeded", "InProgress"), ["unclear", "fine"]),
        (migrations(), ["fine"]),
        (migrations("Failed", home="SRV:"), ["fine"]),
        (migrations("Failed", Mailbox={"bob@contoso.com": {"UserPrincipalName": "bob@contoso.com"}}), ["fine"]),
        (migrations("Failed", OnlineUserByName={"bob@contoso.com": {"unread": "throttled"}}), ["unclear", "fine"]),
        (migrations(**{THERE: []}), ["obstacle"]),
    ],
    ids=["failed", "repaired", "on its way", "none", "moved back", "mailbox on premises", "unread", "nobody moved"],
)
async def test_aftercare_has_something_to_do_where_meetings_of_people_in_teams_were_not_converted(
    read: FakeReader, kinds: list[str]
) -> None:
    assert (await summarise_meetings(read)).counts == dict.fromkeys(kinds, 1)


async def seen(office: EstateHarness, name: str) -> StepSummary:
    """What the board is told of this step in the pretend estate."""
    step = next(step for step in STEPS if step.name == name)
    return await read_summary(step, EstateReader(office.gateway))


@pytest.mark.parametrize(
    ("estate", "licences", "aftercare", "moves"),
    [
        ("untouched", "obstacle", "obstacle", "obstacle"),
        ("half", "change", "obstacle", "obstacle"),
        ("ready", "change", "fine", "change"),
        ("finished", "fine", "fine", "fine"),
    ],
)
async def test_each_stage_of_the_pretend_estate_is_told_as_it_is(
    estate: Stage, licences: str, aftercare: str, moves: str, tmp_path: Path
) -> None:
    async with estate_harness(tmp_path, estate, users=43) as office:
        told = {name: {*(await seen(office, name)).counts} for name in ("licences", "aftercare", "move_users")}
    assert told == {"licences": {licences}, "aftercare": {aftercare}, "move_users": {moves}}


async def test_when_none_of_the_last_can_be_moved_each_is_named_with_what_keeps_them(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=43) as office:
        for line in list(office.estate.people_rows()):
            person = office.estate.directory.find_on_premises(str(line["sip"]))
            if not line["wrong"] and person:
                mark_moved(person)
                office.estate.directory.update(person)
        summary = await seen(office, "move_users")
        read = EstateReader(office.gateway)
        _, left = await summarise_homes(read)
        found = await plan_for_homed_users(left, read)
        kept = {finding.subject: [reason.cured_by for reason in finding.reasons] for finding in found if isinstance(finding, Obstacle)}
    assert kept["dave@contoso.com"] == ["licences"] and kept["paula.protected@contoso.com"] == [None]
    assert sum(summary.counts.values()) == len(found) == 14 and not {"change", "fine"} & {*summary.counts}
    assert summary.examples[0][0] == next(finding.subject for finding in found if isinstance(finding, Obstacle))
