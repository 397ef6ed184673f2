"""A bot that does nothing but hold its lab, for tests of the lab's processes."""

# python -m tests.support.idle_bot DIR {"users": 12} [fresh]

import asyncio
import json
import os
import sys
from pathlib import Path

from adapters.lab.process.folder import Folder, LabError
from adapters.lab.process.launcher import open_lab
from bot.calls import Json
from bot.cli import until_stopped


async def hold(folder: Folder, given: dict[str, Json], fresh: bool) -> None:
    async with open_lab(folder, given, fresh) as house, asyncio.TaskGroup() as tasks:
        tasks.create_task(house.watch_estate())
        house.publish(f"http://127.0.0.1:{house.port}/api/messages")
        print("The lab is up.", flush=True)


if __name__ == "__main__":
    os.umask(0o077)
    words = None
    try:
        until_stopped(hold(Folder(Path(sys.argv[1])), json.loads(sys.argv[2]), "fresh" in sys.argv))
    except* LabError as problems:
        words = str(problems.exceptions[0])
    sys.exit(words)
