"""Whom a move is about, chosen by a pool, an OU or a group with groups inside: settled to a list once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.servers import AgentGroup
from bot.errors import InvalidAnswers
from bot.steps.shared.people_input.parser import parse_people
from bot.steps.shared.people_input.people_list import PeopleGroup
from tests.support.estate_harness import EstateHarness, estate_harness

OU = "OU=Sales,DC=contoso,DC=com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", users=40) as office:
        yield office


@pytest.mark.parametrize("ou", [r"OU=Sales\, EMEA,DC=contoso,DC=com", r"OU=R&D = new,OU=Köln \+ Bonn,DC=contoso,DC=com"])
def test_the_name_of_an_ou_may_hold_marks_of_its_own(ou: str) -> None:
    assert parse_people(f"ou {ou}").groups == (PeopleGroup(ou, kind="ou"),)


@pytest.mark.parametrize("text", [f"ou {OU}", f'ou "{OU}"', f"OU: '{OU}'"])
def test_an_ou_is_one_entry_in_spite_of_its_commas(text: str) -> None:
    assert parse_people(f"bob@contoso.com\n{text}").groups == (PeopleGroup(OU, kind="ou"),)


@pytest.mark.parametrize("kind, name", [("pool", "pool01.contoso.com"), ("ou", OU)])
def test_whom_it_held_is_read_back_as_it_was_taken_down(kind: str, name: str) -> None:
    taken = PeopleGroup(name, members=("bob@contoso.com", "carol@contoso.com"), kind=kind)  # type: ignore[arg-type]
    assert parse_people(str(taken)).groups == (taken,)


@pytest.mark.parametrize(
    "text", ["pool not a pool", "ou Sales", "ou OU=Sales", "pool 'p*.contoso.com'", "pool pool01.contoso.com; Remove-CsUser"]
)
def test_what_is_neither_pool_nor_ou_is_refused_with_a_word(text: str) -> None:
    with pytest.raises(InvalidAnswers):
        parse_people(text)


async def test_everybody_homed_in_a_pool_is_meant_and_stays_meant_while_they_leave_it(office: EstateHarness) -> None:
    home = {person.sip for person in office.estate.state.people.values() if person.account and person.account.pool == "pool02.contoso.com"}
    plan = await office.make_plan("move_users", people="pool pool02.contoso.com")
    told = {row.subject for row in plan.changes} | {finding.subject for finding in plan.other_findings}
    assert home and told == home
    run = await office.start_and_approve(plan)
    assert run.state == "verified" and {row.state for row in run.changes} == {"done"}


async def test_whoever_answers_the_calls_of_a_response_group_is_kept_and_the_others_go(office: EstateHarness) -> None:
    world = office.estate.state
    pool = "pool pool02.contoso.com"
    (agent, *others) = [row.subject for row in (await office.make_plan("move_users", people=pool)).changes]
    world.agent_groups["Help desk"] = AgentGroup("Help desk", (agent,))
    plan = await office.make_plan("move_users", people=pool)
    told = next(finding for finding in plan.other_findings if finding.subject == agent)
    assert {row.subject for row in plan.changes} == {*others} and "Help desk" in str(told)


async def test_everybody_below_an_ou_is_meant(office: EstateHarness) -> None:
    accounts = [person.account for person in office.estate.state.people.values() if person.account and person.account.sip]
    ou = accounts[0].ou
    plan = await office.make_plan("move_users", people=f'ou "{ou}"')
    told = {row.subject for row in plan.changes} | {finding.subject for finding in plan.other_findings}
    assert told == {account.sip for account in accounts if account.ou.lower().endswith(ou.lower())}


async def test_groups_inside_a_group_are_opened(office: EstateHarness) -> None:
    groups = list(office.estate.state.groups.values())
    outer, inner = groups[0], groups[1]
    person = next(one for one in office.estate.state.people.values() if one.account and one.account.sip and one.online)
    outer.members, inner.members = [inner.id], [person.id]
    plan = await office.make_plan("move_users", people=f"group {outer.id}")
    assert [row.subject for row in plan.changes] + [finding.subject for finding in plan.other_findings] == [person.sip]


async def test_a_member_who_is_in_the_cloud_alone_keeps_nobody_else_from_moving(office: EstateHarness) -> None:
    """Nobody has misspelt that name: there is nothing on the form to correct."""
    group, people = next(iter(office.estate.state.groups.values())), list(office.estate.state.people.values())
    one = next(one for one in people if one.account and one.account.sip and one.online)
    group.members = [one.id, next(one.id for one in people if not one.account)]
    plan = await office.make_plan("move_users", people=f"group {group.id}")
    (other,) = [finding for finding in plan.other_findings if finding.subject != one.sip]
    assert plan.state != "cancelled" and "has no account on premises" in str(other)


async def test_a_pool_or_ou_with_nobody_in_it_brings_the_form_back(office: EstateHarness) -> None:
    plan = await office.make_plan("move_users", people="pool nowhere.contoso.com")
    assert plan.state == "cancelled" and "Nobody is in the pool" in str(plan.problems["people"])
