"""What messages and buttons mean, where a transcript would be too long: bad input, stale cards, strangers, old forms."""

import pytest
from botbuilder.dialogs import DialogInstance, DialogState
from botbuilder.schema import Activity

from bot.facts import Reader
from bot.i18n import say
from bot.service import ConversationMemory
from bot.step import Fine, NoQuestions, Plan, step
from bot.views import Person
from dialogs.cards.forms import form_version
from dialogs.state import ConversationStorage
from dialogs.turn import conversation_of
from tests.support.conversation import AUDIT
from tests.support.sample_steps import ALEX, MEGAN, PATTI, STEPS
from tests.support.written_conversation import WrittenConversation

FORM = {"verb": "submit", "step": "move_users", "form": form_version(STEPS["move_users"])}


async def test_a_stranger_without_directory_id_is_not_talked_with(stage: WrittenConversation) -> None:
    await stage.deliver(Person("", "Somebody"), "personal-x", type="message", text="runs")
    answer = await stage.deliver(
        Person("", "Somebody"), "personal-x", type="invoke", name="adaptiveCard/action", value={"action": {"data": FORM}}
    )
    assert not stage.fake_service.runs and not stage.clients.messages
    assert answer.status == 200


async def test_nobody_approves_what_they_asked_for(stage: WrittenConversation) -> None:
    await stage.draft_run()
    await stage.press(ALEX, "Start")
    await stage.press(ALEX, "Approve")
    assert stage.newest_message.text == "Somebody else has to approve what you asked for."
    await stage.press(PATTI, "Approve")
    assert "You may not look at this here" in stage.clients.script[-1]
    await stage.press(MEGAN, "Approve")
    assert stage.fake_service.runs[1].state == "running"


async def test_whose_rights_are_still_being_read_hears_so(stage: WrittenConversation) -> None:
    stage.fake_service.unread.add(ALEX.id)
    await stage.type_text(ALEX, "move users bob@contoso.com")
    assert "I am checking what you may do here" in stage.newest_message.text
    assert not stage.fake_service.runs


@pytest.mark.parametrize("old", [False, True])
async def test_a_form_works_days_later_and_only_once(stage: WrittenConversation, old: bool) -> None:
    await stage.type_text(ALEX, "move users")
    form = stage.newest_message
    await stage.type_text(ALEX, "cancel")
    for _ in range(2):
        await stage.send_action(ALEX, form, {**FORM, "answer.people": "bob@contoso.com"}, old)
    assert len(stage.fake_service.runs) == 1
    assert "run 1 · Move pilot users · looking…" in form.as_shown


