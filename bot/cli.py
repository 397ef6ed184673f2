"""The command line: `switchover serve` for a real estate, `switchover lab` for the pretend one. Heavy imports come late."""

import argparse
import asyncio
import contextlib
import getpass
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.config import load
from bot.errors import AlreadyRunning, ConfigurationError, RecordsNotReadable
from bot.i18n import say

FOR_ITS_OWNER = 0o077  # records and estate are nobody else's business, whoever made the folder
LAB_PACKAGES = ("adapters.lab", "psrpcore")  # come with the extra `lab` only
NO_LAB = "The lab is not installed. Run this in the folder of Switchover's source: pip install '.[lab]'"


def main(argv: Sequence[str] | None = None) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given, words = sys.argv[1:] if argv is None else argv, ""
    if list(given[:1]) == ["lab"] and not _has_lab():
        sys.exit(f"switchover: {NO_LAB}")
    asked = _parser().parse_args(given)
    try:
        asked.act(asked)
    except* (*_expected_errors(), *asked.errors()) as problems:
        words = str(_first(problems))
    if words:
        sys.exit("\n".join(f"switchover: {line}" for line in words.splitlines()))


def _expected_errors() -> tuple[type[Exception], ...]:
    """Errors that are told in one line. Called only when something went wrong: the import takes long."""

    return (ConfigurationError, AlreadyRunning, RecordsNotReadable, OSError)


def _has_lab() -> bool:
    return all(find_spec(name) for name in LAB_PACKAGES)


def _first(problem: BaseException) -> BaseException:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="switchover", description="Takes an organisation from Skype for Business Server to Teams.")
    parser.set_defaults(errors=tuple)
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
    lab = commands.add_parser("lab", help="run the bot on a pretend estate, or do there by hand what people do")
    if _has_lab():
        from adapters.lab.cli import add_arguments

        add_arguments(lab)
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


def _serve(asked: argparse.Namespace) -> None:
    from bot import bootstrap

    os.umask(FOR_ITS_OWNER)
    until_stopped(bootstrap.serve(load(asked.config)))


def _check(asked: argparse.Namespace) -> None:
    from bot.ledger import open_read_only

    records = load(asked.config).records
    if records.is_file() and records.stat().st_size:
        open_read_only(records).close()
    print(say("The settings can be used."))


def _accept_records(asked: argparse.Namespace) -> None:
    """What was agreed to before counts no more; the audit says who accepted, and where the records had been."""
    from bot.ledger.acceptance import accept_database
    from bot.runs.engine import ProcessLock

    if not asked.records.is_file():
        raise OSError(f"{asked.records}: no such records")
    lock = ProcessLock(asked.records.with_suffix(".lock"))
    try:
        hold = accept_database(asked.records, getpass.getuser())
    finally:
        lock.release()
    if hold is None:
        sys.exit("switchover: The records are as the bot left them; there is nothing to accept.")
    print(say("Accepted, though {why}. What was agreed to before must be agreed to anew.", why=hold))


def _check_audit(asked: argparse.Namespace) -> None:
    from bot.ledger import audit, open_read_only
    from bot.ledger.anchor import find_differences
    from bot.ledger.comparison import find_faults

    records = open_read_only(asked.records)
    faults = (
        [f"Lines that were changed, or do not follow the one before: {lines}"]
        if (lines := ", ".join(map(str, audit.find_broken(records))))
        else []
    )
    faults += [f"{fault[0].upper()}{fault[1:]}." for fault in (*find_faults(records), *find_differences(records, asked.records))]
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
