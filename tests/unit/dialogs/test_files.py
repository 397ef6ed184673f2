"""Long lists: how they are written, and how they come to people."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.errors import Refused
from bot.i18n import say
from bot.report_files import KEPT, ReportFiles
from bot.step import Fine, Obstacle, Reason
from bot.views import Person, RunView
from dialogs.channel.http import HttpClient
from dialogs.files import CONSENT, INFO, ConsentCards, DownloadLinks, ReportFile, Uploads, UploadTarget, parse_answer, report_files_of
from dialogs.list_delivery import ListDelivery
from tests.support.conversation import AUDIT
from tests.support.fake_list_channel import UPLOAD, FakeListChannel, FakeOneDrive
from tests.support.fake_run_service import NOW
from tests.support.run_harness import ManualTime
from tests.support.sample_steps import ALEX, PATTI
from tests.support.written_conversation import WrittenConversation

HEADER = ("SIP address", "Found")


@pytest.fixture
def listings(tmp_path: Path) -> ReportFiles:
    return ReportFiles(tmp_path / "records.lists", ManualTime())


def rows_of(file: Path | None) -> list[list[str]]:
    assert file is not None
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def test_a_list_is_read_back_as_it_was(listings: ReportFiles) -> None:
    rows = [("jürgen@contoso.com", 'said "no", twice'), ("花子@contoso.com", "line\nbreak")]
    assert listings.write(7, "Not in the cloud", HEADER, rows) == 2
    file = listings.path(7, "not in the cloud")
    assert rows_of(file) == [list(HEADER), *map(list, rows)]
    assert file and file.read_bytes().startswith(b"\xef\xbb\xbf") and file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_is_a_formula(listings: ReportFiles, mark: str) -> None:
    listings.write(1, "names", HEADER, [(f"{mark}cmd|' /C calc'!A0", "x")])
    assert rows_of(listings.path(1, "names"))[1][0].startswith(f"'{mark}")


@pytest.mark.parametrize("parted", [";", "\t", "; ", ';"'])
def test_no_cell_is_one_where_spreadsheets_part_them_otherwise(listings: ReportFiles, parted: str) -> None:
    listings.write(1, "names", HEADER, [(f"a{parted}=cmd|' /C calc'!A0{parted}b", "x")])
    assert rows_of(listings.path(1, "names"))[1][0] == f"a{parted}'=cmd|' /C calc'!A0{parted}b"


def test_a_list_of_nobody_leaves_no_file_of_an_earlier_look(listings: ReportFiles) -> None:
    listings.write(1, "names", HEADER, [("a", "b")])
    assert listings.write(1, "names", HEADER, []) == 0
    assert listings.path(1, "names") is None


def test_a_name_cannot_lead_out_of_the_folder(listings: ReportFiles, tmp_path: Path) -> None:
    listings.write(1, "../../etc/passwd", HEADER, [("a", "b")])
    assert [file.parent.name for file in tmp_path.rglob("*.csv")] == ["run-1"]


def test_old_lists_are_forgotten(tmp_path: Path) -> None:
    listings = ReportFiles(tmp_path)
    listings.write(1, "names", HEADER, [("a", "b")])
    listings.delete_old()
    assert listings.path(1, "names")
    made = (tmp_path / "run-1").stat().st_mtime
    ReportFiles(tmp_path, lambda: made + KEPT + 1).delete_old()
    assert listings.path(1, "names") is None


def test_only_lists_that_a_finding_names_and_that_are_there_are_handed_over(listings: ReportFiles) -> None:
    listings.write(7, "twice", HEADER, [("a", "b")])
    listings.write(7, "secret", HEADER, [("a", "b")])
    reason = Reason(say("x"), say("y"))
    found = (Obstacle("twice", (reason,), listing="twice"), Fine("gone", say("x"), listing="gone"), Fine("none", say("x")))
    view = RunView(7, "sync", say("Sync"), "incomplete", "", ALEX, NOW, {}, other_findings=found)
    assert [one.name for one in report_files_of(view, listings.path)] == ["twice"]


@pytest.fixture
def one(listings: ReportFiles) -> ReportFile:
    listings.write(7, "not in the cloud", HEADER, [("a", "b")])
    file = listings.path(7, "not in the cloud")
    assert file
    return ReportFile(7, "not in the cloud", file)


async def test_a_link_works_once_and_not_for_ever(one: ReportFile) -> None:
    time = ManualTime()
    links = DownloadLinks("127.0.0.1", 1, time)
    app = web.Application()
    app.add_routes(links.routes)
    async with TestServer(app, host="127.0.0.1") as server, ClientSession(server.make_url("/")) as client:

        async def status(path: str) -> int:
            async with client.get(path) as answer:
                return answer.status

        def path() -> str:
            _, message = links.offer([one], "en")
            return "/" + str(message.text).rpartition("127.0.0.1:1/")[2]

        link = path()
        async with client.get(link) as answer:
            assert answer.status == 200 and await answer.read() == one.file.read_bytes()
            assert "attachment" in answer.headers["Content-Disposition"]
        assert await status(link) == 404
        late = path()
        time.now += 601
        assert await status(late) == await status("/lists/guessed") == 404


def test_in_teams_the_person_is_asked_first(one: ReportFile) -> None:
    (message,) = ConsentCards().offer([one], "en")
    (card,) = message.attachments
    assert (card.content_type, card.name) == (CONSENT, "run-7-not-in-the-cloud.csv")
    assert card.content["sizeInBytes"] == one.file.stat().st_size
    assert card.content["acceptContext"] == {"run": 7, "list": "not in the cloud"}


HUGE = {"action": "accept", "context": {"run": 10**30, "list": "x"}}


@pytest.mark.parametrize("value", [None, "x", {}, {"action": "accept"}, {"action": "accept", "context": {"run": "x", "list": 1}}, HUGE])
def test_an_answer_that_is_none_means_nothing(value: object) -> None:
    assert parse_answer(value) is None


@pytest.mark.parametrize(
    "url", ["http://contoso.sharepoint.com/x", "https://evil.example/x", "https://sharepoint.com.evil.example/x", "file:///etc"]
)
async def test_a_file_goes_to_allowed_hosts_only(one: ReportFile, url: str) -> None:
    wire = HttpClient()
    with pytest.raises(Refused, match="not allowed"):
        await Uploads(wire, ("sharepoint.com",)).upload(one, place(url))
    await wire.close()


def place(url: str) -> UploadTarget:
    return UploadTarget(contentUrl="https://contoso.sharepoint.com/file", name="x.csv", uploadUrl=url, uniqueId="u1", fileType="csv")


async def test_the_store_gets_the_whole_file_without_our_token() -> None:
    met: list[tuple[bytes, dict[str, str]]] = []

    async def put(request: web.Request) -> web.Response:
        met.append((await request.read(), dict(request.headers)))
        return web.Response(status=201)

    async def full(request: web.Request) -> web.Response:
        return web.Response(status=507)

    app = web.Application()
    app.add_routes([web.put("/session", put), web.put("/full", full)])
    wire = HttpClient()
    async with TestServer(app, host="127.0.0.1") as server:
        await wire.upload(str(server.make_url("/session")), b"a,b")
        with pytest.raises(Refused, match="507"):
            await wire.upload(str(server.make_url("/full")), b"a,b")
        await wire.close()
    ((content, headers),) = met
    assert content == b"a,b" and headers["Content-Range"] == "bytes 0-2/3" and "Authorization" not in headers


LIST = {"verb": "list", "run": 1}


@pytest.fixture
async def reported(stage: WrittenConversation, listings: ReportFiles) -> WrittenConversation:
    """Run 1 has a list, and Teams asks people before it takes files."""
    listings.write(1, "twice", HEADER, [("a", "b")])
    stage.letters, stage.store = FakeListChannel(), FakeOneDrive()
    stage.list_delivery = ListDelivery(listings, ConsentCards(), stage.letters, Uploads(stage.store, ("sharepoint.com",)))
    stage.open()
    stage.card = await stage.draft_run()
    found = (Obstacle("twice", (Reason(say("x"), say("y")),), listing="twice"),)
    stage.fake_service.runs[1] = replace(stage.fake_service.runs[1], changes=(), other_findings=found)
    return stage


async def test_a_press_brings_the_lists(reported: WrittenConversation) -> None:
    before = set(reported.clients.messages)
    await reported.send_action(ALEX, reported.card, LIST)
    assert len(set(reported.clients.messages) - before) == 1


async def test_in_a_channel_they_go_to_whoever_asked(reported: WrittenConversation) -> None:
    card = replace(reported.card, conversation=AUDIT)
    await reported.send_action(ALEX, card, LIST)
    await asyncio.wait_for(reported.letters.came.wait(), 5)
    assert [to for to, _ in reported.letters.sent] == [f"29:{ALEX.id}"]
    assert reported.newest_message.text == "The lists are sent to you personally."


async def test_whoever_may_not_look_gets_no_list(reported: WrittenConversation) -> None:
    before = len(reported.letters.sent)
    answer = await reported.send_action(PATTI, reported.card, LIST)
    assert "may not look" in answer.body["value"] and len(reported.letters.sent) == before


@pytest.mark.parametrize(("who", "arrives"), [(ALEX, True), (PATTI, False)])
async def test_an_agreed_file_is_stored_and_told(reported: WrittenConversation, who: Person, arrives: bool) -> None:
    info = {"contentUrl": "https://c.sharepoint.com/f", "name": "f.csv", "uploadUrl": UPLOAD, "uniqueId": "u", "fileType": "csv"}
    value = {"type": "fileUpload", "action": "accept", "context": {"run": 1, "list": "twice"}, "uploadInfo": info}
    answer = await reported.deliver(who, type="invoke", name="fileConsent/invoke", value=value)
    assert answer.status == 200
    if arrives:
        await asyncio.wait_for(reported.letters.came.wait(), 5)
        assert reported.letters.sent[0][1].attachments[0].content_type == INFO
    assert (UPLOAD in reported.store.has) is arrives


async def test_a_declined_file_and_one_that_is_gone_are_not_stored(reported: WrittenConversation) -> None:
    info = {"contentUrl": "c", "name": "f.csv", "uploadUrl": UPLOAD, "uniqueId": "u"}
    for action, name in (("decline", "twice"), ("accept", "gone"), ("accept", "../twice")):
        value = {"action": action, "context": {"run": 1, "list": name}, "uploadInfo": info}
        assert (await reported.deliver(ALEX, type="invoke", name="fileConsent/invoke", value=value)).status == 200
    assert not reported.store.has and not reported.letters.sent
