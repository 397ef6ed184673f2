"""The estate as a process: `python -m adapters.lab DIR`. The bot starts it; it outlives a killed bot for ten minutes."""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters.lab.process.certificates import make_certificates
from adapters.lab.process.folder import Folder
from adapters.lab.process.lease import Bonds
from adapters.lab.process.options import Child, Options, child_of
from adapters.lab.process.ports import free
from adapters.lab.process.servers import open_wires


async def run(folder: Folder) -> None:
    """Until the bot asks for the end, a signal comes, or nobody has held a bond for ten minutes."""
    options, last = Options.model_validate(folder.noted(folder.made)), child_of(folder)
    make_certificates(folder, datetime.now(UTC))
    bonds = Bonds(folder.secret("door"), os.getpid())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, bonds.ended.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(bonds.close)  # last of all: the bot waits for it
        before = last.ports if last else {}
        ports = await open_wires(stack, folder, options, before)
        bond = await bonds.serve(free(before.get("bond", 0)))
        stack.callback(bond.close)
        child = Child(pid=os.getpid(), ports={**ports, "bond": bond.sockets[0].getsockname()[1]}, options=options)
        folder.note(folder.child, child.model_dump())
        await bonds.ended.wait()


if __name__ == "__main__":
    asyncio.run(run(Folder(Path(sys.argv[1]))))
