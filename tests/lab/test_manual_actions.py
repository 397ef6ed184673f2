"""What people do by hand in the pretend estate, and what comes by itself with time."""

from typing import Any

import pytest

from adapters.lab.estate.person import CLOUD
from adapters.lab.estate.tenant_changes import TenantRefusal, add_domain, verify_domain
from adapters.lab.manual_actions.registry import actions_of, all_functions, perform_manual_action
from tests.support.estate_builder import EstateBuilder

BOB, CAROL = "bob@contoso.com", "carol@contoso.com"


def test_a_domain_is_verified_once_its_record_is_published_and_the_forced_mode_goes() -> None:
    lab = EstateBuilder(stage="untouched")
    domain = add_domain(lab.estate, "contoso.com")
    with pytest.raises(TenantRefusal, match="was not found"):
        verify_domain(lab.estate, domain)
    assert lab.estate.state.tenant.forced_teams_only
    perform_manual_action(lab.estate, {"do": "publish dns record", "name": "contoso.com", "type": "TXT", "value": domain.text})
    lab.pass_time(minutes=6)  # so long the miss is remembered
    verify_domain(lab.estate, domain)
    assert domain.verified
    assert not lab.estate.state.tenant.forced_teams_only


async def test_from_nothing_to_a_moved_person() -> None:
    lab = EstateBuilder(stage="untouched")
    domain = add_domain(lab.estate, "contoso.com")
    perform_manual_action(lab.estate, {"do": "publish dns record", "name": "contoso.com", "type": "TXT", "value": domain.text})
    verify_domain(lab.estate, domain)
    perform_manual_action(lab.estate, {"do": "run connect wizard"})
    lab.pass_time(minutes=11)
    await lab.run("sfb", "Set-CsAccessEdgeConfiguration", AllowOutsideUsers=True, AllowFederatedUsers=True, UseDnsSrvRouting=True)
    flags = {"Enabled": True, "EnabledSharedAddressSpace": True, "HostsOCSUsers": True}
    await lab.run("sfb", "New-CsHostingProvider", Identity="Office365", ProxyFqdn=CLOUD, **flags)
    await lab.run("teams", "Set-CsTenantFederationConfiguration", SharedSipAddressSpace=True)
    perform_manual_action(lab.estate, {"do": "set country", "who": BOB, "country": "DE"})
    perform_manual_action(lab.estate, {"do": "give licence", "who": BOB, "sku": "SPE_E3"})
    lab.pass_time(minutes=40)
    assert lab.true_state(BOB)["wrong"] == []
    assert not (await lab.move(BOB)).errors


async def test_a_cycle_takes_minutes_and_cannot_be_started_twice() -> None:
    lab = EstateBuilder()
    assert (await lab.run("sync", "Start-ADSyncSyncCycle", PolicyType="Delta")).row["Result"] == "Success"
    assert (await lab.run("sync", "Get-ADSyncScheduler")).row["SyncCycleInProgress"] is True
    assert "already running" in (await lab.run("sync", "Start-ADSyncSyncCycle")).error.text
    lab.pass_time(minutes=3)
    assert (await lab.run("sync", "Get-ADSyncScheduler")).row["SyncCycleInProgress"] is False
    assert (await lab.run("sync", "Get-ADSyncRunProfileResult", NumberRequested=1)).row["Result"] == "success"


async def test_cycles_come_by_themselves_and_a_long_sleep_costs_one() -> None:
    lab = EstateBuilder()
    lab.pass_time(days=20)
    last = lab.estate.state.tenant.last_sync
    assert last and (lab.now - last).total_seconds() < 32 * 60
    assert len(lab.estate.state.sync_runs) < 10


