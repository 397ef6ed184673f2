"""Reads of everybody: page by page, complete or not at all, and nothing of it kept but a number."""

from collections.abc import Mapping

import pytest

from bot.calls import Json
from bot.errors import GatewayError, Refused, Unreachable
from bot.facts.directory import CloudAccount
from bot.facts.sync import RunningConnector
from bot.facts.time import to_utc
from bot.facts.users import OnPremAccount
from bot.gateway import ReadResult, RemoteError
from bot.ledger.history import LISTS
from bot.reader.reader import EstateReader
from tests.support.scripted_gateway import ScriptedGateway

BUSY = {"ConnectorName": "contoso.com", "RunState": "Busy"}


class Snapshot:
    """What a look has kept, and the lists that it wrote."""

    def __init__(self, outside: ScriptedGateway) -> None:
        self.kept: dict[str, Mapping[str, Json]] = {}
        self.lists: dict[str, list[object]] = {}
        self.read = EstateReader(outside, self.kept.__setitem__, write=self._write)

    def _write(self, name: str, header: object, rows: object) -> int:
        self.lists[name] = [header, *rows]  # type: ignore[misc]
        return len(self.lists[name]) - 1


async def test_pages_come_as_they_are_and_only_their_number_is_kept() -> None:
    look = Snapshot(ScriptedGateway(Get_ADSyncConnectorRunStatus=[ReadResult((BUSY, BUSY)), ReadResult(()), ReadResult((BUSY,))]))
    assert [len(page) async for page in look.read.pages(RunningConnector)] == [2, 0, 1]
    assert look.kept == {"RunningConnector": {"": {"number": 3}}}


@pytest.mark.parametrize(
    ("pages", "trouble"),
    [
        ([ReadResult((BUSY,)), ReadResult((), (RemoteError("no rights"),))], Refused),
        ([ReadResult((BUSY,)), ReadResult(({"RunState": "Busy"},))], Refused),
        (Unreachable("gone"), Unreachable),
    ],
)
async def test_what_breaks_off_is_told_and_counts_for_nothing(pages: list[ReadResult] | GatewayError, trouble: type[GatewayError]) -> None:
    look = Snapshot(ScriptedGateway(Get_ADSyncConnectorRunStatus=pages))
    with pytest.raises(trouble):
        _ = [page async for page in look.read.pages(RunningConnector)]
    assert look.kept == {}


async def test_a_list_is_written_and_its_length_is_kept() -> None:
    look = Snapshot(ScriptedGateway())
    assert await look.read.keep_list("twice", ("a",), iter([("x",), ("y",)])) == 2
    assert look.lists == {"twice": [("a",), ("x",), ("y",)]} and look.kept == {LISTS: {"twice": 2}}


def test_sip_addresses_are_compared_without_prefix_and_case() -> None:
    assert OnPremAccount.model_validate({"SipAddress": "SIP:Bob@Contoso.com"}).sip_address == "bob@contoso.com"
    held = CloudAccount.model_validate({"id": "1", "imAddresses": ["Bob@contoso.com"], "proxyAddresses": ["SIP:b@x.de", "smtp:c@x.de"]})
    assert held.addresses() == {"bob@contoso.com", "b@x.de"}
    assert CloudAccount.model_validate({"id": "1", "imAddresses": None, "proxyAddresses": None}).addresses() == set()


def test_a_resolved_service_error_is_none() -> None:
    told = {"id": "1", "serviceProvisioningErrors": [{"serviceInstance": "a", "isResolved": True}, {"serviceInstance": "b"}]}
    assert CloudAccount.model_validate(told).errors() == "b"


@pytest.mark.parametrize("text", ["2026-11-22T11:00:00Z", "2026-11-22 11:00:00", "2026-11-22T12:00:00+01:00"])
def test_moments_are_in_utc(text: str) -> None:
    assert str(to_utc(text)) == "2026-11-22 11:00:00+00:00"
