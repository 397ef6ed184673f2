"""What messages and buttons mean, where a transcript would be too long: bad input, stale cards, strangers, old forms."""

import pytest
from botbuilder.dialogs import DialogInstance, DialogState
from botbuilder.schema import Activity

from bot.facts import Reader
from bot.i18n import say
from bot.step import Fine, NoQuestions, Plan, step
from bot.views import Person
from dialogs.cards.forms import form_version
from dialogs.state import LedgerStorage
from dialogs.turn import conversation_of
from tests.support.conversation import AUDIT
from tests.support.sample_steps import ALEX, MEGAN, PATTI, STEPS
from tests.support.written_conversation import WrittenStage

FORM = {"verb": "submit", "step": "move_users", "form": form_version(STEPS["move_users"])}


async def test_a_stranger_without_directory_id_is_not_talked_with(stage: WrittenStage) -> None:
    await stage.turn(Person("", "Somebody"), "personal-x", type="message", text="runs")
    answer = await stage.turn(
        Person("", "Somebody"), "personal-x", type="invoke", name="adaptiveCard/action", value={"action": {"data": FORM}}
    )
    assert not stage.written.runs and not stage.clients.messages
    assert answer.status == 200


async def test_nobody_approves_what_they_asked_for(stage: WrittenStage) -> None:
    await stage.drafted()
    await stage.presses(ALEX, "Start")
    await stage.presses(ALEX, "Approve")
    assert stage.newest.text == "Somebody else has to approve what you asked for."
    await stage.presses(PATTI, "Approve")
    assert "You may not look at this here" in stage.clients.script[-1]
    await stage.presses(MEGAN, "Approve")
    assert stage.written.runs[1].state == "running"


async def test_whose_rights_are_still_being_read_hears_so(stage: WrittenStage) -> None:
    stage.written.unread.add(ALEX.id)
    await stage.types(ALEX, "move users bob@contoso.com")
    assert "I am checking what you may do here" in stage.newest.text
    assert not stage.written.runs


@pytest.mark.parametrize("old", [False, True])
async def test_a_form_works_days_later_and_only_once(stage: WrittenStage, old: bool) -> None:
    await stage.types(ALEX, "move users")
    form = stage.newest
    await stage.types(ALEX, "cancel")
    for _ in range(2):
        await stage.sends(ALEX, form, {**FORM, "answer.people": "bob@contoso.com"}, old)
    assert len(stage.written.runs) == 1
    assert "run 1 · Move pilot users · looking…" in form.shown


async def test_a_form_with_other_questions_is_shown_anew(stage: WrittenStage) -> None:
    await stage.types(ALEX, "move users")
    form = stage.newest
    await stage.sends(ALEX, form, {**FORM, "form": "of last year", "answer.people": "bob@contoso.com"})
    assert not stage.written.runs
    assert "Who? [bob@contoso.com]" in form.shown


LONG = ("x" * 50_000, "<" * 50_000, "a " * 25_000 + "<")  # a search may begin at each letter of these


@pytest.mark.parametrize(
    "typed",
    ["nonsense", "'; Remove-CsUser", "*@contoso.com", "<b>bob</b>", "bob@contoso.com, \n, nonsense", "👩‍🚀", "[a](http://b)", *LONG],
)
async def test_what_is_no_address_brings_the_form_back_and_asks_for_nothing(stage: WrittenStage, typed: str) -> None:
    await stage.types(ALEX, f"move users {typed}")
    assert not stage.written.runs
    assert "line " in stage.newest.shown and "(Make a plan)" in stage.newest.shown


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
async def test_a_step_that_concerns_everybody_is_not_taken_for_a_part_of_it(stage: WrittenStage, typed: str) -> None:
    async def share(ask: NoQuestions, read: Reader) -> Plan:
        yield Fine("nobody", say("never looked at in these tests"))

    stage._steps = {**STEPS, "share": step(say("Share everything"))(share)}
    stage.open()
    await stage.types(ALEX, typed)
    assert not stage.written.runs and not stage.written.asked
    assert "nothing" in stage.newest.text or stage.newest.picks == ["share everything"]