async def test_a_form_with_other_questions_is_shown_anew(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users")
    form = stage.newest_message
    await stage.send_action(ALEX, form, {**FORM, "form": "of last year", "answer.people": "bob@contoso.com"})
    assert not stage.fake_service.runs
    assert "Who? [bob@contoso.com]" in form.as_shown


LONG = ("x" * 50_000, "<" * 50_000, "a " * 25_000 + "<")  # a search may begin at each letter of these


@pytest.mark.parametrize(
    "typed",
    ["nonsense", "'; Remove-CsUser", "*@contoso.com", "<b>bob</b>", "bob@contoso.com, \n, nonsense", "👩‍🚀", "[a](http://b)", *LONG],
)
async def test_what_is_no_address_brings_the_form_back_and_asks_for_nothing(stage: WrittenConversation, typed: str) -> None:
    await stage.type_text(ALEX, f"move users {typed}")
    assert not stage.fake_service.runs
    assert "line " in stage.newest_message.as_shown and "(Make a plan)" in stage.newest_message.as_shown


@pytest.mark.parametrize(
    "typed",
    [
        "share everything contoso.com",
        "share everything not now",
        "share everything except contoso.com",
        "share everything for bob@contoso.com",
        "share everythign",
        "unshare everything",
    ],
)
async def test_a_step_that_concerns_everybody_is_not_taken_for_a_part_of_it(stage: WrittenConversation, typed: str) -> None:
    async def share(ask: NoQuestions, read: Reader) -> Plan:
        yield Fine("nobody", say("never looked at in these tests"))

    stage._steps = {**STEPS, "share": step(say("Share everything"))(share)}
    stage.open()
    await stage.type_text(ALEX, typed)
    assert not stage.fake_service.runs and not stage.fake_service.asked
    assert "nothing" in stage.newest_message.text or stage.newest_message.picks == ["share everything"]


async def test_words_beside_a_file_that_may_say_the_contrary_are_not_passed_over(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users")
    await stage.send_file(ALEX, "people.csv", b"bob@contoso.com\n", "do not move these")
    assert not stage.fake_service.asked
    assert "I am not sure how “not” is meant here" in stage.newest_message.text


async def test_an_answer_that_may_say_the_contrary_is_no_answer(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users")
    for text in ("do not move Bob <bob@contoso.com>", "bob@contoso.com, not Carol <carol@contoso.com>", "nicht Bob <bob@contoso.com>"):
        await stage.type_text(ALEX, text)
        assert not stage.fake_service.asked
    await stage.type_text(ALEX, "Bob Not <bob.not@contoso.com>")
    assert len(stage.fake_service.asked) == 1


async def test_ten_thousand_pasted_lines_are_one_wish(stage: WrittenConversation) -> None:
    people = "\n".join(f"person{n}@contoso.com" for n in range(10_000))
    await stage.type_text(ALEX, f"move users {people}")
    await stage.follow_direction("the look is done")
    assert stage.fake_service.asked == [{"people": people}]
    assert "10,000 changes" in stage.newest_message.as_shown and "and 9985 more" in stage.newest_message.as_shown


async def test_ten_thousand_lines_with_a_wrong_one_are_asked_for_again(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users\n" + "person@contoso.com\n" * 10_000 + "nonsense")
    assert not stage.fake_service.runs
    assert "line 10,001, “nonsense”" in stage.newest_message.as_shown and "Who? []" in stage.newest_message.as_shown
    await stage.type_text(ALEX, "bob@contoso.com")
    assert stage.fake_service.asked == [{"people": "bob@contoso.com"}]


@pytest.mark.parametrize("text", ["", "   ", "\xa0", "<at>Switchover</at>"])
async def test_nothing_said_is_answered(stage: WrittenConversation, text: str) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.deliver(ALEX, type="message", text=text, entities=[mention])
    assert "Type “help”" in stage.newest_message.text


async def test_the_mention_in_a_channel_is_not_part_of_the_command(stage: WrittenConversation) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.deliver(ALEX, AUDIT, type="message", text="<at>Switchover</at> where are we?", entities=[mention])
    assert "Where we are" in stage.newest_message.as_shown


def test_a_group_chat_that_does_not_say_what_it_is_is_not_taken_for_a_personal_one() -> None:
    assert conversation_of(Activity().deserialize({"conversation": {"id": "19:many", "isGroup": True}})).kind == "groupChat"
    assert conversation_of(Activity().deserialize({"conversation": {"id": "a:alex"}})).kind == "personal"


async def test_only_whoever_was_asked_answers(stage: WrittenConversation) -> None:
    stage.fake_service.rights["ask"] = [ALEX, MEGAN]
    await stage.type_text(ALEX, "move users", AUDIT)
    await stage.type_text(MEGAN, "bob@contoso.com", AUDIT)
    assert not stage.fake_service.runs
    await stage.type_text(ALEX, "bob@contoso.com", AUDIT)
    assert stage.fake_service.runs[1].asked_by == ALEX


async def test_a_question_in_between_does_not_close_the_form(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users")
    await stage.type_text(ALEX, "where are we?")
    await stage.type_text(ALEX, "bob@contoso.com")
    assert stage.fake_service.asked == [{"people": "bob@contoso.com"}]


async def test_a_dialog_that_nobody_knows_any_more_is_closed_with_a_word(stage: WrittenConversation) -> None:
    old = DialogState([DialogInstance("move_users@lastyear", {"who": ALEX.id})])
    await ConversationStorage(ConversationMemory(stage.ledger)).write({"msteams/conversations/personal-20": {"dialogs": old}})
    await stage.type_text(ALEX, "bob@contoso.com")
    assert "I closed it" in stage.clients.script[0]
    await stage.type_text(ALEX, "runs")
    assert "There is no run yet" in stage.newest_message.as_shown


async def test_a_client_without_forms_is_asked_one_question_after_another(stage: WrittenConversation) -> None:
    for text in ("federation", "somehow", "open"):
        await stage.deliver(ALEX, type="message", text=text, channelId="sms")
    assert "Partner discovery one of: open, closed" in stage.clients.script[0]
    assert "“somehow” is not possible here" in stage.clients.script[1]
    assert stage.fake_service.asked == [{"partner_discovery": "open"}]


async def test_other_invokes_are_not_for_us(stage: WrittenConversation) -> None:
    assert (await stage.deliver(ALEX, type="invoke", name="task/fetch", value={})).status == 501


@pytest.mark.parametrize("told", [("installationUpdate",), ("conversationUpdate",), ("installationUpdate", "conversationUpdate")])
async def test_whoever_adds_the_bot_sees_the_board_once(stage: WrittenConversation, told: tuple[str, ...]) -> None:
    for kind in told:
        await stage.deliver(ALEX, AUDIT, type=kind, action="add", membersAdded=[{"id": "28:bot"}])
    assert [message.as_shown.split("\n")[1] for message in stage.clients.messages.values()] == ["Where we are"]


async def test_that_somebody_else_was_added_is_no_news(stage: WrittenConversation) -> None:
    await stage.deliver(ALEX, AUDIT, type="conversationUpdate", membersAdded=[{"id": "29:somebody"}])
    assert not stage.clients.messages


async def test_whoever_adds_the_bot_and_may_not_look_is_told_what_it_does(stage: WrittenConversation) -> None:
    await stage.deliver(PATTI, type="installationUpdate", action="add")
    assert "What you can say" in stage.newest_message.as_shown


async def test_state_is_small_and_of_known_types(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "federation")
    state = (await ConversationStorage(ConversationMemory(stage.ledger)).read(["msteams/conversations/personal-20"]))[
        "msteams/conversations/personal-20"
    ]
    (form,) = state["dialogs"].dialog_stack
    assert form.state == {"who": ALEX.id, "answers": {}, "problems": {}, "run": None}


@pytest.mark.parametrize("verb", ["start", "show", "commands", "change", "cancel"])
async def test_no_button_shows_a_card_to_whoever_may_not_look(stage: WrittenConversation, verb: str) -> None:
    card = await stage.draft_run()
    answer = await stage.send_action(PATTI, card, {"verb": verb, "run": 1, "digest": "digest-1"})
    assert answer.body["type"].endswith("activity.message")
    assert stage.fake_service.runs[1].state == "planned"


@pytest.mark.parametrize("text", ["start run 1", "approve run 1", "cancel run 9"])
async def test_no_typed_verb_tells_of_runs_to_whoever_may_not_look(stage: WrittenConversation, text: str) -> None:
    await stage.draft_run()
    await stage.type_text(PATTI, text)
    assert stage.newest_message.text.startswith("You may not look at this here.")
    assert stage.fake_service.runs[1].state == "planned"


async def test_a_press_is_handed_in_while_rights_are_still_being_read(stage: WrittenConversation) -> None:
    card = await stage.draft_run()
    stage.fake_service.unread.add(ALEX.id)
    answer = await stage.send_action(ALEX, card, {"verb": "start", "run": 1, "digest": "digest-1"})
    assert answer.body == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Checking whether you may…"}


async def test_the_board_does_not_come_to_whoever_may_perhaps_not_look(stage: WrittenConversation) -> None:
    await stage.deliver(PATTI, type="installationUpdate", action="add")
    stage.fake_service.unread.add(PATTI.id)
    answer = await stage.send_action(PATTI, stage.newest_message, {"verb": "board"})
    assert answer.body["value"].startswith("I am checking what you may do here.")
    assert "What you can say" in stage.newest_message.as_shown
