"""The Graph adapter over the real wire: msal and aiohttp on one side, TLS on loopback on the other."""

from pathlib import Path
from typing import Any

import pytest

from adapters.graph.client import OVER_AFTER, open_graph
from adapters.graph.tokens import CloudHosts, TokenCache
from adapters.lab.faults import Fault
from bot.calls import GraphCall
from bot.errors import InDoubt, Refused, Unreachable
from bot.gateway import CallId, ReadResult
from bot.known_errors import describe_error
from tests.support.lab_cloud import (
    FINE,
    TOO_MANY,
    RecordedIntents,
    Scripted,
    graph_error,
    lab_cloud,
    lab_folder,
    read_pages,
    read_rows,
    scripted_client,
    scripted_cloud,
)

ORGANIZATION = GraphCall("GET", "/organization", {"$select": "id,displayName"})
USERS = GraphCall("GET", "/users", {"$select": "id,userPrincipalName", "$top": "20"})


class TestReading:
    async def test_goes_through_all_pages(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path, users=60) as cloud, cloud.client() as client:
            told = await read_pages(client, USERS)
            there = [person for person in cloud.estate.state.people.values() if person.online and not person.online.deleted]
            assert len(told) >= 4
            assert [row["id"] for page in told for row in page.rows] == [person.id for person in there]

    async def test_an_empty_page_is_not_the_end(self, tmp_path: Path) -> None:
        first = 200, {"value": [], "@odata.nextLink": "{here}/v1.0/users?$skiptoken=a%2Bb"}, {}
        async with scripted_cloud(tmp_path, first, (200, {"value": [{"id": "1"}]}, {})) as cloud, scripted_client(cloud) as client:
            assert await read_rows(client, GraphCall("GET", "/users", advanced=True)) == [{"id": "1"}]
            assert [each.headers.get("ConsistencyLevel") for each in cloud.asked] == ["eventual", "eventual"]

    async def test_a_page_that_leads_to_itself_is_left(self, tmp_path: Path) -> None:
        page = 200, {"value": [], "@odata.nextLink": "{here}/v1.0/users?$skiptoken=x"}, {}
        async with scripted_cloud(tmp_path, page, page) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Unreachable, match="again and again"):
                await read_rows(client, USERS)

    async def test_a_link_to_another_host_is_never_followed(self, tmp_path: Path) -> None:
        first = 200, {"value": [{"id": "1"}], "@odata.nextLink": "https://127.0.0.1:1/v1.0/users?$skiptoken=x"}, {}
        async with scripted_cloud(tmp_path, first) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Refused, match="another host"):
                await read_rows(client, USERS)

    async def test_what_does_not_exist_is_an_answer(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            (told,) = await read_pages(client, GraphCall("GET", "/users/nobody@contoso.com"))
        assert told.rows == () and told.errors[0].absent and told.errors[0].code == "Request_ResourceNotFound"

    async def test_any_other_404_is_a_refusal(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, graph_error(404, "ResourceMissing")) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Refused):
                await read_rows(client, USERS)

    async def test_a_missing_permission_is_named(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path, roles=("Organization.Read.All",)) as cloud, cloud.client() as client:
            with pytest.raises(Refused, match=r"Insufficient privileges.*request-id [0-9a-f-]{36}") as caught:
                await read_rows(client, USERS)
        assert (caught.value.code, caught.value.status) == ("Authorization_RequestDenied", 403)
        assert "the app lacks the Graph permission User.Read.All: consent" in str(describe_error(caught.value))

    async def test_a_property_that_takes_a_permission_more_names_that_too(self, tmp_path: Path) -> None:
        signed_in = GraphCall("GET", "/users/1", {"$select": "id,signInActivity"})
        denied = graph_error(403, "Authorization_RequestDenied")
        async with scripted_cloud(tmp_path, denied) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Refused, match="no luck") as caught:
                await read_rows(client, signed_in)
        assert "User.Read.All and AuditLog.Read.All" in str(describe_error(caught.value))

    async def test_throttling_waits_as_long_as_it_is_told_to(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, TOO_MANY, TOO_MANY, FINE) as cloud, scripted_client(cloud) as client:
            assert await read_rows(client, ORGANIZATION) == [{"id": "1"}]
            assert all(7 <= wait <= 8.5 for wait in cloud.time.waits) and len(cloud.time.waits) == 2
            assert len({each.headers["client-request-id"] for each in cloud.asked}) == 3

    async def test_throttling_without_a_time_backs_off_further_each_time(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, *[graph_error(429)] * 3, FINE) as cloud, scripted_client(cloud) as client:
            await read_rows(client, ORGANIZATION)
            assert cloud.time.waits == sorted(cloud.time.waits) and cloud.time.waits[0] < cloud.time.waits[2]

    async def test_patience_ends_and_says_when_to_come_again(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, *[TOO_MANY] * 3) as cloud, scripted_client(cloud, tries=3) as client:
            with pytest.raises(Unreachable) as caught:
                await read_rows(client, ORGANIZATION)
        assert caught.value.retry_after == 7

    async def test_a_wait_beyond_all_patience_is_not_begun(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, graph_error(503, Retry_After="900")) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Unreachable) as caught:
                await read_rows(client, ORGANIZATION)
            assert caught.value.retry_after == 900 and cloud.time.waits == []

    async def test_a_broken_connection_is_tried_again(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            cloud.faults.add(Fault("drop", place="graph", call="GET /org*", phase="during", times=2))
            assert await read_rows(client, ORGANIZATION)

    async def test_a_group_check_returns_its_plain_values(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            group = next(group for group in cloud.estate.state.groups.values() if group.members)
            call = GraphCall("POST", f"/users/{group.members[0]}/checkMemberGroups", body={"groupIds": [group.id]})
            assert await read_rows(client, call) == [{"value": group.id}]

    async def test_subjects_are_escaped_and_stay_one_segment(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, FINE) as cloud, scripted_client(cloud) as client:
            await read_rows(client, GraphCall("GET", "/users/o'brien#x?y z@contoso.com"))
            assert cloud.asked[0].path == "/users/o'brien#x?y z@contoso.com"
            with pytest.raises(Refused):
                await read_rows(client, GraphCall("GET", "/users/../domains"))

    @pytest.mark.parametrize("call", [GraphCall("POST", "/domains", body={}), GraphCall("DELETE", "/domains/a.example")])
    async def test_never_sends_what_changes_something(self, tmp_path: Path, call: GraphCall) -> None:
        async with scripted_cloud(tmp_path) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Refused, match="no read"):
                await read_rows(client, call)
            assert cloud.asked == []

    async def test_takes_no_strange_page_for_an_empty_list(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, (200, None, {})) as cloud, scripted_client(cloud) as client:
            with pytest.raises(Unreachable, match="Something else"):
                await read_rows(client, USERS)

    async def test_twenty_thousand_people_come_page_by_page(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path, users=20_000, checked=False) as cloud, cloud.client() as client:
            call = GraphCall("GET", "/users", {"$select": "id,userPrincipalName,imAddresses,onPremisesSyncEnabled", "$top": "999"})
            sizes = [len(page.rows) async for page in client.read(call)]
        assert sizes[:-1] == [999] * (len(sizes) - 1) and sum(sizes) > 20_000 * 0.99  # some are not synchronised, or deleted


class TestBatches:
    async def test_answer_in_the_order_of_the_questions(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            there = [person.id for person in cloud.estate.state.people.values() if person.online and not person.online.deleted][:44]
            calls = [GraphCall("GET", f"/users/{id_}", {"$select": "id"}) for id_ in (*there, "nobody@contoso.com")]
            told = await client.read_batch(calls)
            assert cloud.count("POST", "/$batch") == 3
        assert [answer.rows[0]["id"] for answer in told[:-1] if isinstance(answer, ReadResult)] == there
        assert isinstance(told[-1], ReadResult) and told[-1].errors[0].absent

    async def test_each_answer_is_read_to_its_last_page(self, tmp_path: Path) -> None:
        first = {"value": [{"id": "1"}], "@odata.nextLink": "{here}/v1.0/users?$skiptoken=x"}
        batch = 200, {"responses": [{"id": "0", "status": 200, "body": first}]}, {}
        async with scripted_cloud(tmp_path, batch, (200, {"value": [{"id": "2"}]}, {})) as cloud, scripted_client(cloud) as client:
            (told,) = await client.read_batch([USERS])
        assert isinstance(told, ReadResult) and [row["id"] for row in told.rows] == ["1", "2"]

    async def test_only_what_was_throttled_is_asked_again(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            cloud.faults.add(Fault("throttle", place="graph", call="GET /users/*", seconds=3, times=2))
            ids = [person.id for person in cloud.estate.state.people.values() if person.online and not person.online.deleted][:10]
            told = await client.read_batch([GraphCall("GET", f"/users/{id_}") for id_ in ids])
            sizes = [len(each.body["requests"]) for each in cloud.asked if each.path == "/$batch"]
        assert all(isinstance(answer, ReadResult) and answer.rows for answer in told)
        assert sizes == [10, 2] and cloud.time.waits[0] >= 3

    async def test_a_refusal_concerns_its_own_call_alone(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            people = [person for person in cloud.estate.state.people.values() if person.online and not person.online.deleted][:3]
            cloud.faults.add(Fault("unread", place="graph", subject=people[1].sip))
            first, second, third = await client.read_batch([GraphCall("GET", f"/users/{person.id}/licenseDetails") for person in people])
        assert isinstance(first, ReadResult) and isinstance(second, Refused) and isinstance(third, ReadResult)

    async def test_what_cannot_be_asked_does_not_spoil_the_others(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            write, elsewhere = GraphCall("POST", "/users/x/assignLicense", body={}), GraphCall("GET", "/users/../domains")
            told = await client.read_batch([write, ORGANIZATION, elsewhere])
        assert [type(each) for each in told] == [Refused, ReadResult, Refused]

    async def test_a_batch_that_fails_as_a_whole_is_the_answer_of_each(self, tmp_path: Path) -> None:
        async with scripted_cloud(tmp_path, *[graph_error(503)] * 2) as cloud, scripted_client(cloud, tries=2) as client:
            told = await client.read_batch([USERS, ORGANIZATION])
        assert [type(answer) for answer in told] == [Unreachable, Unreachable]

    async def test_one_request_that_makes_the_whole_batch_unfit_is_found(self, tmp_path: Path) -> None:
        def answered(*ids: str) -> Scripted:
            return 200, {"responses": [{"id": id_, "status": 200, "body": {"id": id_}} for id_ in ids]}, {}

        replies = (
            graph_error(400, "BadRequest"),
            answered("1", "0"),
            graph_error(400, "BadRequest"),
            graph_error(400, "BadRequest"),
            answered("3"),
        )
        async with scripted_cloud(tmp_path, *replies) as cloud, scripted_client(cloud) as client:
            told = await client.read_batch([GraphCall("GET", f"/users/{n}") for n in range(4)])
        assert [each.rows[0]["id"] if isinstance(each, ReadResult) else type(each).__mro__[1] for each in told] == ["0", "1", Refused, "3"]

    async def test_an_inner_reply_that_cannot_be_read_takes_nothing_from_the_others(self, tmp_path: Path) -> None:
        inner = [
            None,
            {"status": 200},
            {"id": "x", "status": 200},
            {"id": "1", "status": None},
            {"id": "0", "status": 200, "body": {"id": "0"}},
        ]
        async with scripted_cloud(tmp_path, (200, {"responses": inner}, {})) as cloud, scripted_client(cloud) as client:
            first, second = await client.read_batch([USERS, ORGANIZATION])
        assert isinstance(first, ReadResult) and isinstance(second, Unreachable) and "left out" in str(second)


class TestWriting:
    async def test_says_what_it_is_about_to_do_before_it_does_it(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            person, intents = cloud.estate.state.people[101], RecordedIntents()
            await client.execute(GraphCall("PATCH", f"/users/{person.id}", body={"usageLocation": "FR"}), intents)
            assert person.online and person.online.usage_location == "FR"
            assert cloud.asked[-1].headers["client-request-id"] == intents.tickets[0].call

    @pytest.mark.parametrize("phase", ["before", "during", "after"])
    async def test_a_cut_connection_leaves_a_doubt_and_one_request(self, tmp_path: Path, phase: Any) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            cloud.faults.add(Fault("drop", place="graph", phase=phase))
            with pytest.raises(InDoubt):
                await client.execute(GraphCall("POST", "/domains", body={"id": "tailspin.example"}), RecordedIntents())
            assert cloud.count("POST", "/domains") == 1
            assert len(cloud.estate.effects) == (phase != "before")

    async def test_a_deletion_is_not_repeated_either(self, tmp_path: Path) -> None:
        async with lab_cloud(tmp_path) as cloud, cloud.client() as client:
            await client.execute(GraphCall("POST", "/domains", body={"id": "tailspin.example"}), RecordedIntents())
            cloud.time.at += 60
            cloud.faults.add(Fault("drop", place="graph", call="DELETE*", phase="after"))
            with pytest.raises(InDoubt):
                await client.execute(GraphCall("DELETE", "/domains/tailspin.example"), RecordedIntents())
            assert cloud.count("DELETE", "/domains/tailspin.example") == 1

    @pytest.mark.parametrize(
        ("reply", "trouble", "again"),
        [
            (graph_error(429, Retry_After="9"), Unreachable, 9),
            (graph_error(429), Unreachable, None),
            (graph_error(503, Retry_After="9"), Unreachable, 9),
            (graph_error(503), InDoubt, None),
            (graph_error(500), InDoubt, None),
            (graph_error(504), InDoubt, None),
            (graph_error(400, "Request_BadRequest"), Refused, None),
            (graph_error(404, "Request_ResourceNotFound"), Refused, None),
            (graph_error(409, "Conflict"), Refused, None),
        ],
    )
    async def test_is_sent_once_whatever_comes_back(
        self, tmp_path: Path, reply: Scripted, trouble: type[Exception], again: float | None
    ) -> None:
        async with scripted_cloud(tmp_path, reply) as cloud, scripted_client(cloud) as client:
            with pytest.raises(trouble) as caught:
                await client.execute(GraphCall("POST", "/domains", body={"id": "a.example"}), RecordedIntents())
            assert len(cloud.asked) == 1 and getattr(caught.value, "retry_after", None) == again
        if trouble is Refused:
            assert getattr(caught.value, "code", "") in ("Request_BadRequest", "Request_ResourceNotFound", "Conflict")

    async def test_what_never_arrived_may_be_sent_again(self, tmp_path: Path) -> None:
        hosts = CloudHosts("https://127.0.0.1:1", "https://127.0.0.1:1", lab_folder(tmp_path).ca, known=False)
        async with open_graph(hosts, TokenCache(lambda *_: {"access_token": "t", "expires_in": 3600})) as client:
            with pytest.raises(Unreachable):
                await client.execute(GraphCall("POST", "/domains", body={"id": "a.example"}), RecordedIntents())

    async def test_without_a_token_nothing_is_intended(self, tmp_path: Path) -> None:
        def refused(claims: str | None, anew: bool) -> dict[str, Any]:
            return {"error": "unauthorized_client", "error_codes": [700016], "error_description": "AADSTS700016: …"}

        async with scripted_cloud(tmp_path) as cloud, scripted_client(cloud, refused) as client:
            intents = RecordedIntents()
            with pytest.raises(Refused, match="AADSTS700016") as caught:
                await client.execute(GraphCall("POST", "/domains", body={"id": "a.example"}), intents)
        assert "AADSTS700016: … (the app is not registered in this tenant" in str(describe_error(caught.value))
        assert intents.tickets == []

    async def test_a_call_of_an_earlier_life_is_over_after_a_fixed_time(self, tmp_path: Path) -> None:
        call, ticket = GraphCall("POST", "/domains", body={"id": "a.example"}), CallId("another life", "a call")
        async with scripted_cloud(tmp_path) as cloud, scripted_client(cloud) as client:
            assert not await client.has_finished(call, ticket)
            cloud.time.at += OVER_AFTER
            assert await client.has_finished(call, ticket)

    async def test_a_doubt_of_this_life_is_over_later(self, tmp_path: Path) -> None:
        call, intents = GraphCall("POST", "/domains", body={"id": "a.example"}), RecordedIntents()
        async with scripted_cloud(tmp_path, graph_error(500)) as cloud, scripted_client(cloud) as client:
            cloud.time.at += OVER_AFTER
            with pytest.raises(InDoubt):
                await client.execute(call, intents)
            assert not await client.has_finished(call, intents.tickets[0])
