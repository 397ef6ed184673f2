"""What holds for the steps whatever the estate says: one finding per subject, no write without knowing, only documented cmdlets."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import GatewayError, InvalidAnswers
from bot.i18n import say
from bot.step import Change, Finding, Fine, NoQuestions, Obstacle, Plan, Step, Unclear, findings
from bot.steps import STEPS
from bot.steps.move_back import MoveBack, move_back
from bot.steps.move_users import MoveUsers, move_users
from bot.steps.shared.people_input.groups import compare_membership
from bot.steps.shared.people_input.parser import parse_people
from bot.steps.shared.people_input.people_list import PeopleGroup, PeopleList
from tests.support.case_files import CASES, case_file, facts_of, step_name
from tests.support.fake_reader import FakeReader, merge_facts

BOB, CAROL = "bob@contoso.com", "carol@contoso.com"
BOB_ID, CAROL_ID = "00000000-0000-4000-8000-000000000101", "00000000-0000-4000-8000-000000000102"
GROUP = "00000000-0000-4000-8000-0000000000aa"
UNREAD = {"unread": "no answer"}
PER_PERSON = {"OnPremUser": BOB, "OnlineUser": BOB, "AdUser": BOB, "DirectoryUser": BOB_ID, "Licences": BOB_ID}
WHOLE = ("Cloud", "AccessEdge", "HostingProvider", "TenantFederation", "OnlineSipDomain", "Domain")
NOTES_ONLY = ("AgentGroup", "ContactStore", "Delegates", "Mailbox", "ConferencingPolicy", "PatchVersion", "TeamsModule")
STEP_OF = {step.name: step for step in STEPS}


def two_ready() -> dict[str, Any]:
    """Bob and Carol, both ready to be moved."""
    facts = facts_of(case_file("move_users/everything_wrong"))
    return dict(merge_facts(facts, {key: value for key, value in facts_of(case_file("move_users/ready")).items() if key != "Cloud"}))


async def plan(facts: dict[str, Any], people: str = f"{BOB}, {CAROL}") -> dict[str, Finding]:
    return {one.subject: one for one in await findings(move_users, MoveUsers(people=people), FakeReader(facts))}


def unread(facts: dict[str, Any], fact: str) -> dict[str, Any]:
    """The same facts, and this one cannot be read: for Bob alone where it is read per person."""
    if fact in PER_PERSON:
        return {**facts, fact: {**facts[fact], PER_PERSON[fact]: UNREAD}}
    return {**facts, fact: UNREAD}


async def test_both_are_ready_to_begin_with() -> None:
    assert {name: one.kind for name, one in (await plan(two_ready())).items()} == {BOB: "change", CAROL: "change"}


@pytest.mark.parametrize("fact", PER_PERSON)
async def test_what_decides_and_is_unread_for_one_person_leaves_that_person_out_and_nobody_else(fact: str) -> None:
    found = await plan(unread(two_ready(), fact))
    assert isinstance(found[BOB], Unclear) and isinstance(found[CAROL], Change)


@pytest.mark.parametrize("fact", NOTES_ONLY)
async def test_what_does_not_decide_and_is_unread_is_said(fact: str) -> None:
    for one in (await plan(unread(two_ready(), fact))).values():
        assert isinstance(one, Change) and any("not checked" in str(note) for note in one.notes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from([*PER_PERSON, *WHOLE, *NOTES_ONLY]), min_size=1))
async def test_whatever_cannot_be_read_nobody_is_moved_unknowingly(broken: set[str]) -> None:
    facts = two_ready()
    for fact in broken:
        facts = unread(facts, fact)
    try:
        found = await plan(facts)
    except GatewayError:
        return  # nobody could be read: no plan, no write
    assert set(found) == {BOB, CAROL}
    if broken & {*PER_PERSON, *WHOLE}:
        assert not isinstance(found[BOB], Change)
    if broken & set(WHOLE):
        assert not isinstance(found[CAROL], Change)


@settings(max_examples=100, deadline=None)
@given(st.data())
async def test_there_is_one_finding_per_subject_in_any_mixture_of_people(data: st.DataObject) -> None:
    """Each person takes the state of a random case; `findings` itself refuses a second word about anybody."""
    cases = data.draw(st.lists(st.sampled_from([case for case in CASES if step_name(case) == "move_users"]), min_size=1, max_size=3))
    facts: dict[str, Any] = two_ready()
    for case in cases:
        facts = dict(merge_facts(facts, json.loads(case.read_text()).get("facts", {})))
    try:
        found = await plan(facts, f"{BOB}\n{CAROL}\nnobody@contoso.com\nsip:{BOB}")
    except GatewayError:
        return
    assert set(found) == {BOB, CAROL, "nobody@contoso.com"}


async def test_the_number_of_reads_does_not_grow_with_the_people() -> None:
    reads = []
    for count in (1, 300):
        names = [f"person{n}@contoso.com" for n in range(count)]
        facts, ready = two_ready(), facts_of(case_file("move_users/ready"))
        for n, name in enumerate(names):
            oid = f"00000000-0000-4000-8000-{n:012d}"
            for fact in ("OnPremUser", "AdUser", "ContactStore", "Delegates"):
                facts[fact][name] = {**ready[fact][BOB], "SipAddress": f"sip:{name}", "UserPrincipalName": name}
            facts["OnlineUser"][name] = {**ready["OnlineUser"][BOB], "Identity": oid, "SipAddress": name, "OnPremSipAddress": name}
            facts["DirectoryUser"][oid] = {**ready["DirectoryUser"][BOB_ID], "id": oid}
            facts["Licences"][oid] = ready["Licences"][BOB_ID]
        read = FakeReader(facts)
        found = await findings(move_users, MoveUsers(people="\n".join(names)), read)
        assert len(found) == count and all(isinstance(one, Change) for one in found)
        reads.append(len(read.asked))
    assert reads[0] == reads[1]


TWO_SIDES = ("Cloud", "OnPremUser", "OnPremUserByName", "AdUser", "OnlineUser")
OWN_RECORDS = ("MoveHistory", "ResolvedIdentity")


async def test_somebody_in_teams_needs_no_more_than_the_two_sides() -> None:
    read = FakeReader(facts_of(case_file("move_users/already_in_teams")))
    (found,) = await findings(move_users, MoveUsers(people=BOB), read)
    assert isinstance(found, Fine) and set(read.asked) <= {*TWO_SIDES, *OWN_RECORDS}


async def test_a_move_is_taken_back_by_the_move_back_and_the_other_way_round() -> None:
    (there,) = await findings(move_users, MoveUsers(people=BOB), FakeReader(facts_of(case_file("move_users/ready"))))
    (back,) = await findings(move_back, MoveBack(people=BOB), FakeReader(facts_of(case_file("move_back/ready"))))
    assert isinstance(there, Change) and isinstance(back, Change)
    assert there.undo == back.do and there.do == back.undo and there.undo_loses and back.undo_loses
    assert move_users.undone_by == move_back.name and move_back.undone_by == move_users.name


# --- groups ---------------------------------------------------------------------------------------------------------------------------


def members(*addresses: str) -> list[dict[str, Any]]:
    return [{"id": f"{n}", "userPrincipalName": f"sign-in-{n}@contoso.com", "imAddresses": [name]} for n, name in enumerate(addresses)]


async def test_a_group_is_settled_to_its_members_once() -> None:
    facts = {
        "EntraGroup name=Pilot": [{"id": GROUP, "displayName": "Pilot"}],
        f"GroupMember group={GROUP}": members(CAROL, f"SIP:{BOB.upper()}"),
    }
    answers = await move_users.resolve_answers(MoveUsers(people="erin@contoso.com, group Pilot"), FakeReader(facts))
    meant = parse_people(answers.people)
    assert meant.people == ("erin@contoso.com",) and meant.groups[0].members == (BOB, CAROL) and meant.groups[0].id == GROUP
    assert await move_users.resolve_answers(answers, FakeReader({})) == answers


async def test_who_is_no_person_in_a_group_is_counted() -> None:
    device = {"id": "7", "userPrincipalName": None, "imAddresses": None}
    facts = {"EntraGroup name=Pilot": [{"id": GROUP, "displayName": "Pilot"}], f"GroupMember group={GROUP}": [*members(BOB), device]}
    answers = await move_users.resolve_answers(MoveUsers(people="group Pilot"), FakeReader(facts))
    assert parse_people(answers.people).summary.left_aside == ("group Pilot (1 that are no people)",)
    facts = {"PoolUser name=pool01.contoso.com": [{"SipAddress": f"sip:{BOB}"}, {"SipAddress": None}]}
    answers = await move_users.resolve_answers(MoveUsers(people="pool pool01.contoso.com"), FakeReader(facts))
    assert parse_people(answers.people).summary.left_aside == ("pool pool01.contoso.com (1 without SIP address)",)


async def test_an_odd_address_in_a_group_holds_up_nobody_else_and_is_no_other_persons() -> None:
    facts = two_ready() | {"EntraGroup name=Pilot": [{"id": GROUP, "displayName": "Pilot"}]}
    facts[f"GroupMember group={GROUP}"] = members(BOB, "r&d/lab@contoso.com", f"old {CAROL}")
    answers = await move_users.resolve_answers(MoveUsers(people="group Pilot"), FakeReader(facts))
    found = {one.subject: one.kind for one in await findings(move_users, answers, FakeReader(facts))}
    assert found == {BOB: "change", "r&d/lab@contoso.com": "obstacle", f"old␣{CAROL}": "obstacle"}


async def test_thousands_of_members_are_compared_quickly() -> None:
    names = [f"person{n}@contoso.com" for n in range(5000)]
    group = PeopleGroup("Pilot", GROUP, tuple(names))
    began = time.process_time()
    since = await compare_membership(PeopleList((), (group,)), FakeReader({f"GroupMember group={GROUP}": members(*names[1:])}))
    assert list(since.remarks) == names[:1] and time.process_time() - began < 2  # some 0.05 s; the bound only catches a square


async def test_a_group_can_be_named_by_its_id() -> None:
    facts = {f"EntraGroup id={GROUP}": [{"id": GROUP, "displayName": "Pilot"}], f"GroupMember group={GROUP}": members(BOB)}
    answers = await move_users.resolve_answers(MoveUsers(people=f"group {GROUP}"), FakeReader(facts))
    assert str(parse_people(answers.people).groups[0]) == f"group Pilot ({GROUP}) = {BOB}"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({}, "There is no group “Pilot”"),
        ({"EntraGroup name=Pilot": [{"id": "1"}, {"id": "2"}]}, "2 groups are called “Pilot”"),
        ({"EntraGroup name=Pilot": [{"id": "1"}]}, "Nobody is in the group “Pilot”"),
    ],
)
async def test_a_group_that_cannot_be_meant_brings_the_form_back(facts: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        await move_users.resolve_answers(MoveUsers(people="group Pilot"), FakeReader(facts))
    assert word in str(refused.value.problems["people"])


async def test_people_without_a_group_are_left_as_they_were_typed() -> None:
    assert (await move_users.resolve_answers(MoveUsers(people=f" {BOB} "), FakeReader({}))).people == f" {BOB} "


# --- forms and words -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [MoveUsers, MoveBack])
def test_the_form_says_per_line_what_cannot_be_right(form: type[MoveUsers]) -> None:
    with pytest.raises(ValidationError) as refused:
        form(people="bob@contoso.com\n'; Remove-CsUser")
    assert "line 2" in str(refused.value)


@pytest.mark.parametrize("pool", ["pool01.contoso.com; Remove-CsUser", "pool*", "'pool'"])
def test_a_pool_is_a_plain_name(pool: str) -> None:
    with pytest.raises(ValidationError):
        MoveBack(people=BOB, pool=pool)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_has_guidance_words_and_a_named_way_back(step: Any) -> None:
    assert step.guidance and step.phrases and (step.undone_by is None or step.undone_by in STEP_OF)


@pytest.mark.parametrize("step", [step for step in STEPS if "people" in step.form.model_fields], ids=lambda step: step.name)
def test_every_step_about_people_settles_groups_to_their_members_once(step: Any) -> None:
    assert step.resolve_answers, f"{step.name}: who joins the group after the approval would go along"


@pytest.mark.parametrize(
    ("name", "hours"),
    [("domain", 72), ("exchange_oauth", 72), ("licences", 24), ("aftercare", 30 * 24), ("move_users", 0.5), ("move_back", 0.5)],
)
def test_a_step_waits_for_as_long_as_the_far_end_may_take(name: str, hours: float) -> None:
    assert STEP_OF[name].verify_timeout >= timedelta(hours=hours)


async def test_a_step_that_speaks_twice_about_somebody_is_wrong() -> None:
    async def look(answers: NoQuestions, read: FakeReader) -> Plan:
        for word in ("is on", "is off"):
            yield Fine("a", say(word))

    with pytest.raises(AssertionError, match="speaks twice about a"):
        await findings(Step("lamps", say("Lamps"), NoQuestions, look), NoQuestions(), FakeReader({}))


async def test_everything_that_stands_in_the_way_is_said_at_once() -> None:
    found = await findings(move_users, MoveUsers(people=BOB), FakeReader(facts_of(case_file("move_users/everything_wrong"))))
    assert isinstance(found[0], Obstacle) and len(found[0].reasons) == 6
