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
from adapters.lab.process.lease import LeaseServer
from adapters.lab.process.options import EstateProcess, LabOptions, last_process
from adapters.lab.process.ports import free_port
from adapters.lab.process.servers import open_servers


async def run(folder: Folder) -> None:
    """Runs until the bot asks for the end, a signal comes, or nobody has held the lease for ten minutes."""
    options, last = LabOptions.model_validate(folder.read_json(folder.origin_file)), last_process(folder)
    make_certificates(folder, datetime.now(UTC))
    leases = LeaseServer(folder.secret("control"), os.getpid())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leases.ended.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(leases.close)  # last of all: the bot waits for it
        before = last.ports if last else {}
        ports = await open_servers(stack, folder, options, before)
        server = await leases.serve(free_port(before.get("lease", 0)))
        stack.callback(server.close)
        child = EstateProcess(pid=os.getpid(), ports={**ports, "lease": server.sockets[0].getsockname()[1]}, options=options)
        folder.write_json(folder.process_file, child.model_dump())
        await leases.ended.wait()


if __name__ == "__main__":
    asyncio.run(run(Folder(Path(sys.argv[1]))))
