"""What the other writes of a hybrid do in the pretend estate, and how they are taken back."""

from typing import Any

import pytest

from adapters.lab.estate.person import CLOUD, HERE
from adapters.lab.manual_actions.registry import perform_manual_action
from tests.support.estate_builder import EstateBuilder

BOB, VICTOR, ULRICH = "bob@contoso.com", "victor.voice@contoso.com", "ulrich.kontakte@contoso.com"
FLAGS = {"Enabled": True, "EnabledSharedAddressSpace": True, "HostsOCSUsers": True}
NEW_PARTNER = {"ApplicationIdentifier": "00000004-0000-0ff1-ce00-000000000000", "Enabled": True, "LinkedAccount": "Application"}


async def test_a_provider_with_a_name_or_proxy_that_is_there_already_is_a_duplicate() -> None:
    lab = EstateBuilder(stage="half")
    same_name = await lab.run("sfb", "New-CsHostingProvider", Identity="LYNCONLINE", ProxyFqdn="other.example", **FLAGS)
    assert 'duplicate key sequence "LYNCONLINE"' in same_name.error.text
    assert (await lab.run("sfb", "New-CsHostingProvider", Identity="Other", ProxyFqdn=CLOUD, **FLAGS)).error.terminating


async def test_a_provider_is_made_and_removed_by_its_name_alone() -> None:
    lab = EstateBuilder(stage="untouched")
    await lab.run("sfb", "New-CsHostingProvider", Identity="Office365", ProxyFqdn=CLOUD, **FLAGS)
    row = (await lab.run("sfb", "Get-CsHostingProvider")).row
    assert (row["ProxyFqdn"], row["HostsOCSUsers"], row["VerificationLevel"]) == (CLOUD, True, "UseSourceVerification")
    assert (await lab.run("sfb", "Remove-CsHostingProvider", Identity="Other", Confirm=False)).errors
    await lab.run("sfb", "Remove-CsHostingProvider", Identity="Office365", Confirm=False)
    assert (await lab.run("sfb", "Get-CsHostingProvider")).things == []


async def test_the_edge_takes_complete_sets_and_the_old_values_back() -> None:
    lab = EstateBuilder(stage="untouched")
    names = ("AllowOutsideUsers", "AllowFederatedUsers", "EnablePartnerDiscovery")
    before = (await lab.run("sfb", "Get-CsAccessEdgeConfiguration", pick=[*names, "RoutingMethod"])).row
    await lab.run("sfb", "Set-CsAccessEdgeConfiguration", **dict.fromkeys(names, True), UseDnsSrvRouting=None)
    now = (await lab.run("sfb", "Get-CsAccessEdgeConfiguration", pick=[*names, "RoutingMethod"])).row
    assert now == {**dict.fromkeys(names, True), "RoutingMethod": "UseDnsSrvRouting"}
    await lab.run("sfb", "Set-CsAccessEdgeConfiguration", **{name: before[name] for name in names}, UseDnsSrvRouting=True)
    assert (await lab.run("sfb", "Get-CsAccessEdgeConfiguration", pick=[*names, "RoutingMethod"])).row == before


async def test_allowed_domains_are_a_list_or_everybody() -> None:
    lab = EstateBuilder()
    change: dict[str, Any] = {"AllowedDomainsAsAList": ["a.com"], "BlockedDomains": {"Add": "b.com"}}
    await lab.run("teams", "Set-CsTenantFederationConfiguration", **change)
    row = (await lab.run("teams", "Get-CsTenantFederationConfiguration")).things[0].properties
    assert [one.properties["Domain"] for one in row["AllowedDomains"].properties["AllowedDomain"]] == ["a.com"]
    assert [one.properties["Domain"] for one in row["BlockedDomains"]] == ["b.com"]
    everybody = (await lab.run("teams", "New-CsEdgeAllowAllKnownDomains")).things[0]
    await lab.run("teams", "Set-CsTenantFederationConfiguration", AllowedDomains=everybody, BlockedDomains={"Remove": ["b.com"]})
    row = (await lab.run("teams", "Get-CsTenantFederationConfiguration")).row
    assert (row["AllowedDomains"], row["BlockedDomains"]) == ("AllowAllKnownDomains", [])


