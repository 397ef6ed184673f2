"""Who is meant: what people type and paste, and what is refused with a word."""

import contextlib
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import InvalidAnswers
from bot.steps.shared.people_input.parser import MAX_PEOPLE, parse_people, replace_groups
from bot.steps.shared.people_input.people_list import PeopleGroup, PeopleList

ID = "00000000-0000-4000-8000-0000000000aa"


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("bob@contoso.com", ("bob@contoso.com",)),
        ("bob@contoso.com, carol@contoso.com; dave@contoso.com", ("bob@contoso.com", "carol@contoso.com", "dave@contoso.com")),
        ("SIP:Bob@Contoso.com\n\n  sip:carol@contoso.com  ", ("bob@contoso.com", "carol@contoso.com")),
        ("bob@contoso.com carol@contoso.com dave@contoso.com", ("bob@contoso.com", "carol@contoso.com", "dave@contoso.com")),
        ("Adele Vance <adelev@contoso.com>; Wilber, Alex <AlexW@contoso.com>", ("adelev@contoso.com", "alexw@contoso.com")),
        ("nora.o'neill@contoso.com", ("nora.o'neill@contoso.com",)),
        ("nora.o’neill@contoso.com", ("nora.o'neill@contoso.com",)),
        ("jürgen@bücher.example, bob@xn--bcher-kva.example", ("jürgen@bücher.example", "bob@xn--bcher-kva.example")),
        ("ju\u0308rgen@contoso.com", ("jürgen@contoso.com",)),
        ("\ufeffbob@contoso.com\u200b\u00a0,", ("bob@contoso.com",)),
        ("mailto:bob@contoso.com", ("bob@contoso.com",)),
        ("[bob@contoso.com](mailto:bob@contoso.com)", ("bob@contoso.com",)),
        (
            "[Bob Beispiel](mailto:Bob@contoso.com), [sip:carol@contoso.com](sip:carol@contoso.com)",
            ("bob@contoso.com", "carol@contoso.com"),
        ),
        ("guest_fabrikam.com#EXT#@contoso.com", ("guest_fabrikam.com#ext#@contoso.com",)),
    ],
)
def test_addresses_are_read_as_people_write_them(text: str, people: tuple[str, ...]) -> None:
    assert parse_people(text) == PeopleList(people)


def test_somebody_named_twice_is_meant_once_and_said_aloud() -> None:
    assert parse_people("bob@contoso.com\nsip:BOB@contoso.com\nBob <bob@contoso.com>") == PeopleList(
        ("bob@contoso.com",), repeated=("bob@contoso.com",)
    )


@pytest.mark.parametrize("text", ["group Pilot", "group: Pilot", "Group:Pilot", "GROUP  pilot"])
def test_a_group_is_named_by_a_word_before_it(text: str) -> None:
    (group,) = parse_people(text).groups
    assert group.name.lower() == "pilot" and group.members is None


def test_a_group_and_people_can_be_mixed() -> None:
    assert parse_people(f"bob@contoso.com, group {ID}") == PeopleList(("bob@contoso.com",), (PeopleGroup(ID),))


def test_the_members_taken_down_are_read_back_as_they_were() -> None:
    group = PeopleGroup("Pilot, Süd (2)", ID, ("carol@contoso.com", "nora.o'neill@contoso.com"))
    assert parse_people(f"bob@contoso.com\n{group}") == PeopleList(("bob@contoso.com",), (group,))


def test_a_list_stays_as_it_is_where_its_groups_are_settled() -> None:
    left = "# left aside: carol@contoso.com · Migrate: No"
    text = f"# column UPN · not read: Wave\nbob@contoso.com, group Pilot\n{left}\ndave@contoso.com (Mail)"
    lines = replace_groups(text, {"group Pilot": f"group Pilot ({ID}) = erin@contoso.com"}).splitlines()
    assert lines == [
        *("# column UPN · not read: Wave", "bob@contoso.com", f"group Pilot ({ID}) = erin@contoso.com"),
        *(left, "dave@contoso.com (Mail)"),
    ]


