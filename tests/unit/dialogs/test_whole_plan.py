"""The whole plan as files: everything that is agreed to can be read, whatever its size, and whoever got it has seen it."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bot.calls import ManualAction
from bot.errors import Refused
from bot.i18n import say
from bot.report_files import ReportFiles
from bot.step import Change, Fine, Obstacle, Reason, Unclear
from bot.views import ChangeView, ConversationRef, RunView
from dialogs.cards.run import RenderContext
from dialogs.channel.turn_lock import wait_for_work_beside
from dialogs.files import INFO, ConsentCards, DownloadLinks, Uploads
from dialogs.list_delivery import ListDelivery
from dialogs.whole_plan import find_plan_file, write_plan
from tests.support.conversation import AUDIT
from tests.support.fake_list_channel import UPLOAD, FakeListChannel, FakeOneDrive
from tests.support.fake_run_service import NOW
from tests.support.sample_steps import ALEX, MEGAN, move_change
from tests.support.written_conversation import WrittenConversation

DIGEST = "4f2a91" + "0" * 58
PLAN = {"verb": "list", "run": 1}


@pytest.fixture
def listings(tmp_path: Path) -> ReportFiles:
    return ReportFiles(tmp_path / "lists")


def planned(*changes: Change, others: tuple[Obstacle | Fine | Unclear, ...] = ()) -> RunView:
    rows = tuple(ChangeView(change.subject, change) for change in changes)
    return RunView(7, "move_users", say("Move pilot users"), "awaiting_approval", DIGEST, ALEX, NOW, {}, rows, others)


def files(listings: ReportFiles, view: RunView, locale: str = "en") -> tuple[str, list[dict[str, str]]]:
    """The text, and the lines of the table."""
    text, table = write_plan(listings, view, RenderContext(NOW, locale))
    with table.file.open(encoding="utf-8-sig", newline="") as lines:
        return text.file.read_text("utf-8-sig"), list(csv.DictReader(lines))


def test_five_thousand_people_are_all_in_both(listings: ReportFiles) -> None:
    people = [f"person{n:04}@contoso.com" for n in range(5_000)]
    fine = tuple(Fine(sip, say("already in Teams")) for sip in people[4_000:])
    text, table = files(listings, planned(*map(move_change, people[:4_000]), others=fine))
    assert [line["Who or what"] for line in table] == people
    assert {(line["Run"], line["Plan"]) for line in table} == {("7", "4f2a91")}
    assert all(f"\n{sip}: " in text for sip in people) and f"plan 4f2a91\ndigest of the plan: {DIGEST}\n" in text


def test_both_are_named_with_run_and_plan(listings: ReportFiles) -> None:
    names = [one.file_name for one in write_plan(listings, planned(move_change("bob@contoso.com")), RenderContext(NOW))]
    assert names == ["run-7-plan-4f2a91.txt", "run-7-plan-4f2a91.csv"]
    assert [one.display_name("de") for one in write_plan(listings, planned(move_change("a@contoso.com")), RenderContext(NOW, "de"))] == [
        "Plan 4f2a91, zum Lesen",
        "Plan 4f2a91, als Tabelle",
    ]


def test_a_change_is_told_with_its_commands_its_way_back_and_what_that_loses(listings: ReportFiles) -> None:
    by_hand = ManualAction(say("publish the record"), "dns")
    change = replace(
        move_change("bob@contoso.com", "no calls for an hour"), do=(*move_change("bob@contoso.com").do, by_hand), no_undo=say("never again")
    )
    text, (line,) = files(listings, planned(change))
    told = {
        "What": "on premises → Teams",
        "Commands": "Move-CsUser -Identity bob@contoso.com -Target sipfed.online.lync.com -Confirm:$false\npublish the record",
        "Way back": "Move-CsUser -Identity bob@contoso.com -Target pool1.contoso.com -Confirm:$false",
        "Going back later loses": "contacts do not come back\nnever again",
        "Good to know": "no calls for an hour",
        "State": "to be done",
    }
    assert {name: line[name] for name in told} == told
    assert all(part in text for whole in told.values() for part in whole.split("\n") if part != "to be done")


def test_a_long_command_is_not_cut(listings: ReportFiles) -> None:
    long = replace(move_change("bob@contoso.com").do[0], parameters={"Domains": tuple(f"domain{n}.contoso.com" for n in range(200))})
    text, (line,) = files(listings, planned(replace(move_change("bob@contoso.com"), do=(long,))))
    assert line["Commands"].count("contoso.com") == text.count("'domain") == 200


def test_everybody_who_is_not_changed_is_told_with_all_reasons(listings: ReportFiles) -> None:
    reasons = tuple(Reason(say("reason {n}", n=n), say("remedy {n}", n=n)) for n in range(20))
    others = (
        Obstacle("dave@contoso.com", reasons, (say("a note"),)),
        Unclear("erin@contoso.com", say("could not be read")),
        Fine("frank@contoso.com", say("already in Teams")),
    )
    text, table = files(listings, planned(move_change("bob@contoso.com"), others=others))
    assert [(line["What"], line["What would help"]) for line in table[1:21]] == [(f"reason {n}", f"remedy {n}") for n in range(20)]
    assert [line["Kind"] for line in table[21:]] == ["Not clear yet", "Already as wanted"]
    assert all(f"dave@contoso.com: reason {n} → remedy {n}\n" in text for n in range(20)) and "a note" in text


def test_no_cell_of_it_is_a_formula_and_no_name_begins_a_line_of_its_own(listings: ReportFiles) -> None:
    text, table = files(listings, planned(move_change("=cmd|' /C calc'!A0"), others=(Fine("x\nWill change (9)", say("-1+1")),)))
    assert table[0]["Who or what"].startswith("'=") and table[1]["What"].startswith("'-")
    assert "\nWill change (9)" not in text


def test_an_ended_run_tells_the_outcome_and_calls_it_no_plan(listings: ReportFiles) -> None:
    view = planned(move_change("bob@contoso.com"))
    row = replace(view.changes[0], state="failed", why=say("the fuse has blown"))
    ended = replace(view, state="incomplete", changes=(row,))
    assert [one.file.name for one in write_plan(listings, ended, RenderContext(NOW))] == ["outcome.txt", "outcome.csv"]
    _, (line,) = files(listings, ended)
    assert (line["Plan"], line["State"]) == ("", "failed · the fuse has blown")


@pytest.mark.parametrize("name", ["../plan-4f2a91.csv", "plan-4f2a91.csv/x", "secret.csv", "plan-4f2a91.exe", "plan-000000.csv", ""])
def test_only_files_that_are_made_here_are_found_by_name(listings: ReportFiles, name: str) -> None:
    listings.write(7, "secret", ("a",), [("b",)])
    write_plan(listings, planned(move_change("bob@contoso.com")), RenderContext(NOW))
    assert find_plan_file(listings, 7, name) is None and find_plan_file(listings, 7, "plan-4f2a91.csv")


@pytest.fixture
async def handing(stage: WrittenConversation, listings: ReportFiles) -> WrittenConversation:
    """Run 1 is planned; Teams asks people before it takes files."""
    stage.letters, stage.store = FakeListChannel(), FakeOneDrive()
    stage.list_delivery = ListDelivery(listings, ConsentCards(), stage.letters, Uploads(stage.store, ("sharepoint.com",)))
    stage.open()
    stage.card = await stage.draft_run()
    return stage


async def has_seen(stage: WrittenConversation, who: str) -> bool:
    """Alone, not in a channel that everybody reads."""
    wanted = {"who": who, "digest": stage.fake_service.runs[1].digest}
    found = await stage.ledger(lambda db: list(db.query("select * from shown_plans where person = :who and digest = :digest", wanted)))
    return bool(found)


@pytest.mark.parametrize("text", ["plan run 1", "list 1", "CSV run 1", "whole plan", "plan lauf 1", "liste lauf 1"])
async def test_it_is_handed_over_when_it_is_asked_for(handing: WrittenConversation, text: str) -> None:
    before = set(handing.clients.messages)
    await handing.type_text(MEGAN, text)
    assert len(set(handing.clients.messages) - before) == 2


async def test_every_plan_offers_it(handing: WrittenConversation) -> None:
    await handing.press(ALEX, "Whole plan")
    await handing.press(ALEX, "Start")
    assert "(Approve) (Refuse) (Show commands) (Cancel) (Whole plan)" in handing.clients.script[-1]


async def test_whoever_has_stored_it_has_seen_it_and_whoever_was_only_asked_has_not(handing: WrittenConversation) -> None:
    await handing.type_text(MEGAN, "plan run 1")
    assert not await has_seen(handing, MEGAN.id)
    name = f"plan-{handing.fake_service.runs[1].fingerprint}.txt"
    info = {"contentUrl": "https://c.sharepoint.com/f", "name": "f.txt", "uploadUrl": UPLOAD, "uniqueId": "u", "fileType": "txt"}
    for action in ("decline", "accept"):
        assert not await has_seen(handing, MEGAN.id)
        value = {"type": "fileUpload", "action": action, "context": {"run": 1, "list": name}, "uploadInfo": info}
        await handing.deliver(MEGAN, type="invoke", name="fileConsent/invoke", value=value)
    await asyncio.wait_for(handing.letters.came.wait(), 5)
    assert handing.letters.sent[-1][1].attachments[0].content_type == INFO and await has_seen(handing, MEGAN.id)
    assert b"bob@contoso.com" in handing.store.has[UPLOAD]


async def test_from_a_channel_it_goes_to_whoever_asked_who_has_seen_it_then(handing: WrittenConversation, listings: ReportFiles) -> None:
    handing.list_delivery = ListDelivery(listings, DownloadLinks("127.0.0.1", 1), handing.letters)
    handing.open()
    await handing.send_action(MEGAN, replace(handing.card, conversation=AUDIT), PLAN)
    await wait_for_work_beside()
    assert await has_seen(handing, MEGAN.id)
    assert {to for to, _ in handing.letters.sent} == {f"29:{MEGAN.id}"} and len(handing.letters.sent) == 3


class Nobody(FakeListChannel):
    """Whoever has never written to the bot cannot be written to."""

    async def to_person(self, near: ConversationRef, user: str, activity: object, *, again: bool = False) -> tuple[ConversationRef, str]:
        raise Refused("BotNotInConversationRoster")


async def test_that_it_did_not_arrive_is_told_where_it_was_asked_for(handing: WrittenConversation, listings: ReportFiles) -> None:
    handing.letters = Nobody()
    handing.list_delivery = ListDelivery(listings, DownloadLinks("127.0.0.1", 1), handing.letters)
    handing.open()
    await handing.send_action(MEGAN, replace(handing.card, conversation=AUDIT), PLAN)
    await asyncio.wait_for(handing.letters.came.wait(), 5)
    ((where, told),) = handing.letters.sent
    assert where == AUDIT and "did not reach you: BotNotInConversationRoster" in str(told.text) and not await has_seen(handing, MEGAN.id)
