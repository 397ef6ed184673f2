"""The pretend Graph keeps Graph's own rules, seen over HTTPS by a plain client. Every exchange is held against the description."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.lab.estate.initial_state import SKUS
from adapters.lab.faults import Fault
from adapters.lab.graph.dispatcher import ROUTES
from adapters.lab.graph.openapi import operations
from tests.support.lab_cloud import lab_cloud
from tests.support.plain_graph_client import ADELE, ADVANCED, FIRST, PlainGraphClient, plain_graph_client

E5 = SKUS["E5"][0]


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[PlainGraphClient]:
    async with plain_graph_client(tmp_path) as client:
        yield client


def test_every_declared_operation_has_a_route_or_is_closed_to_apps() -> None:
    lines = {operation.line for operation in operations()}
    assert lines - set(ROUTES) == {"POST /$batch", "GET /directory/onPremisesSynchronization"} and set(ROUTES) <= lines


class TestTheDoor:
    async def test_is_shut_without_a_token(self, ask: PlainGraphClient) -> None:
        ask.token = "nonsense"
        told = await ask.get("/users")
        assert (told.status, told.code) == (401, "InvalidAuthenticationToken")

    async def test_is_shut_for_the_token_of_another_cloud(self, ask: PlainGraphClient) -> None:
        ask.token = (await ask.login(scope="https://graph.microsoft.us/.default")).body["access_token"]
        assert (await ask.get("/users")).status == 401

    async def test_is_shut_when_the_token_has_ended(self, ask: PlainGraphClient) -> None:
        ask.cloud.time.at += 3600
        assert (await ask.get("/users")).status == 401

    async def test_opens_for_permissions_that_were_given(self, tmp_path: Path) -> None:
        async with plain_graph_client(tmp_path, roles=("Domain.Read.All",)) as ask:
            assert (await ask.get("/domains")).status == 200
            told = await ask("POST", "/domains", body={"id": "a.example"})
            assert (told.status, told.code) == (403, "Authorization_RequestDenied")

    async def test_never_shows_the_synchronisation_settings_to_an_app(self, ask: PlainGraphClient) -> None:
        assert (await ask.get("/directory/onPremisesSynchronization")).status == 403

    async def test_replies_bear_the_ids_that_support_asks_for(self, ask: PlainGraphClient) -> None:
        told = await ask.get("/users/nobody", client_request_id="mine")
        assert told.headers["client-request-id"] == "mine" and told.headers["request-id"] and told.headers["Date"]
        assert told.body["error"]["innerError"]["client-request-id"] == "mine"

    async def test_replies_are_compressed(self, ask: PlainGraphClient) -> None:
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
    async def test_the_login_says_why_not(self, ask: PlainGraphClient, form: dict[str, str], status: int, error: str, number: int) -> None:
        told = await ask.login(**form)
        assert (told.status, told.body["error"], told.body["error_codes"]) == (status, error, [number])
        assert told.body["error_description"].startswith(f"AADSTS{number}:")

    async def test_an_ended_secret_is_told_from_a_wrong_one(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path, secret_has_ended=True) as cloud:
            trust = ssl.create_default_context(cafile=cloud.hosts.ca)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
                assert (await PlainGraphClient(cloud, session, "").login()).body["error_codes"] == [7000222]


class TestCollections:
    async def test_show_eleven_properties_unless_others_are_selected(self, ask: PlainGraphClient) -> None:
        row = (await ask.get("/users")).body["value"][0]
        assert len(row) == 11 and "usageLocation" not in row
        assert list((await ask.get("/users", {"$select": "id,usageLocation"})).body["value"][0]) == ["id", "usageLocation"]

    @pytest.mark.parametrize("top", ["0", "1000", "many"])
    async def test_have_pages_of_one_to_999(self, ask: PlainGraphClient, top: str) -> None:
        told = await ask.get("/users", {"$top": top})
        assert (told.status, told.code) == (400, "Request_BadRequest")

    async def test_links_repeat_the_query_and_forget_the_header(self, ask: PlainGraphClient) -> None:
        query = {"$top": "5", "$select": "id", "$count": "true", "$filter": "onPremisesSyncEnabled ne true"}
        first = await ask.get("/users", query, **ADVANCED)
        assert first.body["@odata.count"] >= len(first.body["value"]) and "$skiptoken=" in first.body["@odata.nextLink"]
        assert (await ask.get(first.body["@odata.nextLink"])).code == "Request_UnsupportedQuery"
        second = await ask.get(first.body["@odata.nextLink"], **ADVANCED)
        assert second.status == 200 and "@odata.count" not in second.body

    async def test_a_search_without_index_may_give_an_empty_page_with_a_link(self, tmp_path: Path) -> None:
        async with plain_graph_client(tmp_path, users=11_000, checked=False) as ask:
            last = list(ask.cloud.estate.state.people.values())[-1]
            query = {"$filter": f"userPrincipalName eq '{last.upn}'", "$select": "id"}
            first = await ask.get("/users", query)
            assert first.body["value"] == []
            assert (await ask.get(first.body["@odata.nextLink"])).body["value"] == [{"id": last.id}]

    async def test_a_token_that_is_none_is_refused(self, ask: PlainGraphClient) -> None:
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
    async def test_refuse_what_graph_refuses(self, ask: PlainGraphClient, path: str, query: dict[str, str], status: int) -> None:
        assert (await ask.get(path, query)).status == status

    async def test_a_method_that_is_not_there_is_405(self, ask: PlainGraphClient) -> None:
        assert (await ask("DELETE", "/organization")).status == 405

    async def test_count_alone_without_the_header_counts_nothing(self, ask: PlainGraphClient) -> None:
        told = await ask.get("/users", {"$count": "true"})
        assert told.status == 200 and "@odata.count" not in told.body

    async def test_all_that_is_read_fits_the_description(self, ask: PlainGraphClient) -> None:
        group = next(iter(ask.cloud.estate.state.groups))
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
    async def test_find_whom_they_mean(self, ask: PlainGraphClient, text: str, advanced: bool) -> None:
        assert await ask.names(text, advanced=advanced) == ["Adele Vance"]

    @pytest.mark.parametrize(
        "text",
        [
            *("onPremisesSyncEnabled ne true", "onPremisesSyncEnabled eq null", "onPremisesImmutableId eq 'x'"),
            *("endsWith(mail, 'x')", "assignedLicenses/$count eq 0", "not(usageLocation eq 'DE')", "imAddresses/any(i:i ne 'x')"),
        ],
    )
    async def test_the_advanced_index_needs_its_header_and_count(self, ask: PlainGraphClient, text: str) -> None:
        for query, headers in (({}, {}), ({"$count": "true"}, {}), ({}, ADVANCED)):
            told = await ask.get("/users", {"$filter": text, **query}, **headers)
            assert (told.status, told.code) == (400, "Request_UnsupportedQuery"), told.body
        assert (await ask.get("/users", {"$filter": text, "$count": "true"}, **ADVANCED)).status == 200

    @pytest.mark.parametrize("text", ["jobTitle eq 'x'", "assignedPlans/any(p:p/service eq 'x')"])
    async def test_what_is_not_indexed_cannot_be_asked(self, ask: PlainGraphClient, text: str) -> None:
        told = await ask.get("/users", {"$filter": text, "$count": "true"}, **ADVANCED)
        assert (told.status, told.code) == (400, "Request_UnsupportedQuery")

    @pytest.mark.parametrize("text", ["", "displayName", "displayName eq", "displayName is 'x'", "id eq 'x' id", "any(", "'"])
    async def test_nonsense_is_refused(self, ask: PlainGraphClient, text: str) -> None:
        assert (await ask.get("/users", {"$filter": text})).status == 400

    async def test_licences_can_be_asked_for(self, ask: PlainGraphClient) -> None:
        assert "Adele Vance" in await ask.names(f"assignedLicenses/any(l:l/skuId eq {E5})")
        none = await ask.names("assignedLicenses/$count eq 0", advanced=True)
        assert none and "Adele Vance" not in none

    async def test_a_group_is_found_by_name(self, ask: PlainGraphClient) -> None:
        assert await ask.names("displayName eq 'pilot'", "/groups") == ["Pilot"]


class TestBatches:
    async def test_come_back_in_another_order_each_with_its_own_status(self, ask: PlainGraphClient) -> None:
        asked = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate((ADELE, "/users/nobody", "/organization"))]
        told = await ask("POST", "/$batch", body={"requests": asked})
        assert [(inner["id"], inner["status"]) for inner in told.body["responses"]] == [("2", 200), ("1", 404), ("0", 200)]

    @pytest.mark.parametrize("ids", [[str(n) for n in range(21)], ["a", "A"], []])
    async def test_have_at_most_twenty_parts_with_ids_of_their_own(self, ask: PlainGraphClient, ids: list[str]) -> None:
        asked = [{"id": id_, "method": "GET", "url": "/organization"} for id_ in ids]
        assert (await ask("POST", "/$batch", body={"requests": asked})).status == 400

    async def test_what_depends_on_a_failure_is_not_tried(self, ask: PlainGraphClient) -> None:
        first = {"id": "1", "method": "GET", "url": "/users/nobody"}
        told = await ask("POST", "/$batch", body={"requests": [first, {**first, "id": "2", "url": ADELE, "dependsOn": ["1"]}]})
        assert {inner["id"]: inner["status"] for inner in told.body["responses"]} == {"1": 404, "2": 424}

    async def test_a_part_may_be_throttled_by_itself(self, ask: PlainGraphClient) -> None:
        ask.cloud.faults.add(Fault("throttle", place="graph", call="GET /organization", seconds=4))
        asked = [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(2)]
        told = await ask("POST", "/$batch", body={"requests": asked})
        throttled = {inner["status"]: inner["headers"].get("Retry-After") for inner in told.body["responses"]}
        assert throttled == {200: None, 429: "4"}


class TestQuota:
    async def test_says_what_a_request_costs(self, ask: PlainGraphClient) -> None:
        assert (await ask.get("/users")).headers["x-ms-resource-unit"] == "2"
        assert (await ask.get("/users", {"$select": "id", "$top": "5"})).headers["x-ms-resource-unit"] == "1"

    async def test_warns_then_throttles_and_recovers(self, tmp_path: Path) -> None:
        async with plain_graph_client(tmp_path, users=20, checked=False) as ask:
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

    async def test_can_throttle_without_saying_for_how_long(self, ask: PlainGraphClient) -> None:
        ask.cloud.faults.add(Fault("throttle", place="graph"))
        told = await ask.get("/organization")
        assert told.status == 429 and "Retry-After" not in told.headers
