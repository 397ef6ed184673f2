"""The command line: `switchover serve` for a real estate, `switchover lab` for the pretend one. Heavy imports come late."""

import argparse
import asyncio
import contextlib
import getpass
import json
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.config import ConfigurationError, load
from bot.i18n import say

if TYPE_CHECKING:
    from adapters.lab.house.house import House

FOR_ITS_OWNER = 0o077  # records and estate are nobody else's business, whoever made the folder
LAB_OPTIONS: dict[str, tuple[type, str]] = {
    "port": (int, "of the bot (3978, or any free one)"),
    "users": (int, "how many people there are (60)"),
    "seed": (int, "which people (1)"),
    "move_latency": (float, "real seconds that one move takes (1)"),
    "at_once": (int, "moves in flight (5)"),
    "hurry": (float, "divides all documented delays (60)"),
    "export_folder": (str, "where the pretend server saves people's data before each move (nowhere)"),
    "estate": (str, "how far the way is gone: ready (all but the moves), half, untouched or finished"),
}


def main(argv: Sequence[str] | None = None) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asked, words = _parser().parse_args(argv), ""
    try:
        asked.act(asked)
    except* _expected() as problems:
        words = str(_first(problems))
    if words:
        sys.exit("\n".join(f"switchover: {line}" for line in words.splitlines()))


def _expected() -> tuple[type[Exception], ...]:
    """What is told in a line. Asked for only when something went wrong: some of it takes long to import."""
    from adapters.lab.house.folder import LabError
    from bot.runs.engine import AlreadyRunning
    from dialogs.terminal.playground import NoPlayground

    return (ConfigurationError, LabError, NoPlayground, AlreadyRunning, OSError)


def _first(problem: BaseException) -> BaseException:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="switchover", description="Takes an organisation from Skype for Business Server to Teams.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, act, words in (
        ("serve", _serve, "run the bot against the real tenant and estate"),
        ("check-config", _check, "say which settings are missing or wrong"),
    ):
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("--config", type=Path, metavar="FILE", help="TOML file; the environment (SWITCHOVER_…) has the last word")
        command.set_defaults(act=act)
    _add_check_audit(commands.add_parser("check-audit", help="say whether a line of the audit was changed"))
    accept = commands.add_parser("accept-records", help="let a bot that found other records than it left go on with these")
    accept.add_argument("records", type=Path, metavar="RECORDS", help="the SQLite file; the bot must be stopped")
    accept.set_defaults(act=_accept_records)
    _add_manifest(commands.add_parser("manifest", help="make the app package that is uploaded to Teams"))
    _add_lab(commands.add_parser("lab", help="run the bot on a pretend estate, or do there by hand what people do"))
    return parser


def _add_check_audit(check: argparse.ArgumentParser) -> None:
    check.add_argument("records", type=Path, metavar="RECORDS", help="the SQLite file, or a copy of it")
    check.add_argument("line", type=int, nargs="?", metavar="LINE", help="whose hash is shown, to compare (the newest)")
    check.set_defaults(act=_check_audit)


def _add_manifest(manifest: argparse.ArgumentParser) -> None:
    manifest.add_argument("--app-id", required=True, metavar="GUID", help="application (client) id of the bot")
    manifest.add_argument("--domain", required=True, metavar="HOST", help="host name that the bot answers on")
    manifest.add_argument("--developer", default="Switchover", metavar="NAME", help="who offers the app in Teams")
    manifest.add_argument("--website", default="", metavar="URL", help="page where people get help (https://HOST)")
    manifest.add_argument("--out", type=Path, default=Path("switchover.zip"), metavar="FILE", help="the package (switchover.zip)")
    manifest.set_defaults(act=_manifest)


def _add_lab(lab: argparse.ArgumentParser) -> None:
    lab.add_argument("--data", type=Path, default=Path(".lab"), metavar="DIR", help="the lab's folder (.lab)")
    lab.set_defaults(act=_lab)
    chat = lab.add_mutually_exclusive_group()
    chat.add_argument("--no-chat", action="store_true", help="no chat in the terminal: for scripts")
    chat.add_argument("--playground", action="store_true", help="chat in Microsoft 365 Agents Playground (needs Node.js)")
    lab.add_argument("--fresh", action="store_true", help="forget what is in DIR")
    for name, (kind, words) in LAB_OPTIONS.items():
        lab.add_argument(f"--{name.replace('_', '-')}", type=kind, default=argparse.SUPPRESS, metavar="X", help=words)
    by_hand = lab.add_subparsers(metavar="[hand | fault]")
    for name, act, words in (
        ("hand", _hand, "do by hand what people do; without words, list what there is"),
        ("fault", _fault, "make something go wrong: throttle, drop, slow, refuse, half or unread; `fault clear` ends that"),
    ):
        command = by_hand.add_parser(name, help=words, description=words)
        command.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the lab's folder (.lab)")
        command.add_argument("words", nargs="*", metavar="WORD | field=value", help='e.g. sign in to teams who="bob@contoso.com"')
        command.set_defaults(act=act)


def _serve(asked: argparse.Namespace) -> None:
    from bot import bootstrap

    os.umask(FOR_ITS_OWNER)
    until_stopped(bootstrap.serve(load(asked.config)))


def _check(asked: argparse.Namespace) -> None:
    load(asked.config)
    print(say("The settings can be used."))


