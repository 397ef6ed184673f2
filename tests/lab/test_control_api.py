"""What a running lab says and takes: lab.json, its wires, and its doors."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import dns.message
import dns.query
import dns.rcode
import pytest

from adapters.lab.process.certificates import make_certificates, server_tls_context
from adapters.lab.process.folder import Folder
from bot.calls import EndpointName
from tests.support.lab_process import LabProcess, fetch_lines, run_cmdlet, run_command


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One lab for all the tests here: they only look, or undo what they did."""
    lab = LabProcess(Folder(tmp_path_factory.mktemp("running") / "lab"))
    yield lab.start_and_wait()
    lab.kill_all()


def test_lab_json_says_where_everything_is(running: dict[str, Any]) -> None:
    names = ("bot", "graph", "token", "dns", "remoting", "ca", "effects", "estate", "manual_actions", "hands", "records", "tenant", "pid")
    assert set(running) == set(names) and running["hands"] == running["manual_actions"]
    assert set(running["remoting"]) == set(get_args(EndpointName))
    assert all(set(place) == {"url", "user", "password", "configuration"} for place in running["remoting"].values())
    assert set(running["pid"]) == {"bot", "lab"}


def test_what_lab_json_names_answers(running: dict[str, Any]) -> None:
    for place, (cmdlet, parameters) in {
        "sfb": ("Get-CsUser", {"Identity": "sip:bob@contoso.com"}),
        "mover": ("Get-Module", {"Name": "MicrosoftTeams", "ListAvailable": True}),
        "teams": ("Get-CsOnlineUser", {"Identity": "bob@contoso.com"}),
        "sync": ("Get-ADSyncScheduler", {}),
    }.items():
        assert len(run_cmdlet(running, place, cmdlet, **parameters)) == 1, place
    host, port = running["dns"].split(":")
    answer = dns.query.udp(dns.message.make_query("contoso.com", "NS"), host, port=int(port), timeout=5)
    assert answer.rcode() == dns.rcode.NOERROR and answer.answer


def test_only_the_owner_can_read_the_folder(running: dict[str, Any]) -> None:
    folder = Path(running["records"]).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    for file in folder.rglob("*"):
        assert file.is_dir() or file.stat().st_mode & 0o077 == 0, file


def test_the_authority_is_trusted_for_loopback_and_its_key_is_nowhere(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    make_certificates(folder, dt.datetime.now(dt.UTC))
    first = folder.server.read_bytes()
    make_certificates(folder, dt.datetime.now(dt.UTC))
    assert folder.server.read_bytes() == first
    assert [file.name for file in tmp_path.glob("*.key")] == ["server.key"]

    async def shaken() -> None:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=server_tls_context(folder))
        async with server:
            trusting = ssl.create_default_context(cafile=str(folder.ca))
            trusting.verify_flags |= ssl.VERIFY_X509_STRICT
            _, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], ssl=trusting)
            writer.close()

    asyncio.run(shaken())


def test_the_estate_is_told_line_by_line(running: dict[str, Any]) -> None:
    status, people = fetch_lines(running["estate"])
    assert status == 200 and len(people) >= 12
    assert all(set(person) == {"sip", "upn", "id", "home", "wrong"} for person in people)
    assert fetch_lines(running["effects"]) == (200, [])


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (b"{", "Expecting"),
        ([1], "send"),
        ({}, "is none of"),
        ({"do": "wave"}, "'wave' is none of"),
        ({"do": "fault", "what": "rain"}, "what"),
        ({"do": "fault"}, "what"),
        ({"do": "fault", "what": "drop", "who": "bob"}, "no field who"),
        ({"do": "fault", "what": "drop", "times": -1}, "negative"),
    ],
)
def test_what_cannot_be_done_by_hand_is_answered_with_a_reason(running: dict[str, Any], wish: Mapping[str, object], word: str) -> None:
    status, (answer,) = fetch_lines(running["manual_actions"], wish)
    assert status == 400 and word in answer["error"]


def test_hands_lists_what_it_takes(running: dict[str, Any]) -> None:
    listed = {action["do"]: action["fields"] for action in fetch_lines(running["manual_actions"])[1]}
    assert "what" in listed["fault"] and listed["clear faults"] == {}
    assert fetch_lines(running["manual_actions"], {"do": "fault", "what": "slow", "seconds": 1})[0] == 200
    assert fetch_lines(running["manual_actions"], {"do": "clear faults"}) == (200, [{"done": "no faults are left"}])


def test_the_doors_stay_shut_without_the_key(running: dict[str, Any]) -> None:
    root = running["manual_actions"].rsplit("/", 2)[0]
    assert fetch_lines(f"{root}/hands")[0] == fetch_lines(f"{root}/x/effects")[0] == 404


def test_by_hand_from_another_terminal(running: dict[str, Any]) -> None:
    data = str(Path(running["records"]).parent)
    assert "fault: make something go wrong" in run_command("lab", "hand", "--data", data).stdout
    assert "drop" in run_command("lab", "fault", "--data", data, "drop", "call=Move-CsUser", "times=2").stdout
    assert run_command("lab", "fault", "--data", data, "clear").stdout == "no faults are left\n"
    assert "bob@contoso.com" in run_command("lab", "hand", "--data", data, "sign", "in", "to", "teams", "who=bob@contoso.com").stdout
    refused = run_command("lab", "hand", "--data", data, "wave", "who=bob")
    assert refused.returncode == 1 and refused.stderr.startswith("switchover: do: 'wave' is none of")


def test_by_hand_without_a_lab_says_so(tmp_path: Path) -> None:
    refused = run_command("lab", "hand", "--data", str(tmp_path / "none"))
    assert refused.returncode == 1 and "no lab is running" in refused.stderr
