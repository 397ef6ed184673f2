"""Opens all of the lab's servers over one pretend estate, on the ports that they had before where these are still free."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping

from aiohttp import web

from adapters.lab.dispatcher import CmdletDispatcher
from adapters.lab.dns import dns_server
from adapters.lab.endpoints import CLOUD_ADMIN, GRAPH_APP, PERMISSIONS, endpoint_accesses
from adapters.lab.estate.estate import Estate
from adapters.lab.estate.persistence import open_estate
from adapters.lab.faults import Faults
from adapters.lab.graph.app import graph_app
from adapters.lab.graph.tokens import AppRegistration
from adapters.lab.manual_actions.registry import actions_of
from adapters.lab.powershell.values import Credential
from adapters.lab.process.certificates import server_tls_context
from adapters.lab.process.control_api import control_app, fault_actions
from adapters.lab.process.folder import Folder
from adapters.lab.process.options import LabOptions, ServerName
from adapters.lab.process.ports import free_port
from adapters.lab.remoting.fault_injection import connection_fault_hook
from adapters.lab.remoting.wsman import serve


def load_estate(folder: Folder, options: LabOptions) -> Estate:
    """What was kept in the folder, else a new one."""
    return open_estate(
        folder.estate,
        seed=options.seed,
        users=options.users,
        stage=options.estate,
        cloud_admin=Credential(CLOUD_ADMIN, folder.secret("cloud-admin")),
        time_factor=options.time_factor,
        move_latency=options.move_latency,
    )


async def open_servers(
    stack: contextlib.AsyncExitStack, folder: Folder, options: LabOptions, before: Mapping[ServerName, int]
) -> dict[ServerName, int]:
    """The port of each server; they close with the stack. `before` is where they were the last time."""
    faults, estate, tls = Faults(), load_estate(folder, options), server_tls_context(folder)
    machine = CmdletDispatcher(estate, faults)
    remoting = await serve(
        machine, endpoint_accesses(folder.secret), tls, port=free_port(before.get("remoting", 0)), faults=connection_fault_hook(faults)
    )
    stack.push_async_callback(remoting.close)
    return {
        "control": await _open_site(stack, _control_app(folder, estate, faults), before.get("control", 0)),
        "remoting": remoting.port,
        "graph": await _open_site(stack, _graph(folder, estate, faults), before.get("graph", 0), tls),
        "dns": await stack.enter_async_context(dns_server(estate, free_port(before.get("dns", 0)))),
    }


def _control_app(folder: Folder, estate: Estate, faults: Faults) -> web.Application:
    def effects(since: int) -> Iterator[Mapping[str, object]]:
        return (effect.to_row() for effect in estate.effects_since(since))

    return control_app(folder.secret("control"), effects, estate.people_rows, {**actions_of(estate), **fault_actions(faults)})


def _graph(folder: Folder, estate: Estate, faults: Faults) -> web.Application:
    return graph_app(estate, estate.state.tenant.id, {GRAPH_APP: AppRegistration(PERMISSIONS, folder.secret("graph"))}, faults)


async def _open_site(stack: contextlib.AsyncExitStack, app: web.Application, port: int, tls: ssl.SSLContext | None = None) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", free_port(port), ssl_context=tls).start()
    return int(runner.addresses[0][1])
