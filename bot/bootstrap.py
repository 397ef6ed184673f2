"""Where the parts are put together, for the product and for tests: the only module that knows bot/, dialogs/ and adapters/."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from adapters.gateway import Gateway
from adapters.graph.retry import RetryPolicy
from bot.authorization import Authorizer
from bot.clock import Clock, since_boot
from bot.config import BotIdentity, Settings, required_secret, required_text
from bot.events import Events
from bot.gateway import EstateGateway
from bot.health import Health, Parts
from bot.ledger import Ledger
from bot.local_sources import local_sources
from bot.reader.reader import WriteList
from bot.report_files import ReportFiles
from bot.runs.actions import RunPolicy
from bot.runs.deferred_actions import DeferredActions
from bot.runs.driver import ExecutionLimits, RunDriver
from bot.runs.engine import Engine, WorkflowEngine
from bot.runs.undo import with_undo
from bot.service import ConversationMemory, RunService
from bot.status_refresher import StatusRefresher
from bot.step import Step
from bot.steps import STEPS
from bot.supervision import Supervisor
from bot.timekeeping import EVERY, Timekeeping
from dialogs.bot import SwitchoverBot
from dialogs.card_updater import CardUpdater, MessageSender, RenderSettings
from dialogs.cards.board import BOARD
from dialogs.channel import admission
from dialogs.channel.adapter import TeamsAdapter, application, listen
from dialogs.channel.rate_limit import Timing
from dialogs.channel.sender import ChannelSender
from dialogs.files import ConsentCards, DownloadLinks, Uploads
from dialogs.list_delivery import ListDelivery, MessagePoster
from dialogs.people_files import PeopleFileInbox
from dialogs.rendering import render
from dialogs.state import ConversationStorage, SavedConversationState
from dialogs.turn import BotServices

LOOKS = 3600.0  # seconds in which every step has surely been looked at


class Channel(MessageSender, MessagePoster, Protocol):
    """What sends outside of a turn: `Posts` to Teams, or in tests what keeps the messages."""


@dataclass(frozen=True, kw_only=True)
class Core:
    """The bot without its chat."""

    settings: Settings
    #: every step by name, the one that undoes a run among them
    steps: Mapping[str, Step]
    clock: Clock
    events: Events
    supervisor: Supervisor
    ledger: Ledger
    gateway: EstateGateway
    policy: RunPolicy
    report_files: ReportFiles
    driver: RunDriver
    engine: Engine
    deferred_actions: DeferredActions
    #: set while somebody waits for group memberships to be read
    rights_wanted: asyncio.Event
    refresher: StatusRefresher
    service: RunService


@dataclass(frozen=True, kw_only=True)
class Chat:
    """What talks to people, over a service."""

    adapter: TeamsAdapter
    channel: Channel
    card_updater: CardUpdater
    bot: SwitchoverBot
    #: the downloads that the bot serves itself; None where lists are stored in Teams
    links: DownloadLinks | None


class App:
    """The whole bot. `open` begins its work, `close` ends it in good order, also when `open` did not come to its end."""

    def __init__(self, core: Core, chat: Chat, own_gateway: Gateway | None) -> None:
        """`own_gateway` is closed with the app."""
        self.core, self.chat, self._own_gateway = core, chat, own_gateway
        self.service, self.driver, self.card_updater = core.service, core.driver, chat.card_updater
        parts = Parts(chat.card_updater.seconds_behind, core.engine.overdue_turns, core.engine.since_last_turn)
        self.health = Health(core.ledger, core.supervisor, core.clock, parts)
        self._timekeeping = Timekeeping(core.ledger, core.clock)
        self._stop_serving: Callable[[], Awaitable[None]] | None = None

    async def open(self) -> None:
        """Dates first, then the runs, then the door: what was begun before the start goes on before anybody can ask for more."""
        core, chat = self.core, self.chat
        core.report_files.delete_old()
        await self._timekeeping.begin()
        await core.engine.open()
        served = application(chat.bot, chat.adapter, chat.links.routes if chat.links else (), self.health.report)
        runner = await listen(served, chat.adapter.policy, core.settings.host, core.settings.port)
        self._stop_serving = runner.cleanup
        await chat.card_updater.refresh()
        core.rights_wanted.set()  # actions of before the start wait to be decided
        core.supervisor.keep_going("deciding about rights", core.deferred_actions.work_off, core.rights_wanted)
        core.supervisor.keep_going("the clock", self._timekeeping.check_clock, asyncio.Event(), every=EVERY)
        core.supervisor.keep_going("the board", core.refresher.refresh_on_request, core.refresher.requested, may_take=LOOKS)

    async def close(self) -> None:
        await self.core.supervisor.close()
        await self.core.engine.close()
        self.chat.card_updater.close()
        if self._stop_serving:
            await self._stop_serving()
        if self._own_gateway:
            await self._own_gateway.close()
        self.core.ledger.close()


async def serve(settings: Settings, ready: asyncio.Event | None = None) -> None:
    """Runs the bot until it is cancelled. `ready` is set once it answers. Raises `ConfigurationError` and `AlreadyRunning`."""
    app = build(settings)
    try:
        await app.open()
        _settle_memory()
        if ready:
            ready.set()
        await asyncio.Event().wait()
    finally:
        await app.close()


def _settle_memory() -> None:
    """What is there by now stays for good: the collector need not walk through it again, a tenth of a second each time, amid a turn."""
    gc.collect()
    gc.freeze()


def build(
    settings: Settings,
    *,
    gateway: EstateGateway | None = None,
    clock: Clock | None = None,
    channel: Channel | None = None,
    ledger: Ledger | None = None,
    engine: Engine | None = None,
) -> App:
    """The whole bot as the configuration says, not at work yet. Tests hand in what they fake; whoever hands in a gateway closes it.

    Raises `ConfigurationError` for a secret that is missing, before anything outside is opened.
    """
    clock = clock or Clock(time_factor=settings.time_factor)
    ledger = ledger or Ledger(settings.records)
    try:
        own = None
        if gateway is None:
            gateway = own = Gateway.from_settings(settings, local_sources(settings, ledger, clock), RetryPolicy(clock=clock))
        policy = _admission_policy(settings)
    except BaseException:
        ledger.close()
        raise
    core = build_core(settings, gateway, clock=clock, ledger=ledger, engine=engine)
    chat = build_chat(
        settings,
        core.service,
        ledger=ledger,
        steps=core.steps,
        clock=clock,
        events=core.events,
        supervisor=core.supervisor,
        report_files=core.report_files,
        policy=policy,
        channel=channel,
    )
    return App(core, chat, own)


def build_core(
    settings: Settings,
    gateway: EstateGateway,
    *,
    steps: Mapping[str, Step] | None = None,
    clock: Clock | None = None,
    ledger: Ledger | None = None,
    engine: Engine | None = None,
) -> Core:
    """The bot without its chat; `steps` are all of them, or in tests others."""
    clock = clock or Clock(time_factor=settings.time_factor)
    ledger = ledger or Ledger(settings.records)
    every = with_undo(steps or {step.name: step for step in STEPS})
    events, supervisor = Events(), Supervisor(clock)
    report_files = ReportFiles(settings.records.with_suffix(".lists"), clock.now)

    def lists(run: int) -> WriteList:
        return partial(report_files.write, run)

    policy = RunPolicy(Authorizer.from_settings(settings.rights), every, settings.approval_above)
    driver = RunDriver(ledger, gateway, every, clock, ExecutionLimits.from_settings(settings), events, lists)
    engine = engine or WorkflowEngine(ledger, driver.advance, settings.records, supervisor)
    refresher = StatusRefresher(ledger, gateway, every, clock, events)
    events.run_ended.connect(lambda run: refresher.request())  # what a run has changed may be what another step was waiting for
    rights_wanted = asyncio.Event()
    return Core(
        settings=settings,
        steps=every,
        clock=clock,
        events=events,
        supervisor=supervisor,
        ledger=ledger,
        gateway=gateway,
        policy=policy,
        report_files=report_files,
        driver=driver,
        engine=engine,
        deferred_actions=DeferredActions(ledger, gateway, policy, clock, engine.wake),
        rights_wanted=rights_wanted,
        refresher=refresher,
        service=RunService(ledger, policy, clock, engine.wake, rights_wanted.set, refresher),
    )


def build_chat(
    settings: Settings,
    service: RunService,
    *,
    ledger: Ledger,
    steps: Mapping[str, Step],
    clock: Clock,
    events: Events,
    supervisor: Supervisor,
    report_files: ReportFiles,
    policy: admission.AdmissionPolicy | None = None,
    channel: Channel | None = None,
    delivery: ListDelivery | None = None,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Chat:
    """What talks to people over this service, which in tests may be a fake. It shows what `events` tell."""

    def now() -> datetime:
        return datetime.fromtimestamp(clock.now(), UTC)

    memory = ConversationMemory(ledger, clock.now)
    state = SavedConversationState(ConversationStorage(memory))
    adapter = TeamsAdapter(policy or _admission_policy(settings), memory, tell=render, forget=state.forget)
    channel = channel or ChannelSender(adapter.connector, Timing(), settings.card_seconds)
    rendering = RenderSettings(steps, now, settings.audit_channel.id, settings.banner, wait, settings.language)
    card_updater = CardUpdater(service, memory, channel, rendering, supervisor, since_boot)
    events.run_changed.connect(card_updater.run_changed)
    events.status_changed.connect(partial(card_updater.run_changed, BOARD))
    links = (
        DownloadLinks(settings.host, settings.port) if settings.bot.auth == "none" else None
    )  # such a bot is reached from this machine only
    wire = adapter.connector.wire
    delivery = delivery or ListDelivery(report_files, links or ConsentCards(), channel, Uploads(wire, settings.bot.file_hosts))
    inbox = PeopleFileInbox(wire, settings.bot.file_hosts)
    services = BotServices(service, steps, memory, card_updater.run_changed, settings.banner, delivery, now, settings.language, inbox)
    return Chat(adapter=adapter, channel=channel, card_updater=card_updater, bot=SwitchoverBot(services, state), links=links)


def _admission_policy(settings: Settings) -> admission.AdmissionPolicy:
    hosts, app = frozenset(settings.bot.service_hosts), _registration(settings.bot)
    return admission.AdmissionPolicy(settings.tenant, hosts, app, without_token=app is None, cloud=admission.CLOUDS[settings.bot.channel])


def _registration(bot: BotIdentity) -> admission.BotRegistration | None:
    match bot.auth:
        case "none":
            return None
        case "identity":
            return admission.BotRegistration(bot.app_id, admission.ManagedIdentity())
        case "certificate":
            public = required_text("bot.certificate", bot.certificate)
            return admission.BotRegistration(
                bot.app_id, admission.Certificate(_thumbprint(public), required_secret("bot.key", bot.key), public)
            )
        case "secret":
            return admission.BotRegistration(bot.app_id, admission.Password(required_secret("bot.secret", bot.secret)))


def _thumbprint(pem: str) -> str:
    """SHA-1 of the certificate, as Entra shows it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1

    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(SHA1()).hex()
