"""What messages and buttons mean, where a transcript would be too long: bad input, stale cards, strangers, old forms, restarts."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from botbuilder.dialogs import DialogInstance, DialogState

from bot.errors import Unreachable
from bot.ledger import cards
from bot.view import Person
from dialogs.forms import form_version
from dialogs.state import Records
from dialogs.words import Said, meant, phrases, understand
from tests.desk import WrittenDesk
from tests.sample import ADELE, ALEX, MEGAN, PATTI, STEPS
from tests.stage import AUDIT, Message, Stage

KNOWN = phrases(list(STEPS.values()))
FORM = {"verb": "submit", "step": "move_users", "form": form_version(STEPS["move_users"])}


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    desk = WrittenDesk({"ask": [ALEX], "approve": [ALEX, MEGAN], "look": [ADELE]})

    async def direct(words: str) -> None:
        desk.direct(words)

    made = Stage(desk, STEPS, direct)
    desk.announce = lambda run: made.announcer.announced(run)
    yield made
    made.ledger.close()


def desk_of(stage: Stage) -> WrittenDesk:
    assert isinstance(stage.desk, WrittenDesk)
    return stage.desk


def newest(stage: Stage) -> Message:
    return list(stage.clients.messages.values())[-1]


async def drafted(stage: Stage) -> Message:
    """The card of a run whose plan is there."""
    await stage.types(ALEX, "move users bob@contoso.com")
    await stage.directed("the look is done")
    return newest(stage)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Move pilot users", Said("step", step="move_users")),
        ("  MOVE   USERS: bob@contoso.com", Said("step", "bob@contoso.com", "move_users")),
        ("move users back frank@contoso.com", Said("step", "frank@contoso.com", "move_back")),
        ("move back\nfrank@contoso.com\nerin@contoso.com", Said("step", "frank@contoso.com\nerin@contoso.com", "move_back")),
        ("Where are we?", Said("where")),
        ("run 7", Said("run", run=7)),
        ("run #7.", Said("run", run=7)),
        ("start run 7", Said("verb", verb="start", run=7)),
        ("Undo 12", Said("verb", verb="undo", run=12)),
        ("show commands", Said("verb", verb="commands")),
        ("commands 7", Said("verb", verb="commands", run=7)),
        ("audit", Said("audit")),
        ("audit 7", Said("audit", run=7)),
        ("cancel", Said("cancel")),
        ("cancel run 7", Said("verb", verb="cancel", run=7)),
        ("help", Said("help")),
        ("runs are slow", None),
        ("run", None),
        ("approve", None),
        ("", None),
        ("'; Remove-CsUser", None),
        ("run 99999999999999999999", None),
    ],
)
def test_the_longest_phrase_that_fits_is_meant(text: str, said: Said | None) -> None:
    assert understand(text, KNOWN) == said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("mvoe pilot users bob@contoso.com", ["move pilot users bob@contoso.com"]),
        ("were are we", ["where are we"]),
        ("strat run 7", ["start run 7"]),
        ("hlep", ["help"]),
        ("good morning", []),
        ("", []),
        ("x" * 100_000, []),
    ],
)
def test_a_mistyped_line_is_guessed(text: str, lines: list[str]) -> None:
    assert meant(text, KNOWN)[:1] == lines


async def test_a_stranger_without_directory_id_is_not_talked_with(stage: Stage) -> None:
    await stage.turn(Person("", "Somebody"), "personal-x", type="message", text="runs")
    answer = await stage.turn(
        Person("", "Somebody"), "personal-x", type="invoke", name="adaptiveCard/action", value={"action": {"data": FORM}}
    )
    assert not desk_of(stage).runs and not stage.clients.messages
    assert answer.status == 200


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"verb": "destroy", "run": 1},
        {"verb": "start", "run": "1; drop table runs"},
        {"verb": "start", "run": -1},
        {"verb": "start"},
        {"verb": "start", "run": 99},
        {"verb": ["start"], "run": 1},
        {"verb": "start", "run": 1, "digest": "x" * 1000},
        {"verb": "submit", "step": "nothing"},
        {"verb": "submit", "run": 1},
        {"verb": "form", "step": {"$ref": "x"}},
        "start",
        [1],
        None,
    ],
)
@pytest.mark.parametrize("old", [False, True])
async def test_a_button_that_nobody_made_is_answered_with_words_and_does_nothing(stage: Stage, data: Any, old: bool) -> None:
    card = await drafted(stage)
    before = dict(desk_of(stage).runs)
    answer = await stage.sends(ALEX, card, data, old)
    assert desk_of(stage).runs == before
    assert old or (answer.status == 200 and answer.body["value"])


async def test_a_press_with_an_old_digest_is_answered_with_words_and_the_card_as_it_is(stage: Stage) -> None:
    card = await drafted(stage)
    await stage.sends(ALEX, card, {"verb": "start", "run": 1, "digest": "of another plan"})
    assert desk_of(stage).runs[1].state == "drafted"
    assert newest(stage).text == "The plan has changed since that card was made. Look at the new one and press again."
    assert "(Start)" in card.shown


@pytest.mark.parametrize("old", [False, True])
async def test_the_button_of_a_state_that_is_over_shows_the_state_as_it_is(stage: Stage, old: bool) -> None:
    card = await drafted(stage)
    await stage.presses(ALEX, "Cancel")
    await stage.sends(ALEX, card, {"verb": "start", "run": 1, "digest": "digest-1"}, old)
    assert "not possible now" in newest(stage).text
    assert "cancelled, nothing was changed" in card.shown


async def test_nobody_approves_what_they_asked_for(stage: Stage) -> None:
    await drafted(stage)
    await stage.presses(ALEX, "Start")
    await stage.presses(ALEX, "Approve")
    assert newest(stage).text == "Somebody else has to approve what you asked for."
    await stage.presses(PATTI, "Approve")
    assert newest(stage).text == "You may not do that here."
    await stage.presses(MEGAN, "Approve")
    assert desk_of(stage).runs[1].state == "running"


async def test_whose_rights_are_still_being_read_hears_so(stage: Stage) -> None:
    desk_of(stage).unread.add(ALEX.id)
    await stage.types(ALEX, "move users bob@contoso.com")
    assert "I am checking what you may do here" in newest(stage).text
    assert not desk_of(stage).runs


@pytest.mark.parametrize("old", [False, True])
async def test_a_form_works_days_later_and_only_once(stage: Stage, old: bool) -> None:
    await stage.types(ALEX, "move users")
    form = newest(stage)
    await stage.types(ALEX, "cancel")
    for _ in range(2):
        await stage.sends(ALEX, form, {**FORM, "answer.people": "bob@contoso.com"}, old)
    assert len(desk_of(stage).runs) == 1
    assert "run 1 · Move pilot users · looking…" in form.shown


async def test_a_form_with_other_questions_is_shown_anew(stage: Stage) -> None:
    await stage.types(ALEX, "move users")
    form = newest(stage)
    await stage.sends(ALEX, form, {**FORM, "form": "of last year", "answer.people": "bob@contoso.com"})
    assert not desk_of(stage).runs
    assert "Who [bob@contoso.com]" in form.shown


@pytest.mark.parametrize(
    "typed",
    ["nonsense", "'; Remove-CsUser", "*@contoso.com", "<b>bob</b>", "bob@contoso.com, \n, nonsense", "👩‍🚀", "[a](http://b)", "x" * 50_000],
)
async def test_what_is_no_address_brings_the_form_back_and_asks_for_nothing(stage: Stage, typed: str) -> None:
    await stage.types(ALEX, f"move users {typed}")
    assert not desk_of(stage).runs
    assert "is no address" in newest(stage).shown


async def test_ten_thousand_pasted_lines_are_one_wish(stage: Stage) -> None:
    people = "\n".join(f"person{n}@contoso.com" for n in range(10_000))
    await stage.types(ALEX, f"move users {people}")
    await stage.directed("the look is done")
    assert desk_of(stage).asked == [{"people": people}]
    assert "10000 changes" in newest(stage).shown and "and 9985 more" in newest(stage).shown


async def test_ten_thousand_lines_with_a_wrong_one_are_asked_for_again(stage: Stage) -> None:
    await stage.types(ALEX, "move users\n" + "person@contoso.com\n" * 10_000 + "nonsense")
    assert not desk_of(stage).runs
    assert "is no address" in newest(stage).shown and "Who []" in newest(stage).shown
    await stage.types(ALEX, "bob@contoso.com")
    assert desk_of(stage).asked == [{"people": "bob@contoso.com"}]


@pytest.mark.parametrize("text", ["", "   ", "\xa0", "<at>Switchover</at>"])
async def test_nothing_said_is_answered(stage: Stage, text: str) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.turn(ALEX, type="message", text=text, entities=[mention])
    assert "Type “help”" in newest(stage).text


async def test_the_mention_in_a_channel_is_not_part_of_the_command(stage: Stage) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.turn(ALEX, AUDIT, type="message", text="<at>Switchover</at> where are we?", entities=[mention])
    assert "Where we are" in newest(stage).shown


async def test_only_whoever_was_asked_answers(stage: Stage) -> None:
    desk_of(stage).rights["ask"] = [ALEX, MEGAN]
    await stage.types(ALEX, "move users", AUDIT)
    await stage.types(MEGAN, "bob@contoso.com", AUDIT)
    assert not desk_of(stage).runs
    await stage.types(ALEX, "bob@contoso.com", AUDIT)
    assert desk_of(stage).runs[1].asked_by == ALEX


async def test_a_question_in_between_does_not_close_the_form(stage: Stage) -> None:
    await stage.types(ALEX, "move users")
    await stage.types(ALEX, "where are we?")
    await stage.types(ALEX, "bob@contoso.com")
    assert desk_of(stage).asked == [{"people": "bob@contoso.com"}]


async def test_a_dialog_that_nobody_knows_any_more_is_closed_with_a_word(stage: Stage) -> None:
    old = DialogState([DialogInstance("move_users@lastyear", {"who": ALEX.id})])
    await Records(stage.ledger).write({"msteams/conversations/personal-20": {"dialogs": old}})
    await stage.types(ALEX, "bob@contoso.com")
    assert "I closed it" in stage.clients.script[0]
    await stage.types(ALEX, "runs")
    assert "There is no run yet" in newest(stage).shown


async def test_a_client_without_forms_is_asked_one_question_after_another(stage: Stage) -> None:
    for text in ("federation", "somehow", "open"):
        await stage.turn(ALEX, type="message", text=text, channelId="sms")
    assert "Partner discovery one of: open, closed" in stage.clients.script[0]
    assert desk_of(stage).asked == [{"partner_discovery": "somehow"}]


async def test_other_invokes_are_not_for_us(stage: Stage) -> None:
    assert (await stage.turn(ALEX, type="invoke", name="task/fetch", value={})).status == 501


async def test_whoever_adds_the_bot_is_told_what_it_does(stage: Stage) -> None:
    await stage.turn(ALEX, type="installationUpdate", action="add")
    assert "What you can say" in newest(stage).shown


async def test_state_is_small_and_of_known_types(stage: Stage) -> None:
    await stage.types(ALEX, "federation")
    state = (await Records(stage.ledger).read(["msteams/conversations/personal-20"]))["msteams/conversations/personal-20"]
    (form,) = state["dialogs"].dialog_stack
    assert form.state == {"who": ALEX.id, "answers": {}, "problems": {}, "run": None}


class Silent:
    """A channel that takes nothing."""

    async def edit(self, *_: Any) -> None:
        raise Unreachable("the channel does not answer")

    async def post_to_channel(self, *_: Any, **__: Any) -> Any:
        raise Unreachable("the channel does not answer")


async def test_what_could_not_be_sent_is_sent_after_the_next_start_and_nothing_twice(stage: Stage) -> None:
    card = await drafted(stage)
    clients, stage.clients = stage.clients, Silent()  # type: ignore[assignment]
    stage.open()
    await desk_of(stage).press(1, "start", ALEX)
    await stage.announcer.settled()
    stage.clients = clients
    assert "1 change" in card.shown
    for _ in range(3):
        await stage.restart()
    posts = [message for message in clients.messages.values() if message.conversation == AUDIT]
    assert "needs a second person" in card.shown
    assert len(posts) == 1 and "(Approve) (Refuse)" in posts[0].shown


async def test_cards_are_edited_where_their_conversation_was_heard_last(stage: Stage) -> None:
    await drafted(stage)
    await stage.turn(ALEX, type="message", text="runs", serviceUrl="http://127.0.0.1:2/")
    assert {place.spot.service_url for place in await stage.ledger(cards.of_run, 1)} == {"http://127.0.0.1:2/"}


async def test_the_outcome_is_posted_once(stage: Stage) -> None:
    await drafted(stage)
    await stage.presses(ALEX, "Start")
    await stage.presses(MEGAN, "Approve")
    await stage.directed("all is moved and verified")
    for _ in range(2):
        await stage.restart()
    outcomes = [message.shown for message in stage.clients.messages.values() if "done and verified" in message.shown]
    assert len(outcomes) == 1
    assert "asked by Alex Wilber, agreed by Megan Bowen" in outcomes[0]


async def test_a_card_that_would_look_the_same_is_not_sent_again(stage: Stage) -> None:
    card = await drafted(stage)
    (before,) = await stage.ledger(cards.of_run, 1)
    stage.clients.messages.pop(card.id)  # an edit would fail now
    await stage.restart()
    assert await stage.ledger(cards.of_run, 1) == [before]


async def test_a_card_that_may_be_older_than_the_run_is_edited_once_more(stage: Stage) -> None:
    card = await drafted(stage)
    true, stale = card.shown, {"type": "AdaptiveCard", "body": []}
    await stage.ledger(cards.unsure, card.conversation, card.id)
    stage.clients.replaced(card, stale)  # the answer to a button arrived after the edit
    stage.announcer.announced(1)
    await stage.announcer.settled()
    assert card.shown == true


async def test_an_edit_does_not_make_sure_what_became_unsure_meanwhile(stage: Stage) -> None:
    card = await drafted(stage)
    (before,) = await stage.ledger(cards.of_run, 1)
    await stage.ledger(cards.unsure, card.conversation, card.id)
    await stage.ledger(cards.shows, before, "something newer")
    assert [place.shown for place in await stage.ledger(cards.of_run, 1)] == [""]
