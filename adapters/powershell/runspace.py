"""One connection and one runspace at the far end. Everything here blocks, and is used by one thread only."""

import logging
import time
from contextlib import suppress
from xml.etree.ElementTree import ParseError

import requests
from pypsrp.exceptions import WinRMError
from pypsrp.powershell import RunspacePool
from spnego.exceptions import SpnegoError

from adapters.powershell.endpoint import Endpoint, connection, shell_exists
from adapters.powershell.errors import opening_error
from adapters.powershell.output import OutputSerializer

FAR = (requests.RequestException, WinRMError, SpnegoError, OSError, ParseError, KeyError)  # KeyError: pypsrp, when parts were lost

for library in ("pypsrp", "urllib3", "spnego"):
    logging.getLogger(library).setLevel(logging.WARNING)  # at DEBUG they print whole messages


class Abandoned(Exception):
    """The one who waited has gone; whatever runs at the far end is left alone."""


class Runspace:
    """A `broken` runspace is thrown away; `delete` says whether what still runs in its shell may be cancelled then."""

    pool: RunspacePool

    def __init__(self, endpoint: Endpoint, name: str) -> None:
        self.endpoint, self._name = endpoint, name
        self.shell = ""  # its id, once it was asked for
        self.broken, self.delete, self.leaving = False, True, False

    def open(self) -> None:
        """Raises `Unreachable` or `Refused`."""
        try:
            self._wsman = connection(self.endpoint)
            self.pool = RunspacePool(self._wsman, configuration_name=self.endpoint.configuration)
            self.pool._serializer = self.pool._fragmenter.serializer = OutputSerializer()
            self.pool.shell.name, self.shell = self._name, self.pool.id
            self.pool.open()
        except (*FAR, ValueError) as error:
            raise opening_error(error) from error

    def is_alive(self) -> bool:
        """Whether the shell still exists; False too when nobody can say."""
        try:
            return shell_exists(self._wsman, self.shell)
        except FAR:
            return False

    def reconnect(self) -> None:
        """Shell and pipelines are not tied to the connection: the next request opens a new one."""
        transport = self._wsman.transport
        transport.close()
        transport.session = transport.encryption = None
        time.sleep(0.2)  # in the session's own thread: a server that has just cut us off gets a moment

    def close(self) -> None:
        """Never raises: the result of the work matters, not that of tidying up."""
        with suppress(*FAR, AttributeError):  # it may never have been opened
            if self.delete:
                self.pool.close()
            self._wsman.close()
