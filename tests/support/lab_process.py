"""Labs as processes, for tests: started with a bot that only holds them, asked through their doors and wires."""

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from adapters.lab.endpoints import GRAPH_APP
from adapters.lab.process.folder import Folder
from tests.support.paths import ROOT

SMALL = {"users": 12, "move_latency": 0.01, "time_factor": 1000}
CLI = (sys.executable, "-m", "bot.cli")


def run_command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*CLI, *words), capture_output=True, text=True, timeout=30)


@dataclass
class LabProcess:
    """One folder, and the bots that a test starts on it."""

    folder: Folder
    bots: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, **given: object) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "tests.support.idle_bot", str(self.folder.path), json.dumps({**SMALL, **given}), *words)
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        bot = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
        self.bots.append(bot)
        return bot

    def start_and_wait(self, *words: str, **given: object) -> dict[str, Any]:
        """A started lab's lab.json."""
        bot = self.start(*words, **given)
        assert bot.stdout and bot.stdout.readline(), bot.communicate()[1]
        return self.lab_json

    @property
    def lab_json(self) -> dict[str, Any]:
        return self.folder.read_json(self.folder.lab_file)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.bots[-1].send_signal(how)
        return self.bots[-1].wait(20)

    def estate_runs(self) -> bool:
        lock = self.folder.lock("lab")
        if lock:
            lock.close()
        return lock is None

    def kill_all(self) -> None:
        for bot in self.bots:
            bot.kill()
            bot.wait()
            assert bot.stdout and bot.stderr
            bot.stdout.close()
            bot.stderr.close()
        if self.estate_runs():
            os.kill(self.folder.read_json(self.folder.process_file)["pid"], signal.SIGKILL)


def fetch_lines(url: str, body: object = None) -> tuple[int, list[Any]]:
    """Status and JSON lines."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, [json.loads(line) for line in answer]
    except urllib.error.HTTPError as error:
        return error.code, [json.load(error)] if error.headers.get_content_type() == "application/json" else []


def graph_request(lab: LabProcess, method: str, path: str, body: object = None) -> Any:
    """One request at the lab's Graph, with a token of its login host."""
    trusting = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=lab.lab_json["ca"]))
    )
    words = {
        "grant_type": "client_credentials",
        "client_id": GRAPH_APP,
        "client_secret": lab.folder.secret("graph"),
        "scope": f"{lab.lab_json['graph']}/.default",
    }
    with trusting.open(lab.lab_json["token"], urllib.parse.urlencode(words).encode(), timeout=10) as answer:
        headers = {"Authorization": f"Bearer {json.load(answer)['access_token']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with trusting.open(urllib.request.Request(f"{lab.lab_json['graph']}/v1.0{path}", data, headers, method=method), timeout=10) as answer:
        return json.loads(answer.read() or "null")


def run_cmdlet(known: Mapping[str, Any], place: str, cmdlet: str, **parameters: object) -> list[Any]:
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
