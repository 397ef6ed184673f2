"""The limits of the synchronisation, to the minute: an old cycle is first a note, then an obstacle; old builds end on a day."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.calls import Cmdlet
from bot.facts import ReadFailure
from bot.facts.deployment import SyncRules
from bot.facts.directory import Organization
from bot.facts.sync import SyncScheduler
from bot.step import Change
from bot.steps.directory_sync.checks import SyncStatus, check_build, check_tenant
from bot.steps.directory_sync.commands import plan_cycle

NOW = datetime(2026, 9, 30, tzinfo=UTC)
SCHEDULER = SyncScheduler(sync_cycle_enabled=True, staging_mode_enabled=False, scheduler_suspended=False, sync_cycle_in_progress=False)


def sync(age: timedelta = timedelta(0), now: datetime = NOW, build: str = "2.5.79.0") -> SyncStatus:
    last = (now - age).isoformat()
    organization = Organization(id="1", on_premises_sync_enabled=True, on_premises_last_sync_date_time=last)
    return SyncStatus(
        now=now,
        organization=organization,
        scheduler=SCHEDULER,
        busy=[],
        runs=ReadFailure("not asked"),
        rules=SyncRules(connect_build=build),
    )


@pytest.mark.parametrize(
    "age, kind, noted",
    [
        (timedelta(minutes=90), "fine", False),
        (timedelta(minutes=91), "fine", True),
        (timedelta(hours=24), "fine", True),
        (timedelta(hours=24, minutes=1), "obstacle", False),
    ],
)
def test_the_last_cycle_may_be_so_old(age: timedelta, kind: str, noted: bool) -> None:
    found = check_tenant(sync(age))
    assert (found.kind, bool(found.notes)) == (kind, noted)


@pytest.mark.parametrize("age, policy", [(timedelta(days=7), "Delta"), (timedelta(days=7, minutes=1), "Initial")])
def test_after_seven_days_only_a_full_cycle_helps(age: timedelta, policy: str) -> None:
    found = plan_cycle(sync(age), 0)
    assert isinstance(found, Change)
    assert found.do == (Cmdlet("sync", "Start-ADSyncSyncCycle", {"PolicyType": policy}),)


@pytest.mark.parametrize(
    "build, now, kind",
    [
        ("2.5.79.0", NOW, "fine"),
        ("2.5.78.9", NOW - timedelta(minutes=1), "fine"),
        ("2.5.78.9", NOW, "obstacle"),
        ("2.10.0.0", NOW, "fine"),
        ("", NOW, "unclear"),
    ],
)
def test_older_builds_work_until_their_day(build: str, now: datetime, kind: str) -> None:
    assert check_build(sync(now=now, build=build)).kind == kind
