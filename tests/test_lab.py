"""The lab as processes: a bot that holds it, an estate that outlives the bot, and the doors between them and the world."""

import asyncio
import datetime as dt
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rcode
import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from adapters.lab.bond import Bonds, bound
from adapters.lab.certificates import make_certificates, server_side
from adapters.lab.cutting import cutting
from adapters.lab.faults import Fault, Faults
from adapters.lab.folder import Folder
from adapters.lab.places import GRAPH_APP
from adapters.lab.ports import any_port
from adapters.lab.things import Command
from adapters.lab.wsman import Moment

ROOT = Path(__file__).parent.parent
SMALL = {"users": 12, "move_latency": 0.01, "hurry": 1000}


@dataclass
class Lab:
    """One folder, and the bots that a test starts on it."""

    folder: Folder
    bots: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, **given: object) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "tests.idle_bot", str(self.folder.path), json.dumps({**SMALL, **given}), *words)
        bot = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.bots.append(bot)
        return bot

    def up(self, *words: str, **given: object) -> dict[str, Any]:
        """A started lab's lab.json."""
        bot = self.start(*words, **given)
        until(lambda: self.known.get("pid", {}).get("bot") == bot.pid or bot.poll() is not None)
        assert bot.poll() is None, bot.communicate()[1]
        return self.known

    @property
    def known(self) -> dict[str, Any]:
        return self.folder.noted(self.folder.lab)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.bots[-1].send_signal(how)
        return self.bots[-1].wait(20)

    def estate_runs(self) -> bool:
        lock = self.folder.hold("lab")
        if lock:
            lock.close()
        return lock is None

    def end(self) -> None:
        for bot in self.bots:
            bot.kill()
            bot.wait()
            assert bot.stderr
            bot.stderr.close()
        if self.estate_runs():
            os.kill(self.folder.noted(self.folder.child)["pid"], signal.SIGKILL)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(Folder(tmp_path / "lab"))
    yield lab
    lab.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One lab for the tests that only look, or undo what they did."""
    lab = Lab(Folder(tmp_path_factory.mktemp("running") / "lab"))
    yield lab.up()
    lab.end()


def until(condition: Callable[[], bool], within: float = 20) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def asked(url: str, body: object = None) -> tuple[int, list[Any]]:
    """Status and JSON lines."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, [json.loads(line) for line in answer]
    except urllib.error.HTTPError as error:
        return error.code, [json.load(error)] if error.headers.get_content_type() == "application/json" else []


def graph(lab: Lab, method: str, path: str, body: object = None) -> Any:
    """One request at the lab's Graph, with a token of its login host."""
    trusting = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=lab.known["ca"]))
    )
    words = {
        "grant_type": "client_credentials",
        "client_id": GRAPH_APP,
        "client_secret": lab.folder.secret("graph"),
        "scope": f"{lab.known['graph']}/.default",
    }
    with trusting.open(lab.known["token"], urllib.parse.urlencode(words).encode(), timeout=10) as answer:
        headers = {"Authorization": f"Bearer {json.load(answer)['access_token']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with trusting.open(urllib.request.Request(f"{lab.known['graph']}/v1.0{path}", data, headers, method=method), timeout=10) as answer:
        return json.loads(answer.read() or "null")


def over_powershell(known: Mapping[str, Any], place: str, cmdlet: str, **parameters: object) -> list[Any]:
    """What one cmdlet returns, through an ordinary client."""
    there = known["remoting"][place]
    at = urllib.parse.urlsplit(there["url"])
    words = {"auth": "basic", "username": there["user"], "password": there["password"], "cert_validation": known["ca"], "no_proxy": True}
    with (
        WSMan(at.hostname, port=at.port, path=at.path.strip("/"), **words) as wsman,
        RunspacePool(wsman, configuration_name=there["configuration"]) as pool,
    ):
        shell = PowerShell(pool).add_cmdlet(cmdlet).add_parameters(parameters)
        shell.invoke()
        assert not shell.streams.error, [str(error) for error in shell.streams.error]
        return list(shell.output)


# What is written down


def test_lab_json_says_where_everything_is(running: dict[str, Any]) -> None:
    assert set(running) == {"bot", "graph", "token", "dns", "remoting", "ca", "effects", "estate", "hands", "records", "tenant", "pid"}
    assert set(running["remoting"]) == {"sfb", "mover", "teams", "sync", "exchange"}
    assert all(set(place) == {"url", "user", "password", "configuration"} for place in running["remoting"].values())
    assert set(running["pid"]) == {"bot", "lab"}


def test_what_lab_json_names_answers(running: dict[str, Any]) -> None:
    for place, (cmdlet, parameters) in {
        "sfb": ("Get-CsUser", {"Identity": "sip:bob@contoso.com"}),
        "mover": ("Get-Module", {"Name": "MicrosoftTeams", "ListAvailable": True}),
        "teams": ("Get-CsOnlineUser", {"Identity": "bob@contoso.com"}),
        "sync": ("Get-ADSyncScheduler", {}),
    }.items():
        assert len(over_powershell(running, place, cmdlet, **parameters)) == 1, place
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
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=server_side(folder))
        async with server:
            trusting = ssl.create_default_context(cafile=str(folder.ca))
            trusting.verify_flags |= ssl.VERIFY_X509_STRICT
            _, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], ssl=trusting)
            writer.close()

    asyncio.run(shaken())