async def test_the_time_factor_divides_the_documented_waits() -> None:
    lab = EstateBuilder(time_factor=60)
    await lab.move(BOB)
    lab.pass_time(minutes=2)
    assert (await lab.run("teams", "Get-CsMeetingMigrationStatus", Identity=BOB)).row["State"] == "Succeeded"


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ({"do": "dance"}, "is none of accept mail domain"),
        ({"do": "give licence", "who": BOB}, "sku"),
        ({"do": "give licence", "who": BOB, "sku": "SPE_E3", "colour": "red"}, "has no field colour"),
        ({"do": "give licence", "who": "nobody", "sku": "SPE_E3"}, "there is no 'nobody'"),
        ({"do": "publish dns record", "name": "x", "type": "ZZZ", "value": "1"}, "'TXT'"),
        ({"do": "patch servers", "build": "new"}, "is no version"),
    ],
)
def test_a_hand_that_cannot_be_done_says_what_would_be_right(action: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        perform_manual_action(EstateBuilder().estate, action)


def test_every_act_by_hand_has_words_and_says_what_its_fields_mean() -> None:
    offered = actions_of(EstateBuilder().estate)
    assert set(offered) == set(all_functions())
    assert all(hand.description and all(hand.fields.values()) for hand in offered.values())


def test_a_change_of_the_account_arrives_with_the_next_cycle() -> None:
    lab = EstateBuilder()
    perform_manual_action(lab.estate, {"do": "change account", "who": "nils.nichtda@contoso.com", "sync": "in scope"})
    perform_manual_action(lab.estate, {"do": "clear errors", "who": "sandra.anders@contoso.com"})
    lab.pass_time(minutes=35)
    assert lab.true_state("sandra.anders@contoso.com")["wrong"] == []
    assert "not in the cloud" not in lab.true_state("nils.nichtda@contoso.com")["wrong"]


async def test_an_address_that_is_given_away_leads_to_its_new_owner_on_both_sides() -> None:
    lab = EstateBuilder()
    bob, carol = lab.person(BOB), lab.person(CAROL)
    perform_manual_action(lab.estate, {"do": "give address", "who": BOB, "to": CAROL, "becomes": "robert@contoso.com"})
    assert (await lab.run("sfb", "Get-CsUser", Identity=f"sip:{BOB}")).row["Guid"] == carol.guid
    assert (await lab.run("sfb", "Get-CsUser", Identity="sip:robert@contoso.com")).row["Guid"] == bob.guid
    lab.pass_time(minutes=35)
    assert (await lab.run("teams", "Get-CsOnlineUser", Identity=f"sip:{BOB}")).row["Identity"] == carol.id


async def test_two_who_sign_in_with_what_calls_the_other_are_told_apart() -> None:
    lab = EstateBuilder()
    bob, carol = lab.person(BOB), lab.person(CAROL)
    perform_manual_action(lab.estate, {"do": "swap names", "who": BOB, "other": CAROL, "which": "upn", "synchronised": True})
    for place, name, key, told in (("sfb", "Get-CsUser", "Guid", "guid"), ("teams", "Get-CsOnlineUser", "Identity", "id")):
        assert (await lab.run(place, name, Identity=f"sip:{BOB}")).row[key] == getattr(bob, told)
        assert (await lab.run(place, name, Identity=BOB)).row[key] == getattr(carol, told)


async def test_somebody_is_found_by_what_never_changes_whatever_they_are_called() -> None:
    lab = EstateBuilder()
    bob = lab.person(BOB)
    perform_manual_action(lab.estate, {"do": "rename", "who": BOB, "to": "robert@contoso.com"})
    asked = "(objectGUID=" + "".join(f"\\{byte:02x}" for byte in bob.guid.bytes_le) + ")"
    assert (await lab.run("sfb", "Get-CsUser", LdapFilter=asked)).row["SipAddress"] == "sip:robert@contoso.com"
    assert "LdapFilter" in (await lab.run("sfb", "Get-CsUser", LdapFilter="objectGUID=1")).error.text


async def test_data_that_was_saved_under_one_address_is_not_brought_back_under_another() -> None:
    lab = EstateBuilder()
    account = lab.person(BOB).account
    assert account
    account.contacts = 7
    await lab.run("mover", "Export-CsUserData", PoolFqdn="pool01.contoso.com", UserFilter=BOB, FileName=r"\\files\bob.zip")
    account.contacts = 0
    perform_manual_action(lab.estate, {"do": "rename", "who": BOB, "to": "robert@contoso.com"})
    back = {"PoolFqdn": "pool01.contoso.com", "UserFilter": "robert@contoso.com", "FileName": r"\\files\bob.zip"}
    await lab.run("mover", "Import-CsUserData", **back)
    assert account.contacts == 0
    perform_manual_action(lab.estate, {"do": "rename", "who": "robert@contoso.com", "to": BOB})
    await lab.run("mover", "Import-CsUserData", **{**back, "UserFilter": BOB})
    assert account.contacts == 7
