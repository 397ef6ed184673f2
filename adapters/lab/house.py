"""The bot's side of the lab: starts the estate as a process of its own, finds it again after a crash, ends it, and says where all is."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from adapters.lab.bond import Bond, bound
from adapters.lab.folder import Folder, LabError
from adapters.lab.model import TENANT
from adapters.lab.options import Child, Options, agreed, child_of
from adapters.lab.places import accesses
from adapters.lab.wsman import Access
from bot.calls import Json
from bot.say import say

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
            "remoting": {place: self._remoting(access) for place, access in accesses(self.folder).items()},
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
            await _end_left_over(folder)
            folder.forget()
        options = agreed(folder, given)
        child, bond = await _found(folder, options) or await _started(folder, options)
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


async def _found(folder: Folder, options: Options) -> tuple[Child, Bond] | None:
    """The estate that an earlier bot left behind; one with other waits than wanted now is ended, what it knows is kept."""
    child = child_of(folder)
    bond = await bound(child.ports["bond"], folder.secret("door")) if child else None
    if not child or not bond:
        return None
    if (child.options.move_latency, child.options.hurry) == (options.move_latency, options.hurry):
        return child, bond
    await _end(folder, child, bond)
    return None


async def _end_left_over(folder: Folder) -> None:
    child = child_of(folder)
    if child and (bond := await bound(child.ports["bond"], folder.secret("door"))):
        await _end(folder, child, bond)


async def _end(folder: Folder, child: Child, bond: Bond) -> None:
    """Returns when the process is gone."""
    try:
        async with asyncio.timeout(10):
            await bond.end()
    except TimeoutError:
        os.kill(child.pid, signal.SIGKILL)
    (await asyncio.to_thread(folder.wait_and_hold, "lab")).close()


async def _started(folder: Folder, options: Options) -> tuple[Child, Bond]:
    """In a session of its own, so that neither a Ctrl-C nor a kill of the bot reaches it."""
    with os.fdopen(os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adapters.lab", str(folder.path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(START):
            assert process.stdout
            await process.stdout.readline()  # one line when it is there; none when it has ended
    except TimeoutError:
        process.kill()
        raise LabError(say("the estate was not there within {seconds} s: see {log}", seconds=int(START), log=str(folder.log))) from None
    child = child_of(folder)
    bond = await bound(child.ports["bond"], folder.secret("door")) if child and child.pid == process.pid else None
    if not child or not bond:
        raise LabError(say("the estate did not start: {problem}", problem=_last_line(folder)))
    return child, bond


def _last_line(folder: Folder) -> str:
    lines = folder.log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"see {folder.log}")
