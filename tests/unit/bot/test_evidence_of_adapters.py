"""What the adapters bring home of an error: the far end's own words first, and what tells it from others in any language."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import dns.rcode
import pytest
from pypsrp.exceptions import InvalidPSRPOperation, WinRMTransportError, WSManFaultError
from requests import ConnectionError
from spnego.exceptions import SpnegoError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from adapters.dns import DnsResolver
from adapters.graph.http import GraphReply
from adapters.graph.responses import error_for, read_result, write_result
from adapters.powershell.errors import opening_error, unreachable_error
from bot.calls import Cmdlet, Destination, DnsQuery, GraphCall, Secret, destination
from bot.errors import GatewayError, InDoubt, Refused, Unreachable
from bot.evidence import page_text
from bot.known_errors import describe_error, lookup
from tests.support.fake_dns import server_that_says
from tests.support.lab_cloud import read_rows, scripted_client, scripted_cloud
from tests.support.powershell_client import MOVE, ClientSetting, client_setting, read_all

PAGE = (
    "<html><head><title>Access Denied</title><style>b{}</style></head><body><script>x()</script><h1>Blocked</h1>"
    "<p>Policy &quot;Cloud&quot; of proxy.contoso.com</p></body></html>"
)
SAID = 'Access Denied: Blocked Policy "Cloud" of proxy.contoso.com'
VERIFY = GraphCall("POST", "/domains/contoso.com/verify")


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[ClientSetting]:
    async with client_setting(tmp_path) as whole:
        yield whole


async def refusal_of(setting: ClientSetting, call: Cmdlet) -> Refused:
    with pytest.raises(Refused) as caught:
        await setting.client().execute(call, setting.intent)
    return caught.value


def failing(name: str = "Fail", **more: Any) -> Cmdlet:
    return Cmdlet("mover", name, {"Text": "Zugriff verweigert", "Code": "Nein,X", "Category": 18, "Ends": False, **more})


class TestPowerShell:
    async def test_an_error_brings_its_id_its_category_and_its_target(self, setting: ClientSetting) -> None:
        told = await refusal_of(setting, failing(Identity="bob@contoso.com", Target="bob@contoso.com"))
        assert (str(told.words), told.code, told.category, told.target) == ("Zugriff verweigert", "Nein,X", 18, "bob@contoso.com")

    async def test_a_read_brings_them_too(self, setting: ClientSetting) -> None:
        with pytest.raises(Refused) as caught:
            await read_all(setting.client(), failing())
        assert (caught.value.code, caught.value.category) == ("Nein,X", 18)

    async def test_what_was_said_before_an_error_stands_behind_it(self, setting: ClientSetting) -> None:
        told = await refusal_of(setting, failing("Warn_and_Fail"))
        assert str(told.words) == "Zugriff verweigert\nWARNING: All users in the tenant are now in TeamsOnly mode."

    async def test_a_secret_that_an_error_quotes_is_not_told(self, setting: ClientSetting) -> None:
        call = failing(Text="Cannot sign in with 'correct horse' and 4711", Credential=Secret("tenant admin"), Pin=Secret("pin"))
        assert str((await refusal_of(setting, call)).words) == "Cannot sign in with '•••' and •••"

    async def test_a_no_that_comes_as_an_object_is_a_no(self, setting: ClientSetting) -> None:
        told = await refusal_of(setting, Cmdlet("mover", "Number", {"Code": "BadRequest"}))
        assert told.code == "BadRequest" and "already been assigned" in str(told.words)
        await setting.client().execute(Cmdlet("mover", "Number", {"Code": "OK"}), setting.intent)

    async def test_a_session_that_does_not_open_says_so_of_itself(self, setting: ClientSetting) -> None:
        with pytest.raises(Refused, match="does not accept the account") as caught:
            await setting.client(password="wrong").execute(MOVE, setting.intent)
        assert caught.value.to == Destination("mover", "session") and not str(caught.value).startswith(" (")

    async def test_what_signs_in_first_is_named(self, setting: ClientSetting) -> None:
        first = (Cmdlet("mover", "Fail", {"Text": "AADSTS700027: no", "Code": "X", "Category": 0, "Ends": True}),)
        with pytest.raises(Refused, match="AADSTS700027") as caught:
            await setting.client(prepare=first).execute(MOVE, setting.intent)
        assert caught.value.to == Destination("mover", "Fail")

    async def test_nobody_there_is_told_as_the_system_says_it(self, setting: ClientSetting) -> None:
        with pytest.raises(Unreachable, match="ConnectionError: Connection refused"):
            await setting.client(url="https://127.0.0.1:9/x").execute(MOVE, setting.intent)

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (WinRMTransportError("http", 403, PAGE), f"Something else than WinRM answered (HTTP 403): {SAID}"),
            (WinRMTransportError("http", 503, b"Dienst nicht verf\xc3\xbcgbar"), "(HTTP 503): Dienst nicht verfügbar"),
            (WinRMTransportError("http", 404, PAGE), f"{SAID} (the far end has no such session configuration"),
            (WSManFaultError(5, "m", "Zugriff verweigert", None, None, None), "Zugriff verweigert\n5 (the account may not use"),
            (WSManFaultError(12, "m", "Anders", None, None, "tiefer"), "The far end answered: Anders\ntiefer\n12"),
            (
                InvalidPSRPOperation("Received a broken RunspacePoolState message: RoleDefinitions"),
                "RunspacePoolState message: RoleDefinitions",
            ),
            (SpnegoError(error_code=5, context_msg="Clock skew too great"), "Clock skew too great (the far end does not accept"),
        ],
    )
    def test_what_answered_in_the_place_of_winrm_is_told(self, error: Exception, words: str) -> None:
        told = opening_error(error)
        assert words in str(told.words).replace("Context: ", "") and told.status in (None, getattr(error, "code", None))

    def test_a_proxy_before_exchange_is_not_taken_for_the_move_service(self) -> None:
        told = opening_error(WinRMTransportError("http", 403, "The remote server returned an error: (403) Forbidden."))
        told.sent_to(Destination("exchange", "session"))
        assert lookup(told) is None and "(403) Forbidden" in str(describe_error(told)) and "Teams" not in str(describe_error(told))

    def test_only_the_systems_own_reason_is_told_of_a_librarys_error(self) -> None:
        wrapped = NewConnectionError(None, "https://anna:sesame@far.contoso.com")  # type: ignore[arg-type]
        wrapped.__cause__ = OSError(113, "No route to host")
        told = unreachable_error(ConnectionError(MaxRetryError(None, "/x?key=sesame", wrapped)))  # type: ignore[arg-type]
        assert str(told.words) == "The far end cannot be reached: ConnectionError: No route to host"


class TestGraph:
    async def test_a_proxys_page_is_told_with_its_status_and_explained_by_nobody(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, (403, PAGE, {})) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Refused) as caught:
                await read_rows(client, GraphCall("GET", "/domains"))
        assert str(caught.value.words) == f"Something else than Microsoft Graph answered (HTTP 403): {SAID}"
        assert caught.value.status == 403 and lookup(caught.value) is None and caught.value.to == Destination("graph", "GET /domains")

    async def test_a_page_that_says_all_is_well_is_no_answer(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, (200, PAGE, {})) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Unreachable, match="Access Denied"):
                await read_rows(client, GraphCall("GET", "/domains"))

    def test_every_sentence_of_an_error_is_told(self) -> None:
        details = [{"code": "X", "message": "The domain is used by 'bob'."}, {"code": "Y"}, "odd"]
        error = {"code": "Request_BadRequest", "message": "Domain verification failed.", "details": details, "innerError": "a text"}
        told = error_for(VERIFY, GraphReply(400, {"error": error}))
        assert str(told.words) == "Domain verification failed. The domain is used by 'bob'. (request-id -)"
        assert (told.code, told.status, told.to) == ("Request_BadRequest", 400, destination(VERIFY)) and lookup(told)

    def test_a_write_whose_outcome_is_unknown_brings_what_was_said(self) -> None:
        with pytest.raises(InDoubt, match=r"HTTP 502.*Access Denied") as caught:
            write_result(VERIFY, GraphReply(502, None, {}, page_text(PAGE)))
        assert caught.value.status == 502 and caught.value.to == destination(VERIFY)

    def test_who_is_asked_about_stands_in_no_destination(self) -> None:
        call = GraphCall("POST", "/users/bob@contoso.com/assignLicense")
        told = read_result(
            GraphCall("GET", "/users/1"), GraphReply(404, {"error": {"code": "Request_ResourceNotFound", "message": "no"}})
        ).errors[0]
        assert str(destination(call)) == "graph POST /users/{id}/assignLicense" and told.status == 404 and told.to
        assert str(destination(GraphCall("DELETE", "/groups/7/members/8/$ref"))) == "graph DELETE /groups/7/members/{id}/$ref"


async def test_dns_says_what_each_server_said() -> None:
    async with server_that_says(dns.rcode.REFUSED) as deaf, server_that_says(dns.rcode.SERVFAIL) as ill:
        with pytest.raises(Unreachable) as caught:
            _ = [page async for page in DnsResolver([deaf, ill], seconds=2).read(DnsQuery("contoso.com", "TXT"))]
    assert isinstance(caught.value, GatewayError)
    assert str(caught.value.words) == "No name server answers for contoso.com (127.0.0.1: REFUSED, 127.0.0.1: SERVFAIL)"