# Lives and deaths


def test_the_estate_survives_a_killed_bot_is_found_again_and_ends_with_the_second(lab: Lab) -> None:
    first = lab.up()
    lab.stop(signal.SIGKILL)
    assert lab.estate_runs()
    second = lab.up()
    assert second["pid"]["lab"] == first["pid"]["lab"]
    assert {**second, "pid": 0} == {**first, "pid": 0}
    lab.stop()
    assert not lab.estate_runs()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_is_asked_to_stop_takes_the_estate_with_it(lab: Lab, how: signal.Signals) -> None:
    lab.up()
    assert lab.stop(how) == 0
    assert not lab.estate_runs()
    assert not lab.folder.lab.exists()


def test_a_second_bot_on_the_same_folder_is_refused(lab: Lab) -> None:
    lab.up()
    second = lab.start()
    assert second.wait(20) == 1
    assert "another bot is running" in second.communicate()[1]
    assert lab.bots[0].poll() is None
    assert lab.known


def test_a_bot_whose_estate_dies_says_so_and_ends(lab: Lab) -> None:
    known = lab.up()
    os.kill(known["pid"]["lab"], signal.SIGKILL)
    assert lab.bots[0].wait(20) == 1
    assert "the estate has ended" in lab.bots[0].communicate()[1]


def test_an_estate_that_nobody_holds_ends_by_itself() -> None:
    async def alone() -> None:
        bonds = Bonds("key", 7, patience=0.05)
        server = await bonds.serve(0)
        port = server.sockets[0].getsockname()[1]
        bond = await bound(port, "key")
        assert bond and bond.pid == 7
        assert await bound(port, "another key") is None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bonds.ended.wait(), 0.2)
        bond.writer.close()
        await asyncio.wait_for(bonds.ended.wait(), 5)
        server.close()

    asyncio.run(alone())


# The same folder again


def test_other_waits_may_be_asked_for_and_the_ports_stay(lab: Lab) -> None:
    first = lab.up()
    lab.stop(signal.SIGKILL)
    second = lab.up(move_latency=0.5, at_once=3)
    assert second["pid"]["lab"] != first["pid"]["lab"]
    assert {**second, "pid": 0} == {**first, "pid": 0}


def test_another_estate_needs_fresh(lab: Lab) -> None:
    key = lab.up()["hands"]
    lab.stop()
    refused = lab.start(users=13)
    assert refused.wait(20) == 1
    assert "--fresh" in refused.communicate()[1]
    known = lab.up("fresh", users=13)
    assert known["hands"] != key
    assert len(asked(known["estate"])[1]) >= 13


def test_fresh_ends_an_estate_that_was_left_behind(lab: Lab) -> None:
    first = lab.up()
    lab.stop(signal.SIGKILL)
    assert lab.up("fresh")["pid"]["lab"] != first["pid"]["lab"]


def test_a_folder_with_other_things_in_it_is_left_alone(lab: Lab) -> None:
    lab.folder.path.mkdir()
    (lab.folder.path / "thesis.txt").write_text("years of work")
    for words in ((), ("fresh",)):
        refused = lab.start(*words)
        assert refused.wait(20) == 1
        assert "no lab's folder" in refused.communicate()[1]
    assert [file.name for file in lab.folder.path.iterdir()] == ["thesis.txt"]


def test_what_was_done_outlives_a_full_stop(lab: Lab) -> None:
    lab.up()
    user = next(person["id"] for person in asked(lab.known["estate"])[1] if person["sip"].startswith("bob@"))
    assert graph(lab, "PATCH", f"/users/{user}", {"usageLocation": "AT"}) is None
    done = asked(lab.known["effects"])[1]
    assert [(effect["place"], effect["subject"], effect["result"]) for effect in done] == [("graph", "bob@contoso.com", "done")]
    assert asked(lab.known["effects"] + "?since=1")[1] == []
    lab.stop()
    lab.up()
    assert asked(lab.known["effects"])[1] == done
    assert graph(lab, "GET", f"/users/{user}?$select=usageLocation")["usageLocation"] == "AT"


# Doors


def test_the_estate_is_told_line_by_line(running: dict[str, Any]) -> None:
    status, people = asked(running["estate"])
    assert status == 200 and len(people) >= 12
    assert all(set(person) == {"sip", "upn", "id", "home", "wrong"} for person in people)
    assert asked(running["effects"]) == (200, [])


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
    status, (answer,) = asked(running["hands"], wish)
    assert status == 400 and word in answer["error"]


