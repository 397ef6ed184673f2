"""The step `domain` carried out by the real heart on the pretend estate: records published by hand, both views of DNS, taking back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.lab.estate.hands import by_hand
from adapters.lab.estate.tenant import ownership
from bot.calls import DnsQuery, GraphCall
from bot.errors import Refused
from bot.step import Fine, Obstacle
from bot.view import RunView
from tests.cloud import Intents
from tests.estate_office import EstateOffice, estate_office
from tests.office import states

NEW = "fabrikam.com"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[EstateOffice]:
    async with estate_office(tmp_path, "ready") as office:
        yield office


def publish(office: EstateOffice, domain: str, value: str = "") -> None:
    by_hand(office.estate, {"do": "publish dns record", "name": domain, "type": "TXT", "value": value or ownership(domain)})


async def waiting(office: EstateOffice) -> RunView:
    """The run of the one missing domain, where a person must publish its record."""
    view = await office.carries_out(await office.asks("domain", domains=NEW))
    assert view.state == "waiting"
    return view


async def test_a_missing_domain_is_added_proved_by_hand_and_verified(office: EstateOffice) -> None:
    view = await waiting(office)
    assert office.writes() == [f"POST /domains {NEW}"]
    told = str(view.why)
    assert f"name: {NEW}" in told and f"value: {ownership(NEW)}" in told and "do not show it yet" in told
    publish(office, NEW)
    view = await office.goes_on(view.id)
    assert (view.state, states(view)) == ("verified", {NEW: "done"})
    assert office.writes() == [f"POST /domains {NEW}", f"POST /domains/{{domain-id}}/verify {NEW}"]


async def test_a_wrong_record_is_named_and_nothing_is_verified(office: EstateOffice) -> None:
    view = await waiting(office)
    publish(office, NEW, "MS=ms00000000")
    view = await office.goes_on(view.id)
    assert view.state == "waiting" and "show another value: MS=ms00000000" in str(view.why)
    assert office.writes() == [f"POST /domains {NEW}"]


async def test_the_resolver_is_waited_for_when_it_remembers_that_there_was_nothing(office: EstateOffice) -> None:
    view = await waiting(office)
    assert [page.rows async for page in office.machines.look(DnsQuery(NEW, "TXT"))] == [()]  # somebody asks too early
    publish(office, NEW)
    view = await office.goes_on(view.id)
    assert view.state == "waiting" and "the public resolver does not yet" in str(view.why)
    office.wait(300)
    assert (await office.goes_on(view.id)).state == "verified"


async def test_a_domain_of_another_tenant_is_refused_with_cause_and_remedy(office: EstateOffice) -> None:
    by_hand(office.estate, {"do": "take domain elsewhere", "name": NEW})
    view = await waiting(office)
    publish(office, NEW)
    view = await office.goes_on(view.id)
    (row,) = view.rows
    assert view.state == "incomplete" and row.state == "failed"
    assert "another Microsoft 365 tenant" in str(row.why) and "remove the domain there" in str(row.remedy)


async def test_what_nobody_publishes_is_given_up_after_three_days(office: EstateOffice) -> None:
    view = await waiting(office)
    office.wait(72 * 3600)
    view = await office.goes_on(view.id)
    (row,) = view.rows
    assert view.state == "incomplete" and "nobody has done it in time" in str(row.why) and ownership(NEW) in str(row.remedy)


async def test_a_verification_that_comes_too_early_is_tried_again_after_a_quarter_of_an_hour(office: EstateOffice) -> None:
    view = await waiting(office)
    with pytest.raises(Refused):
        await office.machines.carry(GraphCall("POST", f"/domains/{NEW}/verify"), Intents())  # somebody presses it in the portal
    publish(office, NEW)
    before = office.time.now
    view = await office.goes_on(view.id)
    assert view.state == "verified" and office.time.now - before >= 900


async def test_an_added_domain_can_be_taken_back_while_nobody_uses_it(office: EstateOffice) -> None:
    view = await waiting(office)
    publish(office, NEW)
    view = await office.goes_on(view.id)
    back = await office.undone(view)
    assert (back.state, states(back)) == ("verified", {NEW: "done"})
    assert NEW not in office.estate.world.domains


async def test_a_domain_that_somebody_uses_stays(office: EstateOffice) -> None:
    view = await waiting(office)
    publish(office, NEW)
    view = await office.goes_on(view.id)
    person = next(one for one in office.estate.world.people.values() if one.online)
    assert person.online
    person.online.upn = f"somebody@{NEW}"
    back = await office.undone(view)
    (held,) = back.others
    assert isinstance(held, Obstacle) and f"somebody@{NEW}" in str(held.reasons[0].why)
    assert NEW in office.estate.world.domains


async def test_a_domain_below_a_verified_one_needs_no_record(office: EstateOffice) -> None:
    by_hand(office.estate, {"do": "add sip domain", "name": "emea.contoso.com"})
    view = await office.carries_out(await office.asks("domain", domains="emea.contoso.com"))
    assert view.state == "verified" and office.writes() == ["POST /domains emea.contoso.com"]


async def test_from_nothing_all_domains_come_in_order_and_the_tenant_is_no_longer_forced(tmp_path: Path) -> None:
    async with estate_office(tmp_path, "untouched") as office:
        plan = await office.asks("tenant", pilot_users="10")
        assert any(isinstance(one, Obstacle) and one.subject == "coexistence not forced" for one in plan.others)
        view = await office.carries_out(await office.asks("domain"))
        for name in ("contoso.com", NEW, "wingtiptoys.com"):
            assert view.state == "waiting" and f"name: {name}" in str(view.why)
            publish(office, name)
            view = await office.goes_on(view.id)
        assert view.state == "verified"
        plan = await office.asks("tenant", pilot_users="10")
        assert all(isinstance(one, Fine) for one in plan.others), plan.others
