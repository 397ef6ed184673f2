"""One look: what comes back is matched to whom it is about, and what does not come back is not guessed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.calls import Cmdlet, ReadCall
from bot.errors import GatewayError, Refused, Unreachable
from bot.facts import ReadFailure
from bot.facts.ad_users import AdUser
from bot.facts.cloud import Cloud
from bot.facts.directory import DirectoryUser, GroupMember
from bot.facts.domains import SipDomain
from bot.facts.licences import Licences
from bot.facts.providers import HostingProvider
from bot.facts.teams_users import OnlineUser
from bot.facts.users import ContactStore
from bot.gateway import ReadResult, RemoteError
from bot.i18n import say
from tests.support.scripted_gateway import ScriptedGateway, ad_row, reader_over

BOB, CAROL, NORA = "bob@contoso.com", "carol@contoso.com", "nora.o'neill@contoso.com"


async def test_rows_are_matched_without_regard_to_case_and_prefix() -> None:
    rows = (ad_row("Carol@Contoso.com"), ad_row("other@contoso.com", "Nora.O'Neill@contoso.com"), ad_row("bob@CONTOSO.com"))
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult(rows[:1]), ReadResult(rows[1:])]))
    found = await read.by_key(AdUser, [BOB, CAROL, NORA])
    assert [isinstance(found[name], AdUser) for name in (BOB, CAROL, NORA)] == [True, True, True]
    assert list(found) == [BOB, CAROL, NORA]


async def test_an_error_answers_for_whom_it_names() -> None:
    errors = (RemoteError("not found", target=f"sip:{BOB.upper()}", absent=True), RemoteError("access denied", target=CAROL))
    read, kept = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(NORA),), errors)]))
    found = await read.by_key(AdUser, [BOB, CAROL, NORA])
    assert found[BOB] is None and found[CAROL] == ReadFailure("access denied") and isinstance(found[NORA], AdUser)
    assert kept.facts["AdUser"][BOB] is None and kept.facts["AdUser"][CAROL] == {"unread": "access denied"}


async def test_silence_is_no_answer() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB),))]))
    assert (await read.by_key(AdUser, [BOB, CAROL]))[CAROL] == ReadFailure(say("no answer came"))


async def test_an_error_that_names_nobody_leaves_everybody_else_unread() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB),), (RemoteError("a server is down"),))]))
    found = await read.by_key(AdUser, [BOB, CAROL])
    assert isinstance(found[BOB], AdUser) and found[CAROL] == ReadFailure("a server is down")


async def test_an_error_beside_a_row_of_the_same_person_wins() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB),), (RemoteError("half of it", target=BOB),))]))
    assert (await read.by_key(AdUser, [BOB]))[BOB] == ReadFailure("half of it")


async def test_two_objects_for_one_name_are_no_answer() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB), ad_row(BOB, "robert@contoso.com")))]))
    assert isinstance((await read.by_key(AdUser, [BOB]))[BOB], ReadFailure)


async def test_a_row_found_by_the_first_property_is_nobody_elses() -> None:
    """Carol signs in with what is Bob's SIP address."""
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB, CAROL), ad_row("b@contoso.com", BOB)))]))
    found = await read.by_key(AdUser, [BOB, CAROL])
    assert (
        isinstance(found[BOB], AdUser) and found[BOB].sip_address == f"sip:{CAROL}" and found[CAROL] == ReadFailure(say("no answer came"))
    )


async def test_whom_a_cheaper_question_does_not_find_is_asked_for_by_name() -> None:
    class ByName(ScriptedGateway):
        async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
            assert isinstance(call, Cmdlet)
            self.reads.append(call)
            found = {"SipAddress": f"sip:{BOB}", "Identity": "1"}
            yield (
                ReadResult((found,)) if call.each_as == "Filter" else ReadResult((), (RemoteError("no such user", "", CAROL, absent=True),))
            )

    read, _ = reader_over(outside := ByName())
    found = await read.by_key(OnlineUser, [BOB, CAROL])
    assert found[CAROL] is None
    assert isinstance(last := outside.reads[-1], Cmdlet) and last.each == (f"sip:{CAROL}",)


