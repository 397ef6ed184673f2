"""The configuration's view of the cloud: hosts, service plans and required versions."""

from collections.abc import Mapping

from pydantic import ConfigDict

from bot.calls import LocalSource
from bot.facts import Fact


class Cloud(Fact):
    """Values that differ from cloud to cloud or by deployment. The defaults are those of the commercial cloud."""

    model_config = ConfigDict(extra="forbid", alias_generator=None)
    source = LocalSource("cloud")

    #: The hosting provider's proxy, and the HostingProvider of everybody who is homed online.
    proxy_fqdn: str = "sipfed.online.lync.com"
    autodiscover_url: str = "https://webdir.online.lync.com/Autodiscover/AutodiscoverService.svc/root"
    #: The host at which clients sign in.
    sip_fqdn: str = "sipdir.online.lync.com"
    #: The identity of a hosting provider that has to be created.
    provider_name: str = "Office365"
    #: The name of the secret account that moves people: without MFA and conditional access.
    admin: str = "cloud-admin"
    #: Endings of domains that every tenant has.
    own_suffixes: tuple[str, ...] = (".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn")
    #: Service plan ids, any of which will do, by Microsoft's page "product names and service plan identifiers".
    teams_plans: tuple[str, ...] = (
        *("57ff2da0-773e-42df-b2af-ffb7a2317929", "304767db-7d23-49e8-a945-4a7eb65f9f28"),
        *("9953b155-8aef-4c56-92f3-72b0487fce41", "fd500458-c24c-478e-856c-a6067a8376cd"),  # GCC High, DoD
    )
    skype_plans: tuple[str, ...] = ("0feaeb32-d00e-4d66-bd5a-43b5b83db82c", "a31ef4a2-f787-435e-8335-e47eb0cafc94")
    phone_plans: tuple[str, ...] = ("4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "db23fce2-a974-42ef-9002-d78dd42a0f22")
    audio_plans: tuple[str, ...] = ("3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40", "f544b08d-1645-4287-82de-8d91f37c02a1")
    #: The oldest build of each version that can move people: https://learn.microsoft.com/skypeforbusiness/hybrid/plan-hybrid-connectivity
    minimum_builds: Mapping[str, str] = {"5.0": "5.0.8308.1182", "6.0": "6.0.9319.619", "7.0": "7.0.2046.385"}
    minimum_module: str = "6.2.1"
    #: Newer MicrosoftTeams modules break Move-CsUser on servers below `build_for_newer_modules`.
    last_module_for_all: str = "7.1"
    #: KB5090660.
    build_for_newer_modules: str = "7.0.2046.849"
    exchange_online: str = "https://outlook.office365.com"
    exchange_autodiscover: str = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc"
    #: The issuer of tokens between servers.
    access_control: str = "https://accounts.accesscontrol.windows.net"
    #: The issuer of tokens for people; other clouds: login.microsoftonline.us, …
    federation_metadata: str = "https://login.windows.net"
    #: -HostedMigrationOverrideUrl.
    override_url: str = ""
    #: -ProxyPool.
    proxy_pool: str = ""
    #: A folder of the server that moves people, where their contacts and conferences are saved before a move.
    export_folder: str = ""
    #: AD domain -> domain controller, for people outside the servers' own domain.
    domain_controllers: Mapping[str, str] = {}

    def is_proxy(self, name: str) -> bool:
        """Whether everybody homed online is found at this provider."""
        return name.lower() == self.proxy_fqdn.lower()
