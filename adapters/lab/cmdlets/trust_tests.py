"""The cmdlets that prove an OAuth trust: each succeeds only when all that it needs is there, by hand or by cmdlet."""

from collections.abc import Iterator
from uuid import uuid5

from adapters.lab.cmdlets.registry import EXCHANGE, SFB, CmdletCall, CmdletOutput, cmdlet
from adapters.lab.estate.servers import OAuthObject
from adapters.lab.estate.state import EstateState
from adapters.lab.powershell.common_objects import ps_object
from adapters.lab.powershell.values import EnumValue

SKYPE_ONLINE = "00000004-0000-0ff1-ce00-000000000000"
REFUSED = "ExCreateItem exchange operation failed, code=5, reason=The request failed. (401) Unauthorized."


@cmdlet("Test-OAuthConnectivity", EXCHANGE)
def test_oauth_connectivity(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Succeeds once a server and a partner are there and enabled, and the cloud knows the certificate of Exchange."""
    works = _is_exchange_trusted(call.world)
    result = "Success" if works else "Error"
    yield ps_object(
        "Microsoft.Exchange.Monitoring.ResultTypeOutcome",
        Task="Checking EWS API Call Under Oauth",
        Detail="The configuration was last successfully loaded." if works else "(401) Unauthorized. invalid_client",
        ResultType=EnumValue("Microsoft.Exchange.Monitoring.ResultType", result, int(not works)),
        Identity=uuid5(call.estate.state.people[20].guid, "oauth"),
        IsValid=True,
    )


def _is_exchange_trusted(world: EstateState) -> bool:
    enabled = {one.kind for one in world.oauth.values() if one.values.get("Enabled") is True}
    return {"AuthServer", "PartnerApplication"} <= enabled and any(_has_certificate(world, "ExchangeAuth", app) for app in world.principals)


@cmdlet("Test-CsExStorageConnectivity", SFB)
def test_cs_ex_storage_connectivity(call: CmdletCall) -> Iterator[CmdletOutput]:
    """Succeeds once Exchange is a fully trusted partner and takes our tokens; a wildcard accepted domain spoils it (event 32054)."""
    world = call.world
    partners = [one for one in _objects_of_kind(world, "CsPartnerApplication") if one.values.get("Enabled") is True]
    trusted = any(one.values.get("ApplicationTrustLevel") == "Full" and _is_accepting_tokens(world, one) for one in partners)
    wild = any("*" in str(one.values.get("DomainName")) for one in _objects_of_kind(world, "AcceptedDomain"))
    if trusted and not wild:
        yield "Test passed."
    else:
        yield call.error(REFUSED, "ExchangeStorageConnectivity", str(call.bound["SipUri"]))


def _is_accepting_tokens(world: EstateState, partner: OAuthObject) -> bool:
    """Exchange Online when it knows our certificate and we our name; Exchange on premises when its script has run and we find it."""
    settings = world.oauth["CsOAuthConfiguration/Global"].values
    if partner.values.get("UseOAuthServer"):
        named = settings.get("ServiceName") == SKYPE_ONLINE
        return named and bool(_objects_of_kind(world, "CsOAuthServer")) and _has_certificate(world, "OAuthTokenIssuer", SKYPE_ONLINE)
    scripted = any(one.name.startswith("LyncEnterprise") for one in _objects_of_kind(world, "PartnerApplication"))
    return scripted and bool(settings.get("ExchangeAutodiscoverUrl"))


def _objects_of_kind(world: EstateState, kind: str) -> list[OAuthObject]:
    return [one for one in world.oauth.values() if one.kind == kind]


def _has_certificate(world: EstateState, use: str, app: str) -> bool:
    ours = {one.thumbprint for one in world.certificates.values() if one.use == use}
    return any(key.thumbprint in ours for key in world.principals[app].keys)
