"""Case files of the steps, read: `tests/steps/<step>/cases/<case>.json` holds answers, facts and findings."""

import json
from pathlib import Path
from typing import Any

from tests.support.fake_reader import merge_facts
from tests.support.paths import STEPS

CASES = sorted(STEPS.glob("*/cases/*.json"))


def case_file(case: str) -> Path:
    """The file of a case that is named `step/case`."""
    step, name = case.split("/")
    return STEPS / step / "cases" / f"{name}.json"


def step_name(case: Path) -> str:
    """The name of the step whose case this is."""
    return case.parent.parent.name


def case_id(case: Path) -> str:
    """`step/case`, as pytest shows it."""
    return f"{step_name(case)}/{case.stem}"


def facts_of(case: Path) -> dict[str, Any]:
    """The facts of a case: its own over those of the case that it is like."""
    content = json.loads(case.read_text())
    base = facts_of(case.parent / f"{content['like']}.json") if "like" in content else {}
    return dict(merge_facts(base, content.get("facts", {})))


def answers_of(case: Path) -> dict[str, str]:
    """The answers on the form."""
    return dict(json.loads(case.read_text())["answers"])
