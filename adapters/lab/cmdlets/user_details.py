"""What can be asked about one person on premises: contact store, delegates, team, pool."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, Call, ParsedCommand, cmdlet
from adapters.lab.powershell.common_objects import ad_object, thing


@cmdlet("Debug-CsUnifiedContactStore", SFB)
def debug_cs_unified_contact_store(call: Call) -> Iterator[ParsedCommand]:
    """UcsMode as Microsoft's own diagnostics read it."""
    identity = str(call.identity)
    found = call.estate.find.enabled(identity)
    if found is None:
        yield call.missing(identity)
        return
    _, account = found
    migrated = account.unified_contacts
    yield thing(
        "Microsoft.Rtc.Management.UnifiedContactStore.UserStatus",
        Identity=f"sip:{account.sip}",
        UcsMode="Migrated" if migrated else "Disabled",
        MigrationAttempts=1 if migrated else 0,
        LastMigrationAttempt=account.changed if migrated else None,
    )


@cmdlet("Get-CsUserDelegates", SFB)
def get_cs_user_delegates(call: Call) -> Iterator[ParsedCommand]:
    """The page calls its answer "an object of delegates list" and lists no properties."""
    asked = str(call.bound["User"])
    found = call.estate.find.enabled(asked)
    if found is None:
        yield call.missing(asked)
        return
    _, account = found
    delegates = [f"sip:{address}" for address in account.delegates]
    yield thing(
        "Microsoft.Rtc.Management.UserDelegates",
        Identity=f"sip:{account.sip}",
        User=f"sip:{account.sip}",
        Delegates=delegates,
    )


@cmdlet("Get-CsUserTeamMembers", SFB)
def get_cs_user_team_members(call: Call) -> Iterator[ParsedCommand]:
    asked = str(call.bound["User"])
    found = call.estate.find.enabled(asked)
    if found is None:
        yield call.missing(asked)
        return
    yield thing("Microsoft.Rtc.Management.UserTeamMembers", Identity=f"sip:{found[1].sip}", Team=[])


@cmdlet("Get-CsUserPoolInfo", SFB)
def get_cs_user_pool_info(call: Call) -> Iterator[ParsedCommand]:
    identity = str(call.identity)
    found = call.estate.find.enabled(identity)
    if found is None or not found[1].pool:
        yield call.missing(identity)
        return
    person, home = found[0], found[1].pool
    yield thing(
        "Microsoft.Rtc.Management.UserPoolInfo",
        Identity=ad_object(person.dn),
        PrimaryPoolFqdn=home,
        BackupPoolFqdn=None,
        UserServicesPoolFqdn=home,
        PrimaryPoolMachinesInPreferredOrder=list(call.world.pools[home].computers),
        PrimaryPoolPrimaryRegistrar=home,
    )


@cmdlet("Test-CsUnifiedContactStore", SFB)
def test_cs_unified_contact_store(call: Call) -> Iterator[ParsedCommand]:
    asked = str(call.bound.get("UserSipAddress") or "")
    person = call.estate.find.on_premises(asked)
    unified = bool(person and person.account and person.account.unified_contacts)
    kind = "Microsoft.Rtc.SyntheticTransactions.TaskOutput"
    yield thing(kind, TargetFqdn=call.bound.get("TargetFqdn"), Result="Success" if unified else "Failure", Error=None, Diagnosis=None)
