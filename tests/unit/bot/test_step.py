"""What a step and its findings must be: options, functions and names of steps are checked before anything runs."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import step_names
from bot.calls import Cmdlet
from bot.facts import Reader
from bot.i18n import say
from bot.step import Change, NoQuestions, Plan, Step, StepSummary, combine, step
from bot.steps import STEPS, check_step_names
from bot.summary import ToDo, summarise
from tests.support.paths import ROOT

CALL = Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": "on"})


async def lamps(answers: NoQuestions, read: Reader) -> Plan:
    """Lights a lamp."""
    yield Change("a", say("off → on"), (CALL,))


def a_step(**options: Any) -> Step:
    return step(say("Lamps"), **options)(lamps)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ordering": "indpendent"}, "step lamps: ordering='indpendent': Input should be 'in order' or 'independent'"),
        ({"verify_timeout": "30 minutes"}, "verify_timeout='30 minutes': Input should be a valid timedelta"),
        ({"pace": "independent"}, "pace='independent': Extra inputs are not permitted"),
        ({"monitors": "yes"}, "monitors='yes': Input should be a valid boolean"),
        ({"phrases": "light a lamp"}, "phrases='light a lamp': Input should be a valid tuple"),
        ({"phases": ("after", "never")}, "phases='never'"),
        ({"loses": "light"}, "loses='light'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_option_of_a_step_fails_at_import(options: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError) as raised:
        a_step(**options)
    assert words in str(raised.value)
    with pytest.raises(TypeError):
        combine("all_lamps", say("All lamps"), [a_step()], **options)


def test_a_step_takes_name_form_and_guidance_from_its_function() -> None:
    made = a_step(phrases=("lamps",), verify_timeout=timedelta(minutes=5))
    assert (made.name, made.form, made.guidance) == ("lamps", NoQuestions, "Lights a lamp.")
    assert combine("all_lamps", say("All lamps"), [made]).verify_timeout == timedelta(minutes=5)


def test_the_decorators_of_a_step_add_its_functions_once() -> None:
    made = a_step()

    @made.summary
    async def summary(read: Reader) -> StepSummary:
        return summarise([])

    @made.reminder(20, 27)
    def remind(found: Sequence[Any]) -> None:
        return None

    assert made.summarise is summary and made.reminder_text is remind and made.reminder_days == (20, 27)
    with pytest.raises(TypeError, match="step lamps: two functions for summarise"):
        made.summary(summary)


def test_a_change_without_calls_is_an_error() -> None:
    with pytest.raises(ValueError, match="the change of a has no calls"):
        Change("a", say("off → on"), ())
    with pytest.raises(ValueError, match="the change of a has no calls"):
        replace(Change("a", say("off → on"), (CALL,)), do=())


def test_a_summary_may_tell_of_something_to_do_without_calls() -> None:
    summary = summarise([ToDo("a", say("off"))])
    assert (summary.state, summary.examples, summary.counts) == ("to do", (("a", say("off")),), {"change": 1})


@pytest.mark.parametrize("option", ["undone_by", "opposite", "follow_up"])
def test_a_step_that_points_to_no_step_fails_at_start_up(option: str) -> None:
    with pytest.raises(LookupError, match=f"step lamps, {option}: there is no step “lmaps”"):
        check_step_names([a_step(**{option: "lmaps"})], {})
    check_step_names([a_step(**{option: "lamps"})], {})


def test_a_name_that_reasons_point_to_and_no_step_has_fails_at_start_up() -> None:
    with pytest.raises(LookupError, match=r"bot/step_names\.py, FEDRATION: there is no step “fedration”"):
        check_step_names(STEPS, {**step_names.constants(), "FEDRATION": "fedration"})
    check_step_names(STEPS, step_names.constants())
    assert {"LICENCES", "MOVE_BACK", "DOMAIN"} <= step_names.constants().keys()


def test_mypy_refuses_wrong_options_and_texts_in_place_of_step_names(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from bot.i18n import say\n"
        "from bot.step import Reason, step\n"
        "step(say('Lamps'), ordering='indpendent')\n"
        "step(say('Lamps'), verify_timeout='30 minutes')\n"
        "step(say('Lamps'), pace='independent')\n"
        "Reason(say('It is night'), say('wait'), 'fedration')\n"
    )
    told = subprocess.run((sys.executable, "-m", "mypy", str(wrong)), cwd=ROOT, capture_output=True, text=True).stdout
    assert [line for line in range(1, 7) if f"wrong.py:{line}: error" in told] == [3, 4, 5, 6], told
