"""Meetings of moved people: the Meeting Migration Service in the MicrosoftTeams module, and what a move gives it to do."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid5

from adapters.lab.cmdlets.registry import TEAMS, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.estate import MEETINGS_END, MEETINGS_START
from adapters.lab.estate.person import CloudUser, EstatePerson, MeetingMigration
from adapters.lab.powershell.common_objects import custom_object, ps_object
from adapters.lab.powershell.values import PSObject

MEETINGS = "Microsoft.Rtc.Management.Hosted.MMS.MeetingMigrationStatus"


@cmdlet("Get-CsMeetingMigrationStatus", TEAMS)
def get_cs_meeting_migration_status(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Entries of the Meeting Migration Service, the newest first; with -SummaryOnly how many people are in which state."""
    if call.identity is not None and _find_person(call) is None:
        yield call.not_found_error(call.identity)
        return
    only, wanted = _find_person(call) if call.identity is not None else None, call.bound.get("State")
    people = [only] if only else list(call.world.people.values())
    rows = [(person, entry) for person in people if person.online for entry in reversed(person.online.migrations)]
    fitting = [(person, entry) for person, entry in rows if wanted is None or entry.state(call.now) == str(wanted)]
    if not call.bound.get("SummaryOnly"):
        yield from (_migration(person, entry, call.now) for person, entry in fitting)
        return
    for state in ("Pending", "InProgress", "Failed", "Succeeded"):
        count = len({person.number for person, entry in fitting if entry.state(call.now) == state})
        yield custom_object(f"{MEETINGS}Summary", State=state, UserCount=count)


def _find_person(call: CmdletCall) -> EstatePerson | None:
    return call.estate.directory.find_online(str(call.identity))


def _migration(person: EstatePerson, migration: MeetingMigration, now: datetime) -> PSObject:
    state = migration.state(now)
    failed = state == "Failed"
    return ps_object(
        MEETINGS,
        CorrelationId=UUID(migration.id),
        CreateDate=migration.created.isoformat(),
        ModifiedDate=max(migration.created, min(now, migration.ends)).isoformat(),
        FailedMeeting=migration.meetings if failed else 0,
        InvitesUpdate=migration.meetings if state == "Succeeded" else 0,
        RetryCount=9 if failed else 0,
        SucceededMeeting=migration.meetings if state == "Succeeded" else 0,
        TotalMeeting=migration.meetings,
        LastMessage="The mailbox could not be opened." if failed else "",
        MigrationType=migration.kind,
        State=state,
        UserId=UUID(person.id),
        UserPrincipalName=person.upn,
        EnqueueReason="UserMoved" if migration.kind == "SfbToTeams" else "AdminRequested",
    )


@cmdlet("Start-CsExMeetingMigration", TEAMS)
def start_cs_ex_meeting_migration(call: CmdletCall) -> Iterator[CmdletOutput]:
    person = _find_person(call)
    if person is None or person.online is None:
        yield call.not_found_error(str(call.identity))
        return
    if person.mailbox != "online":
        yield call.error(f"The mailbox of {person.upn} is not in Exchange Online.", "MailboxNotFound", call.identity)
        return
    queue_meetings(call, person, person.online, "SfbToTeams" if call.bound.get("SourceMeetingType") == "SfB" else "AllToTeams")
    call.estate.mark_changed("people", person.number)
    call.log(person.sip or person.upn)


def queue_meetings(call: CmdletCall, person: EstatePerson, online: CloudUser, kind: str) -> None:
    """Meetings in a mailbox on premises are never migrated."""
    if person.mailbox != "online" or not call.world.tenant.meeting_migration:
        return
    estate = call.estate
    entry = MeetingMigration(
        id=str(uuid5(person.guid, f"meetings {len(online.migrations)}")),
        created=call.now,
        starts=estate.time_after(MEETINGS_START),
        ends=estate.time_after(MEETINGS_END),
        kind=kind,
        meetings=person.account.meetings if person.account else 0,
        succeeds=estate.uncertain.meetings_succeed,
    )
    online.migrations = (*online.migrations, entry)


@cmdlet("Get-CsTenantMigrationConfiguration", TEAMS)
def get_cs_tenant_migration_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    kind = "Microsoft.Rtc.Management.WritableConfig.Settings.TenantMigration.TenantMigrationConfiguration"
    yield ps_object(kind, "Global", Identity="Global", MeetingMigrationEnabled=call.world.tenant.meeting_migration)


@cmdlet("Set-CsTenantMigrationConfiguration", TEAMS)
def set_cs_tenant_migration_configuration(call: CmdletCall) -> Iterator[CmdletOutput]:
    tenant = call.world.tenant
    tenant.meeting_migration = call.bound.get("MeetingMigrationEnabled", tenant.meeting_migration)
    call.estate.mark_changed("tenant")
    call.log("Global")
    yield from ()


@cmdlet("Get-CsOnlineDialInConferencingTenantSettings", TEAMS)
def get_cs_online_dial_in_conferencing_tenant_settings(call: CmdletCall) -> Iterator[CmdletOutput]:
    kind = "Microsoft.Rtc.Management.Hosted.Bridges.OnlineDialInConferencingTenantSettings"
    follow = call.world.tenant.meetings_follow_dial_in
    yield ps_object(kind, "Global", Identity="Global", AutomaticallyMigrateUserMeetings=follow, Status="Enabled")
