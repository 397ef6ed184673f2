"""Answers that are settled once by looking: a group to its people; and what only then turns out to be wrong."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import InvalidAnswers
from bot.facts import Reader
from bot.i18n import say
from dialogs.rendering import render
from tests.support.fake_gateway import FakeGateway, Lamp, LampNames, light
from tests.support.run_harness import RunHarness


async def everywhere(which: LampNames, read: Reader) -> LampNames:
    """“everywhere” is two lamps; “nowhere” is a mistake."""
    await read.by_key(Lamp, ["a"])
    if which.people == "nowhere":
        raise InvalidAnswers({"people": say("There is no such room.")})
    return which.model_copy(update={"people": "a b"})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[RunHarness]:
    office = RunHarness(tmp_path / "records.sqlite", FakeGateway(a="off", b="off"), {"light": replace(light, resolve_answers=everywhere)})
    yield office
    office.close()


async def test_what_only_the_outside_can_tell_to_be_wrong_brings_the_form_back(office: RunHarness) -> None:
    view = await office.view(await office.request_run("light", "nowhere"))
    assert view.state == "cancelled" and view.problems == {"people": say("There is no such room.")}
    assert [line.words for line in await office.service.audit(view.id)]


async def test_the_answers_are_settled_once_and_the_run_keeps_to_them(office: RunHarness) -> None:
    view = await office.view(await office.request_run("light", "everywhere"))
    assert [row.subject for row in view.changes] == ["a", "b"] and view.answers == {"people": "everywhere"}


async def test_the_record_tells_why_in_the_persons_language(office: RunHarness) -> None:
    view = await office.view(await office.request_run("light", "nowhere"))
    told = (await office.service.audit(view.id))[-1].words
    assert render(told, "de") == "beendet: abgebrochen: nicht ausgeführt: Eine Antwort kann nicht stimmen"
    assert str(told).endswith("not carried out: an answer cannot be right")
