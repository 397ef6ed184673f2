"""The OAuth trusts over the pretend estate: settings in order, what people do by hand, and a test that has the last word."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.lab.faults import Fault
from adapters.lab.manual_actions.oauth_trusts import DEDICATED
from adapters.lab.manual_actions.registry import perform_manual_action
from bot.calls import LocalSource
from bot.steps.exchange_oauth import Trust, exchange_online, teams, trust
from tests.support.estate_harness import EstateHarness, estate_harness
from tests.support.recording_gateway import call_name
from tests.support.run_harness import call_states

STEP, ON_PREMISES = "exchange_oauth", "on_premises"
BELOW, TEAMS, ONLINE, HERE = "exchange_and_exchange_online", "exchange_and_teams", "servers_and_exchange_online", "servers_and_exchange"
AUTH, ISSUER = "0FEDCBA98765432100112233445566778899AABB", "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"
NAMES = ["https://mail.contoso.com/", "https://autodiscover.contoso.com/"]
WEB = [f"{trust.SKYPE_ONLINE}/web.pool01.contoso.com", f"{trust.SKYPE_ONLINE}/web.pool02.contoso.com"]


def hand(office: EstateHarness, act: str, /, **fields: Any) -> None:
    perform_manual_action(office.estate, {"do": act, **fields})


async def trusted(office: EstateHarness, trust: str, *acts: dict[str, Any], exchange: str = ON_PREMISES) -> Any:
    """Carries a trust out; each act is done by hand when the run waits for it."""
    run = await office.start_and_approve(await office.make_plan(STEP, exchange=exchange, trust=trust))
    for each in acts:
        assert run.state == "waiting_for_admin", run
        fields = dict(each)
        hand(office, fields.pop("act"), **fields)
        run = await office.advance(run.id)
    return run


def register(names: list[str], app: str = trust.EXCHANGE_ONLINE) -> dict[str, Any]:
    return {"act": "register names", "app": app, "names": names}


def upload(app: str, thumbprint: str) -> dict[str, Any]:
    return {"act": "upload certificate", "app": app, "thumbprint": thumbprint}


async def test_exchange_and_exchange_online_come_to_trust_each_other_with_the_script_run_by_hand(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        before = list(office.estate.state.oauth)
        run = await trusted(office, BELOW, register(NAMES), {"act": "run hybrid app script"})
        assert (run.state, set(call_states(run).values())) == ("verified", {"done"})
        assert len(office.effects()) == 4
        again = await office.make_plan(STEP, exchange=ON_PREMISES, trust=BELOW)
        assert (again.state, {one.kind for one in again.other_findings}) == ("verified", {"fine"})
        back = await office.undo(run)
        hand(office, "remove certificate", app=DEDICATED, thumbprint=AUTH)
        back = await office.advance(back.id)
        hand(office, "remove names", app=trust.EXCHANGE_ONLINE, names=NAMES)
        back = await office.advance(back.id)
        assert (back.state, list(office.estate.state.oauth)) == ("verified", before)
        assert office.estate.state.oauth["PartnerApplication/Exchange Online"].values["Enabled"] is False


async def test_teams_comes_after_exchange_online_and_waits_for_the_certificate(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        early = await office.make_plan(STEP, exchange=ON_PREMISES, trust=TEAMS)
        assert (early.state, early.other_findings[0].kind, early.other_findings[0].subject) == ("incomplete", "obstacle", teams.BELOW)
        await trusted(office, BELOW, register(NAMES), {"act": "run hybrid app script"})
        run = await trusted(office, TEAMS, upload(trust.SKYPE_ONLINE, AUTH))
        assert (run.state, list(call_states(run))[-2:]) == ("verified", [exchange_online.KEY, trust.PROOF])
        assert [line.split()[0] for line in office.effects()[4:]] == [
            *["New-MailUser", "Set-MailUser", "New-ManagementRoleAssignment", "New-ManagementRoleAssignment", "New-PartnerApplication"]
        ]
        back = await office.undo(run)
        assert back.state == "waiting_for_admin"
        hand(office, "remove certificate", app=trust.SKYPE_ONLINE, thumbprint=AUTH)
        back = await office.advance(back.id)
        assert back.state == "verified" and not [key for key in office.estate.state.oauth if "SfBOnline" in key]


async def test_the_servers_and_exchange_online_come_to_trust_each_other(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        before = dict(office.estate.state.oauth["CsOAuthConfiguration/Global"].values)
        run = await trusted(office, ONLINE, register(WEB, trust.SKYPE_ONLINE), upload(trust.SKYPE_ONLINE, ISSUER), exchange="online")
        assert (run.state, set(call_states(run).values())) == ("verified", {"done"})
        back = await office.undo(run)
        hand(office, "remove certificate", app=trust.SKYPE_ONLINE, thumbprint=ISSUER)
        back = await office.advance(back.id)
        hand(office, "remove names", app=trust.SKYPE_ONLINE, names=WEB)
        back = await office.advance(back.id)
        assert back.state == "verified"
        assert office.estate.state.oauth["CsOAuthConfiguration/Global"].values == before


async def test_the_servers_and_exchange_on_premises_need_a_script_of_exchange(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        before = {name: dict(one.values) for name, one in office.estate.state.oauth.items()}
        run = await trusted(office, HERE, {"act": "run partner application script"})
        assert (run.state, set(call_states(run).values())) == ("verified", {"done"})
        back = await office.undo(run)
        assert (back.state, "LyncEnterprise" in str(back.manual_actions)) == ("waiting_for_admin", True)
        hand(office, "remove partner application", name="LyncEnterprise-4d3c2b1a")
        back = await office.advance(back.id)
        assert (back.state, {name: one.values for name, one in office.estate.state.oauth.items()}) == ("verified", before)


async def test_the_entry_of_the_servers_is_not_taken_for_the_one_of_teams(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        await trusted(office, HERE, {"act": "run partner application script"})
        await trusted(office, BELOW, register(NAMES), {"act": "run hybrid app script"})
        plan = await office.make_plan(STEP, exchange=ON_PREMISES, trust=TEAMS)
        assert teams.TEAMS in call_states(plan)


async def test_a_wildcard_mail_domain_stands_in_the_way(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        hand(office, "accept mail domain", name="*.contoso.com")
        plan = await office.make_plan(STEP, exchange=ON_PREMISES, trust=HERE)
        found = {one.subject: one.kind for one in plan.other_findings}
        assert (found[exchange_online.DOMAINS], found[trust.PROOF]) == ("obstacle", "unclear")


async def test_a_run_ends_well_only_when_the_test_says_so(tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60) as office:
        office.faults.add(Fault("unread", call="Test-OAuthConnectivity", times=0))
        run = await trusted(office, BELOW, register(NAMES), {"act": "run hybrid app script"})
        assert run.state != "verified"


# Without the pools every server counts; without the tenant's federation the plan says that the phase was not checked.
CAUTIOUS = {"Get-CsPool", "Get-CsTenantFederationConfiguration"}


@pytest.mark.parametrize("trust", [TEAMS, ONLINE, HERE])
async def test_what_could_not_be_read_of_a_trust_is_said_and_not_written(trust: str, tmp_path: Path) -> None:
    async with estate_harness(tmp_path, "ready", users=60, checked=False) as office:
        if trust == TEAMS:
            await trusted(office, BELOW, register(NAMES), {"act": "run hybrid app script"})
        office.gateway.reads.clear()
        whole = set(call_states(await office.make_plan(STEP, exchange=ON_PREMISES, trust=trust)))
        already, unsaid = office.effects(), []
        for read in {call_name(call) for call in office.gateway.reads if not isinstance(call, LocalSource)} - CAUTIOUS:
            office.faults.add(Fault("refuse", call=read, times=0))
            plan = await office.make_plan(STEP, exchange=ON_PREMISES, trust=trust)
            office.faults.clear()
            if set(call_states(plan)) == whole or not any(one.kind == "unclear" for one in plan.other_findings):
                unsaid.append(read)
        assert (unsaid, office.effects()) == ([], already)


@pytest.mark.parametrize("person", ["a@contoso.com, b@contoso.com", "no address", "group Pilot", "a@contoso.com, group Pilot"])
def test_one_person_is_enough_for_a_test(person: str) -> None:
    with pytest.raises(ValidationError, match="person"):
        Trust(exchange=ON_PREMISES, trust=BELOW, person=person)


def test_without_exchange_of_ones_own_only_one_trust_makes_sense() -> None:
    with pytest.raises(ValidationError, match="only servers_and_exchange_online"):
        Trust(exchange="online", trust=TEAMS)
    assert Trust(exchange="online", trust=ONLINE, person="sip:Bob@contoso.com").person == "bob@contoso.com"