async def test_words_beside_a_file_that_may_say_the_contrary_are_not_passed_over(stage: WrittenStage) -> None:
    await stage.types(ALEX, "move users")
    await stage.hands_in(ALEX, "people.csv", b"bob@contoso.com\n", "do not move these")
    assert not stage.written.asked
    assert "I am not sure how “not” is meant here" in stage.newest.text


async def test_an_answer_that_may_say_the_contrary_is_no_answer(stage: WrittenStage) -> None:
    await stage.types(ALEX, "move users")
    for text in ("do not move Bob <bob@contoso.com>", "bob@contoso.com, not Carol <carol@contoso.com>", "nicht Bob <bob@contoso.com>"):
        await stage.types(ALEX, text)
        assert not stage.written.asked
    await stage.types(ALEX, "Bob Not <bob.not@contoso.com>")
    assert len(stage.written.asked) == 1


async def test_ten_thousand_pasted_lines_are_one_wish(stage: WrittenStage) -> None:
    people = "\n".join(f"person{n}@contoso.com" for n in range(10_000))
    await stage.types(ALEX, f"move users {people}")
    await stage.directed("the look is done")
    assert stage.written.asked == [{"people": people}]
    assert "10,000 changes" in stage.newest.shown and "and 9985 more" in stage.newest.shown


async def test_ten_thousand_lines_with_a_wrong_one_are_asked_for_again(stage: WrittenStage) -> None:
    await stage.types(ALEX, "move users\n" + "person@contoso.com\n" * 10_000 + "nonsense")
    assert not stage.written.runs
    assert "line 10,001, “nonsense”" in stage.newest.shown and "Who? []" in stage.newest.shown
    await stage.types(ALEX, "bob@contoso.com")
    assert stage.written.asked == [{"people": "bob@contoso.com"}]


@pytest.mark.parametrize("text", ["", "   ", "\xa0", "<at>Switchover</at>"])
async def test_nothing_said_is_answered(stage: WrittenStage, text: str) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.turn(ALEX, type="message", text=text, entities=[mention])
    assert "Type “help”" in stage.newest.text


async def test_the_mention_in_a_channel_is_not_part_of_the_command(stage: WrittenStage) -> None:
    mention = {"type": "mention", "text": "<at>Switchover</at>", "mentioned": {"id": "28:bot", "name": "Switchover"}}
    await stage.turn(ALEX, AUDIT, type="message", text="<at>Switchover</at> where are we?", entities=[mention])
    assert "Where we are" in stage.newest.shown


def test_a_group_chat_that_does_not_say_what_it_is_is_not_taken_for_a_personal_one() -> None:
    assert conversation_of(Activity().deserialize({"conversation": {"id": "19:many", "isGroup": True}})).kind == "groupChat"
    assert conversation_of(Activity().deserialize({"conversation": {"id": "a:alex"}})).kind == "personal"


async def test_only_whoever_was_asked_answers(stage: WrittenStage) -> None:
    stage.written.rights["ask"] = [ALEX, MEGAN]
    await stage.types(ALEX, "move users", AUDIT)
    await stage.types(MEGAN, "bob@contoso.com", AUDIT)
    assert not stage.written.runs
    await stage.types(ALEX, "bob@contoso.com", AUDIT)
    assert stage.written.runs[1].asked_by == ALEX


async def test_a_question_in_between_does_not_close_the_form(stage: WrittenStage) -> None:
    await stage.types(ALEX, "move users")
    await stage.types(ALEX, "where are we?")
    await stage.types(ALEX, "bob@contoso.com")
    assert stage.written.asked == [{"people": "bob@contoso.com"}]


