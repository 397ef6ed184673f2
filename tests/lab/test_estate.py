"""What moves, licences, synchronisation and time do in the pretend estate."""

import asyncio
from typing import Any

import pytest

from adapters.lab.estate.initial_state import SKUS
from adapters.lab.estate.person import CLOUD, HERE
from adapters.lab.estate.tenant_changes import TenantRefusal, assign_licences
from adapters.lab.faults import Fault
from adapters.lab.manual_actions.registry import perform_manual_action
from adapters.lab.powershell.values import Credential
from tests.support.estate_builder import ADMIN, EstateBuilder

BOB = "bob@contoso.com"
MOVE_ERROR = "MoveError,Microsoft.Rtc.Management.AD.Cmdlets.MoveOcsUserCmdlet"


def effects(lab: EstateBuilder) -> list[tuple[str, str, str]]:
    return [(effect.call, effect.subject, effect.result) for effect in lab.estate.effects]


async def test_a_move_changes_both_sides_at_once_and_is_logged_once() -> None:
    lab = EstateBuilder()
    assert not (await lab.move(BOB)).errors
    at_home = (await lab.run("sfb", "Get-CsUser", Identity=f"sip:{BOB}")).row
    assert (at_home["HostingProvider"], at_home["RegistrarPool"], at_home["TargetRegistrarPool"]) == (CLOUD, None, None)
    online = (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row
    assert (online["HostingProvider"], online["TeamsUpgradeEffectiveMode"]) == (CLOUD, "TeamsOnly")
    assert online["OnPremHostingProvider"] == HERE  # until the next sync
    assert lab.true_state(BOB)["home"] == "teams"
    assert effects(lab) == [("Move-CsUser", BOB, "done")]
    assert lab.estate.effects[0].to_row()["place"] == "mover"


async def test_the_directory_learns_of_a_move_with_the_next_cycle() -> None:
    lab = EstateBuilder()
    await lab.move(BOB)
    lab.pass_time(minutes=35)
    assert (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row["OnPremHostingProvider"] == CLOUD


async def test_the_online_side_can_show_a_move_later() -> None:
    lab = EstateBuilder()
    lab.estate.uncertain.online_shows_move_after = 120
    await lab.move(BOB)
    online = (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row
    assert (online["HostingProvider"], lab.true_state(BOB)["home"]) == (HERE, "half")
    lab.pass_time(minutes=3)
    online = (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row
    assert (online["HostingProvider"], online["TeamsUpgradeEffectiveMode"], lab.true_state(BOB)["home"]) == (CLOUD, "TeamsOnly", "teams")


@pytest.mark.parametrize(("succeed", "end"), [(True, "Succeeded"), (False, "Failed")])
async def test_meetings_are_migrated_hours_after_the_move(succeed: bool, end: str) -> None:
    lab = EstateBuilder()
    lab.estate.uncertain.meetings_succeed = succeed
    await lab.move(BOB)
    states = []
    for minutes in (0, 95, 30):
        lab.pass_time(minutes=minutes)
        states.append((await lab.run("teams", "Get-CsMeetingMigrationStatus", Identity=BOB)).row["State"])
    assert states == ["Pending", "InProgress", end]


async def test_meetings_in_a_mailbox_on_premises_are_not_migrated() -> None:
    lab = EstateBuilder()
    await lab.move("milo.mailbox@contoso.com")
    assert not (await lab.run("teams", "Get-CsMeetingMigrationStatus", Identity="milo.mailbox@contoso.com")).things


async def test_a_move_back_restores_the_home_and_nothing_else() -> None:
    lab = EstateBuilder()
    await lab.move(BOB)
    assert not (await lab.move(BOB, "pool02.contoso.com")).errors
    at_home = (await lab.run("sfb", "Get-CsUser", Identity=f"sip:{BOB}")).row
    assert (at_home["HostingProvider"], at_home["RegistrarPool"]) == (HERE, "pool02.contoso.com")
    assert (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row["TeamsUpgradeEffectiveMode"] == "SfBWithTeamsCollab"
    account = lab.person(BOB).account
    assert account and account.contacts == 0


async def test_somebody_who_is_there_already_is_not_moved_again() -> None:
    lab = EstateBuilder()
    await lab.move(BOB)
    assert "already homed" in (await lab.move(BOB)).error.text
    assert [result for _, _, result in effects(lab)] == ["done", "failed"]


REFUSALS = {
    "dave": "Phone System",
    "dina.dialin": "Audio Conferencing",
    "david.disabled": "Error=(506)",
    "paula.protected": '"Insufficient access rights to perform the operation"',
    "nils.nichtda": "Error=(506)",
    "sandra.anders": "Error=(506)",
    "linus.ohne": "Error=(507)",
    "tina.teams": "Error=(507)",
    "peter.wartet": "Error=(507)",
    "ulrich.kontakte": "unified contact store",
    "vera.fehler": "Error=(506)",
    "sofie.geloescht": "Error=(506)",
    "chris.kind": "Cannot find user in Active Directory with the following SIP URI: sip:chris.kind@contoso.com.",
}


@pytest.mark.parametrize("login", REFUSALS)
async def test_a_move_that_cannot_go_says_why_and_changes_nothing(login: str) -> None:
    lab = EstateBuilder()
    before = lab.true_state(f"{login}@contoso.com")
    error = (await lab.move(f"{login}@contoso.com")).error
    assert REFUSALS[login] in error.text
    assert (error.error_id, error.terminating, error.target) == (MOVE_ERROR, False, f"sip:{login}@contoso.com")
    assert lab.true_state(f"{login}@contoso.com") == before
    assert effects(lab) == [("Move-CsUser", f"{login}@contoso.com", "failed")]


@pytest.mark.parametrize("sip", [line["sip"] for line in EstateBuilder().estate.people_rows() if line["home"] in ("on-premises", "half")])
async def test_a_plain_move_goes_exactly_when_the_truth_finds_nothing_wrong(sip: str) -> None:
    lab = EstateBuilder()
    wrong = lab.true_state(sip)["wrong"]
    assert bool((await lab.move(sip)).errors) == bool(wrong)
    assert (lab.true_state(sip)["home"] == "teams") == (not wrong)


async def test_parameters_get_past_their_own_obstacle_only() -> None:
    lab = EstateBuilder()
    assert not (await lab.move("chris.kind@contoso.com", DomainController="dc1.child.contoso.com")).errors
    assert not (await lab.move("dave@contoso.com", BypassEnterpriseVoiceCheck=True)).errors
    assert (await lab.move("linus.ohne@contoso.com", BypassEnterpriseVoiceCheck=True)).errors


SIGN_INS: list[tuple[dict[str, Any], str]] = [
    ({"Credential": None}, "user interaction is required"),
    ({"Credential": Credential(ADMIN.user, "wrong")}, "AADSTS50126"),
    ({"Credential": Credential("nobody@contoso.com", ADMIN.password)}, "AADSTS50034"),
    ({"HostedMigrationOverrideUrl": "https://adminxx.online.lync.com/x.svc"}, "WWW-Authenticate header"),
]


@pytest.mark.parametrize(("parameters", "text"), SIGN_INS, ids=lambda value: value if isinstance(value, str) else "with")
async def test_without_a_cloud_admin_or_with_a_wrong_address_nobody_is_moved(parameters: dict[str, Any], text: str) -> None:
    assert text in (await EstateBuilder().move(BOB, **parameters)).error.text


async def test_a_second_factor_stops_moves() -> None:
    lab = EstateBuilder()
    perform_manual_action(lab.estate, {"do": "change mover", "mfa": True})
    assert "AADSTS50076" in (await lab.move(BOB)).error.text


MACHINES: list[tuple[dict[str, Any], str]] = [
    ({"do": "install modules", "versions": []}, "MicrosoftTeams module"),
    ({"do": "install modules", "versions": ["5.3.0"]}, "Forest header can't be null"),
    ({"do": "patch servers", "build": "7.0.2046.300"}, "minimum build"),
    ({"do": "change mover", "tls12": False}, "The underlying connection was closed"),
    ({"do": "add edge pool", "fqdn": "edge2.contoso.com"}, "multiple federated Edge pools"),
]


@pytest.mark.parametrize(("hand", "text"), MACHINES, ids=lambda value: value if isinstance(value, str) else "by hand")
async def test_a_machine_that_is_not_right_moves_nobody(hand: dict[str, Any], text: str) -> None:
    lab = EstateBuilder()
    perform_manual_action(lab.estate, hand)
    assert text in (await lab.move(BOB)).error.text
    assert lab.true_state(BOB)["wrong"]


async def test_a_new_module_needs_a_new_server_build() -> None:
    lab = EstateBuilder()
    perform_manual_action(lab.estate, {"do": "install modules", "versions": ["7.3.0"]})
    assert not (await lab.move(BOB)).errors
    perform_manual_action(lab.estate, {"do": "patch servers", "build": "7.0.2046.530"})
    assert (await lab.move("erin@contoso.com")).errors


async def test_a_broken_off_move_leaves_somebody_half_and_the_same_move_repairs_it() -> None:
    lab = EstateBuilder()
    lab.faults.add(Fault("half", subject=BOB))
    assert (await lab.move(BOB)).errors
    assert lab.true_state(BOB)["home"] == "half"
    assert (await lab.run("sfb", "Get-CsUser", Identity=f"sip:{BOB}")).row["TargetRegistrarPool"] == CLOUD
    assert not (await lab.move(BOB)).errors
    assert lab.true_state(BOB)["home"] == "teams"
    assert [result for _, _, result in effects(lab)] == ["half", "done"]


async def test_two_moves_of_one_person_at_a_time_are_one_move() -> None:
    lab = EstateBuilder()
    lab.estate.move_latency = 0.02
    both = await asyncio.gather(lab.move(BOB), lab.move(BOB))
    assert sorted(len(heard.errors) for heard in both) == [0, 1]
    assert effects(lab) == [("Move-CsUser", BOB, "done")]


async def test_a_move_is_ended_after_twice_its_latency_and_a_second() -> None:
    lab = EstateBuilder()
    lab.faults.add(Fault("slow", call="Move-CsUser", seconds=60))
    assert "timed out" in (await lab.move(BOB)).error.text
    assert lab.true_state(BOB)["home"] == "on-premises"


async def test_a_stopped_move_changes_nothing_and_can_be_repeated() -> None:
    lab = EstateBuilder()
    lab.estate.move_latency = 5
    running = asyncio.create_task(lab.move(BOB))
    await asyncio.sleep(0)  # it has begun, and waits
    assert lab.estate.moving
    running.cancel()
    await asyncio.wait([running])
    lab.estate.move_latency = 0
    assert (effects(lab), lab.true_state(BOB)["home"]) == ([], "on-premises")
    assert not (await lab.move(BOB)).errors


async def test_the_shared_space_counts_for_moves_minutes_after_it_is_set() -> None:
    lab = EstateBuilder(stage="half")
    await lab.run("sfb", "Set-CsHostingProvider", Identity="LyncOnline", EnabledSharedAddressSpace=True, HostsOCSUsers=True)
    await lab.run("teams", "Set-CsTenantFederationConfiguration", SharedSipAddressSpace=True)
    assert (await lab.run("teams", "Get-CsTenantFederationConfiguration")).row["SharedSipAddressSpace"] is True
    assert "Error=(510)" in (await lab.move(BOB)).error.text
    lab.pass_time(minutes=6)
    assert not (await lab.move(BOB)).errors


async def test_replicas_follow_a_change_one_by_one_and_an_unreachable_one_does_not() -> None:
    lab = EstateBuilder()
    perform_manual_action(lab.estate, {"do": "cut off server", "server": "edge01.contoso.com"})
    await lab.run("sfb", "Set-CsAccessEdgeConfiguration", AllowOutsideUsers=True)
    seen = []
    for minutes in (0, 1, 1, 10):
        lab.pass_time(minutes=minutes)
        seen.append([row["UpToDate"] for row in (await lab.run("sfb", "Get-CsManagementStoreReplicationStatus")).rows])
    assert seen == [[False] * 3, [True, False, False], [True, True, False], [True, True, False]]
    perform_manual_action(lab.estate, {"do": "restart replication", "server": "edge01.contoso.com"})
    assert all(row["UpToDate"] for row in (await lab.run("sfb", "Get-CsManagementStoreReplicationStatus")).rows)


async def test_a_new_licence_counts_for_a_move_after_half_an_hour() -> None:
    lab = EstateBuilder()
    linus = lab.person("linus.ohne@contoso.com")
    assign_licences(lab.estate, linus, {SKUS["E3"][0]: ()}, ())
    lab.pass_time(minutes=6)
    assert lab.estate.state.plan_status(linus, SKUS["E3"][2][0].id, lab.now) == "Success"
    assert "Error=(507)" in (await lab.move("linus.ohne@contoso.com")).error.text
    lab.pass_time(minutes=25)
    assert not (await lab.move("linus.ohne@contoso.com")).errors


def test_licences_are_counted_and_refused_where_they_cannot_be() -> None:
    lab = EstateBuilder()
    sku_id = SKUS["E3"][0]
    sku, linus = lab.estate.state.skus[sku_id], lab.person("linus.ohne@contoso.com")
    used = sku.consumed
    assign_licences(lab.estate, linus, {sku_id: ()}, ())
    assert sku.consumed == used + 1
    assign_licences(lab.estate, linus, {}, (sku_id,))
    assert sku.consumed == used
    with pytest.raises(TenantRefusal, match="usage location"):
        assign_licences(lab.estate, lab.person("ulla.nirgends@contoso.com"), {sku_id: ()}, ())
    sku.units = sku.consumed
    with pytest.raises(TenantRefusal, match="does not have any available licenses"):
        assign_licences(lab.estate, linus, {sku_id: ()}, ())