async def test_an_answer_without_what_decides_is_no_answer() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsOnlineUser=[ReadResult(({"SipAddress": f"sip:{BOB}", "Identity": "1"},))]))
    answer = (await read.by_key(OnlineUser, [BOB]))[BOB]
    assert isinstance(answer, ReadFailure) and "HostingProvider" in str(answer.why)


async def test_many_people_are_asked_about_in_chunks_and_a_failed_one_leaves_the_others() -> None:
    class HalfDown(ScriptedGateway):
        async def read(self, call: ReadCall) -> AsyncIterator[ReadResult]:
            assert isinstance(call, Cmdlet)
            self.reads.append(call)
            if BOB in call.each:
                raise Unreachable("the session broke")
            yield ReadResult(tuple(ad_row(name) for name in call.each))

    outside = HalfDown()
    read, _ = reader_over(outside, chunk=2)
    names = [BOB, *(f"person{n}@contoso.com" for n in range(4))]
    found = await read.by_key(AdUser, [*names, BOB])
    assert len(outside.reads) == 3
    assert found[BOB] == found["person0@contoso.com"] == ReadFailure("the session broke")
    assert all(isinstance(found[name], AdUser) for name in names[2:])


async def test_when_nobody_could_be_read_the_trouble_is_raised_and_kept() -> None:
    read, kept = reader_over(ScriptedGateway(Get_CsAdUser=Unreachable("no route")), chunk=1)
    with pytest.raises(Unreachable, match="no route"):
        await read.by_key(AdUser, [BOB, CAROL])
    assert kept.facts["AdUser"] == {BOB: {"unread": "no route"}, CAROL: {"unread": "no route"}}


async def test_an_error_that_names_nobody_and_no_row_stops_the_read() -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult(errors=(RemoteError("access denied", "Denied"),))]))
    with pytest.raises(Refused, match="access denied"):
        await read.by_key(AdUser, [BOB])


async def test_graph_is_asked_in_one_batch_by_object_id() -> None:
    outside = ScriptedGateway()
    outside.requests = {
        "/users/1": ReadResult(({"id": "1", "usageLocation": "DE", "onPremisesSyncEnabled": True},)),
        "/users/2": ReadResult(errors=(RemoteError("gone", "Request_ResourceNotFound", absent=True),)),
        "/users/3": Refused("gone", code="Request_ResourceNotFound"),
        "/users/4": Unreachable("throttled"),
    }
    read, _ = reader_over(outside)
    found = await read.by_key(DirectoryUser, ["1", "2", "3", "4"])
    assert isinstance(found["1"], DirectoryUser) and found["2"] is None and found["3"] is None and found["4"] == ReadFailure("throttled")
    assert outside.batches == [4]


async def test_graph_that_answers_for_nobody_stops_the_read() -> None:
    outside = ScriptedGateway()
    outside.requests = {"/users/1": Unreachable("throttled"), "/users/2": Unreachable("throttled")}
    with pytest.raises(Unreachable):
        await reader_over(outside)[0].by_key(DirectoryUser, ["1", "2"])


async def test_somebody_without_licences_has_an_empty_answer_and_not_none() -> None:
    outside = ScriptedGateway()
    outside.requests = {"/users/1/licenseDetails": ReadResult()}
    assert (await reader_over(outside)[0].by_key(Licences, ["1"]))["1"] == Licences(plans={})


