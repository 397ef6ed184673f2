"""How the lab's five PowerShell endpoints are reached: the same words for the server and for the bot's configuration."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.calls import EndpointName

CONFIGURATIONS: dict[EndpointName, str] = {
    "sfb": "Switchover.SkypeForBusiness",
    "mover": "Switchover.Mover",
    "teams": "Switchover.Teams",
    "sync": "Switchover.EntraConnect",
    "exchange": "Microsoft.Exchange",
}
GRAPH_APP = "0a0a0a0a-0000-4000-8000-000000000001"  # client id of the bot's app registration
PERMISSIONS = (  # application permissions that an administrator has granted it
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "Domain.ReadWrite.All",
    "GroupMember.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "Organization.Read.All",
    "ServiceHealth.Read.All",
    "TeamsUserConfiguration.Read.All",
    "User.ReadWrite.All",
)
CLOUD_ADMIN = "cloud-admin@contoso.onmicrosoft.com"  # whom Move-CsUser signs in as


@dataclass(frozen=True)
class EndpointAccess:
    """How one endpoint is reached: URL path, session configuration, and its one account."""

    path: str
    configuration: str
    user: str
    password: str = field(repr=False)


def endpoint_accesses(secret: Callable[[str], str]) -> dict[str, EndpointAccess]:
    """`secret` gives the password that goes by a name."""
    return {
        endpoint: EndpointAccess(f"/{endpoint}", name, f"switchover-{endpoint}", secret(endpoint))
        for endpoint, name in CONFIGURATIONS.items()
    }
