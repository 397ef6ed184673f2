"""CSV files that people send: fetched from allowed hosts only, bounded, beside the turn, and taken for what they were sent for."""

import pytest
from botbuilder.schema import Activity

from bot.i18n import LocalizedText
from bot.steps.shared.people_input.csv_file import AS_CSV, EMPTY, NO_TABLE
from dialogs.channel.admission import is_at
from dialogs.channel.http import HttpClient
from dialogs.people_files import (
    FILE_INFO,
    KEPT,
    LARGEST,
    NOT_ALLOWED,
    ONE,
    TOO_LARGE,
    AttachedFile,
    PeopleFile,
    PeopleFileInbox,
    attached_files,
)
from tests.support.conversation import AUDIT
from tests.support.fake_file_store import FakeFileStore
from tests.support.run_harness import ManualTime
from tests.support.sample_steps import ADELE, ALEX, MEGAN
from tests.support.written_conversation import WrittenConversation

CSV = b"SipAddress\nbob@contoso.com\ncarol@contoso.com\n"
READ = "# column SipAddress\nbob@contoso.com\ncarol@contoso.com"
HERE = ("127.0.0.1",)


async def fetched(
    shelf: FakeFileStore, *names: str, way: str = "files", hosts: tuple[str, ...] = HERE, patience: float = 8.0
) -> PeopleFile:
    wire = HttpClient()
    try:
        files = attached_files(Activity().deserialize({"attachments": [shelf.attachment(name, way) for name in names]}))
        return await PeopleFileInbox(wire, hosts, patience=patience).fetch(files)
    finally:
        await wire.close()


async def test_a_file_is_fetched_without_anything_of_ours() -> None:
    async with FakeFileStore(**{"people.csv": CSV}) as shelf:
        people = await fetched(shelf, "people.csv")
        assert people.text == READ and people.problem is None
        (headers,) = shelf.asked
        assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("name", "content", "way", "word"),
    [
        ("people.xlsx", CSV, "files", AS_CSV),
        ("people.csv", b"PK\x03\x04", "files", AS_CSV),
        ("people.mp4", CSV, "files", NO_TABLE),
        ("people.csv", b"\x00\x01\x02", "files", NO_TABLE),
        ("people.csv", b"", "files", EMPTY),
        ("people.csv", b"x" * (LARGEST + 1), "files", TOO_LARGE),
    ],
)
async def test_what_is_no_list_is_answered_with_a_word(name: str, content: bytes, way: str, word: LocalizedText) -> None:
    async with FakeFileStore(**{name: content}) as shelf:
        assert (await fetched(shelf, name, way=way)).problem == word


@pytest.mark.parametrize(("way", "why"), [("gone", "the store answered 404"), ("moved", "the store answered 302")])
async def test_what_the_store_answered_is_told(way: str, why: str) -> None:
    async with FakeFileStore(**{"people.csv": CSV}) as shelf:
        told = str((await fetched(shelf, "people.csv", way=way)).problem)
        assert told.startswith(f"I could not fetch the file: {why}") and "127.0.0.1" not in told


async def test_a_store_that_does_not_finish_is_not_waited_for() -> None:
    async with FakeFileStore(**{"people.csv": CSV}) as shelf:
        assert "within 1 s" in str((await fetched(shelf, "people.csv", way="slow", patience=0.2)).problem)


async def test_a_file_that_never_ends_is_cut() -> None:
    async with FakeFileStore(**{"people.csv": b"x" * (LARGEST + 1)}) as shelf:
        assert (await fetched(shelf, "people.csv", way="slow")).problem == TOO_LARGE


async def test_a_store_that_is_not_there_is_told() -> None:
    async with FakeFileStore(**{"people.csv": CSV}) as shelf:
        gone = shelf.attachment("people.csv")
    files, wire = attached_files(Activity().deserialize({"attachments": [gone]})), HttpClient()
    told = str((await PeopleFileInbox(wire, HERE).fetch(files)).problem)
    assert "the store could not be reached: ClientConnectorError: Connection refused" in told and "127.0.0.1" not in told
    await wire.close()


async def test_a_place_outside_the_configuration_is_never_asked() -> None:
    async with FakeFileStore(**{"people.csv": CSV}) as shelf:
        assert (await fetched(shelf, "people.csv", hosts=("sharepoint.com",))).problem == NOT_ALLOWED
        assert not shelf.asked


async def test_two_files_at_once_are_one_too_many() -> None:
    async with FakeFileStore(**{"a.csv": CSV, "b.csv": CSV}) as shelf:
        assert (await fetched(shelf, "a.csv", "b.csv")).problem == ONE


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://contoso-my.sharepoint.com/personal/x/_layouts/15/download.aspx?tempauth=a%2Bb", True),
        ("https://SharePoint.com/x", True),
        ("https://sharepoint.com:8443/x", True),
        ("http://contoso.sharepoint.com/x", False),
        ("https://sharepoint.com.evil.example/x", False),
        ("https://evilsharepoint.com/x", False),
        ("https://me@contoso.sharepoint.com/x", False),
        ("https://evil.example\\@contoso.sharepoint.com/x", False),
        ("https://evil.example#@contoso.sharepoint.com/x", False),
        ("http://127.0.0.1/x", False),
        ("file:///etc/passwd", False),
        ("data:text/csv,bob", False),
        ("https://[bad/x", False),
        ("https://xn--sharepoint-.com/x", False),
        ("https://\uff53harepoint.com/x", False),
        ("https://evil.example\uff0f.sharepoint.com/x", False),
        ("", False),
    ],
)
def test_only_https_at_an_allowed_host_is_a_place_for_files(url: str, fits: bool) -> None:
    assert is_at(url, ("sharepoint.com",)) is fits


