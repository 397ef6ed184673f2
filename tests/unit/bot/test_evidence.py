"""What the far end said is told first wherever it is told, and kept in full: card, text, list of runs, board, audit and log."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.calls import Cmdlet, Destination, GraphCall, ReadCall
from bot.errors import GatewayError, InDoubt, Refused, Unreachable
from bot.events import Events
from bot.evidence import MOST_KEPT
from bot.gateway import BeforeSend, ReadResult, RemoteError
from bot.i18n import say
from bot.ledger import audit, runs
from bot.status_refresher import StatusRefresher
from bot.step import Plan, StepSummary, findings, step
from bot.summary import summarise
from bot.views import RunView
from dialogs.cards.board import board_card
from dialogs.cards.run import RenderContext, run_card
from dialogs.cards.simple_cards import audit_card
from dialogs.cards.text_fallback import as_text
from tests.support.fake_gateway import STEPS, FakeGateway, LampNames, Reader, light
from tests.support.run_harness import ANNA, BEN, RunHarness

NAME = "lyncdiscover.old.example"
POLICY = Destination("teams", "Grant-CsTeamsUpgradePolicy")
REFUSAL = (
    "This organization cannot be upgraded to TeamsOnly mode. One or more M365 domains have a public DNS record that points to an "
    f"on-premises Skype for Business Server deployment. The domain records at fault are {{[{NAME}.203.0.113.20];}}"
)
GERMAN = "Der Vorgang konnte nicht ausgeführt werden: Zugriff verweigert."
EYES = RenderContext(datetime(2026, 11, 30, tzinfo=UTC))


class Speaking(FakeGateway):
    """Lamps whose far end says what it is told to: instead of an answer, or beside it."""

    def __init__(self, **lamps: str) -> None:
        super().__init__(**lamps)
        self.says: dict[str, list[GatewayError | tuple[str, ...]]] = {}
        self.reads: GatewayError | None = None
        self.unread: dict[str, RemoteError] = {}

    async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
        if self.reads:
            raise self.reads
        async for page in super().read(call):
            told = tuple(replace(self.unread[error.target], target=error.target) for error in page.errors if error.target in self.unread)
            yield replace(page, errors=told or page.errors)

    async def execute(self, call: Cmdlet | GraphCall, intent: BeforeSend) -> ReadResult:
        answer = await super().execute(call, intent)
        assert isinstance(call, Cmdlet)
        said = self.says.get(str(call.parameters["Name"]), [])
        match said.pop(0) if said else ():
            case GatewayError() as trouble:
                raise trouble
            case warnings:
                return replace(answer, warnings=warnings)


@step(say("Light lamps of all"), phrases=("all lamps",))
async def of_all(which: LampNames, read: Reader) -> Plan:
    """Switches lamps on, and tells without answers how one of them stands."""
    async for finding in light.plan(which, read):
        yield finding


@of_all.summary
async def summary(read: Reader) -> StepSummary:
    return summarise(await findings(light, LampNames(people="a"), read))


@pytest.fixture
def lamps() -> Speaking:
    return Speaking(a="off", b="off")


@pytest.fixture
async def office(tmp_path: Path, lamps: Speaking) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", lamps, {**STEPS, "of_all": of_all})
    yield office
    office.close()


async def carried(office: RunHarness, people: str = "a") -> RunView:
    run = await office.request_run("light", people)
    return await office.act_and_settle(run, ("start", ANNA), ("approve", BEN))


async def renderings(office: RunHarness, view: RunView, locale: str = "en") -> dict[str, str]:
    """The run as everybody reads it; cards as they are sent, and as plain text."""
    eyes = replace(EYES, locale=locale)
    lines = await office.service.audit(view.id)
    cards = {"card": run_card(view, eyes, office.policy.steps), "audit": audit_card(lines, eyes)}
    return {name: as_text(card) for name, card in cards.items()} | {f"{name} as sent": json.dumps(card) for name, card in cards.items()}


async def kept(office: RunHarness, event: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Names and facts of the newest line of this event."""
    line = next(line for line in reversed(await office.ledger(audit.lines, None, 99)) if line["event"] == event)
    return json.loads(line["names"]), json.loads(line["hashed"])["facts"]


@pytest.mark.parametrize("locale", ["en", "de"])
async def test_a_refusal_is_told_in_its_own_words_with_the_cause_behind(office: RunHarness, lamps: Speaking, locale: str) -> None:
    lamps.says["a"] = [Refused(REFUSAL, "PolicyRefused,Some.Class", category=7, to=POLICY)]
    view = await carried(office)
    for place, told in (await renderings(office, view, locale)).items():
        assert NAME in told and told.index("cannot be upgraded") < told.index("lyncdiscover)"), place
    people, facts = await kept(office, "failed")
    assert people == {"subject": "a", "words": REFUSAL}
    assert facts["why"]["text"].startswith("public DNS still leads") and facts["to"] == "teams Grant-CsTeamsUpgradePolicy"
    assert (facts["code"], facts["category"]) == ("PolicyRefused,Some.Class", 7)


async def test_what_was_said_to_a_call_whose_outcome_is_in_doubt_is_kept(office: RunHarness, lamps: Speaking) -> None:
    lamps.says["a"] = [InDoubt(GERMAN, status=502)]
    assert (await carried(office)).state == "verified"
    people, facts = await kept(office, "unknown")
    assert people["words"] == GERMAN and facts["status"] == 502


async def test_the_audit_names_the_call_and_the_errors_own_name(office: RunHarness, lamps: Speaking) -> None:
    lamps.says["a"] = [Refused(GERMAN, "Nein,Some.Class", "a")]
    told = (await renderings(office, await carried(office)))["audit"]
    assert f"failed: a: {GERMAN} [mover Set-Lamp · Nein,Some.Class]" in told