async def test_a_whole_read_is_made_once_per_look_even_when_two_ask_at_once() -> None:
    row = {"Identity": "Office365", "ProxyFqdn": "x", "VerificationLevel": "y", "IsLocal": False}
    row |= dict.fromkeys(("Enabled", "EnabledSharedAddressSpace", "HostsOCSUsers"), True)
    outside = ScriptedGateway(Get_CsHostingProvider=[ReadResult((row,))])
    read, kept = reader_over(outside)
    one, two = await asyncio.gather(read.list_all(HostingProvider), read.list_all(HostingProvider))
    assert one == two and len(outside.reads) == 1
    (only,) = kept.facts["HostingProvider"].values()
    assert isinstance(only, list) and HostingProvider.model_validate(only[0]) == one[0]


async def test_whole_reads_about_different_things_are_kept_apart() -> None:
    outside = ScriptedGateway(
        **{
            "groups_b_transitiveMembers": [ReadResult()],
            "groups_a_transitiveMembers": [ReadResult(({"id": "1", "userPrincipalName": BOB},))],
        },
    )
    read, kept = reader_over(outside)
    assert len(await read.list_all(GroupMember, group="a")) == 1 and await read.list_all(GroupMember, group="b") == []
    assert list(kept.facts["GroupMember"]) == ["group=a", "group=b"]


@pytest.mark.parametrize(
    "answer", [Unreachable("no route"), [ReadResult(errors=(RemoteError("access denied"),))], [ReadResult(({"Identity": "x"},))]]
)
async def test_a_whole_read_that_fails_raises(answer: Any) -> None:
    read, kept = reader_over(ScriptedGateway(Get_CsHostingProvider=answer))
    with pytest.raises(GatewayError):
        await read.list_all(HostingProvider)
    assert "unread" in str(kept.facts)


async def test_one_object_is_expected_where_there_is_one() -> None:
    assert (await reader_over(ScriptedGateway(cloud=[ReadResult(({"admin": "mover"},))]))[0](Cloud)).admin == "mover"
    with pytest.raises(Refused, match="got 0"):
        await reader_over(ScriptedGateway(cloud=[ReadResult()]))[0](Cloud)


async def test_an_empty_answer_about_what_is_everywhere_is_none() -> None:
    assert await reader_over(ScriptedGateway(Get_CsHostingProvider=[ReadResult()]))[0].list_all(HostingProvider) == []
    read, kept = reader_over(ScriptedGateway(Get_CsSipDomain=[ReadResult()]))
    with pytest.raises(Refused, match="every estate has one"):
        await read.list_all(SipDomain)
    assert "unread" in str(kept.facts["SipDomain"])


@pytest.mark.parametrize(
    "told, disabled",
    [
        ("NormalAccount", False),
        ("AccountDisabled, NormalAccount", True),
        ({"": "AccountDisabled, NormalAccount"}, True),
        (512, False),
        ("514", True),
        (None, None),
    ],
)
async def test_an_account_is_disabled_by_the_name_of_the_flag_or_by_its_number(told: Any, disabled: bool | None) -> None:
    read, _ = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((ad_row(BOB, UserAccountControl=told),))]))
    found = (await read.by_key(AdUser, [BOB]))[BOB]
    assert isinstance(found, AdUser) and found.is_disabled is disabled


@pytest.mark.parametrize(
    "mode, moved", [("Migrated", True), ("Ready To Migrate", False), ("Disabled", False), ("Failed", None), (None, None)]
)
async def test_contacts_are_in_exchange_only_when_that_is_said(mode: Any, moved: bool | None) -> None:
    read, _ = reader_over(ScriptedGateway(Debug_CsUnifiedContactStore=[ReadResult(({"Identity": f"sip:{BOB}", "UcsMode": mode},))]))
    found = (await read.by_key(ContactStore, [BOB]))[BOB]
    assert isinstance(found, ContactStore) and found.is_migrated is moved


async def test_a_snapshot_reads_back_as_the_same_fact() -> None:
    row = ad_row(BOB, UserAccountControl={"": "514"})
    read, kept = reader_over(ScriptedGateway(Get_CsAdUser=[ReadResult((row,))]))
    found = await read.by_key(AdUser, [BOB])
    assert AdUser.model_validate(kept.facts["AdUser"][BOB]) == found[BOB]
