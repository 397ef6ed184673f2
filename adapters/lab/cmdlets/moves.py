"""Move-CsUser."""

from collections.abc import AsyncIterator

from adapters.lab.cmdlets.shelf import SFB, Call, Said, cmdlet
from adapters.lab.cmdlets.users import ad_user
from adapters.lab.estate.moves import Move, MoveFailed, carry_out

MOVE_ERROR = "MoveError"  # + ,Microsoft.Rtc.Management.AD.Cmdlets.MoveOcsUserCmdlet


@cmdlet("Move-CsUser", SFB)
async def move_cs_user(call: Call) -> AsyncIterator[Said]:
    """One person. -UserList names a file on the server: there is none in the lab."""
    if "UserList" in call.bound.values:
        yield call.refused(f"Could not find file '{call.bound['UserList']}'.", "FileNotFound", exception="System.IO.FileNotFoundException")
        return
    identity = str(call.identity)
    person = call.estate.find.on_premises(identity)
    if person is None or person.account is None or not person.account.sip:
        yield call.missing(identity)
        return
    try:
        await carry_out(call, Move(person, person.account, str(call.bound["Target"]).lower(), call.bound))
    except MoveFailed as failed:
        yield call.refused(str(failed), MOVE_ERROR, identity, exception="Microsoft.Rtc.Management.AD.MoveUserException")
        return
    if call.bound.get("PassThru"):
        yield ad_user(person)
