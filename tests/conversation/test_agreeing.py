"""What loses data is started only by whoever types that they know: on the card, or in words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.calls import Cmdlet
from bot.facts import Reader
from bot.i18n import say
from bot.runs.plan_diff import diff, digest
from bot.step import Change, Plan
from dialogs.cards.run import TYPED, RenderContext, run_card
from dialogs.command_parser import parse, phrases
from tests.support.fake_gateway import STEPS, FakeGateway, LampNames
from tests.support.fake_run_service import NOW
from tests.support.run_harness import ANNA, BEN, RunHarness


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[RunHarness]:
    steps = {**STEPS, "dark": replace(STEPS["dark"], loses=say("The light is lost"))}
    office = RunHarness(tmp_path / "records.sqlite", FakeGateway(a="on", b="off"), steps)
    yield office
    office.close()


async def test_nothing_starts_without_the_word_and_the_answer_says_which(office: RunHarness) -> None:
    run = await office.request_run("dark", "a")
    for typed in ("", "yes"):
        pressed = await office.act(run, "start", ANNA, typed=typed)
        assert not pressed.ok and "The light is lost. Type LOSE" in str(pressed.words)
    assert (await office.view(run)).state == "planned"
    assert (await office.act(run, "start", ANNA, typed=" lose ")).ok


async def test_a_change_that_loses_something_asks_for_the_word_and_for_a_second_person(tmp_path: Path) -> None:
    async def look(which: LampNames, read: Reader) -> Plan:
        async for finding in STEPS["light"].plan(which, read):
            yield replace(finding, loses=(say("It was night"),)) if isinstance(finding, Change) else finding

    office = RunHarness(
        tmp_path / "records.sqlite", FakeGateway(a="off"), {**STEPS, "light": replace(STEPS["light"], plan=look)}, approval_above=5
    )
    run = await office.request_run("light", "a")
    view = await office.view(run)
    assert "It was night. Type LOSE" in str((await office.act(run, "start", ANNA)).words)
    assert "It was night" in str(run_card(view, RenderContext(NOW), STEPS))
    assert (await office.act(run, "start", ANNA, typed="LOSE")).ok
    assert (await office.view(run)).state == "awaiting_approval"
    office.close()


def test_what_a_plan_loses_is_part_of_what_is_agreed() -> None:
    plain = Change("a", say("off → on"), (Cmdlet("mover", "Set-Lamp", {"Name": "a", "State": "on"}),))
    losing = replace(plain, loses=(say("It was night"),))
    assert digest([plain]) != digest([losing]) and digest([plain]) == digest([replace(plain)])
    assert diff([plain], [losing]).differs and not diff([losing], [plain]).differs


async def test_an_undo_asks_for_the_word_where_the_way_back_loses_something(office: RunHarness) -> None:
    lit = await office.act_and_settle(await office.request_run("light", "b"), ("start", ANNA), ("approve", BEN))
    undo = await office.service.act(lit.id, "undo", ANNA)
    assert undo.ok and undo.run is not None
    view = await office.settle(undo.run)
    assert view.loses and not (await office.act(undo.run, "start", ANNA)).ok


async def test_where_nothing_is_lost_start_is_a_button_as_ever(office: RunHarness) -> None:
    run = await office.request_run("light", "b")
    assert (await office.view(run)).loses is None and (await office.act(run, "start", ANNA)).ok


async def test_the_card_has_a_field_for_the_word_that_goes_along_with_start_alone(office: RunHarness) -> None:
    view = await office.view(await office.request_run("dark", "a"))
    card = run_card(view, RenderContext(NOW), STEPS)
    assert [one["label"] for one in card["body"] if one.get("id") == TYPED] == ["The light is lost. Type LOSE to agree to that."]
    alone = {action["title"] for action in card["actions"] if "associatedInputs" not in action}
    assert alone == {"Start"}


def test_the_word_can_be_typed_after_the_number() -> None:
    known = phrases(list(STEPS.values()))
    said = parse("start run 7 lose", known)
    assert said and (said.action, said.run, said.rest) == ("start", 7, "LOSE")
    plain = parse("start run 7", known)
    assert plain and (plain.run, plain.rest) == (7, "")
