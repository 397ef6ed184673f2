"""Whether Entra Connect does its work: each check says one thing about one part of it.

https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-sync-feature-scheduler
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.facts import ReadFailure
from bot.facts.deployment import SyncRules
from bot.facts.directory import Organization
from bot.facts.sync import RunningConnector, SyncRun, SyncScheduler, latest_runs
from bot.facts.time import age, to_utc
from bot.i18n import LocalizedText, label, say, say_counted
from bot.step import Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.shared.versions import parse_version

IN_TIME, TOO_OLD, NEEDS_ALL = timedelta(minutes=90), timedelta(hours=24), timedelta(days=7)
AHEAD = timedelta(minutes=10)  # by so much another clock may be ahead of ours, as Kerberos allows five
LOOK_AGAIN = 30.0  # seconds, while a cycle runs
# https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-install-prerequisites
LIVING_BUILD, OTHERS_END = "2.5.79.0", datetime(2026, 9, 30, tzinfo=UTC)
TENANT, SCHEDULER, RUNS, BUILD, CYCLE = (
    label("Synchronisation"),
    label("Scheduler"),
    label("Last runs"),
    label("Entra Connect build"),
    label("Sync cycle"),
)
SERVER = say("look at the Entra Connect server")


@dataclass(frozen=True, kw_only=True)
class SyncStatus:
    """What was read about the synchronisation."""

    now: datetime
    organization: Organization | ReadFailure
    scheduler: SyncScheduler | ReadFailure
    #: Connectors that run just now.
    busy: Sequence[RunningConnector] | ReadFailure
    runs: Sequence[SyncRun] | ReadFailure
    rules: SyncRules

    @property
    def last(self) -> datetime | None:
        """When Entra last heard of it; None = never, or not known."""
        known = isinstance(self.organization, Organization) and to_utc(self.organization.on_premises_last_sync_date_time)
        return known or None

    @property
    def is_running(self) -> bool:
        """Whether a cycle runs just now: a comparison would see half of it."""
        in_progress = isinstance(self.scheduler, SyncScheduler) and self.scheduler.sync_cycle_in_progress
        return in_progress or (not isinstance(self.busy, ReadFailure) and bool(self.busy))

    @property
    def is_late(self) -> bool:
        return self.last is None or age(self.last, self.now) > IN_TIME

    @property
    def needs_full_cycle(self) -> bool:
        """Whether a cycle with only what has changed would not be enough any more."""
        return self.last is None or age(self.last, self.now) > NEEDS_ALL

    @property
    def is_of_the_future(self) -> bool:
        """Whether Entra's date is still to come, so that one of the clocks is wrong."""
        return self.last is not None and self.last - self.now > AHEAD


def check_synchronisation(sync: SyncStatus) -> list[Finding]:
    """Everything but the cycle itself."""
    return [check_tenant(sync), check_scheduler(sync), check_runs(sync), check_build(sync)]


def check_tenant(sync: SyncStatus) -> Finding:
    if isinstance(sync.organization, ReadFailure):
        return _unread(TENANT, sync.organization)
    if not sync.organization.on_premises_sync_enabled:
        why = say("is not switched on: nobody from Active Directory is known in the cloud")
        return _obstacle(TENANT, why, say("set up Entra Connect with the Skype for Business attributes"))
    if sync.last is None:
        return _obstacle(TENANT, say("is switched on and has never run"), SERVER)
    if sync.is_of_the_future:
        when = sync.last.strftime("%Y-%m-%d %H:%M UTC")
        return Unclear(
            TENANT, say("last seen at {when}, which is still to come: look at the clock of the machine that I run on", when=when)
        )
    told = say("last seen {time} ago", time=_describe_duration(age(sync.last, sync.now)))
    if age(sync.last, sync.now) < timedelta(minutes=2):
        told = say("last seen just now")
    if age(sync.last, sync.now) > NEEDS_ALL:
        return _obstacle(TENANT, told, say("after more than 7 days a full cycle is needed: look why none has run"))
    if age(sync.last, sync.now) > TOO_OLD:
        return _obstacle(TENANT, told, say("start a cycle, and look why none has run"))
    late = (say("it should come every 30 minutes"),) if sync.is_late else ()
    return Fine(TENANT, told, late)


def check_scheduler(sync: SyncStatus) -> Finding:
    scheduler = sync.scheduler
    if isinstance(scheduler, ReadFailure):
        return _unread(SCHEDULER, scheduler)
    wrong = (
        (not scheduler.sync_cycle_enabled, say("does not start cycles by itself"), say("Set-ADSyncScheduler -SyncCycleEnabled $true")),
        (
            scheduler.scheduler_suspended,
            say("is suspended, as while its wizard is open"),
            say("close the wizard on the Entra Connect server"),
        ),
        (
            scheduler.staging_mode_enabled,
            say("is in staging mode and exports nothing"),
            say("use the active server, or end its staging mode"),
        ),
        (
            is_stuck(sync),
            say("a cycle has been running for more than a day"),
            say("look at the Entra Connect server; its service may hang"),
        ),
    )
    reasons = tuple(Reason(why, remedy) for met, why, remedy in wrong if met)
    if reasons:
        return Obstacle(SCHEDULER, reasons)
    notes = () if scheduler.maintenance_enabled else (say("its maintenance is off: old runs are not cleared away"),)
    return Fine(SCHEDULER, say("is on"), notes)


