"""The lab as processes: a bot that holds it, and an estate that outlives the bot."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.lab.process.folder import Folder
from adapters.lab.process.lease import LeaseServer, acquire_lease
from adapters.lab.process.ports import any_port
from tests.support.lab_process import CLI, LabProcess, fetch_lines, graph_request, run_command


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabProcess]:
    lab = LabProcess(Folder(tmp_path / "lab"))
    yield lab
    lab.kill_all()


def test_the_estate_survives_a_killed_bot_is_found_again_and_ends_with_the_second(lab: LabProcess) -> None:
    first = lab.start_and_wait()
    lab.stop(signal.SIGKILL)
    assert lab.estate_runs()
    second = lab.start_and_wait()
    assert second["pid"]["lab"] == first["pid"]["lab"]
    assert {**second, "pid": 0} == {**first, "pid": 0}
    lab.stop()
    assert not lab.estate_runs()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_is_asked_to_stop_takes_the_estate_with_it(lab: LabProcess, how: signal.Signals) -> None:
    lab.start_and_wait()
    assert lab.stop(how) == 0
    assert not lab.estate_runs()
    assert not lab.folder.lab_file.exists()


def test_a_second_bot_on_the_same_folder_is_refused(lab: LabProcess) -> None:
    lab.start_and_wait()
    second = lab.start()
    assert second.wait(20) == 1
    assert "another bot is running" in second.communicate()[1]
    assert lab.bots[0].poll() is None
    assert lab.lab_json


def test_a_bot_whose_estate_dies_says_so_and_ends(lab: LabProcess) -> None:
    known = lab.start_and_wait()
    os.kill(known["pid"]["lab"], signal.SIGKILL)
    assert lab.bots[0].wait(20) == 1
    assert "the estate has ended" in lab.bots[0].communicate()[1]


def test_an_estate_that_nobody_holds_ends_by_itself() -> None:
    async def alone() -> None:
        bonds = LeaseServer("key", 7, timeout=0.05)
        server = await bonds.serve(0)
        port = server.sockets[0].getsockname()[1]
        bond = await acquire_lease(port, "key")
        assert bond and bond.pid == 7
        assert await acquire_lease(port, "another key") is None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bonds.ended.wait(), 0.2)
        bond.writer.close()
        await asyncio.wait_for(bonds.ended.wait(), 5)
        server.close()

    asyncio.run(alone())


# The same folder again


def test_other_waits_may_be_asked_for_and_the_ports_stay(lab: LabProcess) -> None:
    first = lab.start_and_wait()
    lab.stop(signal.SIGKILL)
    second = lab.start_and_wait(move_latency=0.5, concurrency=3)
    assert second["pid"]["lab"] != first["pid"]["lab"]
    assert {**second, "pid": 0} == {**first, "pid": 0}


def test_another_estate_needs_fresh(lab: LabProcess) -> None:
    key = lab.start_and_wait()["manual_actions"]
    lab.stop()
    refused = lab.start(users=13)
    assert refused.wait(20) == 1
    assert "--fresh" in refused.communicate()[1]
    known = lab.start_and_wait("fresh", users=13)
    assert known["manual_actions"] != key
    assert len(fetch_lines(known["estate"])[1]) >= 13


def test_fresh_ends_an_estate_that_was_left_behind(lab: LabProcess) -> None:
    first = lab.start_and_wait()
    lab.stop(signal.SIGKILL)
    assert lab.start_and_wait("fresh")["pid"]["lab"] != first["pid"]["lab"]


def test_a_folder_with_other_things_in_it_is_left_alone(lab: LabProcess) -> None:
    lab.folder.path.mkdir()
    (lab.folder.path / "thesis.txt").write_text("years of work")
    for words in ((), ("fresh",)):
        refused = lab.start(*words)
        assert refused.wait(20) == 1
        assert "no lab's folder" in refused.communicate()[1]
    assert [file.name for file in lab.folder.path.iterdir()] == ["thesis.txt"]


def test_what_was_done_outlives_a_full_stop(lab: LabProcess) -> None:
    lab.start_and_wait()
    user = next(person["id"] for person in fetch_lines(lab.lab_json["estate"])[1] if person["sip"].startswith("bob@"))
    assert graph_request(lab, "PATCH", f"/users/{user}", {"usageLocation": "AT"}) is None
    done = fetch_lines(lab.lab_json["effects"])[1]
    assert [(effect["place"], effect["subject"], effect["result"]) for effect in done] == [("graph", "bob@contoso.com", "done")]
    assert fetch_lines(lab.lab_json["effects"] + "?since=1")[1] == []
    lab.stop()
    lab.start_and_wait()
    assert fetch_lines(lab.lab_json["effects"])[1] == done
    assert graph_request(lab, "GET", f"/users/{user}?$select=usageLocation")["usageLocation"] == "AT"


def test_a_wrong_option_is_answered_in_one_line(tmp_path: Path) -> None:
    refused = run_command("lab", "--data", str(tmp_path / "lab"), "--no-chat", "--estate", "burnt")
    assert refused.returncode == 1
    assert refused.stderr.startswith("switchover: --estate: ") and refused.stderr.count("\n") == 1


def test_the_whole_lab_starts_and_stops_with_one_command(lab: LabProcess) -> None:
    words = ("lab", "--no-chat", "--data", str(lab.folder.path), "--port", str(any_port()), "--users", "12")
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen((*CLI, *words), text=True, **pipes) as whole:
        assert whole.stdout and whole.stderr
        try:
            assert "The lab is up" in whole.stdout.readline()
            assert fetch_lines(lab.lab_json["bot"], b"{")[0] == 400
            whole.send_signal(signal.SIGTERM)
            said, complained = whole.stdout.read(), whole.stderr.read()
            whole.wait(20)
        finally:
            whole.kill()
    assert whole.returncode == 0 and not complained
    assert "/api/messages" in said and str(lab.folder.records) in said
    assert not lab.estate_runs()
