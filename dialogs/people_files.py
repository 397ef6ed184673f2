"""CSV files that people send: found in a message, fetched beside its turn, and kept for a moment until it is said what they are for.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4#receive-files-in-personal-chat
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from botbuilder.schema import Activity
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from bot.errors import GatewayError, InvalidAnswers
from bot.i18n import LocalizedText, say
from bot.service import check_people_file_type, describe_error, describe_people, read_people_file
from dialogs.channel.admission import is_at
from dialogs.channel.http import HttpClient

FILE_INFO = "application/vnd.microsoft.teams.file.download.info"  # Teams delivers files in personal chats only
LARGEST = 2 * 1024 * 1024  # bytes; 10,000 people with a few more columns fit
PATIENCE = 8.0  # seconds for one file: somebody is waiting for an answer
KEPT = 600.0  # seconds until a file that nobody said a word about is forgotten

ONE = say("Please send one file at a time.")
TOO_LARGE = say("This file is too large: I read up to {n} MB.", n=LARGEST // 1024 // 1024)
NOT_ALLOWED = say("Teams named a place for the file that is not allowed in the configuration.")
NOT_FETCHED = say("I could not fetch the file. Please send it again.")


class _Content(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    download_url: str
    file_type: str = ""


@dataclass(frozen=True)
class AttachedFile:
    """A file as the message names it. Its address is good for some minutes, for whoever knows it."""

    name: str
    type: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class PeopleFile:
    """What was in a file: its people, a line each, or why there are none."""

    name: str
    text: str = field(default="", repr=False)
    problem: LocalizedText | None = None

    @property
    def summary(self) -> LocalizedText | None:
        """What was read of it and what was not; None where there is nothing to tell."""
        return describe_people(self.text) if self.text else None


def attached_files(activity: Activity) -> list[AttachedFile]:
    """The files that came with a message."""
    return [_attached_file(one.name or "", one.content) for one in activity.attachments or () if one.content_type == FILE_INFO]


def _attached_file(name: str, content: object) -> AttachedFile:
    try:
        told = _Content.model_validate(content)
    except ValidationError:
        return AttachedFile(name, "", "")  # no place is allowed to be nowhere
    return AttachedFile(name, told.file_type.lower(), told.download_url)


def _fetch_failure(why: str | LocalizedText) -> LocalizedText:
    return say("I could not fetch the file: {why}. Please send it again.", why=why)


class PeopleFileInbox:
    """Fetches files from the allowed hosts only: their addresses come with the messages."""

    def __init__(
        self, wire: HttpClient, hosts: Sequence[str], now: Callable[[], float] = time.monotonic, patience: float = PATIENCE
    ) -> None:
        self._wire, self._hosts, self._now, self._patience = wire, tuple(hosts), now, patience
        self._kept: dict[str, tuple[PeopleFile, float]] = {}

    async def fetch(self, files: Sequence[AttachedFile]) -> PeopleFile:
        """The people of the one file. Takes seconds: not for a turn."""
        name = files[0].name
        try:
            if len(files) > 1:
                return PeopleFile(name, problem=ONE)
            async with asyncio.timeout(self._patience):
                content = await self._content(files[0])
            return PeopleFile(name, await asyncio.to_thread(read_people_file, content))
        except InvalidAnswers as wrong:
            return PeopleFile(name, problem=wrong.problems["people"])
        except TimeoutError:
            return PeopleFile(name, problem=_fetch_failure(say("it did not come within {n} s", n=max(1, round(self._patience)))))
        except GatewayError as trouble:
            if trouble.code == "too large":
                return PeopleFile(name, problem=TOO_LARGE)
            return PeopleFile(name, problem=_fetch_failure(describe_error(trouble)))

    def keep(self, who: str, file: PeopleFile) -> None:
        """Until this person says what it is for, for ten minutes."""
        self._kept = {each: held for each, held in self._kept.items() if held[1] >= self._now()}
        self._kept[who] = (file, self._now() + KEPT)

    def take(self, who: str) -> PeopleFile | None:
        """The file that this person sent just before; it is given out once."""
        file, until = self._kept.pop(who, (None, 0.0))
        return file if until >= self._now() else None

    async def _content(self, file: AttachedFile) -> bytes:
        check_people_file_type(file.type)
        if not is_at(file.url, self._hosts):
            raise InvalidAnswers({"people": NOT_ALLOWED})
        return await self._wire.download(file.url, LARGEST)
