"""The ADSync module on the Entra Connect server."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid5

from adapters.lab.cmdlets.registry import ADSYNC, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.entra_connect import AAD, EVERY
from adapters.lab.estate.servers import SyncRun
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import EnumValue, PSObject

POLICY = "Microsoft.IdentityManagement.PowerShell.ObjectModel.SynchronizationPolicyType"
NUMBERS = {"Delta": 1, "Initial": 2, "Unspecified": 0}
RUNS = UUID("40000000-0000-4000-8000-000000000000")
BUSY = "System.InvalidOperationException: Sync is already running. Cannot start a new run till this one completes."


@cmdlet("Get-ADSyncScheduler", ADSYNC)
def get_adsync_scheduler(call: CmdletCall) -> Iterator[CmdletOutput]:
    sync = call.world.sync
    every = timedelta(seconds=EVERY)
    yield ps_object(
        "Microsoft.IdentityManagement.PowerShell.ObjectModel.SchedulerSettings",
        AllowedSyncCycleInterval=every,
        CurrentlyEffectiveSyncCycleInterval=every,
        CustomizedSyncCycleInterval=None,
        NextSyncCyclePolicyType=EnumValue(POLICY, sync.policy, NUMBERS[sync.policy]),
        NextSyncCycleStartTimeInUTC=sync.last_start + call.estate.entra_connect.interval,
        PurgeRunHistoryInterval=timedelta(days=7),
        SyncCycleEnabled=sync.enabled,
        MaintenanceEnabled=True,
        StagingModeEnabled=sync.staging,
        SchedulerSuspended=sync.suspended,
        SyncCycleInProgress=sync.started is not None,
    )


@cmdlet("Set-ADSyncScheduler", ADSYNC)
def set_adsync_scheduler(call: CmdletCall) -> Iterator[CmdletOutput]:
    sync = call.world.sync
    sync.enabled = call.bound.get("SyncCycleEnabled", sync.enabled)
    sync.suspended = call.bound.get("SchedulerSuspended", sync.suspended)
    call.estate.mark_changed("sync")
    call.log("scheduler")
    yield from ()


@cmdlet("Start-ADSyncSyncCycle", ADSYNC)
def start_adsync_sync_cycle(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Success means accepted, not finished."""
    sync = call.world.sync
    if sync.started is not None:
        raise call.terminating_error(BUSY, "System.InvalidOperationException")
    policy = str(call.bound.get("PolicyType") or "Delta")
    call.estate.entra_connect.start_cycle(call.world, "Initial" if policy == "Initial" else "Delta", call.now)
    call.log(policy)
    yield ps_object("Microsoft.IdentityManagement.PowerShell.ObjectModel.SyncCycleResult", Result="Success")


@cmdlet("Get-ADSyncConnectorRunStatus", ADSYNC)
def get_adsync_connector_run_status(call: CmdletCall) -> Iterator[CmdletOutput]:
    if call.world.sync.started is not None:
        kind = "Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorRunStatus"
        yield ps_object(kind, RunState="Busy", ConnectorName=AAD)


@cmdlet("Get-ADSyncRunProfileResult", ADSYNC)
def get_adsync_run_profile_result(call: CmdletCall) -> Iterator[CmdletOutput]:
    """The newest first; ten unless told otherwise is what -NumberRequested is used for."""
    runs = sorted(call.world.sync_runs.values(), key=lambda run: run.number, reverse=True)
    yield from (_run(run) for run in runs[: call.bound.get("NumberRequested") or None])


def _run(run: SyncRun) -> PSObject:
    return ps_object(
        "Microsoft.IdentityManagement.PowerShell.ObjectModel.RunHistory",
        RunHistoryId=uuid5(RUNS, str(run.number)),
        ConnectorId=uuid5(RUNS, run.connector),
        ConnectorName=run.connector,
        RunProfileId=uuid5(RUNS, run.profile),
        RunProfileName=run.profile,
        RunNumber=run.number,
        Username="CONTOSO\\ADSyncService",
        IsRunComplete=True,
        Result=run.result,
        CurrentStepNumber=1,
        TotalSteps=1,
        StartDate=run.started,
        EndDate=run.ended,
        RunStepResults=[],
    )


@cmdlet("Get-ADSyncAutoUpgrade", ADSYNC)
def get_adsync_auto_upgrade(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield "Enabled"


@cmdlet("Invoke-ADSyncSingleObjectSync", "ADSyncDiagnostics")
def invoke_adsync_single_object_sync(call: CmdletCall) -> Iterator[CmdletOutput]:
    """One account at once; the scheduler has to be off meanwhile."""
    if call.world.sync.enabled:
        raise call.terminating_error("The scheduler must be disabled before a single object can be synchronized.", "SchedulerEnabled")
    name = str(call.bound["DistinguishedName"])
    person = call.estate.directory.find_on_premises(name)
    if person is None or person.account is None:
        yield call.not_found_error(name)
        return
    call.estate.entra_connect.sync_one(person)
    call.log(person.sip or person.upn)
    yield '{"Result": "Success"}'
