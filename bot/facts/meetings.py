"""The conversion of meetings when people move to Teams."""

from bot.calls import Cmdlet
from bot.facts import Fact
from bot.facts.time import Timestamp
from bot.facts.types import Guid, OptionalInt, Text


class MeetingMigration(Fact):
    """Get-CsMeetingMigrationStatus: one entry per person and attempt, kept for 150 days.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csmeetingmigrationstatus
    """

    source = Cmdlet("teams", "Get-CsMeetingMigrationStatus")
    user_principal_name: Text
    #: The object id in Entra.
    user_id: Guid = ""
    #: Pending, InProgress, Failed or Succeeded.
    state: Text
    create_date: Timestamp = None
    last_message: Text = ""
    failed_meeting: OptionalInt = None
    total_meeting: OptionalInt = None


class TenantMigration(Fact):
    """Get-CsTenantMigrationConfiguration: whether the tenant converts meetings.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-cstenantmigrationconfiguration
    """

    source = Cmdlet("teams", "Get-CsTenantMigrationConfiguration")
    must_exist = True
    meeting_migration_enabled: bool
