"""What nobody may take back just now: the guards of an undo, over facts that are as the run has left them."""

from typing import Any

import pytest

from bot.calls import Cmdlet
from bot.facts.cloud import Cloud
from bot.i18n import say
from bot.runs.undo import UndoForm, make_undo_step, undo_answers
from bot.step import Change, Finding, Fine, Obstacle, findings
from bot.steps import STEPS
from tests.support.case_files import answers_of, case_file, facts_of
from tests.support.fake_reader import FakeReader

EVERY = {step.name: step for step in STEPS}
ACT = Cmdlet("sfb", "Get-CsUser", {"Identity": "bob@contoso.com"})
HOMED = f"HomedUser name={Cloud().proxy_fqdn} most=11"


async def taken_back(case: str, facts: dict[str, Any]) -> dict[str, Finding]:
    """By subject what an undo says of everything that is as wanted in this case."""
    step, path = EVERY[case.split("/")[0]], case_file(case)
    read = FakeReader({**facts_of(path), **facts})
    found = await findings(step, step.form(**answers_of(path)), read)
    done = [Change(one.subject, say("done"), (ACT,), (ACT,)) for one in found if isinstance(one, Fine)]
    assert done
    told = await findings(make_undo_step(EVERY), UndoForm(**undo_answers(step.name, answers_of(path), done)), read)
    return {finding.subject: finding for finding in told}


@pytest.mark.parametrize("step", ["federation", "hosting_provider", "shared_sip_space", "configure_hybrid"])
@pytest.mark.parametrize("people", [0, 1, 12])
async def test_hybrid_stays_while_anybody_is_homed_in_teams(step: str, people: int) -> None:
    homed = [{"SipAddress": f"sip:person{n}@contoso.com"} for n in range(people)]
    told = await taken_back(f"{step}/as_wanted", {HOMED: homed})
    assert {type(finding) for finding in told.values()} == {Obstacle if people else Change}
    assert not people or all("person0@contoso.com" in str(one.reasons[0].why) for one in told.values() if isinstance(one, Obstacle))


@pytest.mark.parametrize(("users", "said"), [([], Change), ([{"id": "1"}], Obstacle), ({"unread": "no answer"}, Obstacle)])
async def test_a_domain_stays_while_it_is_used_or_nobody_can_say(users: Any, said: type[Finding]) -> None:
    told = await taken_back("domain/all_verified", {"DomainReference name=contoso.com": users})
    assert (type(told["contoso.com"]), type(told["fabrikam.com"])) == (said, Change)
