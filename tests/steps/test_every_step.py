"""What holds for every step, on the pretend estate over real wires: there and back, no write unknowingly, only documented calls."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from adapters.lab.faults import Fault, FaultKind
from bot.calls import Cmdlet, DnsQuery, LocalSource, ReadCall
from bot.errors import GatewayError
from bot.step import Change, Fine, findings
from bot.steps import STEPS
from bot.views import RunView
from tests.support.api_conformance import misfit
from tests.support.case_files import CASES, answers_of, case_id, facts_of, step_name
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.fake_reader import FakeReader
from tests.support.recording_gateway import call_name
from tests.support.run_harness import ANNA, BEN, HERE, call_states
from tests.support.step_scenarios import SCENARIOS, flatten_estate, perform_manual_actions

EVERY = {step.name: step for step in STEPS}
FAILURES: tuple[FaultKind, ...] = ("refuse", "throttle")
OFTEN = 10_000
SUBJECTS = {"Identity", "User", "UserSipAddress", "ReplicaFqdn", "TelephoneNumber"}  # parameters that name who is asked for


def test_every_step_is_tried() -> None:
    assert list(SCENARIOS) == list(EVERY)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_what_is_carried_out_is_fine_afterwards_and_taken_back_the_estate_is_as_before(name: str, tmp_path: Path) -> None:
    turn = SCENARIOS[name]
    async with estate_harness(tmp_path, turn.stage, turn.users) as office:
        await turn.before(office)
        before = dict(flatten_estate(asdict(office.estate.state)))
        run = await office.make_plan(name, **turn.answers)
        if turn.changes:
            run = await perform_manual_actions(office, await office.start_and_approve(run), turn.hands)
        assert (run.state, bool(run.changes)) == ("verified", turn.changes), run
        assert set(call_states(run).values()) <= {"done"}
        again = await office.make_plan(name, **turn.answers)
        fine = {finding.subject for finding in again.other_findings if isinstance(finding, Fine)}
        assert {row.subject for row in run.changes} <= fine, again.other_findings
        if turn.changes:
            await goes_back(office, run, before)
        wrong = [misfit(call) for call in (*office.gateway.reads, *office.gateway.executed) if misfit(call)]
        assert wrong == []


async def goes_back(office: EstateHarness, run: RunView, before: dict[str, object]) -> None:
    """Whatever cannot be taken back says why; all else is as it was, except what the way back was said to lose."""
    changes, turn = [row.change for row in run.changes], SCENARIOS[run.step]
    for change in changes:
        assert change.undo or change.no_undo or EVERY[run.step].undone_by, change
    if not any(change.undo or EVERY[run.step].undone_by for change in changes):
        return
    back = await perform_manual_actions(office, await office.undo(run), turn.back)
    assert (back.state, set(call_states(back).values())) == ("verified", {"done"}), back
    after = dict(flatten_estate(asdict(office.estate.state)))
    differs = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    unsaid = {path for path in differs if not any(fnmatchcase(path, kept) for kept in turn.keeps)}
    assert unsaid == set(), {path: (before.get(path), after.get(path)) for path in unsaid}
    assert not turn.keeps or any(change.undo_loses or change.no_undo for change in changes)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_read_that_fails_or_is_throttled_leads_to_no_write(name: str, tmp_path: Path) -> None:
    turn = SCENARIOS[name]
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        await turn.before(office)
        office.gateway.reads.clear()
        whole = await office.make_plan(name, **turn.answers)
        looks = [call for call in office.gateway.reads if not isinstance(call, LocalSource)]
        already, wrong = office.effects(), []
        for read, fault, most in troubles(looks, len(whole.changes)):
            plan = await failing(office, name, fault) if fault else await deaf(office, name, read)
            if len(plan.changes) > most and not (read in turn.idle or (read in turn.aside and is_said(plan))):
                wrong.append(f"{read} {fault.what if fault else 'deaf'}: {list(call_states(plan))}")
        assert (wrong, office.effects()) == ([], already) and looks


def troubles(looks: Sequence[ReadCall], changes: int) -> Iterator[tuple[str, Fault | None, int]]:
    """What can go wrong with each read, and how much may be changed nevertheless.

    It fails whole, for everybody who is asked for by name, or for the first of them, when the others may go on.
    """
    by_name = {call_name(call): call for call in looks if names_somebody(call)}
    for read, call in {call_name(call): call for call in looks}.items():
        if isinstance(call, DnsQuery):
            yield read, None, 0
            continue
        for what in FAILURES:
            yield read, Fault(what, call=read, times=OFTEN), 0
        if read in by_name:
            yield read, Fault("unread", call=read, subject="?*", times=OFTEN), 0
            yield read, first_unread(read, by_name[read]), max(changes - 1, 0)


def first_unread(read: str, call: ReadCall) -> Fault:
    """Requests to Graph go once, and in their order; a cmdlet may be asked for the same once more."""
    if not isinstance(call, Cmdlet):
        return Fault("unread", call=read, subject="?*")
    named = [*call.each, *(str(value) for name, value in call.parameters.items() if name in SUBJECTS)]
    return Fault("unread", call=read, subject=named[0].removeprefix("sip:"), times=OFTEN)


def names_somebody(call: ReadCall) -> bool:
    """A filter names nobody, although it may find one person only."""
    if not isinstance(call, Cmdlet):
        return "{" in call_name(call)
    return bool((call.each and not call.each_as) or SUBJECTS & {*call.parameters, call.each_as})


@pytest.mark.parametrize("name", [name for name, turn in SCENARIOS.items() if turn.changes])
async def test_what_can_no_longer_be_read_after_the_approval_is_not_written(name: str, tmp_path: Path) -> None:
    turn = SCENARIOS[name]
    async with estate_harness(tmp_path, turn.stage, turn.users, checked=False) as office:
        await turn.before(office)
        plan, already = await office.make_plan(name, **turn.answers), office.effects()
        for reads in ("Get-*", "GET *"):
            office.faults.add(Fault("refuse", call=reads, times=0))
        await office.act_and_settle(plan.id, ("start", ANNA), ("approve", BEN))
        assert office.effects() == already
        office.faults.clear()
        run = await office.advance(plan.id)
        if run.state == "incomplete":  # what was agreed is left out, which nobody calls verified
            await office.act_and_settle(run.id, ("retry", ANNA))
            run = await office.advance(run.id)
        run = await perform_manual_actions(office, run, turn.hands)
        assert run.state == "verified", run


async def failing(office: EstateHarness, step: str, fault: Fault) -> RunView:
    """The plan that is made while this fault strikes, as it surely does."""
    office.faults.add(fault)
    plan = await first_look(office, step)
    assert office.faults.pending != [fault], f"{fault} was met by nobody"
    office.faults.clear()
    return plan


async def deaf(office: EstateHarness, step: str, question: str) -> RunView:
    """The plan that is made while nobody answers this question to DNS."""
    office.gateway.unanswered = {question}
    plan = await first_look(office, step)
    office.gateway.unanswered = set()
    return plan


async def first_look(office: EstateHarness, step: str) -> RunView:
    asked = await office.service.create_run(step, dict(SCENARIOS[step].answers), ANNA, HERE)
    assert asked.run is not None, asked.words
    return await office.settle(asked.run)


def is_said(plan: RunView) -> bool:
    notes = [note for finding in (*plan.other_findings, *(row.change for row in plan.changes)) for note in finding.notes]
    return any("not checked" in str(note) for note in notes) or any(finding.kind == "unclear" for finding in plan.other_findings)


@pytest.mark.parametrize("case", CASES, ids=case_id)
async def test_every_call_of_a_case_is_a_documented_one_and_each_subject_is_spoken_of_once(case: Path) -> None:
    step, read = EVERY[step_name(case)], FakeReader(facts_of(case))
    try:
        found = await findings(step, step.form(**answers_of(case)), read)  # itself refuses a second word about a subject
    except GatewayError:
        found = []
    acts = [call for one in found if isinstance(one, Change) for call in (*one.do, *one.undo)]
    assert [misfit(call) for call in (*read.calls, *acts) if misfit(call)] == []
