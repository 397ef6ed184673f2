"""Replication of the configuration: the state of each server, and the Central Management Store that distributes it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text, Texts

STATUS = "Get-CsManagementStoreReplicationStatus"
LATEST_OFFSET = timedelta(hours=12)  # UTC-12: no clock in the world shows an earlier time


def latest_possible(value: Any) -> Any:
    """A timestamp in UTC; DateTime.MinValue, which means never, is None.

    One without an offset may be a server's local time. The latest time that it can be is taken, so that one which is too old surely is.
    """
    if not value:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.year < 1970:
        return None
    return moment.replace(tzinfo=UTC) + LATEST_OFFSET if moment.tzinfo is None else moment.astimezone(UTC)


Heartbeat = Annotated[datetime | None, BeforeValidator(latest_possible)]


class Replica(Fact):
    """Get-CsManagementStoreReplicationStatus: one server, Edge included.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csmanagementstorereplicationstatus
    """

    source = Cmdlet("sfb", STATUS)
    must_exist = True
    replica_fqdn: NonEmptyText
    up_to_date: bool
    last_status_report: Heartbeat = None
    last_update_creation: Heartbeat = None

    @property
    def name(self) -> str:
        return self.replica_fqdn.lower()


class CentralManagementStore(Fact):
    """Get-CsManagementStoreReplicationStatus -CentralManagementStoreStatus: the active master, its agents and their heartbeats.

    Its own page lists no properties. The page about failing over a pool names ActiveMasterFQDN and ActiveFileTransferAgents. The others
    were seen on servers, so the absence of one proves nothing.
    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csmanagementstorereplicationstatus
    https://learn.microsoft.com/skypeforbusiness/manage/high-availability-and-disaster-recovery/fail-over-and-fail-back-a-pool
    """

    source = Cmdlet("sfb", STATUS, {"CentralManagementStoreStatus": True})
    must_exist = True
    active_master_fqdn: Text = ""
    active_master_last_heartbeat: Heartbeat = None
    active_file_transfer_agents: Texts = ()
    active_file_transfer_agent_fqdn: Text = ""
    active_file_transfer_agent_last_heartbeat: Heartbeat = None

    @model_validator(mode="before")
    @classmethod
    def unify_case(cls, values: Any) -> Any:
        """The properties under the names of our fields: ActiveMasterFQDN and ActiveMasterFqdn are the same to PowerShell."""
        ours = {str(field.alias).lower(): str(field.alias) for field in cls.model_fields.values()}
        return {ours.get(str(name).lower(), name): value for name, value in values.items()} if isinstance(values, Mapping) else values

    @property
    def agents(self) -> str:
        """The file transfer agents, which carry the configuration to the servers; empty = not told."""
        return ", ".join(self.active_file_transfer_agents) or self.active_file_transfer_agent_fqdn