def test_hands_lists_what_it_takes(running: dict[str, Any]) -> None:
    listed = {hand["do"]: hand["fields"] for hand in asked(running["hands"])[1]}
    assert "what" in listed["fault"] and listed["clear faults"] == {}
    assert asked(running["hands"], {"do": "fault", "what": "slow", "seconds": 1})[0] == 200
    assert asked(running["hands"], {"do": "clear faults"}) == (200, [{"done": "no faults are left"}])


def test_the_doors_stay_shut_without_the_key(running: dict[str, Any]) -> None:
    root = running["hands"].rsplit("/", 2)[0]
    assert asked(f"{root}/hands")[0] == asked(f"{root}/x/effects")[0] == 404


# Faults


def test_a_fault_strikes_once_for_what_it_fits() -> None:
    faults = Faults()
    faults.add(Fault("drop", place="mover", call="Move-Cs*", subject="bob@*", phase="after"))
    assert not faults.strike("drop", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="before")
    assert not faults.strike("slow", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="after")
    assert not faults.strike("drop", place="sfb", call="Move-CsUser", subject="bob@contoso.com", phase="after")
    assert faults.strike("slow", "drop", place="mover", call="move-csuser", subject="BOB@contoso.com", phase="after")
    assert not faults.strike("drop", place="mover", call="Move-CsUser", subject="bob@contoso.com", phase="after")


def test_faults_can_stay_and_be_cleared() -> None:
    faults = Faults()
    faults.add(Fault("throttle", seconds=2, times=2))
    faults.add(Fault("refuse", times=0))
    met = [faults.strike("throttle", place="graph", call="GET /users") for _ in range(3)]
    assert [fault.seconds if fault else None for fault in met] == [2, 2, None]
    assert all(faults.strike("refuse", place="graph", call="GET /users") for _ in range(5))
    faults.clear()
    assert not faults.strike("refuse", place="graph", call="GET /users")


def test_a_connection_is_cut_before_during_or_after_the_command() -> None:
    move = ((Command("Move-CsUser", (("Identity", "sip:Bob@contoso.com"),)),),)
    for fault, moment in (
        (Fault("drop", place="mover", call="Move-CsUser"), Moment("before", "mover", "Command", statements=move)),
        (Fault("drop", subject="bob@contoso.com", phase="during"), Moment("started", "mover", "Command", statements=move)),
        (Fault("drop", call="move-*", phase="after"), Moment("receive_ready", "mover", "Receive", statements=move)),
    ):
        faults = Faults()
        faults.add(fault)
        hook = cutting(faults)
        assert hook(Moment("before", "sfb", "Create")) is None
        assert hook(Moment("receive", "mover", "Receive", statements=move)) is None
        assert hook(moment) == "drop"
        assert hook(moment) is None


# The command line


MAIN = "from bot.cli import main; main()"


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((sys.executable, "-c", MAIN, *words), capture_output=True, text=True, timeout=30)


def test_by_hand_from_another_terminal(running: dict[str, Any]) -> None:
    data = str(Path(running["records"]).parent)
    assert "fault: make something go wrong" in command("lab", "hand", "--data", data).stdout
    assert "drop" in command("lab", "fault", "--data", data, "drop", "call=Move-CsUser", "times=2").stdout
    assert command("lab", "fault", "--data", data, "clear").stdout == "no faults are left\n"
    assert "bob@contoso.com" in command("lab", "hand", "--data", data, "sign", "in", "to", "teams", "who=bob@contoso.com").stdout
    refused = command("lab", "hand", "--data", data, "wave", "who=bob")
    assert refused.returncode == 1 and refused.stderr.startswith("switchover: do: 'wave' is none of")


def test_by_hand_without_a_lab_says_so(tmp_path: Path) -> None:
    refused = command("lab", "hand", "--data", str(tmp_path / "none"))
    assert refused.returncode == 1 and "no lab is running" in refused.stderr


def test_a_wrong_option_is_answered_in_one_line(tmp_path: Path) -> None:
    refused = command("lab", "--data", str(tmp_path / "lab"), "--no-chat", "--estate", "burnt")
    assert refused.returncode == 1
    assert refused.stderr.startswith("switchover: --estate: ") and refused.stderr.count("\n") == 1


def test_the_whole_lab_starts_and_stops_with_one_command(lab: Lab) -> None:
    words = ("lab", "--no-chat", "--data", str(lab.folder.path), "--port", str(any_port()), "--users", "12")
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    whole = subprocess.Popen((sys.executable, "-c", MAIN, *words), text=True, **pipes)
    try:
        until(lambda: bool(lab.known) or whole.poll() is not None)
        assert lab.known, whole.communicate()
        assert asked(lab.known["bot"], b"{")[0] == 400
        whole.send_signal(signal.SIGTERM)
        said, complained = whole.communicate(timeout=20)
    finally:
        whole.kill()
    assert whole.returncode == 0 and not complained
    assert "/api/messages" in said and str(lab.folder.records) in said
    assert not lab.estate_runs()
