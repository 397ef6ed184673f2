"""The lab's WinRM endpoint as unmodified pypsrp meets it: sessions, quotas, faults and what outlives a connection."""

import asyncio
import http.client
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pypsrp.complex_objects import PSInvocationState, RunspacePoolState
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.serializer import Serializer
from pypsrp.wsman import WSMan

from adapters.lab.remoting import clixml
from adapters.lab.remoting.message_queue import FULL
from adapters.lab.remoting.winrm import ShellQuotas
from adapters.lab.remoting.wsman import RemotingServer
from adapters.powershell.output import OutputSerializer
from tests.support.fake_powershell import PASSWORD, FakePowerShellHost, fake_powershell_host, object_of_every_type
from tests.support.pypsrp_reading import to_plain

UNKNOWN, TOO_MANY, NOT_FOUND = 2150858843, 2150859173, 2150858811


class Door:
    """One endpoint with tight quotas, and the certificate to reach it with."""

    def __init__(self, folder: Path, village: FakePowerShellHost, remoting: RemotingServer) -> None:
        self.ca, self.village, self.remoting = str(folder / "ca.pem"), village, remoting

    def wsman(self, user: str = "sfb-user", path: str = "sfb/wsman") -> WSMan:
        known = {"username": user, "password": PASSWORD, "auth": "basic", "path": path, "no_proxy": True}
        return WSMan("127.0.0.1", port=self.remoting.port, cert_validation=self.ca, **known)

    @contextmanager
    def pool(self, configuration: str = "Test.sfb", **more: Any) -> Iterator[RunspacePool]:
        pool = RunspacePool(self.wsman(), configuration_name=configuration, **more)
        pool.open()
        try:
            yield pool
        finally:
            if pool.state == RunspacePoolState.OPENED:
                pool.close()

    def post(self, path: str, user: str, password: str, body: bytes) -> int:
        line = http.client.HTTPSConnection("127.0.0.1", self.remoting.port, context=ssl.create_default_context(cafile=self.ca), timeout=5)
        line.request("POST", path, body, {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"})
        try:
            return line.getresponse().status
        finally:
            line.close()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    village = FakePowerShellHost()
    async with fake_powershell_host(tmp_path, village, limits=ShellQuotas(shells=3, commands=20)) as remoting:
        yield Door(tmp_path, village, remoting)


async def outside(work: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.wait_for(asyncio.to_thread(work, *arguments), 20)


def begun(pool: RunspacePool, name: str, **parameters: Any) -> PowerShell:
    pipeline = PowerShell(pool)
    pipeline.add_cmdlet(name).add_parameters(parameters).begin_invoke(remote_stream_options=0)
    return pipeline


def ended(pipeline: PowerShell) -> PowerShell:
    while pipeline.state == PSInvocationState.RUNNING:
        pipeline.poll_invoke(timeout=2)
    return pipeline


async def test_a_script_is_refused_where_no_language_is_spoken(door: Door) -> None:
    def work() -> Any:
        with door.pool() as pool:
            pipeline = PowerShell(pool)
            pipeline.add_script("Get-CsUser").begin_invoke()
            return ended(pipeline)

    pipeline = await outside(work)
    (error,) = pipeline.streams.error
    assert (pipeline.state, error.fq_error, error.category) == (PSInvocationState.FAILED, "ScriptsNotAllowed", 17)
    assert not door.village.heard


async def test_an_error_record_says_all_that_windows_says(door: Door) -> None:
    def work() -> Any:
        with door.pool() as pool:
            return ended(begun(pool, "Fail", Text="a <b> 😀", Code="MoveError,X", Category=18, Ends=False, Target="bob")).streams.error[0]

    error = await outside(work)
    assert (str(error), error.fq_error, error.category, error.target_object, error.target_name) == (
        "a <b> 😀",
        "MoveError,X",
        18,
        "bob",
        "bob",
    )
    assert error.exception.adapted_properties["Message"] == "a <b> 😀" and error.exception.types[0] == "System.Exception"
    assert error.message == "PermissionDenied: (bob:String) [Fail], Exception"


async def test_the_warning_stream_carries_its_text(door: Door) -> None:
    def work() -> Any:
        with door.pool() as pool:
            return [(record.message, str(record)) for record in ended(begun(pool, "Get-Everything")).streams.warning]

    assert await outside(work) == [("Look twice.", "Look twice.")]


def test_objects_are_read_as_the_library_reads_them() -> None:
    written = clixml.serialize_output(object_of_every_type())
    assert OutputSerializer().deserialize(written) == to_plain(Serializer().deserialize(written))


@pytest.mark.parametrize(
    ("path", "user", "password", "body", "status"),
    [
        ("/sfb/wsman", "sfb-user", "wrong", b"", 401),
        ("/sfb/wsman", "mover-user", PASSWORD, b"", 401),
        ("/nowhere", "sfb-user", PASSWORD, b"", 404),
        ("/sfb/wsman", "sfb-user", PASSWORD, b"no xml", 500),
        ("/sfb/wsman", "sfb-user", PASSWORD, b"<a/>", 500),
    ],
)
async def test_what_is_not_for_this_door_is_turned_away(door: Door, path: str, user: str, password: str, body: bytes, status: int) -> None:
    assert await outside(door.post, path, user, password, body) == status


async def test_another_configuration_is_not_found(door: Door) -> None:
    def work() -> None:
        with door.pool("Microsoft.PowerShell"):
            pass

    with pytest.raises(WSManFaultError) as fault:
        await outside(work)
    assert fault.value.code == NOT_FOUND


async def test_a_user_may_hold_so_many_shells_and_no_more(door: Door) -> None:
    def work() -> None:
        with door.pool(), door.pool(), door.pool(), door.pool():
            pass

    with pytest.raises(WSManFaultError) as fault:
        await outside(work)
    assert fault.value.code == TOO_MANY
    assert not door.remoting.winrm.shells


async def test_a_shell_holds_so_many_commands_until_they_are_forgotten(door: Door) -> None:
    def work() -> None:
        with door.pool() as pool:
            for _ in range(21):
                ended(begun(pool, "Echo", Text="x"))

    with pytest.raises(WSManFaultError, match="concurrent commands"):
        await outside(work)


async def test_a_shell_that_nobody_speaks_to_is_closed(door: Door) -> None:
    pool = RunspacePool(door.wsman(), configuration_name="Test.sfb", idle_timeout=60)
    await outside(pool.open)
    (shell,) = door.remoting.winrm.shells.values()
    shell.touched -= 61
    await door.remoting.winrm.reap()
    with pytest.raises(WSManFaultError) as fault:
        await outside(begun, pool, "Echo")
    assert fault.value.code == UNKNOWN


async def test_a_shell_of_another_account_is_unknown(door: Door) -> None:
    def work() -> None:
        with door.pool() as pool:
            pool.shell.wsman = door.wsman("mover-user", "mover/wsman")
            try:
                begun(pool, "Echo", Text="x")
            finally:
                pool.shell.wsman = pool.connection

    with pytest.raises(WSManFaultError) as fault:
        await outside(work)
    assert fault.value.code == UNKNOWN and not door.village.heard


async def test_the_stop_signal_cancels_what_runs(door: Door) -> None:
    door.village.gate.clear()

    def work() -> Any:
        with door.pool() as pool:
            pipeline = begun(pool, "Move-CsUser", Identity="bob@contoso.com")
            pool.shell.signal("powershell/signal/ctrl_c", pipeline.id)
            ended(pipeline).close()
            return pipeline.state

    assert await outside(work) == PSInvocationState.STOPPED
    assert not door.village.moved


async def test_a_disconnected_pipeline_runs_on_and_another_client_takes_it_over(door: Door) -> None:
    door.village.gate.clear()

    def leave() -> tuple[str, str]:
        pool = RunspacePool(door.wsman(), configuration_name="Test.sfb")
        pool.open()
        pipeline = begun(pool, "Move-CsUser", Identity="dave@contoso.com")
        pool.disconnect()
        return pool.id, pipeline.id

    def take_over(shell: str, command: str) -> Any:
        (pool,) = RunspacePool.get_runspace_pools(door.wsman())
        pool.shell.resource_uri = "http://schemas.microsoft.com/powershell/Test.sfb"
        assert (pool.id, list(pool.pipelines)) == (shell, [command])
        pool.connect()
        pipeline = pool.pipelines[command]
        pipeline.connect()
        pool.close()
        return pipeline

    ids = await outside(leave)
    await door.village.arrivals.get()
    door.village.gate.set()
    pipeline = await outside(take_over, *ids)
    assert pipeline.state == PSInvocationState.COMPLETED
    assert [error.fq_error for error in pipeline.streams.error] == ["MoveError,MoveOcsUserCmdlet"]
    assert door.village.moved == ["dave@contoso.com"]


async def test_the_last_answer_is_sent_again_for_the_same_message(door: Door) -> None:
    def work() -> tuple[bytes, bytes]:
        with door.pool() as pool:
            pipeline = begun(pool, "Echo", Text="x")
            send, sent = pool.connection.transport.send, []

            def remembered(message: bytes, **more: Any) -> Any:
                sent.append(message)
                return send(message, **more)

            pool.connection.transport.send = remembered
            ended(pipeline)
            return send(sent[-1]), send(sent[-1])

    first, again = await outside(work)
    assert b"CommandState/Done" in first and first.split(b"s:Body")[1] == again.split(b"s:Body")[1]


async def test_a_slow_reader_holds_the_machine_back(door: Door) -> None:
    def begin() -> Any:
        pool = RunspacePool(door.wsman(), configuration_name="Test.sfb")
        pool.open()
        return begun(pool, "Get-Many", Count=50_000)

    pipeline = await outside(begin)
    (shell,) = door.remoting.winrm.shells.values()
    (running,) = shell.pipelines.values()
    await asyncio.wait_for(running.stream.wait_until_full(), 20)
    assert running.stream.size < FULL + 100_000 and not running.stream.ended
    await outside(pipeline.runspace_pool.close)
    assert running.task and running.task.done()


async def test_a_fault_without_soap_is_none_of_ours(door: Door) -> None:
    with pytest.raises(WinRMTransportError) as error:
        await outside(RunspacePool(door.wsman(path="nowhere"), configuration_name="Test.sfb").open)
    assert error.value.code == 404
