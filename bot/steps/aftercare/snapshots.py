"""What is known of one person in Teams: the number and the meetings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.facts import ReadFailure
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser
from bot.facts.licences import Licences
from bot.facts.mailboxes import Mailbox
from bot.facts.meetings import MeetingMigration, TenantMigration
from bot.facts.numbers import PhoneNumberAssignment
from bot.facts.policies import VoiceRoutingPolicy
from bot.facts.teams_users import MovedUser, NumberOwner
from bot.facts.telephone import normalize_number
from bot.facts.users import OnPremUser
from bot.steps.shared.decide import Remark

KINDS = {"directrouting": "DirectRouting", "callingplan": "CallingPlan", "operatorconnect": "OperatorConnect"}
CLOCKS = timedelta(minutes=10)  # by which those of two machines may differ


@dataclass(frozen=True, kw_only=True)
class NumberSnapshot:
    """What was read about the number of one person in Teams; None = there is surely none of it."""

    person: OnPremUser
    online: MovedUser
    #: The number that is asked for; empty = none is.
    wanted: str = ""
    #: Whatever number there was on premises was asked for.
    own_wanted: bool = False
    #: The voice routing policy that was named for Direct Routing.
    routing: str = ""
    #: The wanted number, as the tenant has it.
    entry: PhoneNumberAssignment | ReadFailure | None = None
    #: Another number that the person has now.
    other: PhoneNumberAssignment | ReadFailure | None = None
    #: The owner of the wanted number, where it is another person.
    owner: NumberOwner | ReadFailure | None = None
    policies: Sequence[VoiceRoutingPolicy] | ReadFailure = ()
    directory: DirectoryUser | ReadFailure | None = None
    licences: Licences | ReadFailure | None = None
    remarks: tuple[Remark, ...] = ()
    cloud: Cloud = field(default_factory=Cloud)

    @property
    def now(self) -> str:
        """The number that is assigned in Teams; empty = none."""
        return self.online.number_in_teams

    @property
    def is_assigned(self) -> bool:
        return self.now == self.wanted and bool(self.online.enterprise_voice_enabled)

    @property
    def managed_in_ad(self) -> str:
        """The number that AD is the master of, as Teams or the servers tell it; empty = none."""
        return normalize_number(self.online.on_prem_line_uri or self.person.line_uri)

    @property
    def is_without_calls(self) -> bool:
        """Whether Teams says that voice is off, or there is no number at all.

        A number that AD manages may work without being shown.
        """
        return self.online.enterprise_voice_enabled is False or not (self.online.line_uri or self.managed_in_ad)

    @property
    def kind(self) -> str:
        """How calls come to the wanted number.

        A number that the tenant does not have can only come by Direct Routing.
        """
        known = self.entry.number_type if isinstance(self.entry, PhoneNumberAssignment) else "DirectRouting"
        return KINDS.get(known.lower(), "")


@dataclass(frozen=True, kw_only=True)
class MeetingSnapshot:
    """What was read about the meetings of one person in Teams; None = there is surely none of it."""

    sip: str
    #: The name to sign in with.
    name: str
    now: datetime
    #: None = our records do not know.
    moved_at: datetime | None
    #: The last conversion, whenever it was.
    last: MeetingMigration | ReadFailure | None
    tenant: Sequence[TenantMigration] | ReadFailure
    mailbox: Mailbox | ReadFailure | None

    def attempt(self) -> MeetingMigration | ReadFailure | None:
        """The last conversion since the move.

        Conversions are kept for 150 days: an older one belongs to an earlier stay in Teams.
        """
        began = self.last.create_date if isinstance(self.last, MeetingMigration) else None
        return None if began and self.moved_at and began < self.moved_at - CLOCKS else self.last
