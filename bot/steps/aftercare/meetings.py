"""The meetings of a person in Teams: converted, on their way, or to be converted once more.

https://learn.microsoft.com/skypeforbusiness/audio-conferencing-in-office-365/setting-up-the-meeting-migration-service-mms
"""

from datetime import datetime, timedelta

from bot.facts import ReadFailure
from bot.facts.mailboxes import Mailbox
from bot.facts.meetings import MeetingMigration
from bot.facts.time import age
from bot.i18n import LocalizedText, label, say
from bot.step import Change, Finding, Fine, Obstacle, Reason, Unclear
from bot.steps.aftercare.commands import convert_again
from bot.steps.aftercare.snapshots import MeetingSnapshot
from bot.steps.shared.person_checks import not_checked

MEETINGS = label("{sip} meetings")
OFTEN, SELDOM = 1800.0, 4 * 3600.0  # seconds
AT_FIRST, PATIENCE = timedelta(hours=4), timedelta(hours=48)
ON_PREMISES = say("the mailbox is on premises: existing meetings stay Skype for Business meetings")
MAILBOX = say("where the mailbox is; meetings of a mailbox on premises are not converted")
SWITCH = say("whether the tenant converts meetings")
SWITCHED_OFF = Reason(
    say("the tenant converts no meetings (MeetingMigrationEnabled is False)"),
    say("switch it on (Set-CsTenantMigrationConfiguration -MeetingMigrationEnabled $true), then start it (Start-CsExMeetingMigration)"),
)


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
    return _convert_again(subject, one, attempt) if attempt.state == "Failed" else _wait_for_conversion(subject, one, attempt)


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


def _convert_again(subject: str, one: MeetingSnapshot, attempt: MeetingMigration) -> Change:
    facts = ((MAILBOX, one.mailbox), (SWITCH, one.tenant))
    return convert_again(subject, one, attempt, tuple(not_checked(what, read) for what, read in facts if isinstance(read, ReadFailure)))


def _wait_for_conversion(subject: str, one: MeetingSnapshot, attempt: MeetingMigration) -> Unclear:
    again = _recheck_after(one, attempt.create_date or one.moved_at)
    if again is None:
        return Unclear(subject, say("not converted after 48 hours ({state}): look at Get-CsMeetingMigrationStatus", state=attempt.state))
    return Unclear(subject, say("are being converted ({state}); that takes some two hours", state=attempt.state), again)


def _recheck_after(one: MeetingSnapshot, since: datetime | None) -> float | None:
    """Seconds until the next look; None after two days.

    Often at first, seldom later, also where the beginning is not known.
    """
    waited = age(since, one.now) if since else AT_FIRST
    return None if waited > PATIENCE else OFTEN if waited < AT_FIRST else SELDOM
