"""The real core and adapters over the pretend estate in this process: wires on loopback, and a clock that a test turns.

`run` carries a step through as two people would; what they do by hand goes through `by_hand(office.estate, …)`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from adapters.lab.dispatcher import CmdletDispatcher
from adapters.lab.dns import dns_server
from adapters.lab.endpoints import EndpointAccess, endpoint_accesses
from adapters.lab.estate.initial_state import Stage
from adapters.lab.process.certificates import server_tls_context
from adapters.lab.process.folder import Folder
from adapters.lab.remoting.fault_injection import connection_fault_hook
from adapters.lab.remoting.wsman import serve
from bot.bootstrap import build_core
from bot.calls import EndpointName
from bot.clock import Clock
from bot.config import Account, Dns, GraphAccess, Remoting, Settings, Sync
from bot.facts.cloud import Cloud as CloudFact
from bot.ledger import Ledger
from bot.local_sources import local_sources
from bot.runs.driver import REST
from bot.views import Permission, RunView
from tests.support.bot_settings import bot_settings
from tests.support.lab_cloud import APP, SECRET, LabCloud, lab_cloud
from tests.support.recording_gateway import RecordingGateway
from tests.support.run_harness import ANNA, BEN, HERE, RIGHTS, ManualEngine, ManualTime, RunHarness


class EstateHarness(RunHarness):
    """A core whose gateway leads to a pretend estate. Time goes on only while a run waits, and by `wait`."""

    def __init__(self, settings: Settings, cloud: LabCloud) -> None:
        self.time = ManualTime()
        self.time.now = cloud.time.at
        clock = Clock(self.time, monotonic=self.time.passed)
        ledger = Ledger(settings.records)
        self.gateway = RecordingGateway.from_settings(settings, local_sources(settings, ledger, clock), cloud.time.retry_policy())
        self.adopt(build_core(settings, self.gateway, clock=clock, ledger=ledger, engine=ManualEngine()))
        self.cloud, self.estate, self.faults = cloud, cloud.estate, cloud.faults

    def pass_time(self, seconds: float) -> None:
        self.time.now += seconds
        self.cloud.time.at = self.time.now

    async def make_plan(self, step: str, **answers: str) -> RunView:
        """The plan of this step."""
        asked = await self.service.create_run(step, answers, ANNA, HERE)
        assert asked.run is not None, asked.words
        return await self.advance(asked.run)

    async def start_and_approve(self, plan: RunView) -> RunView:
        """Start by one person, approval by another, and all waits until the run ends or a person must do something."""
        await self.act_and_settle(plan.id, ("start", ANNA))
        return await self.approve(plan.id)

    async def undo(self, run: RunView) -> RunView:
        pressed = await self.service.act(run.id, "undo", ANNA)
        assert pressed.run is not None, pressed.words
        plan = await self.advance(pressed.run)
        return await self.start_and_approve(plan) if plan.state == "planned" else plan

    async def approve(self, run: int) -> RunView:
        view = await self.view(run)
        if view.state == "awaiting_approval":
            pressed = await self.act(run, "approve", BEN)
            assert pressed.ok, pressed.words
        return await self.advance(run)

    async def advance(self, run: int, turns: int = 200) -> RunView:
        """Advances through all its waits. A run that waits for a person, and for nothing else, is left there."""
        for _ in range(turns):
            wait = await self.driver.advance(run)
            view = await self.view(run)
            if wait is None or wait >= REST or (view.state == "waiting_for_admin" and wait and not view.why):
                break
            self.pass_time(wait)
        return await self.view(run)

    def effects(self) -> list[str]:
        """The effects so far, as cmdlet or request with its subject."""
        return [f"{one.call} {one.subject}" for one in self.estate.effects]


@asynccontextmanager
async def estate_harness(
    path: Path,
    stage: Stage,
    users: int = 12,
    cloud: CloudFact | None = None,
    checked: bool = True,
    rights: Mapping[Permission, Sequence[str]] = RIGHTS,
) -> AsyncIterator[EstateHarness]:
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
        office = EstateHarness(_settings(path, there, remoting.port, dns, cloud or CloudFact(), rights), there)
        stack.callback(office.close)
        stack.push_async_callback(office.gateway.close)
        yield office


def _settings(
    path: Path, there: LabCloud, remoting: int, dns: str, cloud: CloudFact, rights: Mapping[Permission, Sequence[str]]
) -> Settings:
    """The configuration that leads to this estate, as an operator would write it."""
    folder, admin = Folder(path), there.estate.cloud_admin
    for name, secret in (("graph", SECRET), ("cloud-admin", admin.password)):
        folder.secret_file(name).parent.mkdir(exist_ok=True)
        folder.write(folder.secret_file(name), secret.encode())
    return bot_settings(
        path / "records.sqlite",
        rights,
        graph=GraphAccess(
            root=there.hosts.graph,
            login=there.hosts.login,
            client_id=APP,
            auth="secret",
            secret=f"file:{folder.secret_file('graph')}",
            ca=there.hosts.ca,
            known_authority=False,
        ),
        endpoints={place: _remoting(folder, place, access, remoting) for place, access in endpoint_accesses(folder.secret).items()},
        dns=Dns(public=(dns,), authoritative=(dns,)),
        accounts={"cloud-admin": Account(user=admin.user, password=f"file:{folder.secret_file('cloud-admin')}")},
        sync=Sync(connect_build=there.estate.state.sync.version),
        cloud=cloud,
    )


def _remoting(folder: Folder, place: EndpointName, access: EndpointAccess, port: int) -> Remoting:
    return Remoting(
        url=f"https://127.0.0.1:{port}{access.path}",
        user=access.user,
        password=f"file:{folder.secret_file(place)}",
        auth="basic",
        configuration=access.configuration,
        ca=folder.ca,
        seconds=30,
    )
