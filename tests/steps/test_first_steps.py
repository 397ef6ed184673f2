"""What holds for the steps `tenant`, `domain` and `licences` whatever cannot be read, and what their forms accept."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.calls import GraphCall
from bot.errors import GatewayError
from bot.step import Change, Finding, Step, findings
from bot.steps.domain import Domains, domain
from bot.steps.licences import LicenceForm, licences
from bot.steps.tenant import Pilot, tenant
from tests.support.case_files import answers_of, case_file, facts_of
from tests.support.fake_reader import FakeReader, merge_facts
from tests.support.paths import STEPS

BOB, BOB_ID, NEW = "bob@contoso.com", "00000000-0000-4000-8000-000000000101", "fabrikam.com"
UNREAD = {"unread": "no answer"}


async def found(step: Step, case: str, unread: dict[str, Any]) -> list[Finding]:
    """The findings of a case when some of its facts cannot be read; none when that stops the plan."""
    path = case_file(f"{step.name}/{case}")
    try:
        return await findings(step, step.form(**answers_of(path)), FakeReader(dict(merge_facts(facts_of(path), unread))))
    except GatewayError:
        return []


@pytest.mark.parametrize(
    "unread",
    [
        {"Cloud": UNREAD},
        {"SubscribedSku": UNREAD},
        {"OnPremUser": UNREAD},
        {"OnlineUser": UNREAD},
        {"DirectoryUser": UNREAD},
        {"Licences": UNREAD},
        {"OnPremUser": {BOB: UNREAD}},
        {"OnlineUser": {BOB: UNREAD}},
        {"DirectoryUser": {BOB_ID: UNREAD}},
        {"Licences": {BOB_ID: UNREAD}},
    ],
    ids=str,
)
async def test_nobody_gets_a_licence_unknowingly(unread: dict[str, Any]) -> None:
    assert not [one for one in await found(licences, "ready", unread) if isinstance(one, Change)]


@pytest.mark.parametrize(
    "unread",
    [
        {"Cloud": UNREAD},
        {"Domain": UNREAD},
        {"SipDomain": UNREAD},
        {"OwnershipRecord": UNREAD},
        {"OwnershipRecord": {NEW: UNREAD}},
        {f"ZoneTxtRecord name={NEW}": UNREAD},
        {f"PublicTxtRecord name={NEW}": UNREAD},
    ],
    ids=str,
)
async def test_no_verification_is_asked_for_before_both_views_of_dns_are_seen(unread: dict[str, Any]) -> None:
    first = [one.do[0] for one in await found(domain, "both_show_it", unread) if isinstance(one, Change)]
    assert not [call for call in first if isinstance(call, GraphCall)]


async def test_the_resolver_is_not_asked_before_the_zone_shows_the_record() -> None:
    read = FakeReader(facts_of(case_file("domain/added_without_record")))
    await findings(domain, Domains(), read)
    assert "ZoneTxtRecord" in read.asked and "PublicTxtRecord" not in read.asked


async def test_the_tenant_step_never_changes_anything() -> None:
    for case in (STEPS / "tenant/cases").glob("*.json"):
        assert not [one for one in await found(tenant, case.stem, {}) if isinstance(one, Change)]


async def test_units_are_set_aside_for_those_who_can_have_them_only() -> None:
    facts = facts_of(case_file("licences/one_seat_for_two"))
    facts = dict(merge_facts(facts, {"OnlineUser": {BOB: None}}))
    kinds = [one.kind for one in await findings(licences, LicenceForm(people=f"{BOB}, carol@contoso.com"), FakeReader(facts))]
    assert kinds == ["obstacle", "change"]


@pytest.mark.parametrize(
    "text", ["contoso", "-contoso.com", "*.contoso.com", "contoso.com; Remove-CsUser", "contoso .com'", "bob@contoso.com"]
)
def test_what_is_no_domain_is_told_beside_the_field(text: str) -> None:
    with pytest.raises(ValidationError):
        Domains(domains=text)


@pytest.mark.parametrize("text", ["", "contoso.com", "contoso.com, Fabrikam.com\nemea.contoso.com", "xn--bcher-kva.example"])
def test_domains_may_be_written_in_any_usual_way(text: str) -> None:
    assert Domains(domains=text).domains == text


@pytest.mark.parametrize("country", ["D", "DEU", "D1", "de; x"])
def test_a_country_is_two_letters(country: str) -> None:
    with pytest.raises(ValidationError):
        LicenceForm(people=BOB, usage_location=country)


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_pilot_has_at_least_one_person(number: str) -> None:
    with pytest.raises(ValidationError):
        Pilot.model_validate({"pilot_users": number})
