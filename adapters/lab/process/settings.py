"""The lab as a configuration of the one program. The environment has no say in it: a real tenant cannot slip in."""

import math

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from adapters.lab.endpoints import CLOUD_ADMIN, CONFIGURATIONS, GRAPH_APP, accesses
from adapters.lab.estate.person import object_id
from adapters.lab.estate.sample_people import FIRST_SAMPLE, SAMPLE_PEOPLE
from adapters.lab.estate.servers import SyncScheduler
from adapters.lab.process.launcher import House
from bot.calls import Place
from bot.config import Account, BotIdentity, Channel, Dns, GraphAccess, Remoting, Rights, Settings, Sync
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


def lab_settings(house: House) -> Settings:
    """Alex asks and approves, Megan and Isaiah approve, Adele may only look, the others nothing."""
    alex, megan, adele, isaiah, *_ = (person.id for person in sample_people())
    dns = f"127.0.0.1:{house.child.ports['dns']}"
    return LabSettings(
        tenant=house.tenant,
        records=house.folder.records,
        port=house.port,
        bot=BotIdentity(auth="none", service_hosts=LOOPBACK, file_hosts=LOOPBACK),
        graph=_graph(house),
        endpoints={place: _remoting(house, place) for place in CONFIGURATIONS},
        dns=Dns(public=(dns,), authoritative=(dns,)),
        accounts={"cloud-admin": Account(user=CLOUD_ADMIN, password=_file(house, "cloud-admin"))},
        rights=Rights(look=(alex, megan, adele, isaiah), ask=(alex,), approve=(alex, megan, isaiah)),
        audit_channel=Channel(id=AUDIT_CHANNEL),
        sync=Sync(connect_build=SyncScheduler().version),
        concurrency=house.options.at_once,
        time_factor=house.options.hurry,
        cloud=Cloud(export_folder=house.options.export_folder),
        banner="lab",
    )


def _graph(house: House) -> GraphAccess:
    root, secret = f"https://127.0.0.1:{house.child.ports['graph']}", _file(house, "graph")
    return GraphAccess(root=root, login=root, client_id=GRAPH_APP, auth="secret", secret=secret, ca=house.folder.ca, known_authority=False)


def _remoting(house: House, place: Place) -> Remoting:
    access, over = accesses(house.folder.secret)[place], 2 * house.options.move_latency + 1
    return Remoting(
        url=f"https://127.0.0.1:{house.child.ports['remoting']}{access.path}",
        configuration=access.configuration,
        auth="basic",
        user=access.user,
        password=_file(house, place),
        ca=house.folder.ca,
        sessions=house.options.at_once if place == "mover" else 2,
        seconds=math.ceil(over) if place == "mover" else 900,
        call_is_over_after=over,
    )


def _file(house: House, secret: str) -> str:
    house.folder.secret(secret)  # made where this is the first time that it is named
    return f"file:{house.folder.secret_file(secret)}"
