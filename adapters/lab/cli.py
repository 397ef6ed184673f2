"""The lab's part of the command line: `switchover lab`, with manual actions and faults. Heavy imports come late."""

import argparse
import asyncio
import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import FOR_ITS_OWNER, until_stopped
from bot.i18n import say

if TYPE_CHECKING:
    from adapters.lab.process.launcher import Lab

OPTIONS: dict[str, tuple[type, str]] = {
    "port": (int, "of the bot (3978, or any free one)"),
    "users": (int, "how many people there are (60)"),
    "seed": (int, "which people (1)"),
    "move_latency": (float, "real seconds that one move takes (1)"),
    "concurrency": (int, "moves in flight (5)"),
    "time_factor": (float, "divides all documented delays (60)"),
    "export_folder": (str, "where the pretend server saves people's data before each move (nowhere)"),
    "estate": (str, "how far the way is gone: ready (all but the moves), half, untouched or finished"),
}
OLD_OPTIONS = {"concurrency": "--at-once", "time_factor": "--hurry"}  # still understood


def add_arguments(lab: argparse.ArgumentParser) -> None:
    """Adds what `switchover lab` understands to its parser."""
    lab.add_argument("--data", type=Path, default=Path(".lab"), metavar="DIR", help="the lab's folder (.lab)")
    lab.set_defaults(act=_run, errors=expected_errors)
    chat = lab.add_mutually_exclusive_group()
    chat.add_argument("--no-chat", action="store_true", help="no chat in the terminal: for scripts")
    chat.add_argument("--playground", action="store_true", help="chat in Microsoft 365 Agents Playground (needs Node.js)")
    lab.add_argument("--fresh", action="store_true", help="forget what is in DIR")
    for name, (kind, words) in OPTIONS.items():
        flags = [f"--{name.replace('_', '-')}", *([OLD_OPTIONS[name]] if name in OLD_OPTIONS else [])]
        lab.add_argument(*flags, dest=name, type=kind, default=argparse.SUPPRESS, metavar="X", help=words)
    commands = lab.add_subparsers(metavar="[do | fault]")
    for name, old_names, act, words in (
        ("do", ["hand"], _do, "do by hand what people do; without words, list what there is"),
        ("fault", [], _fault, "make something go wrong: throttle, drop, slow, refuse, half or unread; `fault clear` ends that"),
    ):
        command = commands.add_parser(name, aliases=old_names, help=words, description=words)
        command.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the lab's folder (.lab)")
        command.add_argument("words", nargs="*", metavar="WORD | field=value", help='e.g. sign in to teams who="bob@contoso.com"')
        command.set_defaults(act=act)


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors that are told in one line. Called only when something went wrong: the imports take long."""
    from adapters.lab.process.folder import LabError
    from dialogs.terminal.playground import NoPlayground

    return (LabError, NoPlayground)


def _do(asked: argparse.Namespace) -> None:
    from adapters.lab.process.control_client import describe_actions, perform

    wish = _parse_words(asked.words)
    print(perform(asked.data, wish) if wish["do"] else "\n".join(describe_actions(asked.data)))


def _fault(asked: argparse.Namespace) -> None:
    from adapters.lab.process.control_client import perform

    wish = _parse_words(asked.words)
    print(perform(asked.data, {"do": "clear faults"} if wish["do"] == "clear" else {**wish, "what": wish["do"], "do": "fault"}))


def _parse_words(words: Sequence[str]) -> dict[str, Any]:
    """Words without an equals sign are the name of what to do; a value that begins with a bracket is a JSON list."""
    fields = (word.partition("=") for word in words if "=" in word)
    values = {name: json.loads(value) if value.startswith("[") else value for name, _, value in fields}
    return {"do": " ".join(word for word in words if "=" not in word), **values}


def _run(asked: argparse.Namespace) -> None:
    os.umask(FOR_ITS_OWNER)
    until_stopped(_run_lab(asked))


async def _run_lab(asked: argparse.Namespace) -> None:
    from adapters.lab.process.folder import Folder
    from adapters.lab.process.launcher import open_lab
    from adapters.lab.process.settings import lab_settings

    given = {name: value for name, value in vars(asked).items() if name in OPTIONS}
    async with open_lab(Folder(asked.data.resolve()), given, asked.fresh) as lab, asyncio.TaskGroup() as tasks:
        from bot import bootstrap

        ready, settings = asyncio.Event(), lab_settings(lab)
        running = [tasks.create_task(bootstrap.serve(settings, ready)), tasks.create_task(lab.watch_estate())]
        await ready.wait()
        bot = f"http://127.0.0.1:{settings.port}/api/messages"
        lab.publish(bot)
        print(_describe(lab, bot), flush=True)
        await _chat(asked, lab, bot)
        for task in running:
            task.cancel()


async def _chat(asked: argparse.Namespace, lab: "Lab", bot: str) -> None:
    """In the terminal until it ends; in the Playground or nowhere until somebody stops the lab."""
    from adapters.lab.process.settings import AUDIT_CHANNEL, sample_people
    from dialogs.terminal.chat import TerminalChat, chat
    from dialogs.terminal.playground import LICENCE, configuration, open_playground

    if not asked.no_chat and not asked.playground:
        return await chat(TerminalChat(bot, lab.tenant, sample_people(), AUDIT_CHANNEL))
    async with contextlib.AsyncExitStack() as stack:
        if asked.playground:
            print(LICENCE, flush=True)
            scene = configuration(lab.tenant, sample_people(), AUDIT_CHANNEL)
            page = await stack.enter_async_context(open_playground(bot, lab.folder.playground, scene))
            print(say("Open {page} in a browser.", page=page), flush=True)
        await asyncio.Event().wait()


def _describe(lab: "Lab", bot: str) -> str:
    lines = (
        say("The lab is up, with {users} people. Ctrl-C ends it; started again it is the same.", users=lab.options.users),
        say("  bot         {bot}", bot=bot),
        say("  estate      {lab} says where its servers are", lab=str(lab.folder.lab_file)),
        say("  records     {records}", records=str(lab.folder.records)),
        say("  by hand     switchover lab do --data {folder}", folder=str(lab.folder.path)),
        say("  Playground  switchover lab --playground --data {folder}", folder=str(lab.folder.path)),
    )
    return "\n".join(map(str, lines))