def is_stuck(sync: SyncStatus) -> bool:
    """Whether a cycle has been running for more than a day.

    No source says when it began; that Entra has heard of none for a day is enough.
    """
    return sync.is_running and sync.last is not None and age(sync.last, sync.now) > TOO_OLD


def check_runs(sync: SyncStatus) -> Finding:
    if isinstance(sync.runs, ReadFailure):
        return _unread(RUNS, sync.runs)
    ended = [run for run in latest_runs(sync.runs).values() if run.result != "in-progress"]
    if not ended:
        return Unclear(RUNS, say("none is on record"))
    bad = tuple(_reason(run) for run in ended if run.result != "success")
    return Obstacle(RUNS, bad) if bad else Fine(RUNS, say("went well"))


def _reason(run: SyncRun) -> Reason:
    why = say("{profile} of {connector}: {result}", profile=run.run_profile_name, connector=run.connector_name, result=run.result)
    if run.result == "stopped-deletion-threshold-exceeded":
        return Reason(why, say("more was to be deleted than the guard allows (500): find out why; raise the guard only if it is meant"))
    if run.result.startswith("no-start"):
        return Reason(why, say("the connector could not begin: look at its account and connection on the Entra Connect server"))
    return Reason(why, say("open this run in the Synchronization Service Manager; it lists the objects that failed"))


def check_build(sync: SyncStatus) -> Finding:
    build = sync.rules.connect_build
    if not parse_version(build):  # neither ADSync nor Graph tells it to a program
        note = say("look on the Entra Connect server whether it is {build} or newer, and say so in the configuration", build=LIVING_BUILD)
        return Unclear(BUILD, say("nobody has said which it is (sync.connect_build)"), notes=(note,))
    if parse_version(build) >= parse_version(LIVING_BUILD):
        return Fine(BUILD, say("{build} is supported", build=build))
    if sync.now < OTHERS_END:
        return Fine(BUILD, say("{build} works until 30 September 2026", build=build), (say("update it in time"),))
    return _obstacle(BUILD, say("{build} stopped working on 30 September 2026", build=build), say("update Entra Connect"))


def check_cycle(sync: SyncStatus, waiting: int | None) -> Finding | tuple[LocalizedText, ...]:
    """The reasons why a cycle is needed, or what is said instead.

    People wait to arrive, or the last cycle is old. `waiting` None = it is not known.
    """
    if sync.is_running:
        return Unclear(CYCLE, say("one is running"), None if is_stuck(sync) else LOOK_AGAIN)
    if isinstance(sync.scheduler, ReadFailure):
        return _unread(CYCLE, sync.scheduler)
    if isinstance(sync.organization, ReadFailure):
        return _unread(CYCLE, sync.organization)
    if not sync.organization.on_premises_sync_enabled:
        return _obstacle(CYCLE, say("none can run before synchronisation is set up"), say("set up Entra Connect"))
    if sync.scheduler.staging_mode_enabled or sync.scheduler.scheduler_suspended:
        return _obstacle(
            CYCLE, say("none would bring anything: the scheduler is suspended or in staging mode"), say("see “{what}”", what=SCHEDULER)
        )
    if waiting is None or isinstance(sync.busy, ReadFailure):
        return Unclear(CYCLE, say("nobody could say whether one is needed"))
    notes = _reasons_for_cycle(sync, waiting)
    if not notes and sync.is_of_the_future:
        return Unclear(CYCLE, say("nobody could say whether one is needed"))
    if not notes:
        return Fine(CYCLE, say("none is needed: the last one is recent and nobody waits for the next"))
    return notes


def _reasons_for_cycle(sync: SyncStatus, waiting: int) -> tuple[LocalizedText, ...]:
    late = (say("the last one is old"),) if sync.is_late else ()
    return (*late, *((say("waiting to arrive: {n}", n=waiting),) if waiting else ()))


def _unread(subject: str, unread: ReadFailure) -> Finding:
    return Unclear(subject, say("could not be read: {why}", why=unread.why))


def _obstacle(subject: str, why: LocalizedText, remedy: LocalizedText) -> Finding:
    return Obstacle(subject, (Reason(why, remedy),))


def _describe_duration(span: timedelta) -> LocalizedText:
    minutes = round(span.total_seconds() / 60)
    if minutes <= 180:
        return say_counted("{n} minute", "{n} minutes", n=minutes)
    return (
        say_counted("{n} hour", "{n} hours", n=minutes // 60)
        if minutes < 72 * 60
        else say_counted("{n} day", "{n} days", n=minutes // 1440)
    )
