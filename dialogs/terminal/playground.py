"""Microsoft 365 Agents Playground on our bot: fetched where it is used, never part of the product (its licence is for evaluation)."""

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from bot.i18n import LocalizedText, say
from bot.views import Person
from dialogs.terminal.wire import BOT

PACKAGE = "@microsoft/m365agentsplayground@0.2.28"
PORT = 3979  # below the ports that outgoing connections use: where its port is busy the Playground silently takes another
LICENCE = say("The Playground is Microsoft's pre-release software, for evaluation only. Its own server listens on all interfaces.")
NO_NODE = say("the Playground needs Node.js with npm (nodejs.org); without it, leave --playground out and chat in the terminal")


class NoPlayground(Exception):
    """It cannot be opened. The words say why and what would help."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(str(words))


def configuration(tenant: str, people: Sequence[Person], channel: str) -> dict[str, object]:
    """Own ids everywhere: the built-in ones are no valid GUIDs. `channel` is the id of the Audit channel."""
    first, *others = (_user(n, person) for n, person in enumerate(people))
    channels = [{"id": channel, "name": "Audit"}]
    team = {"id": "19:team@thread.tacv2", "name": "Switchover", "aadGroupId": "00000000-0000-4000-8000-000000000031", "channels": channels}
    return {
        "version": "0.1.0",
        "tenantId": tenant,
        "bot": BOT,
        "currentUser": first,
        "users": others,
        "personalChat": {"id": "personal-chat-id"},
        "groupChat": {"id": "group-chat-id", "name": "Group Chat"},
        "team": team,
    }


def _user(n: int, person: Person) -> dict[str, str]:
    given, _, surname = person.name.partition(" ")
    address = f"{given}{surname[:1]}@contoso.com".lower()
    names = {"name": person.name, "givenName": given, "surname": surname}
    return {"id": f"user-id-{n}", "aadObjectId": person.id, "userPrincipleName": address, "email": address, **names}  # their spelling


@contextlib.asynccontextmanager
async def open_playground(bot: str, folder: Path, configuration: Mapping[str, object], port: int = PORT) -> AsyncIterator[str]:
    """The address of its page. `bot` is the endpoint for activities. Raises `NoPlayground`."""
    command, room = await _install(folder), _prepare_folder(folder, configuration)
    if await _is_taken(port):
        raise NoPlayground(say("port {port} is taken: is a Playground still open from before?", port=port))
    page = f"http://127.0.0.1:{port}"
    options = ("-e", bot, "--service-url", f"{page}/_connector", "-c", "msteams", "-p", str(port), "--disable-telemetry")
    with (folder / "playground.log").open("wb") as log:
        playing = await asyncio.create_subprocess_exec(
            *("node", str(command), "start", *options),
            cwd=room,
            env={**os.environ, "APPLICATION_INSIGHTS_NO_STATSBEAT": "true"},  # without it, it calls out even with telemetry off
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        await _wait_until_it_answers(playing, port, folder / "playground.log")
        yield page
    finally:
        await _stop(playing)


async def _install(folder: Path) -> Path:
    """The Playground's program, installed by npm at its first use."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise NoPlayground(NO_NODE)
    command = folder / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
    if not command.exists():
        words = ("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", PACKAGE)
        npm = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL)
        if await npm.wait():
            raise NoPlayground(say("npm could not install {package}: see what it said above", package=PACKAGE))
    return command


def _prepare_folder(folder: Path, configuration: Mapping[str, object]) -> Path:
    """The folder in which it runs: it reads its configuration there and leaves its own logs there."""
    room = folder / "room"
    room.mkdir(parents=True, exist_ok=True)
    (room / ".m365agentsplayground.yml").write_text(json.dumps(configuration))  # JSON is YAML too
    return room


async def _wait_until_it_answers(playing: asyncio.subprocess.Process, port: int, log: Path) -> None:
    for _ in range(300):
        if playing.returncode is not None:
            break
        if await _is_taken(port):
            return
        await asyncio.sleep(0.1)
    raise NoPlayground(say("the Playground did not start: see {log}", log=str(log)))


async def _is_taken(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _stop(playing: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):  # a Ctrl-C reached it as well
        playing.terminate()
    try:
        await asyncio.wait_for(playing.wait(), 5)
    except TimeoutError:
        playing.kill()
        await playing.wait()
