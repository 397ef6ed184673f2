"""Opens all of the lab's servers over one pretend estate, on the ports that they had before where these are still free."""

import contextlib
import ssl

from aiohttp import web

from adapters.lab.doors import doors, fault_hands
from adapters.lab.estate import Estate
from adapters.lab.faults import Faults
from adapters.lab.folder import Folder
from adapters.lab.options import Child, Options
from adapters.lab.places import CLOUD_ADMIN
from adapters.lab.ports import free
from adapters.lab.store import open_estate
from adapters.lab.things import Credential


def estate_of(folder: Folder, options: Options) -> Estate:
    """What was kept in the folder, else a new one."""
    return open_estate(
        folder.estate,
        seed=options.seed,
        users=options.users,
        stage=options.estate,
        cloud_admin=Credential(CLOUD_ADMIN, folder.secret("cloud-admin")),
        hurry=options.hurry,
        move_latency=options.move_latency,
    )


async def open_wires(stack: contextlib.AsyncExitStack, folder: Folder, options: Options, before: Child | None) -> dict[str, int]:
    """The port of each server under the name that `Child` gives it; they close with the stack."""
    faults, estate = Faults(), estate_of(folder, options)
    door = doors(
        folder.secret("door"),
        lambda since: (effect.as_row() for effect in estate.effects_since(since)),
        estate.truth,
        fault_hands(faults),
    )
    return {
        "doors": await _site(stack, door, before.doors if before else 0),
        "remoting": 0,
        "graph": 0,
        "dns": 0,
    }


async def _site(stack: contextlib.AsyncExitStack, app: web.Application, port: int, tls: ssl.SSLContext | None = None) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", free(port), ssl_context=tls).start()
    return int(runner.addresses[0][1])
