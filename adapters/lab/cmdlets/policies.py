"""Policies of the servers that a move has to reckon with: what each of them allows."""

from collections.abc import Iterator

from adapters.lab.cmdlets.registry import SFB, TEAMS, Call, ParsedCommand, cmdlet
from adapters.lab.powershell.common_objects import thing
from adapters.lab.powershell.values import Thing


@cmdlet("Get-CsUserServicesPolicy", SFB)
def get_cs_user_services_policy(call: Call) -> Iterator[ParsedCommand]:
    yield from _policies(
        call, {"Global": False, "Tag:ContactsInExchange": True, "Tag:NoContactsInExchange": False}, "UcsAllowed", "UserServices"
    )


@cmdlet("Get-CsConferencingPolicy", SFB)
def get_cs_conferencing_policy(call: Call) -> Iterator[ParsedCommand]:
    yield from _policies(call, {"Global": False, "Tag:DialIn": True}, "EnableDialInConferencing", "Conferencing")


@cmdlet("Get-CsExternalAccessPolicy", SFB, TEAMS)
def get_cs_external_access_policy(call: Call) -> Iterator[ParsedCommand]:
    for said in _policies(call, {"Global": True}, "EnableFederationAccess", "ExternalAccess"):
        if isinstance(said, Thing):
            yield Thing(said.types, {**said.properties, "EnableOutsideAccess": True, "EnablePublicCloudAccess": False}, said.text)
        else:
            yield said


def _policies(call: Call, known: dict[str, bool], flag: str, kind: str) -> Iterator[ParsedCommand]:
    wanted = call.identity and call.identity.lower().removeprefix("tag:")
    found = {name: value for name, value in known.items() if wanted is None or name.lower().removeprefix("tag:") == wanted}
    for name, value in found.items():
        yield thing(
            f"Microsoft.Rtc.Management.WritableConfig.Policy.{kind}.{kind}Policy", name, Identity=name, Description=None, **{flag: value}
        )
    if not found:
        yield call.missing(str(call.identity))
