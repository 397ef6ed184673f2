"""The whole bot in the process of a test, on its own port and with an estate of its own; whoever works on it may do everything."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from adapters.lab.process.folder import Folder
from adapters.lab.process.launcher import Lab, open_lab
from adapters.lab.process.ports import any_port
from adapters.lab.process.settings import lab_settings, sample_people
from bot import bootstrap
from bot.calls import Json
from bot.config import Rights, Settings
from tests.support.lab_client import RunningLab


class ErrorLog(logging.Handler):
    """What the bot's log says of errors of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "nothing is sent" not in record.getMessage():
            self.told.append(f"{record.getMessage()} {record.exc_info[1]!r}" if record.exc_info else record.getMessage())


def _settings(house: Lab) -> Settings:
    everybody = tuple(person.id for person in sample_people())
    return lab_settings(house).model_copy(update={"rights": Rights(look=everybody, ask=everybody, approve=everybody), "card_seconds": 0.1})


@asynccontextmanager
async def bot_in_process(folder: Path, options: dict[str, Json]) -> AsyncIterator[RunningLab]:
    """The estate is a process of its own; the bot listens on its port, and its log can be read."""
    async with open_lab(Folder(folder), {"port": any_port(), **options}) as house:
        ready = asyncio.Event()
        running = asyncio.create_task(bootstrap.serve(_settings(house), ready))
        await asyncio.wait((asyncio.create_task(ready.wait()), running), return_when=asyncio.FIRST_COMPLETED)
        house.publish(f"http://127.0.0.1:{house.port}/api/messages")
        try:
            yield RunningLab(folder)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
