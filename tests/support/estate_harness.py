"""The real heart and the real adapters over the pretend estate in this process: wires on loopback, and a clock that a test turns.

`run` carries a step through as two people would; what they do by hand goes through `by_hand(office.estate, …)`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from adapters.dns import Dns
from adapters.lab.dispatcher import CmdletDispatcher
from adapters.lab.dns import dns_server
from adapters.lab.endpoints import EndpointAccess, endpoint_accesses
from adapters.lab.estate.initial_state import Stage
from adapters.lab.process.certificates import server_tls_context
from adapters.lab.process.folder import Folder
from adapters.lab.remoting.fault_injection import connection_fault_hook
from adapters.lab.remoting.wsman import RemotingServer, serve
from adapters.powershell.client import Endpoint, PowerShell
from bot.calls import RemoteObject
from bot.facts.cloud import Cloud as CloudFact
from bot.ledger.journey import switch_off_facts
from bot.ledger.origins import moves
from bot.ledger.pending_licences import pending_licences
from bot.ledger.reports import last_report
from bot.runs.driver import REST
from bot.runs.undo import with_undo
from bot.steps import STEPS
from bot.views import RunView
from tests.support.lab_cloud import Cloud, lab_cloud
from tests.support.recording_gateway import Listening
from tests.support.run_harness import ANNA, BEN, HERE, Office

PLACES = ("sfb", "mover", "teams", "sync", "exchange")


class EstateOffice(Office):
    """An office whose outside is a pretend estate. Time goes on only while a run waits, and by `wait`."""

    def __init__(self, records: Path, cloud: Cloud, machines: Listening) -> None:
        steps = {step.name: step for step in STEPS}
        super().__init__(records, machines, with_undo(steps), hurry=1)
        self.machines = machines
        self.cloud, self.estate, self.faults = cloud, cloud.estate, cloud.faults
        self.time.now = cloud.time.at

    def wait(self, seconds: float) -> None:
        self.time.now += seconds
        self.cloud.time.at = self.time.now

    async def asks(self, step: str, **answers: str) -> RunView:
        """The plan of this step."""
        asked = await self.desk.create_run(step, answers, ANNA, HERE)
        assert asked.run is not None, asked.words
        return await self.goes_on(asked.run)

    async def carries_out(self, plan: RunView) -> RunView:
        """Start by one person, approval by another, and all waits until the run ends or a person must do something."""
        await self.pressed(plan.id, ("start", ANNA))
        return await self.approved(plan.id)

    async def undone(self, run: RunView) -> RunView:
        pressed = await self.desk.act(run.id, "undo", ANNA)
        assert pressed.run is not None, pressed.words
        plan = await self.goes_on(pressed.run)
        return await self.carries_out(plan) if plan.state == "planned" else plan

    async def approved(self, run: int) -> RunView:
        view = await self.view(run)
        if view.state == "awaiting_approval":
            pressed = await self.press(run, "approve", BEN)
            assert pressed.ok, pressed.words
        return await self.goes_on(run)

    async def goes_on(self, run: int, turns: int = 200) -> RunView:
        """Advances through all its waits. A run that waits for a person, and for nothing else, is left there."""
        for _ in range(turns):
            wait = await self.worker.advance(run)
            view = await self.view(run)
            if wait is None or wait >= REST or (view.state == "waiting_for_admin" and wait and not view.why):
                break
            self.wait(wait)
        return await self.view(run)

    def writes(self) -> list[str]:
        """The effects so far, as cmdlet or request with its subject."""
        return [f"{one.call} {one.subject}" for one in self.estate.effects]


@asynccontextmanager
async def estate_office(
    path: Path, stage: Stage, users: int = 12, cloud: CloudFact | None = None, checked: bool = True
) -> AsyncIterator[EstateOffice]:
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(lab_cloud(path, users, stage=stage, checked=checked))
        folder = Folder(path)
        remoting = await serve(
            CmdletDispatcher(there.estate, there.faults),
            endpoint_accesses(folder.secret),
            server_tls_context(folder),
            faults=connection_fault_hook(there.faults),
        )
        stack.push_async_callback(remoting.close)
        dns = f"127.0.0.1:{await stack.enter_async_context(dns_server(there.estate))}"
        admin = there.estate.cloud_admin
        endpoints = {place: _endpoint(access, remoting, folder) for place, access in endpoint_accesses(folder.secret).items()}
        shell = PowerShell(endpoints, {"cloud-admin": (admin.user, admin.password)}.__getitem__)
        stack.push_async_callback(shell.close)
        graph = await stack.enter_async_context(there.client())
        known = _known(there, cloud)
        office = EstateOffice(path / "records.sqlite", there, Listening(shell, graph, Dns((dns,), (dns,)), known))
        known["came from"] = lambda: office.ledger(moves)
        known["being given"] = lambda: office.ledger(pending_licences)
        known["last report"] = lambda: office.ledger(last_report)
        known["switched off"] = lambda: office.ledger(switch_off_facts)
        stack.callback(office.close)
        yield office


def _endpoint(access: EndpointAccess, remoting: RemotingServer, folder: Folder) -> Endpoint:
    return Endpoint(
        url=f"https://127.0.0.1:{remoting.port}{access.path}",
        user=access.user,
        password=access.password,
        auth="basic",
        configuration=access.configuration,
        ca=str(folder.ca),
        sessions=2,
        seconds=30,
    )


def _known(there: Cloud, cloud: CloudFact | None) -> dict[str, Callable[[], Awaitable[list[RemoteObject]]]]:
    """What needs no machine."""

    async def rows(*told: RemoteObject) -> list[RemoteObject]:
        return list(told)

    return {
        "cloud": lambda: rows((cloud or CloudFact()).model_dump(mode="json")),
        "now": lambda: rows({"At": there.time.moment().isoformat()}),
        "sync": lambda: rows({"ConnectBuild": there.estate.state.sync.version}),
        "places": lambda: rows(*({"Place": place} for place in PLACES)),
    }