@pytest.mark.parametrize("told", ["warning", "error"])
async def test_the_tenant_is_not_made_teams_only_while_a_lyncdiscover_points_home(told: str) -> None:
    lab = EstateBuilder(stage="finished")
    perform_manual_action(lab.estate, {"do": "behave", "teams_only_refused_by": told})
    heard = await lab.run("teams", "Grant-CsTeamsUpgradePolicy", PolicyName="UpgradeToTeams", Global=None)
    assert "cannot be upgraded to TeamsOnly mode" in (heard.warnings[1] if told == "warning" else heard.error.text)
    assert len(heard.warnings) + len(heard.errors) == 2
    assert (await lab.run("teams", "Get-CsTeamsUpgradePolicy", Identity="Global")).row["Mode"] == "SfBWithTeamsCollab"
    for domain in ("contoso.com", "wingtiptoys.com", "fabrikam.com"):
        perform_manual_action(lab.estate, {"do": "remove dns record", "name": f"lyncdiscover.{domain}", "type": "A"})
    assert not (await lab.run("teams", "Grant-CsTeamsUpgradePolicy", PolicyName="UpgradeToTeams", Global=None)).errors
    assert (await lab.run("teams", "Get-CsTeamsUpgradePolicy", Identity="Global")).row["Mode"] == "TeamsOnly"