def _accept_records(asked: argparse.Namespace) -> None:
    """What was agreed to before counts no more; the audit says who accepted, and where the records had been."""
    from bot.ledger.acceptance import accept
    from bot.ledger.migrations import tables
    from bot.runs.engine import LifeLock

    if not asked.records.is_file():
        raise OSError(f"{asked.records}: no such records")
    lock = LifeLock(asked.records.with_suffix(".lock"))
    try:
        hold = accept(asked.records, tables, getpass.getuser())
    finally:
        lock.release()
    if hold is None:
        sys.exit("switchover: The records are as the bot left them; there is nothing to accept.")
    print(say("Accepted, though {why}. What was agreed to before must be agreed to anew.", why=hold))


def _check_audit(asked: argparse.Namespace) -> None:
    from bot.ledger import audit, for_reading
    from bot.ledger.anchor import difference
    from bot.ledger.comparison import compare

    records = for_reading(asked.records)
    faults = (
        [f"Lines that were changed, or do not follow the one before: {lines}"]
        if (lines := ", ".join(map(str, audit.broken(records))))
        else []
    )
    faults += [f"{fault[0].upper()}{fault[1:]}." for fault in (*compare(records), *difference(records, asked.records))]
    if faults:
        sys.exit("\n".join(f"switchover: {fault}" for fault in faults))
    if (found := audit.hash_of(records, asked.line)) is None:
        sys.exit(f"switchover: There is no line {asked.line or 1}.")
    print(say("No line was changed. Line {n}: {hash}", n=found[0], hash=found[1]))


def _manifest(asked: argparse.Namespace) -> None:
    from manifest.pack import pack

    try:
        print(pack(asked.out, asked.app_id, asked.domain, asked.developer, asked.website))
    except ValueError as problem:
        sys.exit(f"switchover: {problem}")


def _hand(asked: argparse.Namespace) -> None:
    from adapters.lab.house.knock import done_by_hand, hands

    wish = _wish(asked.words)
    print(done_by_hand(asked.data, wish) if wish["do"] else "\n".join(hands(asked.data)))


def _fault(asked: argparse.Namespace) -> None:
    from adapters.lab.house.knock import done_by_hand

    wish = _wish(asked.words)
    print(done_by_hand(asked.data, {"do": "clear faults"} if wish["do"] == "clear" else {**wish, "what": wish["do"], "do": "fault"}))


def _wish(words: Sequence[str]) -> dict[str, Any]:
    """Words without an equals sign are the name of what to do; a value that begins with a bracket is a JSON list."""
    fields = (word.partition("=") for word in words if "=" in word)
    values = {name: json.loads(value) if value.startswith("[") else value for name, _, value in fields}
    return {"do": " ".join(word for word in words if "=" not in word), **values}


def _lab(asked: argparse.Namespace) -> None:
    os.umask(FOR_ITS_OWNER)
    until_stopped(_lab_runs(asked))


async def _lab_runs(asked: argparse.Namespace) -> None:
    from adapters.lab.house.folder import Folder
    from adapters.lab.house.house import open_house
    from adapters.lab.house.settings import lab_settings

    given = {name: value for name, value in vars(asked).items() if name in LAB_OPTIONS}
    async with open_house(Folder(asked.data.resolve()), given, asked.fresh) as house, asyncio.TaskGroup() as tasks:
        from bot import bootstrap

        ready, settings = asyncio.Event(), lab_settings(house)
        running = [tasks.create_task(bootstrap.serve(settings, ready)), tasks.create_task(house.lost())]
        await ready.wait()
        bot = f"http://127.0.0.1:{settings.port}/api/messages"
        house.publish(bot)
        print(_where(house, bot), flush=True)
        await _chat(asked, house, bot)
        for task in running:
            task.cancel()


async def _chat(asked: argparse.Namespace, house: "House", bot: str) -> None:
    """In the terminal until it ends; in the Playground or nowhere until somebody stops the lab."""
    from adapters.lab.house.settings import AUDIT_CHANNEL, sample_people
    from dialogs.terminal.chat import Chat, chat
    from dialogs.terminal.playground import LICENCE, configuration, open_playground

    if not asked.no_chat and not asked.playground:
        return await chat(Chat(bot, house.tenant, sample_people(), AUDIT_CHANNEL))
    async with contextlib.AsyncExitStack() as stack:
        if asked.playground:
            print(LICENCE, flush=True)
            scene = configuration(house.tenant, sample_people(), AUDIT_CHANNEL)
            page = await stack.enter_async_context(open_playground(bot, house.folder.playground, scene))
            print(say("Open {page} in a browser.", page=page), flush=True)
        await asyncio.Event().wait()


def _where(house: "House", bot: str) -> str:
    lines = (
        say("The lab is up, with {users} people. Ctrl-C ends it; started again it is the same.", users=house.options.users),
        say("  bot         {bot}", bot=bot),
        say("  estate      {lab} says where its doors are", lab=str(house.folder.lab)),
        say("  records     {records}", records=str(house.folder.records)),
        say("  by hand     switchover lab hand --data {folder}", folder=str(house.folder.path)),
        say("  Playground  switchover lab --playground --data {folder}", folder=str(house.folder.path)),
    )
    return "\n".join(map(str, lines))


def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """SIGTERM, Ctrl-C and a closed terminal end it in good order, and are no failure."""

    async def stoppable() -> None:
        running = asyncio.current_task()
        assert running
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # only the first: a second one must not cut the tidying up
            asyncio.get_running_loop().add_signal_handler(number, lambda: running.cancelling() or running.cancel())
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(stoppable())


if __name__ == "__main__":
    main()
