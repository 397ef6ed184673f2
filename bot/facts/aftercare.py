"""What can be seen of people after their move: their meetings, their number and policies in Teams, their first sign-in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from bot.calls import Cmdlet, GraphCall, ReadCall
from bot.facts import Fact, GraphFact, GraphPart
from bot.facts.people import OnlineUser
from bot.facts.time import Timestamp
from bot.facts.types import Guid, OptionalInt, Text, Texts, plain_text

POLICIES = ("TeamsCallingPolicy", "TeamsMeetingPolicy", "TeamsMessagingPolicy", "OnlineVoiceRoutingPolicy", "TenantDialPlan")


def policy_name(value: Any) -> Any:
    """A policy comes as its name, or as an object with a Name; nothing means that Global applies."""
    return value.get("Name", plain_text(value)) if isinstance(value, Mapping) else plain_text(value)


Policy = Annotated[str, BeforeValidator(policy_name)]


class MovedUser(OnlineUser):
    """Get-CsOnlineUser with what matters after a move."""

    enterprise_voice_enabled: bool | None = None  # of voice online; None when nobody says
    feature_types: Texts = ()  # what Teams itself knows of the licences: Teams, PhoneSystem, AudioConferencing, …
    teams_calling_policy: Policy = ""
    teams_meeting_policy: Policy = ""
    teams_messaging_policy: Policy = ""
    online_voice_routing_policy: Policy = ""
    tenant_dial_plan: Policy = ""

    def policies(self) -> dict[str, str]:
        """What is assigned to this person, by kind; what is not assigned comes from Global."""
        told = self.model_dump(by_alias=True)
        return {kind: told[kind] for kind in POLICIES if told[kind]}


class MeetingMigration(Fact):
    """Get-CsMeetingMigrationStatus: one entry per person and attempt, kept 150 days."""

    user_principal_name: Text
    user_id: Guid = ""  # in Entra
    state: Text  # Pending, InProgress, Failed, Succeeded
    create_date: Timestamp = None
    last_message: Text = ""
    failed_meeting: OptionalInt = None
    total_meeting: OptionalInt = None

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsMeetingMigrationStatus", pick=cls.property_names())


class TenantMigration(Fact):
    """Get-CsTenantMigrationConfiguration: whether the tenant converts meetings at all."""

    must_exist: ClassVar[bool] = True
    meeting_migration_enabled: bool

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("teams", "Get-CsTenantMigrationConfiguration", pick=cls.property_names())


class SignInActivity(GraphPart):
    """signInActivity: of Microsoft 365 as a whole; nothing tells of Teams alone."""

    last_sign_in_date_time: Timestamp = None
    last_non_interactive_sign_in_date_time: Timestamp = None


class SignIn(GraphFact):
    """When somebody last signed in. Needs AuditLog.Read.All and Entra ID P1: https://learn.microsoft.com/graph/api/resources/signinactivity"""

    match_on: ClassVar[tuple[str, ...]] = ("id",)
    id: str
    sign_in_activity: SignInActivity | None = None

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [GraphCall("GET", f"/users/{key}", {"$select": ",".join(cls.property_names())}) for key in keys]

    def latest(self) -> datetime | None:
        """The newest sign-in of either kind."""
        seen = self.sign_in_activity or SignInActivity()
        known = [at for at in (seen.last_sign_in_date_time, seen.last_non_interactive_sign_in_date_time) if at]
        return max(known, default=None)
