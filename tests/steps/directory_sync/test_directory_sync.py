"""Directory synchronisation on the pretend estate over real wires: the lists against the truth, and cycles that are started."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.sample_gaps import MANY
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.steps.directory_sync.checks import CYCLE, RUNS, SCHEDULER, TENANT
from bot.steps.directory_sync.comparison import EVERYBODY, SUBJECTS
from bot.steps.directory_sync.comparison_db import LISTS
from bot.views import RunView
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.run_harness import ANNA, HERE, call_states
from tests.tools.bench.gap import wanted_lists

START = "Start-ADSyncSyncCycle delta"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateHarness]:
    async with estate_harness(tmp_path, "ready", 60) as there:
        yield there


def said(view: RunView) -> dict[str, str]:
    """What is said about each subject, in short."""
    kinds = {finding.subject: finding.kind for finding in view.other_findings if finding.kind != "change"}
    return kinds | {row.subject: "change" for row in view.changes}


async def test_every_list_of_a_large_estate_is_the_truth(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "half", MANY + 200, checked=False) as office:
        view = await office.make_plan("directory_sync")
        wanted = wanted_lists(office.estate.people_rows())
        for name in LISTS:
            slug = name.lower().replace(" ", "-")
            file = office.report_files.path(view.id, name)
            assert (_people(file) if file else set()) == wanted[slug], name
            assert bool(wanted[slug]) == (slug != "unclear"), name
        assert view.state == "incomplete" and said(view)[EVERYBODY] == "fine"


def _people(file: Path) -> set[tuple[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    assert header[0] == "SIP address"
    return {(sip, upn) for sip, upn, *_ in rows}


async def test_whoever_waits_arrives_with_a_cycle_that_two_people_agreed_to(office: EstateHarness) -> None:
    office.pass_time(60)
    perform_manual_action(office.estate, {"do": "change account", "who": "carol@contoso.com", "sip": "carol.neu@contoso.com"})
    plan = await office.make_plan("directory_sync")
    assert (plan.state, list(call_states(plan))) == ("planned", [CYCLE])
    assert "waiting to arrive: 1" in [str(note) for note in plan.changes[0].change.plan_only_notes]
    run = await office.start_and_approve(plan)
    assert (run.state, office.effects()) == ("verified", [START])
    again = await office.make_plan("directory_sync")
    assert said(again)[CYCLE] == "fine"
    assert [finding.subject for finding in again.other_findings if "carol.neu" in str(finding)] == ["sign-in name differs"]


async def test_nothing_is_compared_while_a_cycle_runs(office: EstateHarness) -> None:
    office.estate.entra_connect.start_cycle(office.estate.state, "Delta", office.estate.now)
    asked = await office.service.create_run("directory_sync", {}, ANNA, HERE)
    await office.driver.advance(asked.run)
    waiting = await office.view(asked.run)
    assert waiting.state == "monitoring" and {said(waiting)[name] for name in SUBJECTS} == {"unclear"}
    view = await office.advance(asked.run)
    assert view.state == "incomplete" and said(view)[EVERYBODY] == "fine" and said(view)[CYCLE] == "fine"


async def test_the_next_report_says_what_the_last_one_said(office: EstateHarness) -> None:
    await office.make_plan("directory_sync")
    perform_manual_action(office.estate, {"do": "change account", "who": "nils.nichtda@contoso.com", "sync": "in scope"})
    office.pass_time(3600)
    view = await office.make_plan("directory_sync")
    told = {finding.subject: finding for finding in view.other_findings}
    assert str(told["not in the cloud"].why).startswith("nobody (1 on 20")  # type: ignore[union-attr]
    assert str(told["deleted in the cloud"].reasons[0].why).startswith("1, as on 20")  # type: ignore[union-attr]


async def test_before_anything_is_set_up_nothing_is_offered(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "untouched", 60) as office:
        view = await office.make_plan("directory_sync")
    assert view.state == "incomplete" and not view.changes
    told = said(view)
    assert (told[TENANT], told[SCHEDULER], told[RUNS], told[CYCLE]) == ("obstacle", "obstacle", "unclear", "obstacle")
    assert told["not in the cloud"] == "obstacle"
