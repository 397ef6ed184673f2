"""The bot's side of the lab: starts the estate as a process of its own, finds it again after a crash, ends it, and says where all is."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from adapters.lab.endpoints import EndpointAccess, endpoint_accesses
from adapters.lab.estate.state import TENANT
from adapters.lab.process.folder import Folder, LabError
from adapters.lab.process.lease import Lease, acquire_lease
from adapters.lab.process.options import EstateProcess, LabOptions, last_process, resolve_options
from bot.calls import Json
from bot.i18n import say

START = 30.0  # seconds within which an estate is there; a big one is made in a few


@dataclass(frozen=True)
class Lab:
    """A lab that this process holds."""

    folder: Folder
    options: LabOptions
    process: EstateProcess
    lease: Lease

    tenant: str = TENANT

    @property
    def port(self) -> int:
        return self.options.port

    async def watch_estate(self) -> None:
        """Raises when the estate has ended."""
        await self.lease.wait_until_lost()
        raise LabError(say("the estate has ended: {problem}", problem=_last_line(self.folder)))

    def publish(self, bot: str) -> None:
        """Writes lab.json, the sign that everything answers. `bot` is the endpoint for activities."""
        self.folder.write_json(self.folder.lab_file, self.describe(bot))

    def describe(self, bot: str) -> dict[str, Json]:
        graph = f"https://127.0.0.1:{self.process.ports['graph']}"
        control = f"http://127.0.0.1:{self.process.ports['control']}/{self.folder.secret('control')}"
        return {
            "bot": bot,
            "graph": graph,
            "token": f"{graph}/{TENANT}/oauth2/v2.0/token",
            "dns": f"127.0.0.1:{self.process.ports['dns']}",
            "remoting": {endpoint: self._remoting(access) for endpoint, access in endpoint_accesses(self.folder.secret).items()},
            "ca": str(self.folder.ca),
            "effects": f"{control}/effects",
            "estate": f"{control}/estate",
            "manual_actions": f"{control}/manual-actions",
            "hands": f"{control}/manual-actions",  # as it was called before: scripts read it
            "records": str(self.folder.records),
            "tenant": TENANT,
            "pid": {"bot": os.getpid(), "lab": self.process.pid},
        }

    def _remoting(self, access: EndpointAccess) -> Json:
        url = f"https://127.0.0.1:{self.process.ports['remoting']}{access.path}"
        return {"url": url, "user": access.user, "password": access.password, "configuration": access.configuration}


@contextlib.asynccontextmanager
async def open_lab(folder: Folder, given: dict[str, Json], fresh: bool = False) -> AsyncIterator[Lab]:
    """The lab in this folder, with its estate running. At the end the estate ends too; a kill leaves it to the next one.

    Raises `LabError` when another bot holds the folder, when the options do not fit it, or when the estate does not start.
    """
    folder.open()
    with _lock_folder(folder):
        folder.lab_file.unlink(missing_ok=True)
        if fresh:
            if met := await _connect(folder):
                await _end_estate(folder, *met)
            folder.clear()
        options = resolve_options(folder, given)
        process, lease = await _find_running(folder, options) or await _start_estate(folder)
        try:
            yield Lab(folder, options, process, lease)
        finally:
            folder.lab_file.unlink(missing_ok=True)
            await _end_estate(folder, process, lease)


def _lock_folder(folder: Folder) -> IO[str]:
    lock = folder.lock("bot")
    if not lock:
        raise LabError(say("another bot is running on {folder}: stop it first, or name another with --data", folder=str(folder.path)))
    return lock


async def _find_running(folder: Folder, options: LabOptions) -> tuple[EstateProcess, Lease] | None:
    """The estate of an earlier bot; one with other waits than wanted now is ended, what it knows is kept."""
    met = await _connect(folder)
    if met and (met[0].options.move_latency, met[0].options.time_factor) != (options.move_latency, options.time_factor):
        await _end_estate(folder, *met)
        return None
    return met


async def _connect(folder: Folder) -> tuple[EstateProcess, Lease] | None:
    """The estate that holds this folder, also one that is just starting; None when there is none."""
    until = time.monotonic() + START
    while not (lock := folder.lock("lab")):
        process = last_process(folder)
        lease = await acquire_lease(process.ports["lease"], folder.secret("control")) if process else None
        if process and lease and process.pid == lease.pid:
            return process, lease
        if time.monotonic() > until:
            raise LabError(
                say("the estate in {folder} does not answer: end its process, see {log}", folder=str(folder.path), log=str(folder.log))
            )
        await asyncio.sleep(0.02)
    lock.close()
    return None


async def _end_estate(folder: Folder, process: EstateProcess, lease: Lease) -> None:
    """Returns when the process is gone."""
    try:
        async with asyncio.timeout(10):
            await lease.end()
    except TimeoutError:
        os.kill(process.pid, signal.SIGKILL)
    (await asyncio.to_thread(folder.wait_for_lock, "lab")).close()


async def _start_estate(folder: Folder) -> tuple[EstateProcess, Lease]:
    """A process that holds the folder from its first moment on, in a session that neither a Ctrl-C nor a kill of the bot reaches."""
    with folder.wait_for_lock("lab") as lock, folder.log.open("wb") as log:
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.lab", str(folder.path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
        )
    met = await _connect(folder)
    if not met:
        raise LabError(say("the estate did not start: {problem}", problem=_last_line(folder)))
    return met


def _last_line(folder: Folder) -> str:
    lines = folder.log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"see {folder.log}")
