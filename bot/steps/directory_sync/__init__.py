"""The step that looks whether everybody is synchronised, and starts a cycle where that would help."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from bot.errors import GatewayError
from bot.facts import F, Reader, ReadFailure
from bot.facts.deployment import SyncRules
from bot.facts.directory import Organization
from bot.facts.sync import RunningConnector, SyncRun, SyncScheduler
from bot.facts.time import Now
from bot.i18n import LocalizedText, say
from bot.known_errors import describe_error
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, NoQuestions, Plan, StepSummary, Unclear, step
from bot.steps.directory_sync import comparison
from bot.steps.directory_sync.checks import LOOK_AGAIN, SyncStatus, check_synchronisation, is_stuck
from bot.steps.directory_sync.commands import plan_cycle
from bot.steps.directory_sync.comparison_db import ComparisonDb
from bot.summary import summarise


@step(
    say("Directory synchronisation"),
    phrases=(
        "are all users synchronised",
        "are all users synced",
        "directory sync",
        "gap report",
        "who is missing",
        "dirsync",
        "entra connect",
        "sync",
    ),
    verify_timeout=timedelta(hours=2),
    monitors=True,
)
async def directory_sync(answers: NoQuestions, read: Reader) -> Plan:
    """Looks whether every Skype for Business user has arrived in the cloud as they are on premises, and whether Entra Connect is well.

    All of them must be synchronised, also those who will never move: otherwise people on the two sides cannot talk. Each list names
    what is wrong and what helps. Where people wait to arrive, or the last cycle is old, it offers to start one.
    """
    sync = await _read_status(read)
    for finding in check_synchronisation(sync):
        yield finding
    if sync.is_running and not is_stuck(sync):  # half of what it brings is there: everybody is compared when it is over
        yield plan_cycle(sync, None)
        for finding in _all_unclear(say("a cycle is running; compared when it is over"), LOOK_AGAIN):
            yield finding
        return
    with ComparisonDb() as scratch:
        async for finding in _compare(read, scratch, sync):
            yield finding


@directory_sync.summary
async def _summary(read: Reader) -> StepSummary:
    """How things stand without comparing everybody."""
    return summarise([*check_synchronisation(await _read_status(read)), await comparison.last_report(read)])


async def _read_status(read: Reader) -> SyncStatus:
    now, rules = await asyncio.gather(read(Now), read(SyncRules))
    organization, scheduler = await asyncio.gather(all_or_failure(read, Organization), all_or_failure(read, SyncScheduler))
    busy, runs = await asyncio.gather(all_or_failure(read, RunningConnector), all_or_failure(read, SyncRun))
    return SyncStatus(now=now.at, organization=_single(organization), scheduler=_single(scheduler), busy=busy, runs=runs, rules=rules)


async def _compare(read: Reader, scratch: ComparisonDb, sync: SyncStatus) -> AsyncIterator[Finding]:
    try:
        report = await comparison.fill(read, scratch)
    except GatewayError as trouble:
        yield plan_cycle(sync, None)
        for finding in _all_unclear(say("could not compare: {why}", why=describe_error(trouble))):
            yield finding
        return
    waiting = await asyncio.to_thread(scratch.count_changed_since, sync.last.timestamp() if sync.last else 0.0)
    yield plan_cycle(sync, waiting)
    async for finding in comparison.report_findings(read, scratch, report):
        yield finding


def _all_unclear(why: LocalizedText, again: float | None = None) -> list[Finding]:
    return [Unclear(subject, why, again) for subject in comparison.SUBJECTS]


def _single(found: Sequence[F] | ReadFailure) -> F | ReadFailure:
    """The only one of its kind; anything else nobody can make sense of."""
    if isinstance(found, ReadFailure):
        return found
    return found[0] if len(found) == 1 else ReadFailure(say("expected one answer and got {n}", n=len(found)))
