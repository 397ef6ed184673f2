"""Values of the deployment's own configuration that steps read like facts."""

from bot.calls import LocalSource
from bot.facts import Fact
from bot.facts.types import Text


class ConfiguredEndpoint(Fact):
    """An endpoint that the configuration says how to reach."""

    source = LocalSource("places")
    place: Text


class SyncRules(Fact):
    """Settings about directory synchronisation. The build of Entra Connect cannot be read remotely."""

    source = LocalSource("sync")
    #: As "Programs and Features" shows it; empty = not configured.
    connect_build: str = ""
