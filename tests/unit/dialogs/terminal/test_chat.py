"""The chat in the terminal, over real sockets: the terminal's own connector, the bot's own web server, and a desk that is quick."""

import asyncio
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ledger import Ledger
from bot.service import ConversationMemory
from bot.supervision import Supervisor
from bot.views import Action, ActionResult, ConversationRef, Person
from dialogs.bot import SwitchoverBot
from dialogs.card_updater import CardUpdater, RenderSettings
from dialogs.channel.adapter import TeamsAdapter, application, listen
from dialogs.channel.admission import AdmissionPolicy
from dialogs.channel.rate_limit import Timing
from dialogs.channel.sender import ChannelSender
from dialogs.people_files import PeopleFileInbox
from dialogs.state import ConversationStorage, SavedConversationState
from dialogs.terminal.chat import TerminalChat, chat
from dialogs.terminal.screen import CARD, Screen
from dialogs.turn import BotServices
from tests.support.conversation import AUDIT
from tests.support.fake_run_service import FakeRunService
from tests.support.sample_steps import ADELE, ALEX, MEGAN, STEPS

TENANT = "11111111-2222-4333-8444-555555555555"


class QuickDesk(FakeRunService):
    """Looks as soon as it is asked, and moves everybody as soon as a second person agrees."""

    async def create_run(self, step: str, answers: Mapping[str, str], who: Person, at: ConversationRef) -> ActionResult:
        pressed = await super().create_run(step, answers, who, at)
        asyncio.get_running_loop().call_soon(self.direct, "the look is done")
        return pressed

    async def act(
        self, run: int, verb: Action, who: Person, digest: str | None = None, typed: str = "", conversation: str = ""
    ) -> ActionResult:
        pressed = await super().act(run, verb, who, digest, typed, conversation)
        if verb == "approve" and pressed.ok:
            asyncio.get_running_loop().call_soon(self.direct, "all is moved and verified")
        return pressed


async def played(*lines: str) -> str:
    """What the terminal shows when these lines are typed."""
    desk = QuickDesk({"ask": [ALEX], "approve": [ALEX, MEGAN], "look": [ADELE]})
    ledger, screen = Ledger(":memory:"), io.StringIO()
    memory = ConversationMemory(ledger)
    teams = TeamsAdapter(AdmissionPolicy(TENANT, frozenset({"127.0.0.1"}), without_token=True), memory)
    inbox = PeopleFileInbox(teams.connector.wire, ("127.0.0.1",))
    posts = ChannelSender(teams.connector, Timing(), every=0.0)
    announcer = CardUpdater(desk, memory, posts, RenderSettings(STEPS, lambda: datetime.now(UTC), AUDIT, "lab"), Supervisor())
    desk.announce = announcer.run_changed
    talk = SwitchoverBot(
        BotServices(desk, STEPS, memory, announcer.run_changed, "lab", inbox=inbox), SavedConversationState(ConversationStorage(memory))
    )
    runner = await listen(application(talk, teams), teams.policy, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    try:
        typed = io.StringIO("".join(f"{line}\n" for line in lines))
        await chat(TerminalChat(url, TENANT, [ALEX, MEGAN, ADELE], AUDIT), typed, screen)
    finally:
        await runner.cleanup()
        ledger.close()
    return screen.getvalue()


async def test_a_move_is_asked_for_agreed_to_by_another_and_seen_to_its_end() -> None:
    shown = await played("move pilot users bob@contoso.com", "1", "as Megan: 1", "runs")
    assert "run 1 · Move pilot users · 1 change" in shown
    assert "# lab" in shown and "[1 Approve] [2 Refuse]" in shown
    assert "run 1 · Move pilot users · verified: 1 of 1 done" in shown
    assert "agreed by Megan Bowen" in shown


async def test_a_form_is_filled_in_question_by_question() -> None:
    shown = await played("move users", "Make a plan", "bob@contoso.com", "federation", "1", "open", "", "")
    assert "? Who" in shown and "? Partner discovery" in shown
    assert "bob@contoso.com: on premises → Teams" in shown
    assert "run 2 · Federate with Office 365" in shown


@pytest.mark.parametrize("typed", ["1", "open", "Open"])
async def test_what_can_be_chosen_is_listed_and_chosen_by_number_or_name(typed: str) -> None:
    shown = await played("federation", "1", typed, "no", "", "as Alex: run 1", "Change answers")
    assert "? Partner discovery\n  [1] open\n  [2] closed" in shown
    assert "? Wait for replication [yes]\n  [1] yes\n  [2] no" in shown
    assert "Partner discovery [open]" in shown and "Wait for replication [ ]" in shown


async def test_a_line_that_ends_in_a_backslash_goes_on() -> None:
    assert "2 changes" in await played("move users bob@contoso.com\\", "carol@contoso.com")


async def test_people_are_named_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("bob@contoso.com\ncarol@contoso.com\n")
    assert "run 1 · Move pilot users · 2 changes" in await played(f"move pilot users @{tmp_path}/people.csv")
    assert "What are the people in “people.csv” for?" in await played(f"@{tmp_path}/people.csv")
    assert "There is no file" in await played(f"move pilot users @{tmp_path}/nothing.csv")


async def test_somebody_unknown_cannot_speak_and_quit_ends_the_chat() -> None:
    shown = await played("as Nobody: runs", "quit", "runs")
    assert "Nobody here is called that" in shown
    assert "There is no run yet" not in shown


async def test_a_suggestion_is_picked_by_its_number() -> None:
    assert "1 change" in await played("move pilto users bob@contoso.com", "1")


async def test_who_speaks_can_be_changed_for_good() -> None:
    assert "You may not ask for changes here" in await played("as Adele", "move users bob@contoso.com")


def test_an_edited_board_shows_only_what_is_new_in_it() -> None:
    lines: list[str] = []
    screen = Screen("19:audit", lines.append)
    for stands in ("not looked at", "done"):
        body = [{"type": "TextBlock", "text": text} for text in ("lab", "Where we are", "Exchange: later · optional", f"Tenant: {stands}")]
        screen.message("m1", "here", {"attachments": [{"contentType": CARD, "content": {"body": body}}]})
    assert lines[1:] == ["~ Tenant: done"]
