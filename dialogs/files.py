"""Long lists on their way to people: in Teams by file consent in the personal chat, on this machine by a link that works once."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiohttp import web
from botbuilder.schema import Activity, ActivityTypes, Attachment, TextFormatTypes
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from yarl import URL

from bot.errors import Refused
from bot.i18n import LocalizedText, say
from bot.views import RunView
from dialogs.channel.admission import is_at
from dialogs.channel.http import HttpClient
from dialogs.rendering import render, without_angle_brackets
from dialogs.translations import subject_name

CONSENT, INFO = (f"application/vnd.microsoft.teams.card.file.{kind}" for kind in ("consent", "info"))
LASTS = 600.0  # seconds until a link that nobody used is forgotten


class ReportFolder(Protocol):
    """Where the lists of all runs are kept: `bot.report_files.ReportFiles`. Every method blocks."""

    def write(self, run: int, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int: ...

    def write_text(self, run: int, name: str, lines: Iterable[str]) -> Path: ...

    def path(self, run: int, name: str, kind: str = "csv") -> Path | None: ...


Find = Callable[[int, str], Path | None]  # the file of a run's list


@dataclass(frozen=True)
class ReportFile:
    """One list of one run that can be handed over."""

    run: int
    name: str
    file: Path
    title: LocalizedText | None = None  # what people call it, where that is not its name

    def display_name(self, locale: str) -> str:
        return render(self.title, locale) if self.title else subject_name(self.name, locale)

    @property
    def file_name(self) -> str:
        """What the file is called where it is stored: it says of which run it is."""
        return f"run-{self.run}-{self.file.name}"


class FileOffer(Protocol):
    """How lists are handed over where this bot stands. `asks` tells whether people must agree first."""

    asks: bool

    def offer(self, lists: Sequence[ReportFile], locale: str) -> list[Activity]:
        """The messages that hand them over, for the eyes of one person."""


def report_files_of(view: RunView, find: Find) -> list[ReportFile]:
    """The lists that this run's findings name and that are still there."""
    names = [finding.listing for finding in view.other_findings if finding.kind != "change" and finding.listing]
    return [ReportFile(view.id, name, file) for name in names if (file := find(view.id, name))]


class DownloadLinks:
    """Hands over by links to this machine, each good for one download. Only where nobody else can reach the bot."""

    asks = False

    def __init__(self, host: str, port: int, now: Callable[[], float] = time.monotonic) -> None:
        self._root, self._now = URL.build(scheme="http", host=host, port=port), now
        self._open: dict[str, tuple[ReportFile, float]] = {}

    def offer(self, lists: Sequence[ReportFile], locale: str) -> list[Activity]:
        """A message each: the Playground would run the lines of one together."""
        lines = [f"{one.display_name(locale)}: {self._link(one)}" for one in lists]
        told = (without_angle_brackets(render(say("Each link works once:"), locale)), *lines)
        return [Activity(type=ActivityTypes.message, text=text, text_format=TextFormatTypes.plain) for text in told]

    @property
    def routes(self) -> list[web.RouteDef]:
        return [web.get("/lists/{key}", self.download)]

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The file behind a link, the first time that it is asked for."""
        one, until = self._open.pop(request.match_info["key"], (None, 0.0))
        if one is None or until < self._now() or not one.file.is_file():
            raise web.HTTPNotFound
        as_file = {"Content-Disposition": f'attachment; filename="{one.file_name}"', "Cache-Control": "no-store"}
        return web.FileResponse(one.file, headers=as_file)

    def _link(self, one: ReportFile) -> str:
        self._open = {key: held for key, held in self._open.items() if held[1] >= self._now()}
        key = secrets.token_urlsafe(24)
        self._open[key] = (one, self._now() + LASTS)
        return str(self._root / "lists" / key)


class ConsentCards:
    """Hands over into the person's own OneDrive, when they agree.

    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4
    """

    asks = True

    def offer(self, lists: Sequence[ReportFile], locale: str) -> list[Activity]:
        return [Activity(type=ActivityTypes.message, attachments=[_consent(one, locale)]) for one in lists]


def _consent(one: ReportFile, locale: str) -> Attachment:
    context = {"run": one.run, "list": one.name}
    words = render(say("run {run}: {name}", run=one.run, name=one.display_name(locale)), locale)
    content = {"description": words, "sizeInBytes": one.file.stat().st_size, "acceptContext": context, "declineContext": context}
    return Attachment(content_type=CONSENT, name=one.file_name, content=content)


class _OfferedFile(BaseModel):
    run: int = Field(ge=1, le=2**53)
    list: str


class UploadTarget(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    content_url: str
    name: str
    upload_url: str
    unique_id: str
    file_type: str = "csv"


class ConsentAnswer(BaseModel):
    """What comes back from a file consent card. It is the client's own word: the run is looked up again."""

    model_config = ConfigDict(alias_generator=to_camel)
    action: str
    context: _OfferedFile
    upload_info: UploadTarget | None = None


def parse_answer(value: object) -> ConsentAnswer | None:
    try:
        return ConsentAnswer.model_validate(value)
    except ValidationError:
        return None


class Uploads:
    """Puts files where Teams says, at the allowed hosts only: the address comes with the answer."""

    def __init__(self, wire: HttpClient, hosts: Sequence[str]) -> None:
        self._wire, self._hosts = wire, tuple(hosts)

    async def upload(self, one: ReportFile, place: UploadTarget) -> Activity:
        """The card that stands for the file. Raises `GatewayError` when there is none."""
        if not is_at(place.upload_url, self._hosts):
            raise Refused(say("Teams named a place for the file that is not allowed in the configuration."))
        await self._wire.upload(place.upload_url, await asyncio.to_thread(one.file.read_bytes))
        content = {"uniqueId": place.unique_id, "fileType": place.file_type}
        card = Attachment(content_type=INFO, name=place.name, content_url=place.content_url, content=content)
        return Activity(type=ActivityTypes.message, attachments=[card])
