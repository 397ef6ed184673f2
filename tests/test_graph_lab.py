"""The pretend Graph keeps Graph's own rules, seen over HTTPS by a plain client. Every exchange is held against the description."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.lab.faults import Fault
from adapters.lab.graph_contract import operations
from adapters.lab.graph_service import ROUTES
from adapters.lab.person import Conflict
from adapters.lab.servers import Record
from adapters.lab.tenant import SKUS
from tests.cloud import APP, SECRET, TENANT, Cloud, lab_cloud

E3, E5, TEAMS = (SKUS[name][0] for name in ("E3", "E5", "TEAMS"))
ADVANCED = {"ConsistencyLevel": "eventual"}
ADELE = "/users/00000000-0000-4000-8000-000000000022"
FIRST = "/users/00000000-0000-4000-8000-000000000101"


@dataclass
class Told:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


class Plain:
    """An HTTP client with a token and no patience."""

    def __init__(self, cloud: Cloud, session: aiohttp.ClientSession, token: str) -> None:
        self.cloud, self.session, self.token = cloud, session, token

    async def __call__(self, method: str, path: str, query: Mapping[str, str] = {}, body: Any = None, **headers: str) -> Told:
        named = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = path if path.startswith("https:") else f"{self.cloud.hosts.graph}/v1.0{path}"
        async with self.session.request(method, url, params=query, json=body, headers=named) as response:
            told = await response.json() if response.content_type == "application/json" else None
            return Told(response.status, told, response.headers)

    async def get(self, path: str, query: Mapping[str, str] = {}, **headers: str) -> Told:
        return await self("GET", path, query, **headers)

    async def names(self, filter_: str, path: str = "/users", advanced: bool = False) -> list[str]:
        query = {"$filter": filter_, "$select": "displayName", "$top": "999", **({"$count": "true"} if advanced else {})}
        told = await self.get(path, query, **(ADVANCED if advanced else {}))
        assert told.status == 200, told.body
        return [row["displayName"] for row in told.body["value"]]

    async def login(self, **form: str) -> Told:
        url = f"{self.cloud.hosts.login}/{form.pop('tenant', TENANT)}/oauth2/v2.0/token"
        sent = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET, "scope": "https://x/.default", **form}
        async with self.session.post(url, data=sent) as response:
            return Told(response.status, await response.json(), response.headers)


@asynccontextmanager
async def plain(path: Path, **more: Any) -> AsyncIterator[Plain]:
    async with lab_cloud(path, **more) as cloud:
        trust = ssl.create_default_context(cafile=cloud.hosts.ca)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            yield Plain(cloud, session, await cloud.tokens().token())


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Plain]:
    async with plain(tmp_path) as client:
        yield client


def test_every_declared_operation_has_a_route_or_is_closed_to_apps() -> None:
    lines = {operation.line for operation in operations()}
    assert lines - set(ROUTES) == {"POST /$batch", "GET /directory/onPremisesSynchronization"} and set(ROUTES) <= lines


class TestTheDoor:
    async def test_is_shut_without_a_token(self, ask: Plain) -> None:
        ask.token = "nonsense"
        told = await ask.get("/users")
        assert (told.status, told.code) == (401, "InvalidAuthenticationToken")

    async def test_is_shut_for_the_token_of_another_cloud(self, ask: Plain) -> None:
        ask.token = (await ask.login(scope="https://graph.microsoft.us/.default")).body["access_token"]
        assert (await ask.get("/users")).status == 401

    async def test_is_shut_when_the_token_has_ended(self, ask: Plain) -> None:
        ask.cloud.time.at += 3600
        assert (await ask.get("/users")).status == 401

    async def test_opens_for_permissions_that_were_given(self, tmp_path: Path) -> None:
        async with plain(tmp_path, roles=("Domain.Read.All",)) as ask:
            assert (await ask.get("/domains")).status == 200
            told = await ask("POST", "/domains", body={"id": "a.example"})
            assert (told.status, told.code) == (403, "Authorization_RequestDenied")

    async def test_never_shows_the_synchronisation_settings_to_an_app(self, ask: Plain) -> None:
        assert (await ask.get("/directory/onPremisesSynchronization")).status == 403

    async def test_replies_bear_the_ids_that_support_asks_for(self, ask: Plain) -> None:
        told = await ask.get("/users/nobody", client_request_id="mine")
        assert told.headers["client-request-id"] == "mine" and told.headers["request-id"] and told.headers["Date"]
        assert told.body["error"]["innerError"]["client-request-id"] == "mine"

    async def test_replies_are_compressed(self, ask: Plain) -> None:
        assert (await ask.get("/users")).headers["Content-Encoding"] == "gzip"

    @pytest.mark.parametrize(
        ("form", "status", "error", "number"),
        [
            ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
            ({"client_id": "11111111-0000-4000-8000-000000000000"}, 400, "unauthorized_client", 700016),
            ({"scope": "User.Read"}, 400, "invalid_scope", 1002012),
            ({"tenant": "99999999-2222-4333-8444-555555555555"}, 400, "invalid_request", 90002),
        ],
    )
    async def test_the_login_says_why_not(self, ask: Plain, form: dict[str, str], status: int, error: str, number: int) -> None:
        told = await ask.login(**form)
        assert (told.status, told.body["error"], told.body["error_codes"]) == (status, error, [number])
        assert told.body["error_description"].startswith(f"AADSTS{number}:")

    async def test_an_ended_secret_is_told_from_a_wrong_one(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path, secret_has_ended=True) as cloud:
            trust = ssl.create_default_context(cafile=cloud.hosts.ca)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
                assert (await Plain(cloud, session, "").login()).body["error_codes"] == [7000222]


class TestCollections:
    async def test_show_eleven_properties_unless_others_are_selected(self, ask: Plain) -> None:
        row = (await ask.get("/users")).body["value"][0]
        assert len(row) == 11 and "usageLocation" not in row
        assert list((await ask.get("/users", {"$select": "id,usageLocation"})).body["value"][0]) == ["id", "usageLocation"]

    @pytest.mark.parametrize("top", ["0", "1000", "many"])
    async def test_have_pages_of_one_to_999(self, ask: Plain, top: str) -> None:
        told = await ask.get("/users", {"$top": top})
        assert (told.status, told.code) == (400, "Request_BadRequest")

    async def test_links_repeat_the_query_and_forget_the_header(self, ask: Plain) -> None:
        query = {"$top": "5", "$select": "id", "$count": "true", "$filter": "onPremisesSyncEnabled ne true"}
        first = await ask.get("/users", query, **ADVANCED)
        assert first.body["@odata.count"] >= len(first.body["value"]) and "$skiptoken=" in first.body["@odata.nextLink"]
        assert (await ask.get(first.body["@odata.nextLink"])).code == "Request_UnsupportedQuery"
        second = await ask.get(first.body["@odata.nextLink"], **ADVANCED)
        assert second.status == 200 and "@odata.count" not in second.body

    async def test_a_search_without_index_may_give_an_empty_page_with_a_link(self, tmp_path: Path) -> None:
        async with plain(tmp_path, users=11_000, checked=False) as ask:
            last = list(ask.cloud.estate.world.people.values())[-1]
            query = {"$filter": f"userPrincipalName eq '{last.upn}'", "$select": "id"}
            first = await ask.get("/users", query)
            assert first.body["value"] == []
            assert (await ask.get(first.body["@odata.nextLink"])).body["value"] == [{"id": last.id}]

    async def test_a_token_that_is_none_is_refused(self, ask: Plain) -> None:
        assert (await ask.get("/users", {"$skiptoken": "x"})).code == "Directory_ExpiredPageToken"

    @pytest.mark.parametrize(
        ("path", "query", "status"),
        [
            ("/users", {"$skip": "5"}, 400),
            ("/users", {"$select": "nonsense"}, 400),
            ("/users", {"$select": "aboutMe"}, 501),
            ("/users", {"$orderby": "displayName"}, 400),
            ("/nonsense", {}, 400),
            ("/users/$count", {}, 400),
        ],
    )
    async def test_refuse_what_graph_refuses(self, ask: Plain, path: str, query: dict[str, str], status: int) -> None:
        assert (await ask.get(path, query)).status == status

    async def test_a_method_that_is_not_there_is_405(self, ask: Plain) -> None:
        assert (await ask("DELETE", "/organization")).status == 405

    async def test_count_alone_without_the_header_counts_nothing(self, ask: Plain) -> None:
        told = await ask.get("/users", {"$count": "true"})
        assert told.status == 200 and "@odata.count" not in told.body

    async def test_all_that_is_read_fits_the_description(self, ask: Plain) -> None:
        group = next(iter(ask.cloud.estate.world.groups))
        everything = "id,assignedPlans,assignedLicenses,licenseAssignmentStates,onPremisesProvisioningErrors,serviceProvisioningErrors"
        for path in (
            *("/organization", "/subscribedSkus", "/domains", "/domains/contoso.com", "/groups", f"/groups/{group}"),
            *("/domains/contoso.com/verificationDnsRecords", "/domains/contoso.com/serviceConfigurationRecords"),
            *("/domains/contoso.com/domainNameReferences", f"/groups/{group}/members", f"/groups/{group}/transitiveMembers"),
            *("/directory/deletedItems/graph.user", f"{FIRST}/licenseDetails", "/admin/teams/userConfigurations"),
            *(f"/users?$select={everything}", f"{FIRST}?$select={everything}", f"/groups/{group}/members/graph.user"),
            "/servicePrincipals(appId='00000004-0000-0ff1-ce00-000000000000')",
        ):
            assert (await ask.get(path)).status == 200, path


class TestFilters:
    @pytest.mark.parametrize(
        ("text", "advanced"),
        [
            ("userPrincipalName eq 'ADELEV@contoso.com'", False),
            ("displayName in ('Adele Vance', 'Nobody')", False),
            ("startsWith(displayName, 'adele v')", False),
            ("imAddresses/any(i:i eq 'adelev@contoso.com')", False),
            ("proxyAddresses/any(p: p eq 'sip:adelev@contoso.com') and accountEnabled eq true", False),
            ("displayName eq 'Adele Vance' or displayName eq 'O''Nobody'", False),
            ("endsWith(userPrincipalName, 'delev@contoso.com')", True),
            ("(startsWith(givenName, 'Adele') and surname ne 'Nobody')", True),
            ("displayName eq 'Adele Vance' and not(usageLocation eq 'XX')", True),
        ],
    )
    async def test_find_whom_they_mean(self, ask: Plain, text: str, advanced: bool) -> None:
        assert await ask.names(text, advanced=advanced) == ["Adele Vance"]

    @pytest.mark.parametrize(
        "text",
        [
            *("onPremisesSyncEnabled ne true", "onPremisesSyncEnabled eq null", "onPremisesImmutableId eq 'x'"),
            *("endsWith(mail, 'x')", "assignedLicenses/$count eq 0", "not(usageLocation eq 'DE')", "imAddresses/any(i:i ne 'x')"),
        ],
    )
    async def test_the_advanced_index_needs_its_header_and_count(self, ask: Plain, text: str) -> None:
        for query, headers in (({}, {}), ({"$count": "true"}, {}), ({}, ADVANCED)):
            told = await ask.get("/users", {"$filter": text, **query}, **headers)
            assert (told.status, told.code) == (400, "Request_UnsupportedQuery"), told.body
        assert (await ask.get("/users", {"$filter": text, "$count": "true"}, **ADVANCED)).status == 200

    @pytest.mark.parametrize("text", ["jobTitle eq 'x'", "assignedPlans/any(p:p/service eq 'x')"])
    async def test_what_is_not_indexed_cannot_be_asked(self, ask: Plain, text: str) -> None:
        told = await ask.get("/users", {"$filter": text, "$count": "true"}, **ADVANCED)
        assert (told.status, told.code) == (400, "Request_UnsupportedQuery")

    @pytest.mark.parametrize("text", ["", "displayName", "displayName eq", "displayName is 'x'", "id eq 'x' id", "any(", "'"])
    async def test_nonsense_is_refused(self, ask: Plain, text: str) -> None:
        assert (await ask.get("/users", {"$filter": text})).status == 400

    async def test_licences_can_be_asked_for(self, ask: Plain) -> None:
        assert "Adele Vance" in await ask.names(f"assignedLicenses/any(l:l/skuId eq {E5})")
        none = await ask.names("assignedLicenses/$count eq 0", advanced=True)
        assert none and "Adele Vance" not in none

    async def test_a_group_is_found_by_name(self, ask: Plain) -> None:
        assert await ask.names("displayName eq 'pilot'", "/groups") == ["Pilot"]


class TestGroups:
    async def test_the_cast_to_users_needs_the_advanced_index(self, ask: Plain) -> None:
        path = f"/groups/{next(iter(ask.cloud.estate.world.groups))}/members/graph.user"
        assert (await ask.get(path, {"$select": "id"})).code == "Request_UnsupportedQuery"
        told = await ask.get(path, {"$select": "id", "$count": "true"}, **ADVANCED)
        assert told.body["@odata.count"] == len(told.body["value"]) > 0

    async def test_groups_inside_groups_count_for_whoever_is_asked(self, ask: Plain) -> None:
        groups = list(ask.cloud.estate.world.groups.values())
        inner, outer = groups[0], groups[-1]
        outer.members.append(inner.id)
        member = inner.members[0]
        mixed = (await ask.get(f"/groups/{outer.id}/members")).body["value"]
        assert [row["@odata.type"] for row in mixed if row["id"] == inner.id] == ["#microsoft.graph.group"]
        deep = (await ask.get(f"/groups/{outer.id}/transitiveMembers", {"$top": "999"})).body["value"]
        assert member in [row["id"] for row in deep]
        told = await ask("POST", f"/users/{member}/checkMemberGroups", body={"groupIds": [outer.id, "not-a-group"]})
        assert told.body["value"] == [outer.id]

    async def test_at_most_twenty_are_checked(self, ask: Plain) -> None:
        assert (await ask("POST", f"{ADELE}/checkMemberGroups", body={"groupIds": ["x"] * 21})).status == 400

    async def test_objects_are_found_by_their_ids(self, ask: Plain) -> None:
        group = next(iter(ask.cloud.estate.world.groups))
        told = await ask("POST", "/directoryObjects/getByIds", body={"ids": [group, ADELE[7:], "unknown"], "types": ["user", "group"]})
        assert [row["@odata.type"] for row in told.body["value"]] == ["#microsoft.graph.group", "#microsoft.graph.user"]


class TestBatches:
    async def test_come_back_in_another_order_each_with_its_own_status(self, ask: Plain) -> None:
        asked = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate((ADELE, "/users/nobody", "/organization"))]
        told = await ask("POST", "/$batch", body={"requests": asked})
        assert [(inner["id"], inner["status"]) for inner in told.body["responses"]] == [("2", 200), ("1", 404), ("0", 200)]

    @pytest.mark.parametrize("ids", [[str(n) for n in range(21)], ["a", "A"], []])
    async def test_have_at_most_twenty_parts_with_ids_of_their_own(self, ask: Plain, ids: list[str]) -> None:
        asked = [{"id": id_, "method": "GET", "url": "/organization"} for id_ in ids]
        assert (await ask("POST", "/$batch", body={"requests": asked})).status == 400

    async def test_what_depends_on_a_failure_is_not_tried(self, ask: Plain) -> None:
        first = {"id": "1", "method": "GET", "url": "/users/nobody"}
        told = await ask("POST", "/$batch", body={"requests": [first, {**first, "id": "2", "url": ADELE, "dependsOn": ["1"]}]})
        assert {inner["id"]: inner["status"] for inner in told.body["responses"]} == {"1": 404, "2": 424}

    async def test_a_part_may_be_throttled_by_itself(self, ask: Plain) -> None:
        ask.cloud.faults.add(Fault("throttle", place="graph", call="GET /organization", seconds=4))
        asked = [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(2)]
        told = await ask("POST", "/$batch", body={"requests": asked})
        throttled = {inner["status"]: inner["headers"].get("Retry-After") for inner in told.body["responses"]}
        assert throttled == {200: None, 429: "4"}


class TestQuota:
    async def test_says_what_a_request_costs(self, ask: Plain) -> None:
        assert (await ask.get("/users")).headers["x-ms-resource-unit"] == "2"
        assert (await ask.get("/users", {"$select": "id", "$top": "5"})).headers["x-ms-resource-unit"] == "1"

    async def test_warns_then_throttles_and_recovers(self, tmp_path: Path) -> None:
        async with plain(tmp_path, users=20, checked=False) as ask:
            asked = {"requests": [{"id": str(n), "method": "GET", "url": "/subscribedSkus"} for n in range(20)]}
            statuses, warned = set[int](), False
            for _ in range(60):
                for inner in (await ask("POST", "/$batch", body=asked)).body["responses"]:
                    statuses.add(inner["status"])
                    warned |= "x-ms-throttle-limit-percentage" in inner["headers"]
            assert statuses == {200, 429} and warned
            told = await ask.get("/subscribedSkus")
            assert told.status == 429 and 1 <= int(told.headers["Retry-After"]) <= 10
            ask.cloud.time.at += 10
            assert (await ask.get("/subscribedSkus")).status == 200

    async def test_can_throttle_without_saying_for_how_long(self, ask: Plain) -> None:
        ask.cloud.faults.add(Fault("throttle", place="graph"))
        told = await ask.get("/organization")
        assert told.status == 429 and "Retry-After" not in told.headers


class TestLicences:
    async def change(self, ask: Plain, *add: str, path: str = ADELE, remove: tuple[str, ...] = ()) -> Told:
        body = {"addLicenses": [{"skuId": sku, "disabledPlans": []} for sku in add], "removeLicenses": list(remove)}
        return await ask("POST", f"{path}/assignLicense", body=body)

    async def test_are_assigned_and_provisioned_after_a_while(self, ask: Plain) -> None:
        free = ask.cloud.estate.world.skus[TEAMS].consumed
        assert (await self.change(ask, TEAMS)).status == 200
        assert ask.cloud.estate.world.skus[TEAMS].consumed == free + 1
        ask.cloud.time.at += 60
        assert await self.status(ask) == {"PendingProvisioning"}
        ask.cloud.time.at += 600
        assert await self.status(ask) == {"Success"}
        effect = ask.cloud.estate.effects[-1]
        assert (effect.place, effect.call, effect.subject) == ("graph", "POST /users/{user-id}/assignLicense", "adelev@contoso.com")

    async def status(self, ask: Plain) -> set[str]:
        details = (await ask.get(f"{ADELE}/licenseDetails")).body["value"]
        return {plan["provisioningStatus"] for detail in details if detail["skuId"] == TEAMS for plan in detail["servicePlans"]}

    async def test_replace_the_list_of_disabled_plans(self, ask: Plain) -> None:
        plan = SKUS["E5"][2][0].id
        body = {"addLicenses": [{"skuId": E5, "disabledPlans": [plan]}], "removeLicenses": []}
        await ask("POST", f"{ADELE}/assignLicense", body=body)
        ask.cloud.time.at += 60
        row = (await ask.get(ADELE, {"$select": "assignedLicenses"})).body
        assert row["assignedLicenses"] == [{"skuId": E5, "disabledPlans": [plan]}]

    async def test_are_refused_without_a_usage_location(self, ask: Plain) -> None:
        online = ask.cloud.estate.world.people[22].online
        assert online
        online.usage_location = ""
        assert "invalid usage location" in (await self.change(ask, TEAMS)).body["error"]["message"]

    async def test_are_refused_when_none_is_left(self, ask: Plain) -> None:
        sku = ask.cloud.estate.world.skus[TEAMS]
        sku.units = sku.consumed
        assert "does not have any available licenses" in (await self.change(ask, TEAMS)).body["error"]["message"]

    async def test_cannot_be_taken_when_they_are_not_there(self, ask: Plain) -> None:
        assert (await self.change(ask, remove=(TEAMS,))).status == 400

    async def test_both_lists_must_be_given(self, ask: Plain) -> None:
        assert (await ask("POST", f"{ADELE}/assignLicense", body={"addLicenses": []})).status == 400


class TestUsers:
    async def test_a_usage_location_is_seen_a_little_later(self, ask: Plain) -> None:
        assert (await ask("PATCH", FIRST, body={"usageLocation": "FR"})).status == 204
        assert (await ask.get(FIRST, {"$select": "usageLocation"})).body["usageLocation"] == "DE"
        ask.cloud.time.at += 10
        assert (await ask.get(FIRST, {"$select": "usageLocation"})).body["usageLocation"] == "FR"

    async def test_the_second_index_follows_later_still(self, ask: Plain) -> None:
        await ask("PATCH", FIRST, body={"usageLocation": "FR"})
        ask.cloud.time.at += 15
        assert await ask.names("usageLocation eq 'FR'") and not await ask.names("usageLocation eq 'FR'", advanced=True)

    @pytest.mark.parametrize("body", [{"displayName": "x"}, {"usageLocation": "Germany"}, {}])
    async def test_what_the_ad_owns_cannot_be_changed_here(self, ask: Plain, body: dict[str, str]) -> None:
        assert (await ask("PATCH", FIRST, body=body)).code == "Request_BadRequest"

    async def test_a_conflict_of_addresses_is_in_the_way(self, ask: Plain) -> None:
        online = ask.cloud.estate.world.people[101].online
        assert online
        online.conflicts = (Conflict("ProxyAddresses", "smtp:x@contoso.com"),)
        assert "proxyAddresses" in (await ask("PATCH", FIRST, body={"usageLocation": "FR"})).body["error"]["message"]

    async def test_are_known_by_id_and_upn_alone(self, ask: Plain) -> None:
        assert (await ask.get("/users/AdeleV@contoso.com")).body["id"] == ADELE[7:]
        assert (await ask.get("/users/sip:adelev@contoso.com")).status == 404

    async def test_the_deleted_are_elsewhere(self, ask: Plain) -> None:
        online = ask.cloud.estate.world.people[101].online
        assert online
        online.deleted = ask.cloud.estate.now
        assert (await ask.get(FIRST)).status == 404
        assert FIRST[7:] in [row["id"] for row in (await ask.get("/directory/deletedItems/graph.user")).body["value"]]


class TestDomains:
    async def test_are_added_proved_and_taken_away(self, ask: Plain) -> None:
        assert (await ask("POST", "/domains", body={"id": "Tailspin.example"})).status == 201
        assert (await ask.get("/domains/tailspin.example")).status == 404
        ask.cloud.time.at += 10
        assert (await ask.get("/domains/tailspin.example")).body["isVerified"] is False
        records = (await ask.get("/domains/tailspin.example/verificationDnsRecords")).body["value"]
        failed = await ask("POST", "/domains/tailspin.example/verify")
        assert failed.status == 400 and failed.body["error"]["message"].startswith("Domain verification failed with the following error:")
        text = next(record["text"] for record in records if record["recordType"] == "Txt")
        ask.cloud.estate.world.records["here"] = Record("tailspin.example", "TXT", text)
        assert (await ask("POST", "/domains/tailspin.example/verify")).status == 200
        ask.cloud.time.at += 10
        assert (await ask.get("/domains/tailspin.example")).body["isVerified"] is True
        assert "already verified" in (await ask("POST", "/domains/tailspin.example/verify")).body["error"]["message"]
        assert (await ask("PATCH", "/domains/tailspin.example", body={"supportedServices": ["Email"]})).status == 204
        assert (await ask("DELETE", "/domains/tailspin.example")).status == 204
        assert (await ask.get("/domains/tailspin.example")).status == 404

    async def test_below_a_verified_one_are_verified_by_themselves(self, ask: Plain) -> None:
        await ask("POST", "/domains", body={"id": "emea.contoso.com"})
        ask.cloud.time.at += 10
        row = (await ask.get("/domains/emea.contoso.com")).body
        assert row["isVerified"] is True and row["isRoot"] is False

    @pytest.mark.parametrize("body", [{"id": "contoso.com"}, {"id": "no domain"}, {"id": "a.example", "isDefault": True}, {}])
    async def test_are_refused_when_they_cannot_be(self, ask: Plain, body: dict[str, Any]) -> None:
        assert (await ask("POST", "/domains", body=body)).status == 400

    async def test_in_use_cannot_be_taken_away(self, ask: Plain) -> None:
        assert (await ask("DELETE", "/domains/contoso.com")).status == 400
        assert (await ask.get("/domains/contoso.com/domainNameReferences")).body["value"]
