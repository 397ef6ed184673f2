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

from adapters.lab.endpoints import Access, accesses
from adapters.lab.estate.state import TENANT
from adapters.lab.process.folder import Folder, LabError
from adapters.lab.process.lease import Bond, bound
from adapters.lab.process.options import Child, Options, agreed, child_of
from bot.calls import Json
from bot.i18n import say

START = 30.0  # seconds within which an estate is there; a big one is made in a few


@dataclass(frozen=True)
class House:
    """A lab that this process holds."""

    folder: Folder
    options: Options
    child: Child
    bond: Bond

    tenant: str = TENANT

    @property
    def port(self) -> int:
        return self.options.port

    async def lost(self) -> None:
        """Raises when the estate has ended."""
        await self.bond.lost()
        raise LabError(say("the estate has ended: {problem}", problem=_last_line(self.folder)))

    def publish(self, bot: str) -> None:
        """Writes lab.json, the sign that everything answers. `bot` is the endpoint for activities."""
        self.folder.note(self.folder.lab, self.where(bot))

    def where(self, bot: str) -> dict[str, Json]:
        graph, door = (
            f"https://127.0.0.1:{self.child.ports['graph']}",
            f"http://127.0.0.1:{self.child.ports['doors']}/{self.folder.secret('door')}",
        )
        return {
            "bot": bot,
            "graph": graph,
            "token": f"{graph}/{TENANT}/oauth2/v2.0/token",
            "dns": f"127.0.0.1:{self.child.ports['dns']}",
            "remoting": {place: self._remoting(access) for place, access in accesses(self.folder.secret).items()},
            "ca": str(self.folder.ca),
            "effects": f"{door}/effects",
            "estate": f"{door}/estate",
            "hands": f"{door}/hands",
            "records": str(self.folder.records),
            "tenant": TENANT,
            "pid": {"bot": os.getpid(), "lab": self.child.pid},
        }

    def _remoting(self, access: Access) -> Json:
        url = f"https://127.0.0.1:{self.child.ports['remoting']}{access.path}"
        return {"url": url, "user": access.user, "password": access.password, "configuration": access.configuration}


@contextlib.asynccontextmanager
async def open_house(folder: Folder, given: dict[str, Json], fresh: bool = False) -> AsyncIterator[House]:
    """The lab in this folder, with its estate running. At the end the estate ends too; a kill leaves it to the next one.

    Raises `LabError` when another bot holds the folder, when the options do not fit it, or when the estate does not start.
    """
    folder.open()
    with _held(folder):
        folder.lab.unlink(missing_ok=True)
        if fresh:
            if met := await _met(folder):
                await _end(folder, *met)
            folder.forget()
        options = agreed(folder, given)
        child, bond = await _left_over(folder, options) or await _started(folder)
        try:
            yield House(folder, options, child, bond)
        finally:
            folder.lab.unlink(missing_ok=True)
            await _end(folder, child, bond)


def _held(folder: Folder) -> IO[str]:
    lock = folder.hold("bot")
    if not lock:
        raise LabError(say("another bot is running on {folder}: stop it first, or name another with --data", folder=str(folder.path)))
    return lock


async def _left_over(folder: Folder, options: Options) -> tuple[Child, Bond] | None:
    """The estate of an earlier bot; one with other waits than wanted now is ended, what it knows is kept."""
    met = await _met(folder)
    if met and (met[0].options.move_latency, met[0].options.hurry) != (options.move_latency, options.hurry):
        await _end(folder, *met)
        return None
    return met


async def _met(folder: Folder) -> tuple[Child, Bond] | None:
    """The estate that holds this folder, also one that is just starting; None when there is none."""
    until = time.monotonic() + START
    while not (lock := folder.hold("lab")):
        child = child_of(folder)
        bond = await bound(child.ports["bond"], folder.secret("door")) if child else None
        if child and bond and child.pid == bond.pid:
            return child, bond
        if time.monotonic() > until:
            raise LabError(
                say("the estate in {folder} does not answer: end its process, see {log}", folder=str(folder.path), log=str(folder.log))
            )
        await asyncio.sleep(0.02)
    lock.close()
    return None


async def _end(folder: Folder, child: Child, bond: Bond) -> None:
    """Returns when the process is gone."""
    try:
        async with asyncio.timeout(10):
            await bond.end()
    except TimeoutError:
        os.kill(child.pid, signal.SIGKILL)
    (await asyncio.to_thread(folder.wait_and_hold, "lab")).close()


async def _started(folder: Folder) -> tuple[Child, Bond]:
    """A process that holds the folder from its first moment on, in a session that neither a Ctrl-C nor a kill of the bot reaches."""
    with folder.wait_and_hold("lab") as lock, folder.log.open("wb") as log:
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.lab", str(folder.path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
        )
    met = await _met(folder)
    if not met:
        raise LabError(say("the estate did not start: {problem}", problem=_last_line(folder)))
    return met


def _last_line(folder: Folder) -> str:
    lines = folder.log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"see {folder.log}")