async def test_a_dialog_that_nobody_knows_any_more_is_closed_with_a_word(stage: WrittenStage) -> None:
    old = DialogState([DialogInstance("move_users@lastyear", {"who": ALEX.id})])
    await LedgerStorage(stage.ledger).write({"msteams/conversations/personal-20": {"dialogs": old}})
    await stage.types(ALEX, "bob@contoso.com")
    assert "I closed it" in stage.clients.script[0]
    await stage.types(ALEX, "runs")
    assert "There is no run yet" in stage.newest.shown


async def test_a_client_without_forms_is_asked_one_question_after_another(stage: WrittenStage) -> None:
    for text in ("federation", "somehow", "open"):
        await stage.turn(ALEX, type="message", text=text, channelId="sms")
    assert "Partner discovery one of: open, closed" in stage.clients.script[0]
    assert "“somehow” is not possible here" in stage.clients.script[1]
    assert stage.written.asked == [{"partner_discovery": "open"}]


async def test_other_invokes_are_not_for_us(stage: WrittenStage) -> None:
    assert (await stage.turn(ALEX, type="invoke", name="task/fetch", value={})).status == 501


@pytest.mark.parametrize("told", [("installationUpdate",), ("conversationUpdate",), ("installationUpdate", "conversationUpdate")])
async def test_whoever_adds_the_bot_sees_the_board_once(stage: WrittenStage, told: tuple[str, ...]) -> None:
    for kind in told:
        await stage.turn(ALEX, AUDIT, type=kind, action="add", membersAdded=[{"id": "28:bot"}])
    assert [message.shown.split("\n")[1] for message in stage.clients.messages.values()] == ["Where we are"]


async def test_that_somebody_else_was_added_is_no_news(stage: WrittenStage) -> None:
    await stage.turn(ALEX, AUDIT, type="conversationUpdate", membersAdded=[{"id": "29:somebody"}])
    assert not stage.clients.messages


async def test_whoever_adds_the_bot_and_may_not_look_is_told_what_it_does(stage: WrittenStage) -> None:
    await stage.turn(PATTI, type="installationUpdate", action="add")
    assert "What you can say" in stage.newest.shown


async def test_state_is_small_and_of_known_types(stage: WrittenStage) -> None:
    await stage.types(ALEX, "federation")
    state = (await LedgerStorage(stage.ledger).read(["msteams/conversations/personal-20"]))["msteams/conversations/personal-20"]
    (form,) = state["dialogs"].dialog_stack
    assert form.state == {"who": ALEX.id, "answers": {}, "problems": {}, "run": None}


@pytest.mark.parametrize("verb", ["start", "show", "commands", "change", "cancel"])
async def test_no_button_shows_a_card_to_whoever_may_not_look(stage: WrittenStage, verb: str) -> None:
    card = await stage.drafted()
    answer = await stage.sends(PATTI, card, {"verb": verb, "run": 1, "digest": "digest-1"})
    assert answer.body["type"].endswith("activity.message")
    assert stage.written.runs[1].state == "planned"


@pytest.mark.parametrize("text", ["start run 1", "approve run 1", "cancel run 9"])
async def test_no_typed_verb_tells_of_runs_to_whoever_may_not_look(stage: WrittenStage, text: str) -> None:
    await stage.drafted()
    await stage.types(PATTI, text)
    assert stage.newest.text.startswith("You may not look at this here.")
    assert stage.written.runs[1].state == "planned"


async def test_a_press_is_handed_in_while_rights_are_still_being_read(stage: WrittenStage) -> None:
    card = await stage.drafted()
    stage.written.unread.add(ALEX.id)
    answer = await stage.sends(ALEX, card, {"verb": "start", "run": 1, "digest": "digest-1"})
    assert answer.body == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Checking whether you may…"}


async def test_the_board_does_not_come_to_whoever_may_perhaps_not_look(stage: WrittenStage) -> None:
    await stage.turn(PATTI, type="installationUpdate", action="add")
    stage.written.unread.add(PATTI.id)
    answer = await stage.sends(PATTI, stage.newest, {"verb": "board"})
    assert answer.body["value"].startswith("I am checking what you may do here.")
    assert "What you can say" in stage.newest.shown
