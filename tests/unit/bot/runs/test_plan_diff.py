"""The plan that was agreed: what its digest covers, and what a second look leaves of it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.calls import Cmdlet, ManualAction
from bot.i18n import say
from bot.runs.plan_diff import diff, digest
from bot.step import Change, Fine, Identity, Unclear

ON, OFF = (Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": state}) for state in ("on", "off"))
A = Change("a", say("off → on"), (ON,), (OFF,), undo_loses=(say("its warmth"),))
B = replace(A, subject="b")


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "c"},
        {"effect": say("dim → on")},
        {"do": (ON, ON)},
        {"do": (replace(ON, endpoint="sfb"),)},
        {"undo": ()},
        {"undo_loses": ()},
    ],
    ids=str,
)
def test_whatever_would_be_done_taken_back_or_lost_otherwise_is_another_plan(other: dict[str, Any]) -> None:
    assert digest([replace(A, **other), B]) != digest([A, B])


def test_order_notes_and_what_is_said_of_others_make_no_other_plan() -> None:
    noted = replace(A, notes=(say("a word more"),))
    assert digest([Unclear("d", say("no answer")), B, noted, Fine("c", say("is on"))]) == digest([A, B])


def test_what_a_second_look_says_nothing_about_is_not_carried_out() -> None:
    left = diff([A, B], [B])
    assert left.remaining == {"b": 0} and list(left.dropped) == ["a"] and not left.differs


def test_the_end_of_an_agreed_sequence_is_part_of_it_and_other_calls_are_another_plan() -> None:
    both = replace(A, do=(ON, OFF))
    assert diff([both], [replace(A, do=(OFF,))]).remaining == {"a": 1}
    for other in ((ON,), (OFF, ON), (ON, OFF, ON)):
        assert diff([both], [replace(A, do=other)]).differs


def test_what_a_person_does_is_the_same_while_the_same_fact_shows_it() -> None:
    agreed = replace(A, do=(ManualAction(say("publish it; its value is told later"), "Service"), ON))
    for words, fact, differs in (("publish v=1", "Service", False), ("publish v=1", "Domain", True)):
        assert diff([agreed], [replace(A, do=(ManualAction(say(words), fact), ON))]).differs is differs


@pytest.mark.parametrize("strictly", [True, False])
def test_a_change_that_nobody_agreed_to_makes_another_plan_where_order_counts(strictly: bool) -> None:
    assert diff([A], [A, B], strictly).differs is strictly


def test_what_was_agreed_for_one_person_is_not_done_to_another_who_has_the_address_now() -> None:
    agreed, other = (replace(A, identity=Identity(guid, address="a")) for guid in ("guid-1", "guid-2"))
    left = diff([agreed], [other])
    assert not left.remaining and "belonged to somebody else" in str(left.dropped["a"])
    assert diff([agreed], [agreed]).remaining == {"a": 0}
