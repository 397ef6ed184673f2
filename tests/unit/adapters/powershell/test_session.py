"""Sessions of the PowerShell adapter over the real wire: found again, tidied up, used again, side by side, replaced."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.calls import Cmdlet
from bot.errors import Refused, Unreachable
from tests.support.fake_powershell import PEOPLE
from tests.support.powershell_client import MOVE, ClientSetting, client_setting, read_all


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[ClientSetting]:
    async with client_setting(tmp_path) as whole:
        yield whole


async def test_a_call_of_an_earlier_life_is_found_running_and_then_over(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    first, second = setting.client(), setting.client()
    call = asyncio.create_task(first.execute(MOVE, setting.intent))
    await setting.village.arrivals.get()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (ticket,) = setting.tickets
    assert await second.has_finished(MOVE, ticket) is False
    setting.village.gate.set()
    assert await second.has_finished(MOVE, ticket) is True
    assert await second.has_finished(MOVE, replace(ticket, call="0" * 36)) is True
    assert (setting.village.moved, setting.village.cancelled) == (["bob@contoso.com"], 0)


async def test_shells_that_an_earlier_life_left_behind_are_deleted(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    calls = [asyncio.create_task(setting.client().execute(MOVE, setting.intent)) for _ in range(3)]
    for _ in calls:
        await setting.village.arrivals.get()
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    setting.village.gate.set()
    await setting.client().execute(MOVE, setting.intent)
    assert len(setting.remoting.winrm.shells) == 1


async def test_a_shell_in_which_something_still_runs_is_left_alone(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    call = asyncio.create_task(setting.client().execute(MOVE, setting.intent))
    await setting.village.arrivals.get()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    another = asyncio.create_task(setting.client().execute(MOVE, setting.intent))
    await setting.village.arrivals.get()
    assert (setting.village.cancelled, len(setting.remoting.winrm.shells)) == (0, 2)
    setting.village.gate.set()
    await another


async def test_the_shells_of_somebody_else_are_left_alone(setting: ClientSetting) -> None:
    await setting.client(name="another bot").execute(MOVE, setting.intent)
    await setting.client().execute(MOVE, setting.intent)
    assert len(setting.remoting.winrm.shells) == 2


async def test_a_session_is_used_again_and_leaves_no_command_behind(setting: ClientSetting) -> None:
    client = setting.client(sessions=1)
    for _ in range(60):  # more than the shell may hold at once
        await read_all(client, Cmdlet("sfb", "Echo", {"Text": "x"}))
    assert len(setting.remoting.winrm.shells) == 1


async def test_a_read_given_up_half_way_frees_its_session(setting: ClientSetting) -> None:
    client = setting.client(sessions=1)
    pages = client.read(Cmdlet("sfb", "Get-Many", {"Count": 100_000}))
    assert len((await anext(pages)).rows) >= 300
    await pages.aclose()
    assert (await read_all(client, Cmdlet("sfb", "Get-CsUser", {"Identity": PEOPLE[0]}))).rows


async def test_sessions_work_side_by_side_up_to_their_number(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    client = setting.client(sessions=3)
    calls = [asyncio.create_task(client.execute(MOVE, setting.intent)) for _ in range(5)]
    for _ in range(3):
        await setting.village.arrivals.get()
    setting.village.gate.set()
    await asyncio.gather(*calls)
    assert len(setting.village.moved) == 5 and len({ticket.session for ticket in setting.tickets}) == 3


async def test_a_session_whose_shell_is_gone_is_replaced(setting: ClientSetting) -> None:
    client = setting.client()
    await client.execute(MOVE, setting.intent)
    await setting.remoting.winrm.close()
    with pytest.raises(Unreachable):
        await client.execute(MOVE, setting.intent)
    await client.execute(MOVE, setting.intent)
    assert len(setting.village.moved) == 2


async def test_what_a_session_needs_first_is_run_once_when_it_opens(setting: ClientSetting) -> None:
    client = setting.client(prepare=(Cmdlet("mover", "Echo", {"CertificateThumbprint": "00"}),))
    await client.execute(MOVE, setting.intent)
    await client.execute(MOVE, setting.intent)
    assert [statements[0][0].name for statements in setting.village.heard] == ["Echo", "Move-CsUser", "Move-CsUser"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"password": "wrong"}, "auth"), ({"configuration": "Other"}, "configuration"), ({"ca": None}, "certificate")],
)
async def test_a_session_that_cannot_be_opened_says_what_is_wrong(setting: ClientSetting, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as error:
        await setting.client(**wrong).execute(MOVE, setting.intent)
    assert error.value.code == code and not setting.tickets


async def test_a_place_that_nobody_answers_for_is_unreachable(setting: ClientSetting) -> None:
    with pytest.raises(Unreachable):
        await setting.client(url="https://127.0.0.1:9/x").execute(MOVE, setting.intent)
    assert not setting.tickets
