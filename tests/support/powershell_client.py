"""The PowerShell adapter in front of a far end over the real wire, as tests use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.lab.remoting.winrm import ShellQuotas
from adapters.lab.remoting.wsman import RemotingServer
from adapters.powershell.client import Endpoint, PowerShellClient
from bot.calls import Cmdlet
from bot.gateway import CallId, ReadResult
from tests.support.fake_powershell import ACCESS, ConnectionCut, FakePowerShellHost, fake_powershell_host

MOVE = Cmdlet("mover", "Move-CsUser", {"Identity": "bob@contoso.com", "Confirm": False})
KNOWN = {"tenant admin": ("admin@contoso.com", "correct horse"), "pin": "4711"}


def endpoint(remoting: RemotingServer, folder: Path, place: str = "mover", **more: Any) -> Endpoint:
    access = ACCESS[place]
    url = f"https://127.0.0.1:{remoting.port}{access.path}"
    whole = Endpoint(url, access.user, access.password, configuration=access.configuration, ca=str(folder / "ca.pem"), patience=1)
    return replace(whole, **more)


class ClientSetting:
    """One village behind one endpoint, and the adapter in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.village, self.cut = folder, FakePowerShellHost(), ConnectionCut()
        self.remoting: RemotingServer
        self.tickets: list[CallId] = []
        self.clients: list[PowerShellClient] = []

    def client(self, name: str = "switchover", **more: Any) -> PowerShellClient:
        places = {place: endpoint(self.remoting, self.folder, place, **more) for place in ACCESS}
        self.clients.append(PowerShellClient(places, KNOWN.__getitem__, name))
        return self.clients[-1]

    async def intent(self, ticket: CallId) -> None:
        self.tickets.append(ticket)

    def strike(self, moment: Any) -> Any:
        return self.cut(moment)


@asynccontextmanager
async def client_setting(folder: Path) -> AsyncIterator[ClientSetting]:
    """Up, and at the end whatever still waits is let go."""
    whole = ClientSetting(folder)
    async with fake_powershell_host(folder, whole.village, whole.strike, ShellQuotas(commands=40)) as whole.remoting:
        yield whole
        whole.village.gate.set()
        for client in whole.clients:
            await client.close()


async def read_all(client: PowerShellClient, call: Cmdlet) -> ReadResult:
    pages = [page async for page in client.read(call)]
    rows, errors, warnings = ([item for page in pages for item in getattr(page, part)] for part in ("rows", "errors", "warnings"))
    return ReadResult(tuple(rows), tuple(errors), tuple(warnings))