def test_a_member_whose_address_no_command_may_be_given_is_kept_apart_from_the_others() -> None:
    (group,) = parse_people(f"group Pilot ({ID}) = bob@contoso.com *@contoso.com a/b@contoso.com").groups
    assert group.members == ("bob@contoso.com",) and group.odd_members == ("*@contoso.com", "a/b@contoso.com")
    assert parse_people(str(group)).groups == (group,)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "Name at least one person"),
        (" \n ,;\n", "Name at least one person"),
        ("bob", "an address like name@contoso.com"),
        ("group", "an address like name@contoso.com"),
        ("bob@contoso", "is no domain"),
        ("[bob@contoso.com](mailto:carol@contoso.com)", "the link leads to another address than it shows: carol@contoso.com"),
        ("bob@@contoso.com", "an address like"),
        ("*@contoso.com", "without wildcards"),
        ("b?b@contoso.com", "without wildcards"),
        ("[ab]@contoso.com", "without wildcards"),
        ("**bob@contoso.com**", "without wildcards"),
        ("'bob@contoso.com'", "leave the quotes away"),
        ('"bob@contoso.com"', "leave the quotes away"),
        ("'; Remove-CsUser", "Remove-CsUser"),
        ("bob@contoso.com; Remove-CsUser -Identity bob@contoso.com", "“Remove-CsUser -Identity bob” is no name"),
        ("bob$(whoami)@contoso.com", "is no name before the @"),
        ("bob`n@contoso.com", "leave the quotes away"),
        ("bob|carol@contoso.com", "is no name before the @"),
        ("-Force@contoso.com", "is no name before the @"),
        ("<b>bob@contoso.com</b>", "is no"),
        ("👩@contoso.com", "is no name before the @"),
        ("Robin 🚀 Rakete", "an address like"),
        ("a" * 400 + "@contoso.com", "too long"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_word(text: str, word: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        parse_people(text)
    assert word in str(refused.value.problems["people"])


def test_each_wrong_line_is_named_with_its_number() -> None:
    with pytest.raises(InvalidAnswers) as refused:
        parse_people("bob@contoso.com\ncarol\nerin@contoso.com\ndave@")
    assert [line.split(",")[0] for line in str(refused.value.problems["people"]).splitlines()] == ["line 2", "line 4"]


def test_many_wrong_lines_are_counted() -> None:
    with pytest.raises(InvalidAnswers) as refused:
        parse_people("\n".join(f"person{n}" for n in range(100)))
    lines = str(refused.value.problems["people"]).splitlines()
    assert len(lines) == 8 and "93 more" in lines[-1]


def test_ten_thousand_lines_are_read_quickly_and_one_more_is_too_many() -> None:
    lines = [f"person{n}@contoso.com" for n in range(MAX_PEOPLE)]
    began = time.process_time()
    assert len(parse_people("\n".join(lines)).people) == MAX_PEOPLE
    assert time.process_time() - began < 2  # some 0.1 s; the bound only catches a square
    with pytest.raises(InvalidAnswers, match="10001 people; at most 10000"):
        parse_people("\n".join([*lines, "one.more@contoso.com"]))


@pytest.mark.parametrize("text", ["a" * 100_000 + "@b", "a@" + "b." * 50_000, "group " + "a (" * 50_000, "<" * 50_000, "x@y.de " * 20_000])
def test_long_nonsense_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(InvalidAnswers):
        parse_people(text)
    assert time.process_time() - began < 2


LINES = st.lists(
    st.one_of(st.text(max_size=30), st.sampled_from(["bob@contoso.com", "sip:o'brien@contoso.com", "group Pilot", "*"])), max_size=8
)


@given(st.lists(st.text(), max_size=5).map("\n".join))
def test_nothing_but_misspelt_is_ever_raised(text: str) -> None:
    try:
        meant = parse_people(text)
    except InvalidAnswers:
        return
    assert meant.people or meant.groups
    assert all(name == name.lower() and not name.startswith("sip:") for name in meant.people)


@example(["@\t0", "0@0.00"])
@given(LINES)
def test_no_line_is_lost(lines: list[str]) -> None:
    """Every line that says something is a person, a group, a repetition, or a problem with its number."""
    text = "\n".join(lines)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            alone = parse_people(line)
        except InvalidAnswers as refused:
            if "Name at least one person" in str(refused):
                continue  # nothing but blanks
            with pytest.raises(InvalidAnswers):
                parse_people(text)
            continue
        try:
            meant = parse_people(text)
        except InvalidAnswers as refused:
            assert f"line {number}," not in str(refused)
            continue
        assert set(alone.people) <= set(meant.people)
        assert {group.name.lower() for group in alone.groups} <= {group.name.lower() for group in meant.groups}
