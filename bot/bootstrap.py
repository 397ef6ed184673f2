"""Where the real parts meet: the only module that knows all three rooms."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from adapters.dns import Dns
from adapters.gateway import Gateway, Known
from adapters.graph import tokens
from adapters.graph.client import Graph, graph
from adapters.graph.retry import RetryPolicy
from adapters.powershell.client import Endpoint, PowerShell
from bot.authorization import Authorizer
from bot.calls import Cmdlet, RemoteObject
from bot.clock import Clock
from bot.config import BotIdentity, ConfigurationError, GraphAccess, Remoting, Rights, SecretRef, Settings, secret
from bot.health import Health, Parts
from bot.ledger import Ledger
from bot.ledger.journey import switched_off
from bot.ledger.migrations import tables
from bot.ledger.origins import origins
from bot.ledger.pending_licences import being_given
from bot.ledger.reports import last_report
from bot.reader.reader import Write
from bot.report_files import ReportFiles
from bot.runs.actions import RunPolicy
from bot.runs.deferred_actions import DeferredActions
from bot.runs.driver import ExecutionLimits, RunDriver
from bot.runs.engine import WorkflowEngine
from bot.runs.undo import UNDO, undoing
from bot.service import RunService
from bot.status_refresher import StatusRefresher
from bot.steps import STEPS
from bot.supervision import Supervisor
from bot.timekeeping import EVERY, Timekeeping
from dialogs.bot import SwitchoverBot
from dialogs.card_updater import CardUpdater, RenderSettings
from dialogs.cards.board import BOARD
from dialogs.channel import admission
from dialogs.channel.adapter import TeamsAdapter, application, listen
from dialogs.channel.rate_limit import Timing
from dialogs.channel.sender import Posts
from dialogs.files import Consent, Links, Uploads
from dialogs.list_delivery import Handing
from dialogs.people_files import Inbox
from dialogs.rendering import render
from dialogs.state import Conversations, Records
from dialogs.turn import BotServices

LOOKS = 3600.0  # seconds in which every step has surely been looked at


async def run(settings: Settings, ready: asyncio.Event | None = None) -> None:
    """Runs the bot until it is cancelled. `ready` is set once it answers. Raises `ConfigurationError` and `AlreadyRunning`."""
    async with contextlib.AsyncExitStack() as stack:
        ledger = Ledger(settings.records, tables)
        stack.callback(ledger.close)
        machines = await stack.enter_async_context(_machines(settings, ledger))
        await stack.enter_async_context(_office(settings, ledger, machines))
        _settle_memory()
        if ready:
            ready.set()
        await asyncio.Event().wait()


def _settle_memory() -> None:
    """What is there by now stays for good: the collector need not walk through it again, a tenth of a second each time, amid a turn."""
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def _office(settings: Settings, ledger: Ledger, machines: Gateway) -> AsyncIterator[None]:
    """Worker, desk and conversation, tied together and at work."""
    clock, steps = Clock(hurry=settings.hurry), {step.name: step for step in STEPS}
    supervisor = Supervisor(clock)
    steps[UNDO] = undoing(steps)
    listings = ReportFiles(settings.records.with_suffix(".lists"))
    listings.forget_old()

    def lists(run: int) -> Write:
        return partial(listings.write, run)

    rules = RunPolicy(_access(settings.rights), steps, settings.approval_above)
    worker = RunDriver(ledger, machines, steps, clock, _limits(settings), lambda run: announcer.announced(run), lists)
    runs = WorkflowEngine(ledger, lambda run: _advanced(worker, lookout, run), settings.records, supervisor)
    deciding = DeferredActions(ledger, machines, rules, clock, runs.wake)
    checks = asyncio.Event()
    lookout = StatusRefresher(ledger, machines, steps, clock, lambda: announcer.announced(BOARD))
    desk = RunService(ledger, rules, clock, runs.wake, checks.set, lookout)
    state = Conversations(Records(ledger))
    teams = TeamsAdapter(_door(settings), ledger, tell=render, forget=state.forget, now=clock.now)
    outlook = RenderSettings(steps, lambda: datetime.now(UTC), settings.audit_channel.id, settings.banner, language=settings.language)
    posts = Posts(teams.connector, Timing(), settings.card_seconds)
    announcer = CardUpdater(desk, ledger, posts, outlook, supervisor)
    links = Links(settings.host, settings.port) if settings.bot.kind == "nobody" else None  # such a bot is reached from this machine only
    uploads = Uploads(teams.connector.wire, settings.bot.file_hosts)
    handing = Handing(listings, links or Consent(), posts, uploads)
    inbox = Inbox(teams.connector.wire, settings.bot.file_hosts)
    talk = SwitchoverBot(
        BotServices(desk, steps, ledger, announcer.announced, settings.banner, handing, language=settings.language, inbox=inbox), state
    )
    timekeeping = Timekeeping(ledger, clock)
    await timekeeping.begin()
    await runs.open()
    health = Health(ledger, supervisor, clock, Parts(announcer.undelivered, runs.stalled, runs.since_last_turn))
    served = application(talk, teams, links.routes if links else (), health.told)
    listening = await listen(served, teams.door, settings.host, settings.port)
    await announcer.refresh()
    checks.set()  # presses of before the start wait to be decided
    supervisor.keep("deciding about rights", deciding.decide, checks)
    supervisor.keep("the clock", timekeeping.look, asyncio.Event(), every=EVERY)
    supervisor.keep("the board", lookout.look_as_wished, lookout.wished, may_take=LOOKS)
    try:
        yield
    finally:
        await supervisor.close()
        await runs.close()
        announcer.close()
        await listening.cleanup()


async def _advanced(worker: RunDriver, lookout: StatusRefresher, run: int) -> float | None:
    """What a run has changed may be what another step was waiting for: after its end all of them are looked at."""
    wait = await worker.advance(run)
    if wait is None:
        lookout.wanted()
    return wait


def _limits(settings: Settings) -> ExecutionLimits:
    over: dict[str, float] = {place: remoting.call_is_over_after for place, remoting in settings.places.items()}
    return ExecutionLimits(settings.at_once, settings.brake, over, settings.approval_above)


def _access(rights: Rights) -> Authorizer:
    return Authorizer({"look": rights.look, "ask": rights.ask, "approve": rights.approve})


@contextlib.asynccontextmanager
async def _machines(settings: Settings, ledger: Ledger) -> AsyncIterator[Gateway]:
    """The adapters, as the configuration says. A secret that is missing is named before anything is opened."""
    passwords = {name: (account.user, secret(account.password)) for name, account in settings.accounts.items()}
    endpoints = {place: _endpoint(remoting) for place, remoting in settings.places.items()}
    async with contextlib.AsyncExitStack() as stack:
        shell = PowerShell(endpoints, passwords.__getitem__, name=f"switchover {settings.tenant}")
        stack.push_async_callback(shell.close)
        patience = RetryPolicy(clock=Clock(hurry=settings.hurry))
        cloud = await stack.enter_async_context(_graph(settings.graph, settings.tenant, patience))
        yield Gateway(shell, cloud, Dns(settings.dns.public, settings.dns.authoritative), _known(settings, ledger))


def _known(settings: Settings, ledger: Ledger) -> dict[str, Known]:
    """What no machine has to be asked for: the configuration, our own records, and the time."""

    async def now() -> list[RemoteObject]:
        return [{"At": datetime.now(UTC).isoformat()}]

    async def configured(rows: list[RemoteObject]) -> list[RemoteObject]:
        return rows

    return {
        "cloud": partial(configured, [settings.cloud.model_dump(mode="json")]),
        "places": partial(configured, [{"Place": place} for place in settings.places]),
        "sync": partial(configured, [{"ConnectBuild": settings.sync.connect_build}]),
        "came from": partial(ledger, origins),
        "being given": partial(ledger, being_given),
        "last report": partial(ledger, last_report),
        "switched off": partial(ledger, switched_off),
        "now": now,
    }


def _endpoint(remoting: Remoting) -> Endpoint:
    options = {"certificate_pem": remoting.certificate, "certificate_key_pem": remoting.key}
    connect = (Cmdlet("teams", "Connect-MicrosoftTeams", remoting.connect),) if remoting.connect else ()
    return Endpoint(
        url=remoting.url,
        user=remoting.user,
        password=secret(remoting.password) if remoting.password else "",
        auth=remoting.auth,
        configuration=remoting.configuration,
        ca=str(remoting.ca) if remoting.ca else None,
        options={name: str(file) for name, file in options.items() if file},
        sessions=remoting.sessions,
        seconds=remoting.seconds,
        prepare=connect,
    )


def _graph(access: GraphAccess, tenant: str, patience: RetryPolicy) -> contextlib.AbstractAsyncContextManager[Graph]:
    hosts = tokens.Hosts(access.login, access.root, access.ca, access.known_authority)
    if access.kind == "identity":
        return graph(hosts, tokens.Tokens(tokens.as_machine(hosts, access.client_id), patience.clock), patience)
    proof: tokens.ClientSecret | tokens.Certificate
    if access.kind == "certificate":
        proof = tokens.Certificate(_needed("graph.key", access.key), _text("graph.certificate", access.certificate))
    else:
        proof = tokens.ClientSecret(_needed("graph.secret", access.secret))
    return graph(hosts, tokens.Tokens(tokens.as_app(hosts, tenant, access.client_id, proof), patience.clock), patience)


def _door(settings: Settings) -> admission.AdmissionPolicy:
    hosts, app = frozenset(settings.bot.service_hosts), _registration(settings.bot)
    return admission.AdmissionPolicy(settings.tenant, hosts, app, without_token=app is None, cloud=admission.CLOUDS[settings.bot.channel])


def _registration(bot: BotIdentity) -> admission.App | None:
    match bot.kind:
        case "nobody":
            return None
        case "identity":
            return admission.App(bot.app_id, admission.ManagedIdentity())
        case "certificate":
            public = _text("bot.certificate", bot.certificate)
            return admission.App(bot.app_id, admission.Certificate(_thumbprint(public), _needed("bot.key", bot.key), public))
        case "secret":
            return admission.App(bot.app_id, admission.Password(_needed("bot.secret", bot.secret)))


def _needed(name: str, reference: SecretRef | None) -> str:
    if reference is None:
        raise ConfigurationError(f"{name}: is missing; give a reference, env:NAME or file:/path")
    return secret(reference)


def _text(name: str, file: Path | None) -> str:
    if file is None or not file.is_file():
        raise ConfigurationError(f"{name}: is missing or no file; give the path of a PEM file")
    return file.read_text()


def _thumbprint(pem: str) -> str:
    """SHA-1 of the certificate, as Entra shows it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1

    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(SHA1()).hex()
