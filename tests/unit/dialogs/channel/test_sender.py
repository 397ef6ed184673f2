"""What the bot sends by itself: the channel's limits, its refusals, and cards that are edited in place."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from botbuilder.schema import Activity, ActivityTypes

from bot.errors import InDoubt, Refused, Unreachable
from bot.views import ConversationRef
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.authentication import credentials
from dialogs.channel.connector import Connector
from dialogs.channel.rate_limit import LIMITS, ConversationLane, ConversationLanes
from dialogs.channel.sender import ChannelSender
from tests.support.bot_host import ManualTiming
from tests.support.fake_channel import BOT, TENANT
from tests.support.fake_connector import ConnectorFault, FakeConnector

DOOR = AdmissionPolicy(tenant=TENANT, hosts=frozenset({"127.0.0.1"}), without_token=True)


@pytest.fixture
def clock() -> ManualTiming:
    return ManualTiming()


@pytest.fixture
async def connector(clock: ManualTiming) -> AsyncIterator[FakeConnector]:
    async with FakeConnector(now=lambda: clock.now) as connector:
        yield connector


@pytest.fixture
async def posts(clock: ManualTiming) -> AsyncIterator[ChannelSender]:
    ours = Connector(DOOR, credentials(DOOR), clock.timing())
    yield ChannelSender(ours, clock.timing())
    await ours.wire.close()


@pytest.fixture
def spot(connector: FakeConnector) -> ConversationRef:
    return ConversationRef(conversation="a:alex", service_url=connector.url, tenant=TENANT, bot=BOT)


def words(text: str) -> Activity:
    return Activity(type=ActivityTypes.message, text=text)


async def test_a_post_says_where_it_is_and_who_speaks(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    assert await posts.post(spot, words("hello")) == "message-1"
    body = connector.sent[0].body
    assert (body["text"], body["conversation"]["id"], body["from"]["id"]) == ("hello", "a:alex", BOT)


async def test_no_window_of_any_limit_is_ever_exceeded(clock: ManualTiming) -> None:
    lane, sent = ConversationLane(clock.timing()), []
    for _ in range(3700):
        await lane.wait_for_turn()
        sent.append(clock.now)
    for count, seconds in LIMITS:
        assert all(later - earlier >= seconds - 1e-6 for earlier, later in zip(sent, sent[count:], strict=False))
    assert clock.now < 2.1 * 3600  # and no slower than the limits ask for


async def test_many_posts_to_one_conversation_arrive_in_order_at_the_allowed_pace(
    posts: ChannelSender, connector: FakeConnector, clock: ManualTiming, spot: ConversationRef
) -> None:
    await asyncio.gather(*(posts.post(spot, words(str(n))) for n in range(20)))
    assert connector.texts() == [str(n) for n in range(20)]
    assert all(later.at - earlier.at >= 2.0 - 1e-6 for earlier, later in zip(connector.sent, connector.sent[8:], strict=False))


async def test_conversations_do_not_wait_for_each_other(
    posts: ChannelSender, connector: FakeConnector, clock: ManualTiming, spot: ConversationRef
) -> None:
    places = [ConversationRef(f"a:{n}", connector.url) for n in range(30)]
    await asyncio.gather(*(posts.post(place, words("hello")) for place in places))
    assert clock.waits == []


async def test_lanes_that_nobody_used_for_an_hour_are_forgotten(clock: ManualTiming) -> None:
    lanes = ConversationLanes(clock.timing())
    first = lanes.of("one")
    await first.wait_for_turn()
    clock.now += 3601
    lanes.of("two")
    assert lanes.of("one") is not first


async def test_a_busy_channel_is_asked_again_when_it_says_and_the_order_stays(
    posts: ChannelSender, connector: FakeConnector, clock: ManualTiming, spot: ConversationRef
) -> None:
    connector.faults.append(ConnectorFault(429, {"Retry-After": "7"}))
    connector.faults.append(ConnectorFault(502, body="<html>Bad gateway</html>"))
    await asyncio.gather(posts.post(spot, words("first")), posts.post(spot, words("second")))
    assert connector.texts() == ["first", "second"]
    assert clock.waits[:2] == [7.5, 2.5]  # asked for 7 s, then the second try's 2 s; each with its share of chance


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_a_channel_that_stays_busy_is_given_up(
    posts: ChannelSender, connector: FakeConnector, spot: ConversationRef, status: int
) -> None:
    connector.faults.extend(ConnectorFault(status) for _ in range(5))
    with pytest.raises(Unreachable):
        await posts.post(spot, words("hello"))
    assert len(connector.tried) == 5 and connector.sent == []
    await posts.post(spot, words("later"))
    assert connector.texts() == ["later"]


async def test_nobody_waits_an_hour_because_the_channel_says_so(
    posts: ChannelSender, connector: FakeConnector, clock: ManualTiming, spot: ConversationRef
) -> None:
    connector.faults.append(ConnectorFault(429, {"Retry-After": "3600"}))
    with pytest.raises(Unreachable) as caught:
        await posts.post(spot, words("hello"))
    assert caught.value.retry_after == 3600 and clock.waits == []


async def test_a_post_that_may_have_arrived_is_not_repeated(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    connector.faults.append(ConnectorFault(arrives=True, hangs=True))
    with pytest.raises(InDoubt):
        await posts.post(spot, words("hello"))
    connector.faults.append(ConnectorFault(500, arrives=True))
    with pytest.raises(InDoubt):
        await posts.post(spot, words("hello"))
    assert len(connector.sent) == 2


async def test_a_card_that_may_have_arrived_is_repeated_where_that_does_no_harm(
    posts: ChannelSender, connector: FakeConnector, spot: ConversationRef
) -> None:
    connector.faults.append(ConnectorFault(arrives=True, hangs=True))
    assert await posts.post(spot, words("card"), again=True)
    assert connector.texts() == ["card", "card"]


async def test_an_edit_is_repeated_after_any_failure(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    connector.faults.extend([ConnectorFault(hangs=True), ConnectorFault(500), ConnectorFault(502, body="<html>")])
    await posts.edit(spot, "message-1", words("card"))
    assert connector.texts() == ["card"]


@pytest.mark.parametrize(
    ("status", "code"), [(403, "MessageWritesBlocked"), (404, "ConversationNotFound"), (413, "MessageSizeTooBig"), (401, "Unauthorized")]
)
async def test_a_refusal_is_told_at_once_with_the_channels_own_name_for_it(
    posts: ChannelSender, connector: FakeConnector, spot: ConversationRef, status: int, code: str
) -> None:
    connector.faults.append(ConnectorFault(status, body={"error": {"code": code, "message": "no"}}))
    with pytest.raises(Refused) as caught:
        await posts.post(spot, words("hello"))
    assert caught.value.code == code and len(connector.tried) == 1


async def test_a_refusal_as_html_page_is_a_refusal(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    connector.faults.append(ConnectorFault(404, body="<html>Not found</html>"))
    with pytest.raises(Refused) as caught:
        await posts.edit(spot, "message-1", words("card"))
    assert caught.value.code == "404"


async def test_a_channel_that_is_not_there_is_unreachable(posts: ChannelSender) -> None:
    with pytest.raises(Unreachable):
        await posts.post(ConversationRef("a:alex", "http://127.0.0.1:9"), words("hello"))


async def test_nothing_is_sent_to_a_host_that_is_not_allowed(posts: ChannelSender) -> None:
    with pytest.raises(Refused):
        await posts.post(ConversationRef("a:alex", "https://evil.example/"), words("hello"))


async def test_a_redirect_is_not_followed(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    connector.faults.append(ConnectorFault(307, {"Location": "https://evil.example/"}))
    with pytest.raises(Refused):
        await posts.post(spot, words("hello"))


async def test_only_the_newest_card_of_a_message_is_sent_and_never_two_within_the_interval(
    posts: ChannelSender, connector: FakeConnector, clock: ManualTiming, spot: ConversationRef
) -> None:
    connector.hold = asyncio.Event()
    first = asyncio.create_task(posts.edit(spot, "message-1", words("0")))
    await connector.wait_for(1)
    rest = [asyncio.create_task(posts.edit(spot, "message-1", words(str(n)))) for n in range(1, 6)]
    other = asyncio.create_task(posts.edit(spot, "message-2", words("other")))
    await asyncio.sleep(0)
    connector.hold.set()
    await asyncio.gather(first, *rest, other)
    mine = [sent for sent in connector.sent if sent.activity == "message-1"]
    assert [sent.body["text"] for sent in mine] == ["0", "5"]
    assert mine[1].at - mine[0].at >= 2.0


async def test_all_who_brought_a_card_learn_that_it_could_not_be_shown(
    posts: ChannelSender, connector: FakeConnector, spot: ConversationRef
) -> None:
    connector.faults.append(ConnectorFault(404))
    both = await asyncio.gather(*(posts.edit(spot, "gone", words(str(n))) for n in range(2)), return_exceptions=True)
    assert [type(error) for error in both] == [Refused, Refused]
    await posts.edit(spot, "gone", words("again"))
    assert connector.texts() == ["again"]


async def test_a_channel_post_begins_a_thread_of_its_own(posts: ChannelSender, connector: FakeConnector) -> None:
    audit = ConversationRef("19:audit@thread.tacv2", connector.url, tenant=TENANT, bot=BOT, kind="channel")
    thread, message = await posts.post_to_channel(audit, words("3 people moved"))
    assert thread.conversation == "19:audit@thread.tacv2;messageid=1" and message == "message-1"
    body = connector.sent[0].body
    assert body["isGroup"] and body["channelData"]["channel"]["id"] == audit.conversation
    assert body["channelData"]["tenant"]["id"] == TENANT
    assert body["activity"]["text"] == "3 people moved"
    await posts.edit(thread, message, words("4 people moved"))
    assert connector.sent[1].conversation == thread.conversation


async def test_a_person_can_be_written_to(posts: ChannelSender, connector: FakeConnector, spot: ConversationRef) -> None:
    there, message = await posts.to_person(spot, "29:megan", words("for you"))
    assert there.conversation == "a:29:megan" and there.kind == "personal" and message
    assert connector.sent[1].conversation == there.conversation and connector.sent[1].body["text"] == "for you"
