"""The lab as a configuration of the one program. The environment has no say in it: a real tenant cannot slip in."""

import math

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from adapters.lab.endpoints import CLOUD_ADMIN, CONFIGURATIONS, GRAPH_APP, endpoint_accesses
from adapters.lab.estate.person import object_id
from adapters.lab.estate.sample_people import FIRST_SAMPLE, SAMPLE_PEOPLE
from adapters.lab.estate.servers import SyncScheduler
from adapters.lab.process.launcher import Lab
from bot.calls import EndpointName
from bot.config import Account, AuditChannel, BotIdentity, Dns, GraphAccess, Remoting, Rights, Settings, Sync
from bot.facts.cloud import Cloud
from bot.views import Person

LOOPBACK = ("127.0.0.1", "localhost")
AUDIT_CHANNEL = "19:audit@thread.tacv2"


class LabSettings(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def sample_people() -> list[Person]:
    return [Person(object_id(n), f"{given} {surname}") for n, (_, given, surname) in enumerate(SAMPLE_PEOPLE, FIRST_SAMPLE)]


def lab_settings(lab: Lab) -> Settings:
    """Alex asks and approves, Megan and Isaiah approve, Adele may only look, the others nothing."""
    alex, megan, adele, isaiah, *_ = (person.id for person in sample_people())
    dns = f"127.0.0.1:{lab.process.ports['dns']}"
    return LabSettings(
        tenant=lab.tenant,
        records=lab.folder.records,
        port=lab.port,
        bot=BotIdentity(auth="none", service_hosts=LOOPBACK, file_hosts=LOOPBACK),
        graph=_graph(lab),
        endpoints={endpoint: _remoting(lab, endpoint) for endpoint in CONFIGURATIONS},
        dns=Dns(public=(dns,), authoritative=(dns,)),
        accounts={"cloud-admin": Account(user=CLOUD_ADMIN, password=_secret_reference(lab, "cloud-admin"))},
        rights=Rights(look=(alex, megan, adele, isaiah), ask=(alex,), approve=(alex, megan, isaiah)),
        audit_channel=AuditChannel(id=AUDIT_CHANNEL),
        sync=Sync(connect_build=SyncScheduler().version),
        concurrency=lab.options.concurrency,
        time_factor=lab.options.time_factor,
        cloud=Cloud(export_folder=lab.options.export_folder),
        banner="lab",
    )


def _graph(lab: Lab) -> GraphAccess:
    root, secret = f"https://127.0.0.1:{lab.process.ports['graph']}", _secret_reference(lab, "graph")
    return GraphAccess(root=root, login=root, client_id=GRAPH_APP, auth="secret", secret=secret, ca=lab.folder.ca, known_authority=False)


def _remoting(lab: Lab, endpoint: EndpointName) -> Remoting:
    access, over = endpoint_accesses(lab.folder.secret)[endpoint], 2 * lab.options.move_latency + 1
    return Remoting(
        url=f"https://127.0.0.1:{lab.process.ports['remoting']}{access.path}",
        configuration=access.configuration,
        auth="basic",
        user=access.user,
        password=_secret_reference(lab, endpoint),
        ca=lab.folder.ca,
        sessions=lab.options.concurrency if endpoint == "mover" else 2,
        seconds=math.ceil(over) if endpoint == "mover" else 900,
        call_is_over_after=over,
    )


def _secret_reference(lab: Lab, secret: str) -> str:
    lab.folder.secret(secret)  # made where this is the first time that it is named
    return f"file:{lab.folder.secret_file(secret)}"
