"""What a machine leaves out is not taken for an answer: one property after another is emptied, and nothing new is written for it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bot.calls import ManualAction
from bot.errors import GatewayError
from bot.ledger.serialization import dump_call
from bot.step import Change, findings
from bot.steps import STEPS
from tests.support.case_files import CASES, answers_of, case_id, facts_of, step_name
from tests.support.fake_reader import FakeReader

STARTS = ("ready", "half_done", "as_wanted")  # how the names of these cases end
EMPTY_MEANS_NONE = {  # there is none, and that is the answer
    "HostingProvider.AutodiscoverUrl",
    "OAuthConfiguration.ExchangeAutodiscoverUrl",
    "OAuthConfiguration.ServiceName",
    "Organization.onPremisesLastSyncDateTime",
    "PartnerApplication.LinkedAccount",
    "UserMode.TeamsUpgradePolicy",
}
EVERY = {step.name: step for step in STEPS}


@pytest.mark.parametrize("case", [case for case in CASES if case.stem.endswith(STARTS)], ids=case_id)
def test_nothing_is_written_because_something_was_left_out(case: Any) -> None:
    step, answers, facts = step_name(case), answers_of(case), facts_of(case)
    agreed = writes(step, answers, facts)
    for name, row in rows(facts):
        for prop, told in row.items():
            if told in (None, "", []) or f"{name}.{prop}" in EMPTY_MEANS_NONE:
                continue
            row[prop] = None
            assert writes(step, answers, facts) <= agreed, f"{name}.{prop}"
            row[prop] = told


def writes(step: str, answers: dict[str, str], facts: dict[str, Any]) -> set[str]:
    """Every call that the plan would make; what is left to people is none."""
    try:
        found = asyncio.run(findings(EVERY[step], EVERY[step].form(**answers), FakeReader(facts)))
    except GatewayError:
        return set()
    return {dump_call(call) for one in found if isinstance(one, Change) for call in one.do if not isinstance(call, ManualAction)}


def rows(facts: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that was read, with the name of its fact."""
    for name, told in facts.items():
        answers = told.values() if isinstance(told, dict) else told
        for answer in answers:
            for row in answer if isinstance(answer, list) else [answer]:
                if isinstance(row, dict):
                    yield name.partition(" ")[0], row
