"""Who lives in the pretend estate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.lab.estate.initial_state import Stage
from adapters.lab.estate.person import CLOUD, HERE, EstatePerson
from adapters.lab.estate.population import populate
from adapters.lab.estate.sample_people import CAST
from tests.support.estate_builder import START, EstateBuilder

STAGES: tuple[Stage, ...] = ("ready", "half", "untouched", "finished")


def names(person: EstatePerson) -> tuple[str, ...]:
    """Everything by which somebody on premises is found: none of it may be another's."""
    assert person.account
    return person.id, person.sip.lower(), person.account.sam, person.account.upn.lower(), person.dn


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), users=st.integers(1, 300), stage=st.sampled_from(STAGES))
def test_there_are_as_many_people_on_premises_as_asked_for_and_nobody_twice(seed: int, users: int, stage: Stage) -> None:
    world = populate(seed, users, stage, START)
    at_home = [person for person in world.people.values() if person.account]
    assert len(at_home) == users
    for same_name_of_all in zip(*map(names, at_home), strict=True):
        held = [name for name in same_name_of_all if name]  # whoever is no longer enabled has no SIP address
        assert len(set(held)) == len(held)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**9), stage=st.sampled_from(STAGES))
def test_the_same_seed_gives_the_same_people(seed: int, stage: Stage) -> None:
    assert populate(seed, 80, stage, START) == populate(seed, 80, stage, START)


def test_another_seed_gives_other_ordinary_people_and_the_same_cast() -> None:
    one, other = (populate(seed, 80, "ready", START) for seed in (1, 2))
    assert one.people[101] == other.people[101]
    assert one.people[1001].sip != other.people[1001].sip


def test_the_sample_people_have_the_ids_that_the_bot_knows() -> None:
    people = populate(1, 1, "ready", START).people
    assert [(people[n].id, people[n].upn) for n in (20, 25)] == [
        ("00000000-0000-4000-8000-000000000020", "alexw@contoso.com"),
        ("00000000-0000-4000-8000-000000000025", "lynner@contoso.com"),
    ]


WRONG = {
    "bob": [],
    "dave": ["no plan Phone System"],
    "victor.voice": [],
    "dina.dialin": ["no plan Audio Conferencing"],
    "david.disabled": ["AD account disabled"],
    "paula.protected": ["AD account protected"],
    "nils.nichtda": ["not in the cloud"],
    "sandra.anders": ["SIP address differs online", "validation or provisioning error online"],
    "linus.ohne": ["no plan Teams", "no plan Skype for Business Online"],
    "tina.teams": ["no plan Skype for Business Online"],
    "peter.wartet": ["no plan Teams", "no plan Skype for Business Online"],
    "ulla.nirgends": ["no usage location", "no plan Teams", "no plan Skype for Business Online"],
    "hanna.haengt": [],
    "milo.mailbox": [],
    "ulrich.kontakte": ["contacts in the unified store"],
    "vera.fehler": ["validation or provisioning error online"],
    "fiona.fabrikam": [],
    "sofie.geloescht": ["deleted in the cloud"],
    "chris.kind": ["lives in another AD domain"],
    "wendy.wingtip": [],
}


@pytest.mark.parametrize("login", WRONG)
def test_each_of_the_cast_has_what_is_wrong_with_them(login: str) -> None:
    role = next(role for role in CAST if role.login == login)
    assert EstateBuilder().true_state(f"{login}@{role.domain}")["wrong"] == WRONG[login]


def test_in_an_untouched_estate_nobody_can_be_moved_and_nobody_is_in_the_cloud() -> None:
    lab = EstateBuilder(stage="untouched")
    at_home = [person for person in lab.estate.state.people.values() if person.account]
    assert not any(person.online for person in at_home)
    assert all(lab.true_state(person.sip)["wrong"] and lab.true_state(person.sip)["home"] == "on-premises" for person in at_home)


def test_in_a_finished_estate_everybody_who_could_be_moved_is_in_teams_and_nobody_is_left_on_premises() -> None:
    ready = {line["sip"] for line in EstateBuilder().estate.people_rows() if not line["wrong"]}
    finished = [line for line in EstateBuilder(stage="finished").estate.people_rows() if line["sip"]]
    assert {line["sip"] for line in finished if line["home"] == "teams"} == ready == {line["sip"] for line in finished}


def test_a_half_done_estate_lacks_only_a_domain_the_provider_and_the_shared_space() -> None:
    assert "SIP domain not verified" in EstateBuilder(stage="half").true_state("fiona.fabrikam@fabrikam.com")["wrong"]
    assert EstateBuilder(stage="half").true_state("bob@contoso.com")["wrong"] == [
        "no hosting provider for Microsoft 365",
        "SIP address space not shared",
    ]


def test_the_pilot_group_holds_ten_people_who_can_be_moved() -> None:
    lab = EstateBuilder()
    pilot = next(group for group in lab.estate.state.groups.values() if group.name == "Pilot")
    lines = {line["id"]: line for line in lab.estate.people_rows()}
    assert len(pilot.members) == 10
    assert all(lines[member]["wrong"] == [] and lines[member]["home"] == "on-premises" for member in pilot.members)


def test_homes_on_both_sides_agree() -> None:
    for person in EstateBuilder().estate.state.people.values():
        if person.account and person.online and person.online.home:
            assert (person.account.locator, person.online.home) in ((HERE, HERE), (CLOUD, CLOUD))
