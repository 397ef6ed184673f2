"""The pretend directory keeps Graph's own rules about groups, licences, people and domains, seen over HTTPS by a plain client."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.lab.estate.initial_state import SKUS
from adapters.lab.estate.person import ProvisioningConflict
from adapters.lab.estate.servers import DnsRecord
from tests.support.plain_graph_client import ADELE, ADVANCED, FIRST, GraphReply, PlainGraphClient, plain_graph_client

E5, TEAMS = SKUS["E5"][0], SKUS["TEAMS"][0]


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[PlainGraphClient]:
    async with plain_graph_client(tmp_path) as client:
        yield client


class TestGroups:
    async def test_the_cast_to_users_needs_the_advanced_index(self, ask: PlainGraphClient) -> None:
        path = f"/groups/{next(iter(ask.cloud.estate.state.groups))}/members/graph.user"
        assert (await ask.get(path, {"$select": "id"})).code == "Request_UnsupportedQuery"
        told = await ask.get(path, {"$select": "id", "$count": "true"}, **ADVANCED)
        assert told.body["@odata.count"] == len(told.body["value"]) > 0

    async def test_groups_inside_groups_count_for_whoever_is_asked(self, ask: PlainGraphClient) -> None:
        groups = list(ask.cloud.estate.state.groups.values())
        inner, outer = groups[0], groups[-1]
        outer.members.append(inner.id)
        member = inner.members[0]
        mixed = (await ask.get(f"/groups/{outer.id}/members")).body["value"]
        assert [row["@odata.type"] for row in mixed if row["id"] == inner.id] == ["#microsoft.graph.group"]
        deep = (await ask.get(f"/groups/{outer.id}/transitiveMembers", {"$top": "999"})).body["value"]
        assert member in [row["id"] for row in deep]
        told = await ask("POST", f"/users/{member}/checkMemberGroups", body={"groupIds": [outer.id, "not-a-group"]})
        assert told.body["value"] == [outer.id]

    async def test_at_most_twenty_are_checked(self, ask: PlainGraphClient) -> None:
        assert (await ask("POST", f"{ADELE}/checkMemberGroups", body={"groupIds": ["x"] * 21})).status == 400

    async def test_objects_are_found_by_their_ids(self, ask: PlainGraphClient) -> None:
        group = next(iter(ask.cloud.estate.state.groups))
        told = await ask("POST", "/directoryObjects/getByIds", body={"ids": [group, ADELE[7:], "unknown"], "types": ["user", "group"]})
        assert [row["@odata.type"] for row in told.body["value"]] == ["#microsoft.graph.group", "#microsoft.graph.user"]


class TestLicences:
    async def change(self, ask: PlainGraphClient, *add: str, path: str = ADELE, remove: tuple[str, ...] = ()) -> GraphReply:
        body = {"addLicenses": [{"skuId": sku, "disabledPlans": []} for sku in add], "removeLicenses": list(remove)}
        return await ask("POST", f"{path}/assignLicense", body=body)

    async def test_are_assigned_and_provisioned_after_a_while(self, ask: PlainGraphClient) -> None:
        free = ask.cloud.estate.state.skus[TEAMS].consumed
        assert (await self.change(ask, TEAMS)).status == 200
        assert ask.cloud.estate.state.skus[TEAMS].consumed == free + 1
        ask.cloud.time.at += 60
        assert await self.status(ask) == {"PendingProvisioning"}
        ask.cloud.time.at += 600
        assert await self.status(ask) == {"Success"}
        effect = ask.cloud.estate.effects[-1]
        assert (effect.place, effect.call, effect.subject) == ("graph", "POST /users/{user-id}/assignLicense", "adelev@contoso.com")

    async def status(self, ask: PlainGraphClient) -> set[str]:
        details = (await ask.get(f"{ADELE}/licenseDetails")).body["value"]
        return {plan["provisioningStatus"] for detail in details if detail["skuId"] == TEAMS for plan in detail["servicePlans"]}

    async def test_replace_the_list_of_disabled_plans(self, ask: PlainGraphClient) -> None:
        plan = SKUS["E5"][2][0].id
        body = {"addLicenses": [{"skuId": E5, "disabledPlans": [plan]}], "removeLicenses": []}
        await ask("POST", f"{ADELE}/assignLicense", body=body)
        ask.cloud.time.at += 60
        row = (await ask.get(ADELE, {"$select": "assignedLicenses"})).body
        assert row["assignedLicenses"] == [{"skuId": E5, "disabledPlans": [plan]}]

    async def test_a_plan_that_is_switched_on_again_is_waited_for(self, ask: PlainGraphClient) -> None:
        plan = SKUS["E5"][2][0].id
        seen = []
        for disabled in ([plan], []):
            await ask(
                "POST", f"{ADELE}/assignLicense", body={"addLicenses": [{"skuId": E5, "disabledPlans": disabled}], "removeLicenses": []}
            )
            ask.cloud.time.at += 60
            details = (await ask.get(f"{ADELE}/licenseDetails")).body["value"]
            plans = [each for detail in details for each in detail["servicePlans"]]
            seen.append(next(each["provisioningStatus"] for each in plans if each["servicePlanId"] == plan))
        assert seen == ["Disabled", "PendingProvisioning"]

    async def test_are_refused_without_a_usage_location(self, ask: PlainGraphClient) -> None:
        online = ask.cloud.estate.state.people[22].online
        assert online
        online.usage_location = ""
        assert "invalid usage location" in (await self.change(ask, TEAMS)).body["error"]["message"]

    async def test_are_refused_when_none_is_left(self, ask: PlainGraphClient) -> None:
        sku = ask.cloud.estate.state.skus[TEAMS]
        sku.units = sku.consumed
        assert "does not have any available licenses" in (await self.change(ask, TEAMS)).body["error"]["message"]

    async def test_cannot_be_taken_when_they_are_not_there(self, ask: PlainGraphClient) -> None:
        assert (await self.change(ask, remove=(TEAMS,))).status == 400

    async def test_both_lists_must_be_given(self, ask: PlainGraphClient) -> None:
        assert (await ask("POST", f"{ADELE}/assignLicense", body={"addLicenses": []})).status == 400


class TestUsers:
    async def test_a_usage_location_is_seen_a_little_later(self, ask: PlainGraphClient) -> None:
        assert (await ask("PATCH", FIRST, body={"usageLocation": "FR"})).status == 204
        assert (await ask.get(FIRST, {"$select": "usageLocation"})).body["usageLocation"] == "DE"
        ask.cloud.time.at += 10
        assert (await ask.get(FIRST, {"$select": "usageLocation"})).body["usageLocation"] == "FR"

    async def test_the_second_index_follows_later_still(self, ask: PlainGraphClient) -> None:
        await ask("PATCH", FIRST, body={"usageLocation": "FR"})
        ask.cloud.time.at += 15
        assert await ask.names("usageLocation eq 'FR'") and not await ask.names("usageLocation eq 'FR'", advanced=True)

    @pytest.mark.parametrize("body", [{"displayName": "x"}, {"usageLocation": "Germany"}, {}])
    async def test_what_the_ad_owns_cannot_be_changed_here(self, ask: PlainGraphClient, body: dict[str, str]) -> None:
        assert (await ask("PATCH", FIRST, body=body)).code == "Request_BadRequest"

    async def test_a_conflict_of_addresses_is_in_the_way(self, ask: PlainGraphClient) -> None:
        online = ask.cloud.estate.state.people[101].online
        assert online
        online.conflicts = (ProvisioningConflict("ProxyAddresses", "smtp:x@contoso.com"),)
        assert "proxyAddresses" in (await ask("PATCH", FIRST, body={"usageLocation": "FR"})).body["error"]["message"]

    async def test_are_known_by_id_and_upn_alone(self, ask: PlainGraphClient) -> None:
        assert (await ask.get("/users/AdeleV@contoso.com")).body["id"] == ADELE[7:]
        assert (await ask.get("/users/sip:adelev@contoso.com")).status == 404

    async def test_the_deleted_are_elsewhere(self, ask: PlainGraphClient) -> None:
        online = ask.cloud.estate.state.people[101].online
        assert online
        online.deleted = ask.cloud.estate.now
        assert (await ask.get(FIRST)).status == 404
        assert FIRST[7:] in [row["id"] for row in (await ask.get("/directory/deletedItems/graph.user")).body["value"]]


class TestDomains:
    async def test_are_added_proved_and_taken_away(self, ask: PlainGraphClient) -> None:
        assert (await ask("POST", "/domains", body={"id": "Tailspin.example"})).status == 201
        assert (await ask.get("/domains/tailspin.example")).status == 404
        ask.cloud.time.at += 10
        assert (await ask.get("/domains/tailspin.example")).body["isVerified"] is False
        records = (await ask.get("/domains/tailspin.example/verificationDnsRecords")).body["value"]
        failed = await ask("POST", "/domains/tailspin.example/verify")
        assert failed.status == 400 and failed.body["error"]["message"].startswith("Domain verification failed with the following error:")
        text = next(record["text"] for record in records if record["recordType"] == "Txt")
        ask.cloud.estate.state.records["here"] = DnsRecord("tailspin.example", "TXT", text)
        ask.cloud.time.at += 300  # so long the miss is remembered
        assert (await ask("POST", "/domains/tailspin.example/verify")).status == 200
        ask.cloud.time.at += 10
        assert (await ask.get("/domains/tailspin.example")).body["isVerified"] is True
        assert "already verified" in (await ask("POST", "/domains/tailspin.example/verify")).body["error"]["message"]
        assert (await ask("PATCH", "/domains/tailspin.example", body={"supportedServices": ["Email"]})).status == 204
        assert (await ask("DELETE", "/domains/tailspin.example")).status == 204
        assert (await ask.get("/domains/tailspin.example")).status == 404

    async def test_below_a_verified_one_are_verified_by_themselves(self, ask: PlainGraphClient) -> None:
        await ask("POST", "/domains", body={"id": "emea.contoso.com"})
        ask.cloud.time.at += 10
        row = (await ask.get("/domains/emea.contoso.com")).body
        assert row["isVerified"] is True and row["isRoot"] is False

    @pytest.mark.parametrize("body", [{"id": "contoso.com"}, {"id": "no domain"}, {"id": "a.example", "isDefault": True}, {}])
    async def test_are_refused_when_they_cannot_be(self, ask: PlainGraphClient, body: dict[str, Any]) -> None:
        assert (await ask("POST", "/domains", body=body)).status == 400

    async def test_in_use_cannot_be_taken_away(self, ask: PlainGraphClient) -> None:
        assert (await ask("DELETE", "/domains/contoso.com")).status == 400
        assert (await ask.get("/domains/contoso.com/domainNameReferences")).body["value"]
