"""The servers on premises: pools, sites, services and installed versions."""

from pydantic import Field

from bot.calls import Cmdlet, ReadCall
from bot.facts import Fact
from bot.facts.types import NonEmptyText, Text, Texts


class Pool(Fact):
    """Get-CsPool: a pool with its services, such as `Registrar:pool01.contoso.com`.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cspool
    """

    source = Cmdlet("sfb", "Get-CsPool")
    fqdn: NonEmptyText
    services: Texts
    computers: Texts

    def is_registrar(self) -> bool:
        """Whether people can be homed here."""
        return any(service.partition(":")[0] == "Registrar" for service in self.services)


class EdgePool(Fact):
    """Get-CsService -EdgeServer: one object per Edge pool.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csservice
    """

    source = Cmdlet("sfb", "Get-CsService", {"EdgeServer": True})
    identity: Text
    pool_fqdn: Text


class WebServices(Fact):
    """Get-CsService -WebServer: the name by which a pool is reached from outside.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csservice
    """

    source = Cmdlet("sfb", "Get-CsService", {"WebServer": True})
    must_exist = True
    pool_fqdn: NonEmptyText
    external_fqdn: Text = ""


class Site(Fact):
    """Get-CsSite: a site and the Edge pool through which it federates, such as `EdgeServer:edge.contoso.com`.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cssite
    """

    source = Cmdlet("sfb", "Get-CsSite")
    identity: Text
    federation_route: Text = ""

    @property
    def route(self) -> str:
        """The name of that pool; empty = the site has none."""
        return self.federation_route.rpartition(":")[2]


class WindowsService(Fact):
    """Get-CsWindowsService of one server, by its `name`. Reading it takes rights on that server.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cswindowsservice
    """

    name: Text
    status: Text

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return cls.select(Cmdlet("sfb", "Get-CsWindowsService", {"ComputerName": about["name"], "ExcludeActivityLevel": True}))


class FabricState(Fact):
    """Get-CsPoolFabricState of one pool, by its `name`: text without properties. The page does not say how it is worded.

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-cspoolfabricstate
    """

    must_exist = True
    text: NonEmptyText = Field(alias="")

    @classmethod
    def property_names(cls) -> tuple[str, ...]:
        return ()

    @classmethod
    def call(cls, **about: str) -> ReadCall:
        return Cmdlet("sfb", "Get-CsPoolFabricState", {"PoolFqdn": about["name"]})


class PatchVersion(Fact):
    """Get-CsServerPatchVersion: the components on the machine that moves people (2015 and later).

    https://learn.microsoft.com/powershell/module/skypeforbusiness/get-csserverpatchversion
    """

    source = Cmdlet("mover", "Get-CsServerPatchVersion")
    version: Text


class TeamsModule(Fact):
    """Get-Module: the MicrosoftTeams modules on the machine that moves people. Move-CsUser loads the newest.

    https://learn.microsoft.com/powershell/module/microsoft.powershell.core/get-module
    """

    source = Cmdlet("mover", "Get-Module", {"Name": "MicrosoftTeams", "ListAvailable": True})
    name: Text
    version: Text
