"""The cmdlets that prove an OAuth trust: each succeeds only when all that it needs is there, by hand or by cmdlet."""

from collections.abc import Iterator
from uuid import uuid5

from adapters.lab.cmdlets.registry import EXCHANGE, SFB, Call, ParsedCommand, cmdlet
from adapters.lab.estate.servers import OAuthObject
from adapters.lab.estate.state import World
from adapters.lab.powershell.common_objects import thing
from adapters.lab.powershell.values import Enum

SKYPE_ONLINE = "00000004-0000-0ff1-ce00-000000000000"
REFUSED = "ExCreateItem exchange operation failed, code=5, reason=The request failed. (401) Unauthorized."


@cmdlet("Test-OAuthConnectivity", EXCHANGE)
def test_oauth_connectivity(call: Call) -> Iterator[ParsedCommand]:
    """Succeeds once a server and a partner are there and enabled, and the cloud knows the certificate of Exchange."""
    works = _exchange_trusted(call.world)
    result = "Success" if works else "Error"
    yield thing(
        "Microsoft.Exchange.Monitoring.ResultTypeOutcome",
        Task="Checking EWS API Call Under Oauth",
        Detail="The configuration was last successfully loaded." if works else "(401) Unauthorized. invalid_client",
        ResultType=Enum("Microsoft.Exchange.Monitoring.ResultType", result, int(not works)),
        Identity=uuid5(call.estate.world.people[20].guid, "oauth"),
        IsValid=True,
    )


def _exchange_trusted(world: World) -> bool:
    enabled = {one.kind for one in world.oauth.values() if one.values.get("Enabled") is True}
    return {"AuthServer", "PartnerApplication"} <= enabled and any(_known(world, "ExchangeAuth", app) for app in world.principals)


@cmdlet("Test-CsExStorageConnectivity", SFB)
def test_cs_ex_storage_connectivity(call: Call) -> Iterator[ParsedCommand]:
    """Succeeds once Exchange is a fully trusted partner and takes our tokens; a wildcard accepted domain spoils it (event 32054)."""
    world = call.world
    partners = [one for one in _of(world, "CsPartnerApplication") if one.values.get("Enabled") is True]
    trusted = any(one.values.get("ApplicationTrustLevel") == "Full" and _takes_our_tokens(world, one) for one in partners)
    wild = any("*" in str(one.values.get("DomainName")) for one in _of(world, "AcceptedDomain"))
    if trusted and not wild:
        yield "Test passed."
    else:
        yield call.refused(REFUSED, "ExchangeStorageConnectivity", str(call.bound["SipUri"]))


def _takes_our_tokens(world: World, partner: OAuthObject) -> bool:
    """Exchange Online when it knows our certificate and we our name; Exchange on premises when its script has run and we find it."""
    settings = world.oauth["CsOAuthConfiguration/Global"].values
    if partner.values.get("UseOAuthServer"):
        named = settings.get("ServiceName") == SKYPE_ONLINE
        return named and bool(_of(world, "CsOAuthServer")) and _known(world, "OAuthTokenIssuer", SKYPE_ONLINE)
    scripted = any(one.name.startswith("LyncEnterprise") for one in _of(world, "PartnerApplication"))
    return scripted and bool(settings.get("ExchangeAutodiscoverUrl"))


def _of(world: World, kind: str) -> list[OAuthObject]:
    return [one for one in world.oauth.values() if one.kind == kind]


def _known(world: World, use: str, app: str) -> bool:
    ours = {one.thumbprint for one in world.certificates.values() if one.use == use}
    return any(key.thumbprint in ours for key in world.principals[app].keys)
