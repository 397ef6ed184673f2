"""What can be asked about one person on premises: contact store, delegates, team, pool."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.powershell.common_objects import ad_object, ps_object


@cmdlet("Debug-CsUnifiedContactStore", SFB)
def debug_cs_unified_contact_store(call: CmdletCall) -> Iterator[CmdletOutput]:
    """UcsMode as Microsoft's own diagnostics read it."""
    identity = str(call.identity)
    found = call.estate.directory.find_enabled(identity)
    if found is None:
        yield call.not_found_error(identity)
        return
    _, account = found
    migrated = account.unified_contacts
    yield ps_object(
        "Microsoft.Rtc.Management.UnifiedContactStore.UserStatus",
        Identity=f"sip:{account.sip}",
        UcsMode="Migrated" if migrated else "Disabled",
        MigrationAttempts=1 if migrated else 0,
        LastMigrationAttempt=account.changed if migrated else None,
    )


@cmdlet("Get-CsUserDelegates", SFB)
def get_cs_user_delegates(call: CmdletCall) -> Iterator[CmdletOutput]:
    """The page calls its answer "an object of delegates list" and lists no properties."""
    asked = str(call.bound["User"])
    found = call.estate.directory.find_enabled(asked)
    if found is None:
        yield call.not_found_error(asked)
        return
    _, account = found
    delegates = [f"sip:{address}" for address in account.delegates]
    yield ps_object(
        "Microsoft.Rtc.Management.UserDelegates",
        Identity=f"sip:{account.sip}",
        User=f"sip:{account.sip}",
        Delegates=delegates,
    )


@cmdlet("Get-CsUserTeamMembers", SFB)
def get_cs_user_team_members(call: CmdletCall) -> Iterator[CmdletOutput]:
    asked = str(call.bound["User"])
    found = call.estate.directory.find_enabled(asked)
    if found is None:
        yield call.not_found_error(asked)
        return
    yield ps_object("Microsoft.Rtc.Management.UserTeamMembers", Identity=f"sip:{found[1].sip}", Team=[])


@cmdlet("Get-CsUserPoolInfo", SFB)
def get_cs_user_pool_info(call: CmdletCall) -> Iterator[CmdletOutput]:
    identity = str(call.identity)
    found = call.estate.directory.find_enabled(identity)
    if found is None or not found[1].pool:
        yield call.not_found_error(identity)
        return
    person, home = found[0], found[1].pool
    yield ps_object(
        "Microsoft.Rtc.Management.UserPoolInfo",
        Identity=ad_object(person.dn),
        PrimaryPoolFqdn=home,
        BackupPoolFqdn=None,
        UserServicesPoolFqdn=home,
        PrimaryPoolMachinesInPreferredOrder=list(call.world.pools[home].computers),
        PrimaryPoolPrimaryRegistrar=home,
    )


@cmdlet("Test-CsUnifiedContactStore", SFB)
def test_cs_unified_contact_store(call: CmdletCall) -> Iterator[CmdletOutput]:
    asked = str(call.bound.get("UserSipAddress") or "")
    person = call.estate.directory.find_on_premises(asked)
    unified = bool(person and person.account and person.account.unified_contacts)
    kind = "Microsoft.Rtc.SyntheticTransactions.TaskOutput"
    yield ps_object(kind, TargetFqdn=call.bound.get("TargetFqdn"), Result="Success" if unified else "Failure", Error=None, Diagnosis=None)
