"""The PowerShell adapter over the real wire: pypsrp on one side, the lab's WinRM endpoint on the other."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.powershell.endpoint import Endpoint
from adapters.powershell.errors import unreachable_error
from bot.calls import Cmdlet, Secret, as_command_line
from bot.errors import InDoubt, Refused, Unreachable
from bot.gateway import CallId, ReadResult
from bot.ledger.serialization import dump_call, load_call
from tests.support.fake_powershell import ACCESS, PASSWORD, PEOPLE, ConnectionCut
from tests.support.powershell_client import MOVE, ClientSetting, client_setting, endpoint, read_all


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[ClientSetting]:
    async with client_setting(tmp_path) as whole:
        yield whole


async def test_many_are_asked_in_one_pipeline_and_an_error_answers_for_the_one_it_names(setting: ClientSetting) -> None:
    asked = (*PEOPLE, "nobody@contoso.com", "unread@contoso.com")
    answer = await read_all(setting.client(), Cmdlet("sfb", "Get-CsUser", each=asked, pick=("SipAddress",)))
    assert list(answer.rows) == [{"SipAddress": f"sip:{who}"} for who in PEOPLE]
    assert [(error.target, error.absent) for error in answer.errors] == [("nobody@contoso.com", True), ("unread@contoso.com", False)]
    assert len(setting.village.heard) == 1


@pytest.mark.parametrize("asked", [(*PEOPLE, "gone@contoso.com"), ("gone@contoso.com",), ("sip:bob@contoso.com", "sip:gone@contoso.com")])
async def test_who_is_named_only_inside_the_target_is_the_one_whom_the_error_is_about(
    setting: ClientSetting, asked: tuple[str, ...]
) -> None:
    each = tuple(name.removeprefix("sip:") for name in asked)
    answer = await read_all(setting.client(), Cmdlet("sfb", "Get-CsUser", each=each, each_as="Identity", pick=("SipAddress",)))
    assert [(error.target, error.absent, error.text) for error in answer.errors] == [("gone@contoso.com", True, "userId was not found")]
    assert len(answer.rows) == len(asked) - 1


async def test_a_cmdlet_that_takes_no_pipeline_input_is_asked_in_statements(setting: ClientSetting) -> None:
    call = Cmdlet("sfb", "Get-CsUser", each=(*PEOPLE, "nobody@contoso.com") * 30, each_as="Identity", pick=("SipAddress", "Enabled"))
    answer = await read_all(setting.client(), call)
    assert len(answer.rows) == 120
    assert {(error.target, error.absent) for error in answer.errors} == {("nobody@contoso.com", True)}
    assert len(setting.village.heard) == 2


async def test_every_type_arrives_as_plain_data(setting: ClientSetting) -> None:
    answer = await read_all(setting.client(), Cmdlet("sfb", "Get-Everything"))
    assert answer.warnings == ("Look twice.",)
    assert answer.rows[0] == {
        "": "all of it",
        "Text": "a <b> & 'c' _x0041_ \x07 \U0001f600 zoë",
        "Yes": True,
        "Small": 7,
        "Big": 2**40,
        "Ratio": 0.5,
        "Nothing": None,
        "When": "2026-01-02T03:04:05.0000000Z",
        "Long": "P1DT1H0M1S",
        "Id": "00000000-0000-0000-0000-000000000007",
        "Kind": "TeamsOnly",
        "Names": ["a", "b"],
        "Inner": [{"Name": "x", "": "the inner one"}],
        "Only": "Global",
    }


@pytest.mark.parametrize("words", ["'; Remove-CsUser", '$(Get-Secret) `n "x"', "a\nb\tc", "😀 Zoë 名前", "_x0041_ & <b>", "*?[a]"])
async def test_values_arrive_as_they_are(setting: ClientSetting, words: str) -> None:
    call = Cmdlet(
        "sfb", "Echo", {"Text": words, "List": (words, "b"), "Table": {"key": words}, "Number": 2**40, "No": False, "Nothing": None}
    )
    (row,) = (await read_all(setting.client(), call)).rows
    assert row == {"Text": words, "List": [words, "b"], "Table": {"key": words}, "Number": 2**40, "No": False, "Nothing": None}


def test_what_takes_a_value_away_is_kept_and_shown_as_null() -> None:
    call = Cmdlet("sfb", "Set-CsUser", {"Identity": "sip:bob@contoso.com", "EnterpriseVoiceEnabled": False, "LineURI": None})
    assert load_call(dump_call(call)) == call
    assert as_command_line(call) == "Set-CsUser -Identity sip:bob@contoso.com -EnterpriseVoiceEnabled:$false -LineURI $null"


async def test_half_a_surrogate_pair_is_refused_before_anything_is_sent(setting: ClientSetting) -> None:
    with pytest.raises(Refused, match="characters"):
        await setting.client().execute(replace(MOVE, parameters={"Identity": "\ud83d"}), setting.intent)
    assert not setting.tickets and not setting.village.heard


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        ({"Code": "ServerDown,X", "Category": 27, "Ends": False}, Unreachable),
        ({"Code": "ServerDown,X", "Category": 0, "Ends": True}, Unreachable),
        ({"Code": "AccessDenied,X", "Category": 0, "Ends": False}, Refused),
        ({"Code": "X,Y", "Category": 18, "Ends": True}, Refused),
        ({"Code": "NamedParameterNotFound,X", "Category": 5, "Ends": True}, Refused),
    ],
)
async def test_an_error_about_nobody_fails_the_whole_read(setting: ClientSetting, failure: dict[str, Any], raised: type) -> None:
    client = setting.client()
    with pytest.raises(raised) as error:
        await read_all(client, Cmdlet("sfb", "Fail", {"Text": "The network path was not found.", **failure}))
    assert error.value.code == failure["Code"]
    assert (await read_all(client, Cmdlet("sfb", "Get-CsUser", {"Identity": PEOPLE[0]}))).rows  # the session is still good


async def test_a_cmdlet_that_does_not_exist_is_refused(setting: ClientSetting) -> None:
    with pytest.raises(Refused) as error:
        await read_all(setting.client(), Cmdlet("sfb", "Get-Nonsense", {"Identity": "bob@contoso.com"}))
    assert error.value.code == "CommandNotFoundException"


async def test_a_terminating_not_found_answers_for_the_only_one_asked(setting: ClientSetting) -> None:
    answer = await read_all(setting.client(), Cmdlet("sfb", "Get-CsUser", {"Identity": "nobody@contoso.com", "Sure": True}))
    assert [(error.target, error.absent) for error in answer.errors] == [("nobody@contoso.com", True)]


async def test_a_write_is_done_once_and_its_ids_are_known_before(setting: ClientSetting) -> None:
    heard: list[int] = []

    async def intent(ticket: CallId) -> None:
        heard.append(len(setting.village.heard))
        assert len(ticket.session) == len(ticket.call) == 36

    assert await setting.client().execute(MOVE, intent) == ReadResult()
    assert heard == [0] and setting.village.moved == ["bob@contoso.com"]


async def test_nothing_is_sent_when_the_intent_cannot_be_recorded(setting: ClientSetting) -> None:
    async def intent(ticket: CallId) -> None:
        raise OSError("disk full")

    client = setting.client()
    with pytest.raises(OSError, match="disk full"):
        await client.execute(MOVE, intent)
    assert not setting.village.heard
    await client.execute(MOVE, setting.intent)
    assert setting.village.moved == ["bob@contoso.com"]


async def test_an_error_that_ends_nothing_still_refuses_a_write(setting: ClientSetting) -> None:
    with pytest.raises(Refused, match="507") as error:
        await setting.client().execute(Cmdlet("mover", "Move-CsUser", {"Identity": "dave@contoso.com"}), setting.intent)
    assert (error.value.code, error.value.target) == ("MoveError,MoveOcsUserCmdlet", "dave@contoso.com")


async def test_secrets_arrive_and_are_seen_nowhere_else(setting: ClientSetting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = setting.client()
    call = Cmdlet("mover", "Move-CsUser", {"Identity": "bob@contoso.com", "Credential": Secret("tenant admin"), "Pin": Secret("pin")})
    await client.execute(call, setting.intent)
    await client.execute(call, setting.intent)
    given = dict(setting.village.heard[1][0][0].parameters)
    assert (given["Credential"].user, given["Credential"].password, given["Pin"].password) == ("admin@contoso.com", "correct horse", "4711")
    seen = caplog.text + repr(setting.village.heard) + repr(endpoint(setting.remoting, setting.folder)) + repr(ACCESS)
    assert not [secret for secret in ("correct horse", "4711", PASSWORD) if secret in seen]


def test_an_endpoint_shows_neither_its_password_nor_its_key() -> None:
    shown = repr(Endpoint("https://far.contoso.com", "anna", "open sesame", options={"certificate_key_pem": "/etc/key.pem"}))
    assert "anna" in shown and "open sesame" not in shown and "key.pem" not in shown


def test_what_a_library_says_of_a_failed_request_is_told_to_nobody() -> None:
    assert "sesame" not in str(unreachable_error(requests.ConnectionError("https://anna:sesame@far.contoso.com")))


async def test_what_is_in_doubt_is_not_cancelled_with_its_session(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    setting.cut, client = lambda moment: "drop" if moment.command and moment.request == "Receive" else None, setting.client()
    with pytest.raises(InDoubt):
        await client.execute(MOVE, setting.intent)
    await client.close()
    assert setting.village.cancelled == 0


async def test_an_unknown_secret_is_refused_by_name(setting: ClientSetting) -> None:
    with pytest.raises(Refused, match="nothing of the kind"):
        await setting.client().execute(replace(MOVE, parameters={"Credential": Secret("nothing of the kind")}), setting.intent)


@pytest.mark.parametrize(
    ("request_", "phase", "raised", "moves"),
    [
        ("Command", "before", Unreachable, 0),
        ("Command", "started", None, 1),
        ("Command", "after", None, 1),
        ("Receive", "before", None, 1),
        ("Receive", "receive", None, 1),
        ("Receive", "receive_ready", InDoubt, 1),
        ("Receive", "after", InDoubt, 1),
        ("Signal", "before", None, 1),
        ("Signal", "after", None, 1),
    ],
)
async def test_a_lost_connection_is_told_apart(setting: ClientSetting, request_: str, phase: str, raised: type | None, moves: int) -> None:
    setting.cut, client = ConnectionCut(phase, request_), setting.client()
    if raised:
        with pytest.raises(raised):
            await client.execute(MOVE, setting.intent)
    else:
        assert await client.execute(MOVE, setting.intent) == ReadResult()
    assert (setting.cut.struck, len(setting.village.moved)) == (1, moves)
    await client.execute(MOVE, setting.intent)
    assert len(setting.village.moved) == moves + 1


async def test_a_command_that_the_far_end_has_forgotten_after_a_lost_answer_may_have_been_done(setting: ClientSetting) -> None:
    cuts, client = (ConnectionCut("after", "Command"), ConnectionCut("after", "Receive")), setting.client()
    setting.cut = lambda moment: next((struck for cut in cuts if (struck := cut(moment))), None)
    with pytest.raises(InDoubt):
        await client.execute(MOVE, setting.intent)
    assert [cut.struck for cut in cuts] == [1, 1] and len(setting.village.moved) == 1


@pytest.mark.parametrize("phase", ["receive", "receive_ready", "after"])
async def test_a_read_that_may_have_lost_rows_is_no_answer(setting: ClientSetting, phase: str) -> None:
    setting.cut, client = ConnectionCut(phase, "Receive"), setting.client()
    with pytest.raises(Unreachable):
        await read_all(client, Cmdlet("sfb", "Get-CsUser", each=PEOPLE))
    assert len((await read_all(client, Cmdlet("sfb", "Get-CsUser", each=PEOPLE))).rows) == len(PEOPLE)


async def test_a_far_end_that_is_gone_in_mid_call_leaves_doubt(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    client = setting.client()
    call = asyncio.create_task(client.execute(MOVE, setting.intent))
    await setting.village.arrivals.get()
    await setting.remoting.close()
    with pytest.raises(InDoubt):
        await call
    assert await client.has_finished(MOVE, setting.tickets[0]) is None


async def test_a_write_beyond_its_time_is_stopped_and_in_doubt(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    with pytest.raises(InDoubt) as error:
        await setting.client(seconds=1).execute(MOVE, setting.intent)
    assert (error.value.code, setting.village.cancelled, setting.village.moved) == ("time", 1, [])


async def test_a_read_that_stays_silent_is_stopped(setting: ClientSetting) -> None:
    setting.village.gate.clear()
    client = setting.client(seconds=1)
    with pytest.raises(Unreachable) as error:
        await read_all(client, MOVE)
    assert (error.value.code, setting.village.cancelled) == ("time", 1)


async def test_a_large_read_is_streamed(setting: ClientSetting) -> None:
    client = setting.client()
    await read_all(client, Cmdlet("sfb", "Get-Many", {"Count": 300}))
    before, most, rows = _resident(), 0, 0
    async for page in client.read(Cmdlet("sfb", "Get-Many", {"Count": 10_000})):
        rows += len(page.rows)
        most = max(most, _resident())
    assert rows == 10_000
    assert most - before < 25 * 2**20  # both ends live in this process; kept objects would be 26 MB, their rows 10 more


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
