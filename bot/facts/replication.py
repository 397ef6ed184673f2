"""The configuration on its way to the servers: what each server has, and who hands it out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text, Texts

STATUS = "Get-CsManagementStoreReplicationStatus"
LATEST_OFFSET = timedelta(hours=12)  # no clock shows an earlier time


def latest_possible(value: Any) -> Any:
    """A moment; never (DateTime.MinValue) is None.

    One that comes without its offset may be a server's local time, so the latest moment that it can be is taken: what then is too old
    surely is.
    """
    if not value:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.year < 1970:
        return None
    return moment.replace(tzinfo=UTC) + LATEST_OFFSET if moment.tzinfo is None else moment.astimezone(UTC)


Heartbeat = Annotated[datetime | None, BeforeValidator(latest_possible)]


class Replica(Fact):
    """Get-CsManagementStoreReplicationStatus: one server, Edge included."""

    must_exist: ClassVar[bool] = True
    replica_fqdn: NonEmptyText
    up_to_date: bool
    last_status_report: Heartbeat = None
    last_update_creation: Heartbeat = None

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", STATUS, pick=cls.property_names())

    @property
    def name(self) -> str:
        return self.replica_fqdn.lower()


class CentralManagementStore(Fact):
    """Get-CsManagementStoreReplicationStatus -CentralManagementStoreStatus: who hands the configuration out, and their last signs of life.

    Its page lists no properties. The page about a pool that fails names ActiveMasterFQDN and ActiveFileTransferAgents; the others are
    known from servers, so that one which is not told proves nothing.
    https://learn.microsoft.com/skypeforbusiness/manage/high-availability-and-disaster-recovery/fail-over-and-fail-back-a-pool
    """

    must_exist: ClassVar[bool] = True
    active_master_fqdn: Text = ""
    active_master_last_heartbeat: Heartbeat = None
    active_file_transfer_agents: Texts = ()
    active_file_transfer_agent_fqdn: Text = ""
    active_file_transfer_agent_last_heartbeat: Heartbeat = None

    @model_validator(mode="before")
    @classmethod
    def unify_case(cls, told: Any) -> Any:
        """ActiveMasterFQDN and ActiveMasterFqdn are the same to PowerShell."""
        ours = {str(field.alias).lower(): str(field.alias) for field in cls.model_fields.values()}
        return {ours.get(str(name).lower(), name): value for name, value in told.items()} if isinstance(told, Mapping) else told

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", STATUS, {"CentralManagementStoreStatus": True}, pick=cls.property_names())

    @property
    def agents(self) -> str:
        """Those who carry the files to the servers; empty = none is told."""
        return ", ".join(self.active_file_transfer_agents) or self.active_file_transfer_agent_fqdn
