"""How the pretend machines take commands: binding, pipelines, errors, faults."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lab.cmdlets.registry import CMDLETS
from adapters.lab.estate.person import HERE
from adapters.lab.faults import Fault
from adapters.lab.powershell import filters
from adapters.lab.powershell.syntax import known_cmdlets
from adapters.lab.powershell.values import PSCommand
from bot.calls import filter_clause
from tests.support.estate_builder import ADMIN, CmdletOutput, EstateBuilder, plain_value

BOB = "bob@contoso.com"


@pytest.mark.parametrize(
    ("place", "name", "parameters", "fq"),
    [
        ("sfb", "Get-Something", {}, "CommandNotFoundException"),
        ("sfb", "Get-CsOnlineUser", {}, "CommandNotFoundException"),  # another place's module
        ("teams", "Move-CsUser", {}, "CommandNotFoundException"),
        ("sfb", "Get-CsUser", {"Wrong": 1}, "NamedParameterNotFound,Microsoft.Rtc.Management.AD.Cmdlets.GetOcsUserCmdlet"),
        ("mover", "Move-CsUser", {"Identity": BOB}, "MissingMandatoryParameter,Microsoft.Rtc.Management.AD.Cmdlets.MoveOcsUserCmdlet"),
        ("mover", "Move-CsUser", {"Identity": BOB, "Target": "x", "UserList": "y"}, "AmbiguousParameterSet,"),
        ("mover", "Move-CsUser", {"Identity": BOB, "Target": "x", "Credential": "text"}, "CannotConvertArgumentNoMessage,"),
        ("mover", "Move-CsUser", {"Identity": None, "Target": "x"}, "ParameterArgumentValidationErrorNullNotAllowed,"),
        ("sfb", "MicrosoftTeams\\Get-CsTenant", {}, "CommandNotFoundException"),
        ("mover", "Move-CsUser", {"Identity": BOB, "identity": BOB}, "ParameterAlreadyBound,"),
        ("sfb", "Set-CsAccessEdgeConfiguration", {"EnablePartnerDiscovery": True}, "AmbiguousParameterSet,"),
        ("sfb", "Set-CsAccessEdgeConfiguration", {"EnablePartnerDiscovery": True, "UseDefaultRouting": True}, "AmbiguousParameterSet,"),
        ("sfb", "Set-CsAccessEdgeConfiguration", {"AllowOutsideUsers": "yes"}, "ParameterArgumentTransformationError,"),
        ("sfb", "Set-CsAccessEdgeConfiguration", {"AllowOutsideUsers": None}, "ParameterArgumentTransformationError,"),
        ("sync", "Start-ADSyncSyncCycle", {"PolicyType": "Sometimes"}, "CannotConvertArgumentNoMessage,"),
        ("sfb", "Get-CsUser", {"ResultSize": 5, "Res": 5}, "ParameterAlreadyBound,"),
    ],
)
async def test_a_command_that_does_not_fit_is_refused_as_powershell_would(
    place: str, name: str, parameters: dict[str, Any], fq: str
) -> None:
    error = (await EstateBuilder().run(place, name, **parameters)).error
    assert error.error_id.startswith(fq)
    assert error.terminating


async def test_nobody_is_there_to_confirm_a_move() -> None:
    lab = EstateBuilder()
    for more in ({}, {"Confirm": True}, {"Confirm": None}):
        error = (await lab.run("mover", "Move-CsUser", Identity=BOB, Target="x", Credential=ADMIN, **more)).error
        assert 'calling "PromptForChoice"' in error.text
    assert lab.estate.effects == []


async def test_what_if_changes_nothing() -> None:
    lab = EstateBuilder()
    heard = await lab.move(BOB, WhatIf=None)  # a switch that is there with null is on
    assert (heard.errors, lab.estate.effects) == ([], [])


async def test_parameters_are_known_by_alias_beginning_and_position() -> None:
    lab = EstateBuilder()
    by_position = await lab.pipe("sfb", [PSCommand("Get-CsUser", [(None, f"sip:{BOB}")])])
    by_beginning = await lab.pipe("sfb", [PSCommand("get-csuser", [("ident", f"sip:{BOB}")])])
    qualified = await lab.pipe("sfb", [PSCommand("SkypeForBusiness\\Get-CsUser", [("Identity", f"sip:{BOB}")])])
    assert by_position.rows == by_beginning.rows == qualified.rows


async def test_names_piped_into_a_command_with_several_ways_in_are_identities() -> None:
    heard = await EstateBuilder().run("exchange", "Get-Mailbox", [BOB, "alexw@contoso.com", "nobody@contoso.com"])
    piped = {row["UserPrincipalName"] for row in heard.rows} | {str(error.target) for error in heard.errors}
    assert "nobody@contoso.com" in piped
    assert piped <= {BOB, "alexw@contoso.com", "nobody@contoso.com"}


async def test_many_are_read_in_one_pipeline_and_each_missing_one_is_named() -> None:
    piped = ["sip:bob@contoso.com", "sip:nobody@contoso.com", "sip:erin@contoso.com", "sip:nora.o'neill@contoso.com"]
    heard = await EstateBuilder().run("sfb", "Get-CsUser", piped, pick=["sipaddress", "HostingProvider", "NoSuchThing"])
    assert [row["SipAddress"] for row in heard.rows] == [piped[0], piped[2], piped[3]]
    assert heard.rows[0] == {"SipAddress": piped[0], "HostingProvider": HERE, "NoSuchThing": None}
    assert heard.things[0].types[0] == "Selected.Microsoft.Rtc.Management.ADConnect.Schema.ADUser"
    assert (heard.error.target, heard.error.terminating, heard.error.category) == (piped[1], False, 13)
    assert "Management object not found for identity" in heard.error.text


async def test_with_several_statements_an_error_ends_only_its_own() -> None:
    heard = CmdletOutput()
    statements = [
        [PSCommand("Get-CsOnlineUser", [("Identity", who)])] for who in ("bob@contoso.com", "nobody@contoso.com", "erin@contoso.com")
    ]
    await EstateBuilder().machine.run("teams", [*statements, [PSCommand("Get-Nothing", [])]], [], heard)
    assert [row["UserPrincipalName"] for row in heard.rows] == ["bob@contoso.com", "erin@contoso.com"]
    unknown, nothing = heard.errors
    assert not unknown.terminating and (nothing.target, nothing.terminating) == ("Get-Nothing", False)
    assert plain_value(unknown.target) == "{ Identity = nobody@contoso.com, IncludeDirStatus =  }"


async def test_what_takes_nothing_from_the_pipeline_refuses_input() -> None:
    assert (await EstateBuilder().run("teams", "Get-CsOnlineUser", ["bob@contoso.com"])).error.error_id.startswith("InputObjectNotBound")


async def test_objects_go_through_a_pipeline_from_cmdlet_to_cmdlet() -> None:
    lab = EstateBuilder()
    await lab.pipe("sfb", [PSCommand("Get-CsHostingProvider", []), PSCommand("Set-CsHostingProvider", [("Enabled", False)])])
    assert (await lab.run("sfb", "Get-CsHostingProvider")).row["Enabled"] is False


async def test_select_object_takes_the_first_ones_and_expands() -> None:
    lab = EstateBuilder()
    first = await lab.pipe("sfb", [PSCommand("Get-CsUser", []), PSCommand("Select-Object", [("First", 2)])])
    assert len(first.things) == 2
    names = await lab.pipe("sfb", [PSCommand("Get-CsPool", []), PSCommand("Select-Object", [("ExpandProperty", "Computers")])])
    assert names.things == ["fe01.contoso.com", "fe02.contoso.com", "edge01.contoso.com"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("HostingProvider -eq 'SRV:'", 59),
        ("HostingProvider -ne 'SRV:'", 1),
        ("LineURI -ne $null", 2),
        ("SipAddress -like 'sip:*@fabrikam.com'", 1),
        ("DisplayName -eq 'Nora O''Neill'", 1),
        ("Enabled -eq $true -and (LastName -eq 'Voice' -or LastName -eq 'Muster')", 2),
        ("-not (HostingProvider -eq 'SRV:')", 1),
    ],
)
async def test_filters_find_whom_they_describe(text: str, count: int) -> None:
    assert len((await EstateBuilder().run("sfb", "Get-CsUser", Filter=text)).things) == count


async def test_people_online_are_filtered_by_what_the_page_names_and_nothing_else() -> None:
    assert (await EstateBuilder().run("teams", "Get-CsOnlineUser", Filter=f"SipAddress -eq 'sip:{BOB}'")).row["UserPrincipalName"] == BOB
    assert "not valid" in (await EstateBuilder().run("teams", "Get-CsOnlineUser", Filter=f"UserPrincipalName -eq '{BOB}'")).error.text


@pytest.mark.parametrize("text", ["", "Nonsense", "NoSuch -eq 'x'", "SipAddress -matches 'x'", "(SipAddress -eq 'x'", "SipAddress -eq"])
async def test_a_filter_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(filters.FilterError):
        filters.parse_filter(text, {"sipaddress": "SipAddress"})


@given(st.text(max_size=30).filter(lambda text: text.strip() == text and text))
def test_a_filter_that_the_house_builds_finds_exactly_its_value(value: str) -> None:
    test = filters.parse_filter(filter_clause("DisplayName", "eq", value), {"displayname": "DisplayName"})
    assert test({"DisplayName": value})
    assert not test({"DisplayName": f"{value}x"})


async def test_faults_are_met_by_those_whom_they_fit() -> None:
    lab = EstateBuilder()
    lab.faults.add(Fault("unread", call="Get-CsUser", subject="bob@contoso.com"))
    lab.faults.add(Fault("refuse", place="mover"))
    lab.faults.add(Fault("throttle", place="teams", seconds=7))
    heard = await lab.run("sfb", "Get-CsUser", ["sip:bob@contoso.com", "sip:erin@contoso.com"])
    assert [row["SipAddress"] for row in heard.rows] == ["sip:erin@contoso.com"]
    assert (heard.error.target, heard.error.terminating) == ("sip:bob@contoso.com", False)
    assert "Insufficient access rights" in (await lab.move("erin@contoso.com")).error.text
    assert "Retry after 7 seconds" in (await lab.run("teams", "Get-CsTenant")).error.text
    assert (await lab.move("erin@contoso.com")).errors == []


async def test_everybody_is_read_page_by_page_with_the_few_properties_that_are_wanted() -> None:
    heard = await EstateBuilder(users=2000).run("sfb", "Get-CsUser", pick=["SipAddress", "HostingProvider", "RegistrarPool"])
    assert len(heard.things) == 2000
    assert all(set(thing.properties) == {"SipAddress", "HostingProvider", "RegistrarPool"} for thing in heard.things)


async def test_the_mover_shows_its_modules_and_nothing_about_what_is_not_there() -> None:
    lab = EstateBuilder()
    assert (await lab.run("mover", "Get-Module", Name="MicrosoftTeams", ListAvailable=True, pick=["Name", "Version"])).row == {
        "Name": "MicrosoftTeams",
        "Version": "6.6.0",
    }
    assert (await lab.run("sfb", "Get-Module", Name="MicrosoftTeams")).things == []


def test_every_cmdlet_on_the_shelf_is_one_that_is_known() -> None:
    assert {(name.lower(), module) for name, module in CMDLETS} <= set(known_cmdlets())


def test_every_cmdlet_that_is_known_is_on_the_shelf() -> None:
    shelf = {(name.lower(), module) for name, module in CMDLETS}
    assert {key for key in known_cmdlets() if key not in shelf and key[0] != "select-object"} == set()


def test_the_copy_of_the_syntax_says_where_it_is_from() -> None:
    data = json.loads((files("adapters.lab.powershell") / "cmdlets.json").read_text())
    assert all(commit for commit in data["about"]["sources"].values())
    assert all(entry["source"] for entry in data["cmdlets"])
    assert all(entry["page"].startswith("https://learn.microsoft.com/") for entry in data["added"])
