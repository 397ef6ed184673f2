"""The meetings of a person in Teams: converted, on their way, or to be converted once more.

https://learn.microsoft.com/skypeforbusiness/audio-conferencing-in-office-365/setting-up-the-meeting-migration-service-mms
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.calls import Cmdlet
from bot.facts import ReadFailure
from bot.facts.mailboxes import Mailbox
from bot.facts.meetings import MeetingMigration, TenantMigration
from bot.facts.time import age
from bot.i18n import LocalizedText, label, say
from bot.step import Change, Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.shared.person_checks import not_checked

MEETINGS = label("{sip} meetings")
OFTEN, SELDOM = 1800.0, 4 * 3600.0  # seconds
AT_FIRST, PATIENCE = timedelta(hours=4), timedelta(hours=48)
CLOCKS = timedelta(minutes=10)  # by which those of two machines may differ
ON_PREMISES = say("the mailbox is on premises: existing meetings stay Skype for Business meetings")
MAILBOX = say("where the mailbox is; meetings of a mailbox on premises are not converted")
SWITCH = say("whether the tenant converts meetings")
SWITCHED_OFF = Reason(
    say("the tenant converts no meetings (MeetingMigrationEnabled is False)"),
    say("switch it on (Set-CsTenantMigrationConfiguration -MeetingMigrationEnabled $true), then start it (Start-CsExMeetingMigration)"),
)
ONCE_MORE = say("a conversion that has begun cannot be taken back")


@dataclass(frozen=True)
class MeetingSnapshot:
    """What is known about the meetings of one person in Teams. None = surely none; `moved_at` None = our records do not know."""

    sip: str
    name: str  # to sign in with
    now: datetime
    moved_at: datetime | None
    last: MeetingMigration | ReadFailure | None  # attempt, whenever it was
    tenant: Sequence[TenantMigration] | ReadFailure
    mailbox: Mailbox | ReadFailure | None

    def attempt(self) -> MeetingMigration | ReadFailure | None:
        """The last one since the move. They are kept for 150 days: an older one tells of an earlier stay in Teams."""
        began = self.last.create_date if isinstance(self.last, MeetingMigration) else None
        return None if began and self.moved_at and began < self.moved_at - CLOCKS else self.last


def find_meetings(one: MeetingSnapshot) -> Finding:
    """The one finding about the meetings of this person."""
    subject, attempt = MEETINGS.format(sip=one.sip), one.attempt()
    if isinstance(one.mailbox, Mailbox):
        return Fine(subject, say("are not converted"), (ON_PREMISES,))
    if isinstance(attempt, ReadFailure):
        return Unclear(subject, say("could not be read: {why}", why=attempt.why), OFTEN)
    if attempt and attempt.state == "Succeeded":
        return Fine(subject, say("are Teams meetings: {n}", n=_count_converted(attempt)), _note_failures(attempt))
    if not isinstance(one.tenant, ReadFailure) and not one.tenant[0].meeting_migration_enabled:
        return Obstacle(subject, (SWITCHED_OFF,))
    if attempt is None:
        return _wait_for_queue(subject, one)
    return _retry(subject, one, attempt) if attempt.state == "Failed" else _wait_for_conversion(subject, one, attempt)


def _count_converted(attempt: MeetingMigration) -> int | str:
    return "?" if attempt.total_meeting is None else attempt.total_meeting - (attempt.failed_meeting or 0)


def _note_failures(attempt: MeetingMigration) -> tuple[LocalizedText, ...]:
    left = attempt.failed_meeting
    return (say("{n} could not be converted: look at Get-CsMeetingMigrationStatus", n=left),) if left else ()


def _wait_for_queue(subject: str, one: MeetingSnapshot) -> Unclear:
    notes = (not_checked(SWITCH, one.tenant),) if isinstance(one.tenant, ReadFailure) else ()
    if one.moved_at is None:
        return Unclear(subject, say("no conversion is known, as is usual after 150 days: ask"), notes=notes)
    again = _recheck_after(one, one.moved_at)
    if again is None:
        return Unclear(subject, say("the conversion was not queued within 48 hours: start it (Start-CsExMeetingMigration)"), notes=notes)
    return Unclear(subject, say("the conversion has not been queued yet"), again, notes)


def _retry(subject: str, one: MeetingSnapshot, attempt: MeetingMigration) -> Change:
    effect = say("not converted ({why}) → converted once more", why=attempt.last_message or say("no reason told"))
    do = Cmdlet("teams", "Start-CsExMeetingMigration", {"Identity": one.name, "SourceMeetingType": "SfB", "TargetMeetingType": "Teams"})
    unread = tuple(
        not_checked(what, read) for what, read in ((MAILBOX, one.mailbox), (SWITCH, one.tenant)) if isinstance(read, ReadFailure)
    )
    closed = say("until they are converted, nobody can join these meetings")
    return Change(subject, effect, (do,), no_undo=ONCE_MORE, notes=unread, plan_only_notes=(closed,))


def _wait_for_conversion(subject: str, one: MeetingSnapshot, attempt: MeetingMigration) -> Unclear:
    again = _recheck_after(one, attempt.create_date or one.moved_at)
    if again is None:
        return Unclear(subject, say("not converted after 48 hours ({state}): look at Get-CsMeetingMigrationStatus", state=attempt.state))
    return Unclear(subject, say("are being converted ({state}); that takes some two hours", state=attempt.state), again)


def _recheck_after(one: MeetingSnapshot, since: datetime | None) -> float | None:
    """Seconds until the next look: often at first, seldom later (also where nobody tells since when), and no more after two days."""
    waited = age(since, one.now) if since else AT_FIRST
    return None if waited > PATIENCE else OFTEN if waited < AT_FIRST else SELDOM
