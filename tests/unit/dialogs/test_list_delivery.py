"""Long lists into people's own files, over real sockets: the channel, the bot's web server, and the store where Teams says to put them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.i18n import say
from bot.ledger import Ledger
from bot.report_files import ReportFiles
from bot.service import ConversationMemory
from bot.step import Obstacle, Reason
from bot.views import ConversationRef
from dialogs.bot import SwitchoverBot
from dialogs.channel.adapter import TeamsAdapter, application, listen
from dialogs.channel.rate_limit import Timing
from dialogs.channel.sender import ChannelSender
from dialogs.files import CONSENT, INFO, ConsentCards, Uploads
from dialogs.list_delivery import ListDelivery
from dialogs.state import ConversationStorage, SavedConversationState
from dialogs.terminal.chat import ClientConnection, personal_conversation
from dialogs.turn import BotServices
from tests.support.bot_host import ADMIT_TENANT, TENANT
from tests.support.conversation import AUDIT
from tests.support.fake_connector import ConnectorFault, FakeConnector
from tests.support.fake_file_store import FakeFileStore
from tests.support.fake_run_service import FakeRunService
from tests.support.sample_steps import ALEX, STEPS

LIST = {"action": {"type": "Action.Execute", "verb": "list", "data": {"verb": "list", "run": 1}}, "trigger": "manual"}


@dataclass
class Chat:
    """Alex with the bot, about run 1 that has one list."""

    channel: FakeConnector
    store: FakeFileStore
    wire: ClientConnection
    desk: FakeRunService

    async def invokes(self, name: str, value: Any, conversation: str = "") -> Any:
        return await self.wire.send(ALEX, conversation or personal_conversation(ALEX), type="invoke", name=name, value=value)

    async def asks_for_lists(self, conversation: str = "") -> Any:
        return await self.invokes("adaptiveCard/action", LIST, conversation)

    async def answers(self, action: str, way: str = "new") -> str:
        """To the newest consent card. Returns the words of what the bot then sends."""
        (offered,) = self.channel.sent[-1].body["attachments"]
        before = len(self.channel.sent)
        place = {"name": offered["name"], "contentUrl": "https://contoso-my.sharepoint.com/x", "uniqueId": "u1", "fileType": "csv"}
        info = {**place, "uploadUrl": self.store.link(offered["name"], way)}
        value = {"type": "fileUpload", "action": action, "context": offered["content"][f"{action}Context"]}
        await self.invokes("fileConsent/invoke", {**value, **({"uploadInfo": info} if action == "accept" else {})})
        return str((await self.channel.wait_for(before + 1))[-1].body.get("text"))


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    desk, ledger, listings = FakeRunService({"ask": [ALEX]}), Ledger(":memory:"), ReportFiles(tmp_path / "records.lists")
    await desk.create_run("move_users", {"people": "bob@contoso.com"}, ALEX, ConversationRef("c", "http://127.0.0.1:1/"))
    reason = Reason(say("x"), say("y"))
    desk.runs[1] = replace(desk.runs[1], other_findings=(Obstacle("SIP address twice", (reason,), listing="SIP address twice"),))
    listings.write(1, "SIP address twice", ("SIP address",), [("bob@contoso.com",)])
    teams = TeamsAdapter(ADMIT_TENANT, ConversationMemory(ledger))
    posts = ChannelSender(teams.connector, Timing(), every=0.0)
    handing = ListDelivery(listings, ConsentCards(), posts, Uploads(teams.connector.wire, ("127.0.0.1",)))
    talk = SwitchoverBot(
        BotServices(desk, STEPS, ConversationMemory(ledger), lambda run: None, "lab", handing),
        SavedConversationState(ConversationStorage(ConversationMemory(ledger))),
    )
    runner = await listen(application(talk, teams), ADMIT_TENANT, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    async with FakeConnector() as channel, FakeFileStore() as store, ClientSession() as http:
        yield Chat(channel, store, ClientConnection(http, url, TENANT, channel.url), desk)
        await runner.cleanup()
    ledger.close()


async def test_an_agreed_list_is_in_the_persons_own_files(chat: Chat) -> None:
    await chat.asks_for_lists()
    assert chat.channel.sent[-1].body["attachments"][0]["contentType"] == CONSENT
    await chat.answers("accept")
    assert chat.channel.sent[-1].body["attachments"][0]["contentType"] == INFO
    (stored,) = chat.store.files.values()
    assert "bob@contoso.com" in stored.decode("utf-8-sig")
    assert "Authorization" not in chat.store.asked[0]


async def test_a_declined_list_is_stored_nowhere_and_can_be_had_later(chat: Chat) -> None:
    await chat.asks_for_lists()
    assert "was not stored" in await chat.answers("decline")
    assert not chat.store.asked
    await chat.asks_for_lists()
    await chat.answers("accept")
    assert chat.store.files


async def test_a_place_that_is_over_is_told_with_the_way_to_a_new_one(chat: Chat) -> None:
    await chat.asks_for_lists()
    told = await chat.answers("accept", "over")
    assert "the store answered 404" in told and "no longer good: “list run" in told


async def test_a_store_that_leads_elsewhere_gets_no_list(chat: Chat) -> None:
    await chat.asks_for_lists()
    await chat.answers("accept", "moved")
    assert not chat.store.files


async def test_a_client_that_takes_no_files_is_told_where_the_lists_are(chat: Chat) -> None:
    chat.channel.faults.append(ConnectorFault(400, body={"error": {"code": "BadSyntax", "message": "unsupported attachment"}}))
    answer = await chat.asks_for_lists()
    assert answer["type"].endswith("card.adaptive")
    assert "does not take files from me here" in (await chat.channel.wait_for(1))[-1].body["text"]


async def test_asked_for_in_a_channel_they_come_to_the_personal_chat(chat: Chat) -> None:
    await chat.asks_for_lists(AUDIT)
    sent = await chat.channel.wait_for(3)  # the word in the channel, the new conversation, and the list in it
    offered = [one for one in sent if (one.body.get("attachments") or [{}])[0].get("contentType") == CONSENT]
    assert [one.conversation for one in offered] == [f"a:29:{ALEX.id}"]


async def test_whoever_agrees_while_rights_are_still_being_read_is_told_to_do_it_again(chat: Chat) -> None:
    await chat.asks_for_lists()
    chat.desk.unread.add(ALEX.id)
    assert "say it again in a moment" in await chat.answers("accept")
    assert not chat.store.asked
