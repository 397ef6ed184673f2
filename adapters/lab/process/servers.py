"""Opens all of the lab's servers over one pretend estate, on the ports that they had before where these are still free."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping

from aiohttp import web

from adapters.lab.dispatcher import PretendMachine
from adapters.lab.dns import dns_server
from adapters.lab.endpoints import CLOUD_ADMIN, GRAPH_APP, PERMISSIONS, accesses
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.persistence import open_estate
from adapters.lab.faults import Faults
from adapters.lab.graph.app import graph_app
from adapters.lab.graph.tokens import Registration
from adapters.lab.manual_actions.registry import hands
from adapters.lab.powershell.values import Credential
from adapters.lab.process.certificates import server_side
from adapters.lab.process.control_api import doors, fault_hands
from adapters.lab.process.folder import Folder
from adapters.lab.process.options import Options, Server
from adapters.lab.process.ports import free
from adapters.lab.remoting.fault_injection import cutting
from adapters.lab.remoting.wsman import serve


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


async def open_wires(stack: contextlib.AsyncExitStack, folder: Folder, options: Options, before: Mapping[Server, int]) -> dict[Server, int]:
    """The port of each server; they close with the stack. `before` is where they were the last time."""
    faults, estate, tls = Faults(), estate_of(folder, options), server_side(folder)
    machine = PretendMachine(estate, faults)
    remoting = await serve(machine, accesses(folder.secret), tls, port=free(before.get("remoting", 0)), faults=cutting(faults))
    stack.push_async_callback(remoting.close)
    return {
        "doors": await _site(stack, _doors(folder, estate, faults), before.get("doors", 0)),
        "remoting": remoting.port,
        "graph": await _site(stack, _graph(folder, estate, faults), before.get("graph", 0), tls),
        "dns": await stack.enter_async_context(dns_server(estate, free(before.get("dns", 0)))),
    }


def _doors(folder: Folder, estate: Estate, faults: Faults) -> web.Application:
    def effects(since: int) -> Iterator[Mapping[str, object]]:
        return (effect.as_row() for effect in estate.effects_since(since))

    return doors(folder.secret("door"), effects, estate.truth, {**hands(estate), **fault_hands(faults)})


def _graph(folder: Folder, estate: Estate, faults: Faults) -> web.Application:
    return graph_app(estate, estate.world.tenant.id, {GRAPH_APP: Registration(PERMISSIONS, folder.secret("graph"))}, faults)


async def _site(stack: contextlib.AsyncExitStack, app: web.Application, port: int, tls: ssl.SSLContext | None = None) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", free(port), ssl_context=tls).start()
    return int(runner.addresses[0][1])
