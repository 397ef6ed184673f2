"""The plan that was agreed: what its digest covers."""

from dataclasses import replace
from typing import Any

import pytest

from bot.calls import Cmdlet
from bot.runs.plans import digest
from bot.say import say
from bot.step import Change, Fine, Unclear

ON, OFF = (Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": state}) for state in ("on", "off"))
A = Change("a", say("off → on"), (ON,), (OFF,), (say("its warmth"),))
B = replace(A, subject="b")


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "c"},
        {"effect": say("dim → on")},
        {"do": (ON, ON)},
        {"do": (replace(ON, place="sfb"),)},
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
