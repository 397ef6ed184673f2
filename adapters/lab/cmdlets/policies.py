"""Policies of the servers that a move has to reckon with: what each of them allows."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, TEAMS, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import PSObject


@cmdlet("Get-CsUserServicesPolicy", SFB)
def get_cs_user_services_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _policies(
        call, {"Global": False, "Tag:ContactsInExchange": True, "Tag:NoContactsInExchange": False}, "UcsAllowed", "UserServices"
    )


@cmdlet("Get-CsConferencingPolicy", SFB)
def get_cs_conferencing_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    yield from _policies(call, {"Global": False, "Tag:DialIn": True}, "EnableDialInConferencing", "Conferencing")


@cmdlet("Get-CsExternalAccessPolicy", SFB, TEAMS)
def get_cs_external_access_policy(call: CmdletCall) -> Iterator[CmdletOutput]:
    for said in _policies(call, {"Global": True}, "EnableFederationAccess", "ExternalAccess"):
        if isinstance(said, PSObject):
            yield PSObject(said.types, {**said.properties, "EnableOutsideAccess": True, "EnablePublicCloudAccess": False}, said.text)
        else:
            yield said


def _policies(call: CmdletCall, known: dict[str, bool], flag: str, kind: str) -> Iterator[CmdletOutput]:
    wanted = call.identity and call.identity.lower().removeprefix("tag:")
    found = {name: value for name, value in known.items() if wanted is None or name.lower().removeprefix("tag:") == wanted}
    for name, value in found.items():
        yield ps_object(
            f"Microsoft.Rtc.Management.WritableConfig.Policy.{kind}.{kind}Policy", name, Identity=name, Description=None, **{flag: value}
        )
    if not found:
        yield call.not_found_error(str(call.identity))
