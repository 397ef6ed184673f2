"""Every case file: facts in, findings out. `pytest --accept` writes the findings anew; read that diff as you read code."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.calls import as_command_line
from bot.errors import GatewayError
from bot.step import Change, Finding, Obstacle, findings
from bot.steps import STEPS
from tests.support.case_files import CASES, case_id, facts_of, step_name
from tests.support.fake_reader import FakeReader


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_step_says_what_the_case_says(case: Path, request: pytest.FixtureRequest) -> None:
    told = json.loads(case.read_text())
    found = asyncio.run(_findings(case, told))
    if request.config.getoption("accept", False):
        case.write_text(json.dumps({**told, "findings": found}, ensure_ascii=False, indent=2) + "\n")
        return
    assert found == told["findings"]


async def _findings(case: Path, told: dict[str, Any]) -> list[dict[str, Any]] | dict[str, str]:
    step = next(step for step in STEPS if step.name == step_name(case))
    try:
        return [_plain(finding) for finding in await findings(step, step.form(**told["answers"]), FakeReader(facts_of(case)))]
    except GatewayError as trouble:
        return {"stopped": str(trouble)}


def _plain(finding: Finding) -> dict[str, Any]:
    """One finding as a case file holds it; what is empty is left out."""
    plain: dict[str, Any] = {"finding": finding.kind, "subject": finding.subject}
    match finding:
        case Change():
            plain["effect"] = str(finding.effect)
            plain["do"] = [as_command_line(call) for call in finding.do]
            plain["undo"] = [as_command_line(call) for call in finding.undo]
            plain |= {"loses": [str(words) for words in finding.loses]} if finding.loses else {}
            plain["undo_loses"] = [str(words) for words in finding.undo_loses]
        case Obstacle():
            plain["reasons"] = [
                {"why": str(reason.why), "remedy": str(reason.remedy), **({"cured_by": reason.cured_by} if reason.cured_by else {})}
                for reason in finding.reasons
            ]
            plain |= {"unknown": True} if finding.unknown else {}
        case _:
            plain["why"] = str(finding.why)
            plain |= {"recheck_after": finding.recheck_after} if getattr(finding, "recheck_after", None) else {}
    plan_only_notes = finding.plan_only_notes if isinstance(finding, Change) else ()
    told = {"notes": finding.notes, "plan_only_notes": plan_only_notes}
    return plain | {name: [str(note) for note in notes] for name, notes in told.items() if notes}
