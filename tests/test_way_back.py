"""The way back from Teams on the pretend estate: what was saved and noted before the move comes back with the home."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.house.faults import Fault
from bot.facts.cloud import Cloud
from tests.estate_office import EstateOffice, estate_office
from tests.office import states


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateOffice]:
    async with estate_office(tmp_path, "ready", cloud=Cloud(export_folder=r"\\files\moves")) as office:
        yield office


def someone(office: EstateOffice) -> str:
    return next(line["sip"] for line in office.estate.truth() if line["home"] == "on-premises" and not line["wrong"])


async def test_what_was_saved_and_noted_before_the_move_comes_back(office: EstateOffice) -> None:
    one = someone(office)
    person = office.estate.find.on_premises(one)
    assert person and person.account
    account = person.account
    account.contacts, account.policies = 7, {"ClientPolicy": "Calm"}
    number, voice = account.line_uri, account.enterprise_voice
    run = await office.carries_out(await office.asks("move_users", people=one))
    assert run.state == "verified" and account.contacts == 0
    account.line_uri, account.enterprise_voice, account.policies = "", False, None
    back = await office.undone(run)
    assert back.state == "verified" and set(states(back).values()) == {"done"}
    assert (account.contacts, account.line_uri, account.enterprise_voice) == (7, number, voice)
    assert account.policies == {"ClientPolicy": "Calm"}


async def test_a_move_does_not_begin_when_the_data_could_not_be_saved(office: EstateOffice) -> None:
    one = someone(office)
    plan = await office.asks("move_users", people=one)
    office.faults.add(Fault("refuse", call="Export-CsUserData"))
    run = await office.carries_out(plan)
    assert run.state == "incomplete" and states(run) == {one: "failed"}
    assert not any("Move-CsUser" in write for write in office.writes())