def test_the_address_of_a_file_is_shown_nowhere() -> None:
    file = AttachedFile("people.csv", "csv", "https://contoso.sharepoint.com/x?tempauth=secret")
    assert "secret" not in repr(file) and "bob" not in repr(PeopleFile("people.csv", "bob@contoso.com"))


@pytest.mark.parametrize("content", [None, "x", {}, {"downloadUrl": 7}])
def test_an_attachment_that_names_no_place_is_a_file_that_cannot_be_fetched(content: object) -> None:
    (file,) = attached_files(Activity().deserialize({"attachments": [{"contentType": FILE_INFO, "name": "x.csv", "content": content}]}))
    assert not is_at(file.url, HERE)


def test_a_message_as_teams_writes_it_has_no_file() -> None:
    assert not attached_files(Activity().deserialize({"attachments": [{"contentType": "text/html", "content": "<p>hello</p>"}]}))


def test_a_file_is_kept_for_a_while_and_given_out_once() -> None:
    time = ManualTime()
    inbox, file = PeopleFileInbox(HttpClient(), HERE, time), PeopleFile("people.csv", "bob@contoso.com")
    inbox.keep("a", file)
    assert inbox.take("b") is None and inbox.take("a") == file and inbox.take("a") is None
    inbox.keep("a", file)
    time.now += KEPT + 1
    assert inbox.take("a") is None


async def test_a_command_with_a_file_is_a_wish_for_its_people(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.csv", CSV, "move users")
    assert stage.fake_service.asked == [{"people": READ}]
    await stage.send_file(ALEX, "people.csv", CSV, "move users dave@contoso.com")
    assert stage.fake_service.asked[1]["people"].endswith("carol@contoso.com\n#\ndave@contoso.com")


async def test_ten_thousand_people_come_in_one_file(stage: WrittenConversation) -> None:
    await stage.send_file(
        ALEX, "people.csv", b"".join(b"person%d@contoso.com;boss%d@contoso.com\n" % (n, n) for n in range(9_999)), "move users"
    )
    assert "columns 1, 2 hold addresses" in stage.newest_message.as_shown and "(Make a plan)" in stage.newest_message.as_shown
    rows = b"Name;UPN;Team\n" + b"".join(b"Person %d;person%d@contoso.com;Sales\n" % (n, n) for n in range(10_000))
    await stage.send_file(ALEX, "people.csv", rows)
    await stage.follow_direction("the look is done")
    assert "10,000 changes" in stage.newest_message.as_shown


async def test_a_file_alone_is_asked_what_it_is_for_and_kept_until_it_is_said(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.csv", CSV)
    assert "2 lines, 2 people, from column SipAddress (by SIP address)" in stage.newest_message.text
    assert "“people.csv”" in stage.newest_message.text and stage.newest_message.picks == ["Move pilot users", "Move users back"]
    await stage.type_text(ALEX, "Move pilot users")
    assert stage.fake_service.asked == [{"people": READ}]


@pytest.mark.parametrize("between", ["help", "runs", "hm?"])
async def test_a_file_is_let_go_when_something_else_is_said(stage: WrittenConversation, between: str) -> None:
    await stage.send_file(ALEX, "people.csv", CSV)
    for text in (between, "move users"):
        await stage.type_text(ALEX, text)
    assert not stage.fake_service.asked and "Who? []" in stage.newest_message.as_shown


async def test_a_newer_file_takes_the_place_of_the_one_before(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.csv", CSV)
    await stage.send_file(ALEX, "others.csv", b"dave@contoso.com", "move users")
    await stage.type_text(ALEX, "move users")
    assert stage.fake_service.asked == [{"people": "dave@contoso.com"}] and "Who? []" in stage.newest_message.as_shown


async def test_a_file_answers_the_form_that_is_open(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users")
    await stage.send_file(ALEX, "people.csv", CSV, "here they are")
    assert stage.fake_service.asked == [{"people": READ}]


async def test_a_bad_file_leaves_the_form_open_with_a_word(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.xlsx", CSV, "move users")
    assert "Who? []\nThis is an Excel workbook." in stage.newest_message.as_shown
    await stage.type_text(ALEX, "bob@contoso.com")
    assert stage.fake_service.asked == [{"people": "bob@contoso.com"}]


async def test_a_bad_file_alone_is_answered_at_once(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.xlsx", CSV)
    assert stage.newest_message.text.startswith("This is an Excel workbook.")


async def test_a_file_with_a_step_about_nobody_is_left_aside(stage: WrittenConversation) -> None:
    await stage.send_file(ALEX, "people.csv", CSV, "federation")
    assert any("I leave “people.csv” aside" in line for line in stage.clients.script)
    assert "Partner discovery" in stage.newest_message.as_shown


async def test_nothing_is_fetched_for_whoever_may_not_ask(stage: WrittenConversation) -> None:
    await stage.send_file(ADELE, "people.csv", CSV, "move users")
    assert "may not ask" in stage.newest_message.text and not stage.fake_service.asked


async def test_the_form_says_where_a_file_can_be_sent(stage: WrittenConversation) -> None:
    await stage.type_text(MEGAN, "move users")
    assert "send me a CSV file here" in stage.newest_message.as_shown
    await stage.type_text(MEGAN, "move users", AUDIT)
    assert "only in our personal chat" in stage.newest_message.as_shown
