"""Microsoft Entra Connect: its scheduler, its connectors and its last runs."""

from collections.abc import Sequence

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import Text


class SyncScheduler(Fact):
    """Get-ADSyncScheduler: the scheduler's settings, and whether a cycle is running.

    https://learn.microsoft.com/entra/identity/hybrid/connect/reference-connect-adsync
    """

    source = Cmdlet("sync", "Get-ADSyncScheduler")
    sync_cycle_enabled: bool
    staging_mode_enabled: bool
    scheduler_suspended: bool
    sync_cycle_in_progress: bool
    maintenance_enabled: bool = True


class RunningConnector(Fact):
    """Get-ADSyncConnectorRunStatus: a connector at work. Idle connectors are not returned.

    https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-sync-feature-scheduler
    """

    source = Cmdlet("sync", "Get-ADSyncConnectorRunStatus")
    connector_name: Text


class SyncRun(Fact):
    """Get-ADSyncRunProfileResult: one of the last runs, the newest first.

    https://learn.microsoft.com/entra/identity/hybrid/connect/reference-connect-adsync
    """

    source = Cmdlet("sync", "Get-ADSyncRunProfileResult", {"NumberRequested": 10})
    connector_name: Text
    run_profile_name: Text
    result: Text


def latest_runs(runs: Sequence[SyncRun]) -> dict[tuple[str, str], SyncRun]:
    """The last run of each profile of each connector."""
    latest: dict[tuple[str, str], SyncRun] = {}
    for run in runs:
        latest.setdefault((run.connector_name, run.run_profile_name), run)
    return latest
