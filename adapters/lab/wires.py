"""Opens all of the lab's servers over one pretend estate, on the ports that they had before where these are still free."""

import contextlib
import socket

from aiohttp import web

from adapters.lab.doors import doors, fault_hands
from adapters.lab.faults import Faults
from adapters.lab.folder import Folder
from adapters.lab.options import Child, Options


async def open_wires(stack: contextlib.AsyncExitStack, folder: Folder, options: Options, before: Child | None) -> dict[str, int]:
    """The port of each server under the name that `Child` gives it; they close with the stack."""
    faults = Faults()
    door = doors(folder.secret("door"), lambda since: [], lambda: [], fault_hands(faults))
    return {
        "doors": await _site(stack, door, free(before.doors if before else 0)),
        "remoting": 0,
        "graph": 0,
        "dns": 0,
    }


def free(port: int) -> int:
    """This port if nobody has it, else 0 for any."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


async def _site(stack: contextlib.AsyncExitStack, app: web.Application, port: int) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return int(runner.addresses[0][1])