async def test_a_mode_is_seen_at_once_as_policy_and_later_as_effect() -> None:
    lab = EstateBuilder()
    heard = await lab.run("teams", "Grant-CsTeamsUpgradePolicy", Identity=BOB, PolicyName="SfBOnly")
    assert "will be ignored" in heard.warnings[0]
    row = (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row
    assert (row["TeamsUpgradePolicy"], row["TeamsUpgradeEffectiveMode"]) == ("SfBOnly", "SfBWithTeamsCollab")
    lab.pass_time(minutes=11)
    assert (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row["TeamsUpgradeEffectiveMode"] == "SfBOnly"


async def test_nobody_homed_on_premises_is_granted_teams_only() -> None:
    assert (await EstateBuilder().run("teams", "Grant-CsTeamsUpgradePolicy", Identity=BOB, PolicyName="UpgradeToTeams")).errors


async def test_somebody_newly_enabled_is_in_the_pool_a_minute_later() -> None:
    lab = EstateBuilder()
    await lab.run("sfb", "Disable-CsUser", Identity=f"sip:{BOB}", Confirm=False)
    assert (await lab.run("sfb", "Get-CsUser", Identity=BOB)).errors
    assert not (await lab.run("sfb", "Enable-CsUser", Identity=BOB, RegistrarPool="pool01.contoso.com", SipAddress=f"sip:{BOB}")).errors
    assert "SetMoveResourceData failed" in (await lab.move(BOB)).error.text
    lab.pass_time(minutes=2)
    assert not (await lab.move(BOB)).errors


async def test_a_disabled_person_loses_the_address_online_with_the_next_sync() -> None:
    lab = EstateBuilder()
    await lab.run("sfb", "Disable-CsUser", Identity=f"sip:{BOB}", Confirm=False)
    lab.pass_time(minutes=35)
    row = (await lab.run("teams", "Get-CsOnlineUser", Identity=BOB)).row
    assert (row["SipAddress"], row["HostingProvider"]) == (None, None)


async def test_contacts_rolled_back_from_exchange_no_longer_stop_a_move() -> None:
    lab = EstateBuilder()
    await lab.run("sfb", "Grant-CsUserServicesPolicy", Identity=f"sip:{ULRICH}", PolicyName="NoContactsInExchange")
    await lab.run("sfb", "Invoke-CsUcsRollback", Identity=f"sip:{ULRICH}")
    assert (await lab.run("sfb", "Debug-CsUnifiedContactStore", [f"sip:{ULRICH}"])).row["UcsMode"] == "Disabled"
    assert not (await lab.move(ULRICH)).errors


async def test_exported_contacts_come_back_after_a_move_back() -> None:
    lab = EstateBuilder()
    account = lab.person(BOB).account
    assert account
    await lab.run("sfb", "Export-CsUserData", PoolFqdn="pool01.contoso.com", UserFilter=BOB, FileName="C:\\bob.zip")
    await lab.move(BOB)
    assert (await lab.run("sfb", "Import-CsUserData", PoolFqdn="pool01.contoso.com", UserFilter=BOB, FileName="C:\\bob.zip")).errors
    await lab.move(BOB, "pool01.contoso.com")
    await lab.run("sfb", "Import-CsUserData", PoolFqdn="pool01.contoso.com", UserFilter=BOB, FileName="C:\\bob.zip")
    assert account.contacts == 20


async def test_a_number_is_assigned_online_once_ad_has_let_it_go() -> None:
    lab = EstateBuilder()
    await lab.move(VICTOR)
    assign = {"Identity": VICTOR, "PhoneNumber": "+4930555010115", "PhoneNumberType": "DirectRouting"}  # aliases of the real names
    assert "Active Directory" in str((await lab.run("teams", "Set-CsPhoneNumberAssignment", **assign)).row["Message"])
    await lab.run("sfb", "Set-CsUser", Identity=f"sip:{VICTOR}", EnterpriseVoiceEnabled=False, LineURI=None)
    lab.pass_time(minutes=35)
    assert not (await lab.run("teams", "Set-CsPhoneNumberAssignment", **assign)).errors
    row = (await lab.run("teams", "Get-CsOnlineUser", Identity=VICTOR)).row
    assert (row["LineUri"], row["EnterpriseVoiceEnabled"], row["OnPremLineURI"]) == ("tel:+4930555010115", True, None)
    await lab.run("teams", "Remove-CsPhoneNumberAssignment", Identity=VICTOR, RemoveAll=True)
    row = (await lab.run("teams", "Get-CsPhoneNumberAssignment", TelephoneNumber="+4930555010115")).row
    assert (row["AssignedPstnTargetId"], row["PstnAssignmentStatus"]) == (None, "Unassigned")


@pytest.mark.parametrize("told", ["object", "error"])
async def test_a_number_belongs_to_one_person(told: str) -> None:
    lab = EstateBuilder(stage="finished")
    perform_manual_action(lab.estate, {"do": "behave", "numbers_refused_by": told})
    number = {"TelephoneNumber": "+4930555019999", "NumberType": "DirectRouting"}
    await lab.run("teams", "Set-CsPhoneNumberAssignment", Identity="alexw@contoso.com", **number)
    refused = await lab.run("teams", "Set-CsPhoneNumberAssignment", Identity="meganb@contoso.com", **number)
    assert "has already been assigned to another user" in (refused.error.text if told == "error" else str(refused.row["Message"]))


async def test_failed_meetings_are_started_again() -> None:
    lab = EstateBuilder()
    lab.estate.uncertain.meetings_succeed = False
    await lab.move(BOB)
    lab.pass_time(hours=3)
    lab.estate.uncertain.meetings_succeed = True
    await lab.run("teams", "Start-CsExMeetingMigration", Identity=BOB, SourceMeetingType="SfB", TargetMeetingType="Teams")
    lab.pass_time(hours=3)
    states = [row["State"] for row in (await lab.run("teams", "Get-CsMeetingMigrationStatus", Identity=BOB)).rows]
    assert states == ["Succeeded", "Failed"]  # the newest first


async def test_the_oauth_trust_works_once_its_parts_and_the_certificate_are_there() -> None:
    lab = EstateBuilder()
    test = {"Service": "EWS", "TargetUri": "https://outlook.office365.com/ews/exchange.asmx", "Mailbox": "milo.mailbox@contoso.com"}
    assert (await lab.run("exchange", "Test-OAuthConnectivity", **test)).row["ResultType"] == "Error"
    metadata = "https://accounts.accesscontrol.windows.net/contoso.mail.onmicrosoft.com/metadata/json/1"
    await lab.run("exchange", "New-AuthServer", Name="WindowsAzureACS", AuthMetadataUrl=metadata)
    assert "couldn't be found" in (await lab.run("exchange", "New-PartnerApplication", Name="SfBOnline", **NEW_PARTNER)).error.text
    await lab.run("exchange", "New-MailUser", Name=NEW_PARTNER["LinkedAccount"], ExternalEmailAddress="teams@contoso.com")
    await lab.run("exchange", "New-PartnerApplication", Name="SfBOnline", **NEW_PARTNER)
    thumbprint = (await lab.run("exchange", "Get-AuthConfig")).row["CurrentCertificateThumbprint"]
    perform_manual_action(lab.estate, {"do": "upload certificate", "app": NEW_PARTNER["ApplicationIdentifier"], "thumbprint": thumbprint})
    assert (await lab.run("exchange", "Test-OAuthConnectivity", **test)).row["ResultType"] == "Success"
    await lab.run("exchange", "Set-PartnerApplication", Identity="SfBOnline", Enabled=False)
    assert (await lab.run("exchange", "Test-OAuthConnectivity", **test)).row["ResultType"] == "Error"


async def test_the_trust_of_skype_with_exchange_is_made_and_taken_back() -> None:
    lab = EstateBuilder()
    partner = {"ApplicationIdentifier": "00000002-0000-0ff1-ce00-000000000000", "ApplicationTrustLevel": "Full", "UseOAuthServer": None}
    assert "(401)" in (await lab.run("sfb", "Test-CsExStorageConnectivity", SipUri=f"sip:{BOB}")).error.text
    await lab.run("sfb", "New-CsPartnerApplication", Identity="microsoft.exchange", **partner)
    metadata = "https://accounts.accesscontrol.windows.net/11111111-2222-4333-8444-555555555555/metadata/json/1"
    await lab.run("sfb", "New-CsOAuthServer", Identity="microsoft.sts", MetadataUrl=metadata)
    skype = "00000004-0000-0ff1-ce00-000000000000"
    await lab.run("sfb", "Set-CsOAuthConfiguration", ServiceName=skype)
    thumbprint = (await lab.run("sfb", "Get-CsCertificate", Type="OAuthTokenIssuer")).row["Thumbprint"]
    assert "(401)" in (await lab.run("sfb", "Test-CsExStorageConnectivity", SipUri=f"sip:{BOB}")).error.text
    perform_manual_action(lab.estate, {"do": "upload certificate", "app": skype, "thumbprint": thumbprint})
    assert (await lab.run("sfb", "Test-CsExStorageConnectivity", SipUri=f"sip:{BOB}")).things == ["Test passed."]
    assert (await lab.run("sfb", "Get-CsOAuthConfiguration")).row["PartnerApplications"] == ["microsoft.exchange"]
    await lab.run("sfb", "Remove-CsPartnerApplication", Identity="microsoft.exchange", Confirm=False)
    assert (await lab.run("sfb", "Get-CsOAuthConfiguration")).row["PartnerApplications"] == []


async def test_a_domain_switched_off_takes_the_addresses_of_its_people() -> None:
    lab = EstateBuilder()
    await lab.run("teams", "Disable-CsOnlineSipDomain", Domain="wingtiptoys.com", Confirm=False)
    assert lab.true_state("wendy.wingtip@wingtiptoys.com")["wrong"][0] == "SIP domain disabled online"
    status = (await lab.run("teams", "Get-CsOnlineSipDomain", Domain="wingtiptoys.com")).row
    assert status == {"Name": "wingtiptoys.com", "Status": "Disabled"}


READS = [
    ("sfb", "Get-CsSite"),
    ("sfb", "Get-CsComputer"),
    ("sfb", "Get-CsService"),
    ("sfb", "Get-CsSipDomain"),
    ("sfb", "Get-CsWindowsService"),
    ("sfb", "Get-CsServerVersion"),
    ("sfb", "Get-CsUserReplicatorConfiguration"),
    ("sfb", "Get-CsExternalAccessPolicy"),
    ("sfb", "Get-CsUserServicesPolicy"),
    ("sfb", "Get-CsTeamsUpgradePolicy"),
    ("sfb", "Get-CsTeamsUpgradeConfiguration"),
    ("sfb", "Get-CsCertificate"),
    ("sfb", "Get-CsAdminRole"),
    ("mover", "Get-CsServerPatchVersion"),
    ("teams", "Get-CsTenant"),
    ("teams", "Get-CsTenantMigrationConfiguration"),
    ("teams", "Get-CsOnlineDialInConferencingTenantSettings"),
    ("teams", "Get-CsOnlineVoiceRoutingPolicy"),
    ("exchange", "Get-Mailbox"),
    ("exchange", "Get-RemoteMailbox"),
    ("exchange", "Get-PartnerApplication"),
    ("exchange", "Get-ExchangeCertificate"),
    ("exchange", "Get-IntraOrganizationConfiguration"),
    ("sync", "Get-ADSyncAutoUpgrade"),
]


@pytest.mark.parametrize(("place", "name"), READS)
async def test_a_read_answers_and_changes_nothing(place: str, name: str) -> None:
    lab = EstateBuilder()
    heard = await lab.run(place, name)
    assert heard.things
    assert not heard.errors and not lab.estate.effects
    for thing in heard.things:  # every property can be read, not only those that tests ask for
        assert isinstance(thing, str) or dict(thing.properties)


async def test_home_is_where_both_sides_say() -> None:
    lab = EstateBuilder()
    assert [lab.true_state(sip)["home"] for sip in (BOB, "frank@contoso.com", "hanna.haengt@contoso.com", "alexw@contoso.com")] == [
        "on-premises",
        "teams",
        "half",
        "teams",
    ]
    account = lab.person(BOB).account
    assert account and account.locator == HERE
