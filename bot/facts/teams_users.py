"""People in Teams, as Get-CsOnlineUser returns them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from bot.calls import Cmdlet, ReadCall, filter_any, filter_clause
from bot.facts import Fact
from bot.facts.telephone import normalize_number
from bot.facts.types import NonEmptyText, Text, Texts, plain_text

POLICIES = ("TeamsCallingPolicy", "TeamsMeetingPolicy", "TeamsMessagingPolicy", "OnlineVoiceRoutingPolicy", "TenantDialPlan")
IN_ONE_FILTER = 20  # people in one statement: a statement costs far more than a person


def policy_name(value: Any) -> Any:
    """A policy comes as its name, or as an object with a Name; nothing means that Global applies."""
    return value.get("Name", plain_text(value)) if isinstance(value, Mapping) else plain_text(value)


Policy = Annotated[str, BeforeValidator(policy_name)]
PolicyName = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)).removeprefix("Tag:"))]


class OnlineUser(Fact):
    """Get-CsOnlineUser by SIP address; `identity` is the Entra object id. It takes nothing from the pipeline.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlineuser
    """

    match_on: ClassVar[tuple[str, ...]] = ("SipAddress", "OnPremSipAddress")
    identity: Text
    user_principal_name: Text
    sip_address: Text
    on_prem_sip_address: Text
    hosting_provider: Text
    on_prem_hosting_provider: Text
    teams_upgrade_effective_mode: Text
    user_validation_errors: Texts
    soft_deletion_timestamp: Text = ""
    line_uri: Text = ""
    #: The number that AD owns.
    on_prem_line_uri: Text = Field(default="", alias="OnPremLineURI")

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("teams", "Get-CsOnlineUser", each=tuple(f"sip:{key}" for key in keys), each_as="Identity"))]

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        parts = (keys[start : start + IN_ONE_FILTER] for start in range(0, len(keys), IN_ONE_FILTER))
        filters = tuple(filter_any("SipAddress", [f"sip:{key}" for key in part]) for part in parts)
        return cls.select(Cmdlet("teams", "Get-CsOnlineUser", each=filters, each_as="Filter"))

    @property
    def number_in_teams(self) -> str:
        """The number that is assigned in Teams; empty = none. One that AD owns may be shown there too."""
        shown, owned = normalize_number(self.line_uri), normalize_number(self.on_prem_line_uri)
        return "" if shown == owned else shown


class OnlineUserByName(OnlineUser):
    """Get-CsOnlineUser by sign-in name: it finds people whose SIP address has not arrived."""

    match_on = ("UserPrincipalName",)

    @classmethod
    def bulk_call(cls, keys: Sequence[str]) -> ReadCall | None:
        return None

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("teams", "Get-CsOnlineUser", each=tuple(keys), each_as="Identity"))]


class OnlineUserById(OnlineUserByName):
    """Get-CsOnlineUser by object id."""

    match_on = ("Identity",)


class MovedUser(OnlineUser):
    """A person in Teams with the properties that matter after a move."""

    #: None = not told.
    enterprise_voice_enabled: bool | None = None
    #: The licensed features that Teams itself sees: Teams, PhoneSystem, AudioConferencing, …
    feature_types: Texts = ()
    teams_calling_policy: Policy = ""
    teams_meeting_policy: Policy = ""
    teams_messaging_policy: Policy = ""
    online_voice_routing_policy: Policy = ""
    tenant_dial_plan: Policy = ""

    def policies(self) -> dict[str, str]:
        """The policies that are assigned to this person, by kind; Global applies where there is none."""
        values = self.model_dump(by_alias=True)
        return {kind: values[kind] for kind in POLICIES if values[kind]}


class UserMode(OnlineUser):
    """A person in Teams with the upgrade policy of their own; empty = the tenant's applies."""

    user_principal_name: NonEmptyText
    teams_upgrade_effective_mode: NonEmptyText
    teams_upgrade_policy: PolicyName = ""


class NumberOwner(Fact):
    """Get-CsOnlineUser by object id: the owner of a number that another person was to get.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlineuser
    """

    match_on = ("Identity",)
    identity: Text
    user_principal_name: Text = ""

    @classmethod
    def calls_for(cls, keys: Sequence[str]) -> Sequence[ReadCall]:
        return [cls.select(Cmdlet("teams", "Get-CsOnlineUser", each=tuple(keys), each_as="Identity"))]


class InvalidUser(Fact):
    """Get-CsOnlineUser -Filter: people that Teams could not take in as they are.

    https://learn.microsoft.com/powershell/module/microsoftteams/get-csonlineuser
    """

    source = Cmdlet("teams", "Get-CsOnlineUser", {"Filter": filter_clause("UserValidationErrors", "ne", None)})
    identity: Text
    user_validation_errors: Texts