async def test_who_wrote_over_what_was_said_is_found_and_who_forgot_it_is_not(office: RunHarness, lamps: Speaking) -> None:
    lamps.says["a"] = [Refused(GERMAN)]
    await carried(office)
    line = next(line for line in await office.ledger(audit.lines, None, 99) if line["event"] == "failed")
    for names, wrong in (({"subject": "a"}, []), ({"subject": "a", "words": "all was well"}, [line["n"]])):

        def overwritten(db: Any, names: dict[str, str] = names) -> list[int]:
            db.execute("drop trigger if exists audit_no_update")
            db.execute("update audit set names = :names where n = :n", {"names": audit.canonical(names), "n": line["n"]})
            return list(audit.find_broken(db))

        assert await office.ledger(overwritten) == wrong


async def test_what_a_call_said_that_went_well_is_told_where_nothing_of_it_shows(office: RunHarness, lamps: Speaking) -> None:
    lamps.faults["a"], lamps.says["a"] = ["nothing happens"], [("All users in the tenant are now in TeamsOnly mode.", REFUSAL)]
    view = await carried(office)
    assert view.count("done") == 1 and view.state != "verified"
    for told in (await renderings(office, view)).values():
        assert NAME in told
    office.time.now += 86_400
    ended = await office.settle(view.id)
    assert ended.state == "incomplete" and NAME in (await renderings(office, ended))["card"]
    people, _ = await kept(office, "done")
    assert people["words"].endswith(REFUSAL)


async def test_a_call_that_says_nothing_leaves_no_words(office: RunHarness) -> None:
    view = await carried(office)
    assert view.state == "verified" and (await kept(office, "done"))[0] == {"subject": "a"}
    assert "it said" not in (await renderings(office, view))["card"]


async def test_a_look_that_fails_says_why_in_the_far_ends_words_and_which_call_it_was(office: RunHarness, lamps: Speaking) -> None:
    lamps.reads = Refused(GERMAN, "CommandNotFoundException", status=403)
    view = await office.view(await office.request_run("light", "a"))
    told = await renderings(office, view)
    assert view.state == "incomplete" and all(GERMAN in each or json.dumps(GERMAN)[1:-1] in each for each in told.values())
    assert "the cmdlet is not there" in told["card"] and "[sfb Get-Lamp · CommandNotFoundException]" in told["audit"]
    people, facts = await kept(office, "incomplete")
    assert people == {"words": GERMAN} and facts["status"] == 403


async def test_an_answer_that_could_not_be_had_for_one_person_says_why_with_its_cause(office: RunHarness, lamps: Speaking) -> None:
    lamps.hidden.add("a")
    lamps.unread["a"] = RemoteError(f"{GERMAN} (-2147016672)", "ActiveDirectoryError")
    view = await office.view(await office.request_run("light", "a b"))
    told = as_text(run_card(view, EYES, office.policy.steps))
    assert f"a: could not be read: {GERMAN} (-2147016672) (the shell may not use its account on a third machine" in told


async def test_the_board_says_what_the_far_end_said(office: RunHarness, lamps: Speaking) -> None:
    lamps.reads = Unreachable(GERMAN, to=Destination("sfb", "Get-Lamp"))
    lookout = StatusRefresher(office.ledger, lamps, {"of_all": of_all}, office.clock, Events())
    await lookout.refresh()
    board = await office.service.board()
    assert f"Could not look: {GERMAN}" in as_text(board_card(board, None, EYES, {"of_all": of_all}))


async def test_markup_and_escapes_of_the_far_end_do_nothing(office: RunHarness, lamps: Speaking) -> None:
    words = (
        "\x1b]8;;http://evil.example\x07[click](http://evil.example) <img src=x> **bold** {{DATE(2026-11-23T12:00:00Z)}}\x07\r\n# heading"
    )
    lamps.says["a"] = [Refused(words)]
    view = await carried(office)
    card = run_card(view, EYES, office.policy.steps)
    blocks = [each for each in walk(card) if each.get("type") == "TextBlock"]
    assert not any("click" in each["text"] for each in blocks)  # the only element that knows Markdown
    assert "[click](http://evil.example) <img src=x> **bold** { {DATE(2026-11-23T12:00:00Z)}} # heading" in as_text(card)


async def test_a_very_long_text_is_cut_on_the_card_and_kept_in_the_audit(office: RunHarness, lamps: Speaking) -> None:
    words = "Begins. " + "Zeile\n" * 900 + f" Ends with {NAME}."
    lamps.says["a"] = [Refused(words)]
    view = await carried(office)
    told = (await renderings(office, view))["card"]
    assert NAME in told and "Begins." in told and len(told) < 1_500
    people, _ = await kept(office, "failed")
    assert 700 < len(people["words"]) <= MOST_KEPT and people["words"].count("\n") > 100


async def test_what_was_lost_three_times_says_what_was_heard_last(office: RunHarness, lamps: Speaking) -> None:
    lamps.faults["a"] = ["lost before"] * 9
    view = await carried(office)
    for _ in range(9):
        office.time.now += 1_000
        view = await office.settle(view.id)
    row = view.changes[0]
    assert row.state == "failed" and "the answer was lost" in str(row.why) and "(" in str(row.why)
    assert await office.ledger(runs.requested_stop, view.id) == "run"


def walk(node: Any) -> list[dict[str, Any]]:
    """Every element of a card."""
    if isinstance(node, list):
        return [each for item in node for each in walk(item)]
    return [node, *(each for item in node.values() for each in walk(item))] if isinstance(node, dict) else []
