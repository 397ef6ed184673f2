"""What is read of a message in which the bot, and others, are mentioned."""

from typing import Any

import pytest
from botbuilder.schema import Activity
from hypothesis import given
from hypothesis import strategies as st

from dialogs.channel.mentions import typed_text
from tests.support.conversation import AUDIT
from tests.support.sample_steps import ALEX
from tests.support.written_conversation import WrittenConversation

BOT, BOB = "28:bot", "29:bob"


def mention(name: str, id: str = BOT, **more: Any) -> dict[str, Any]:
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": id, "name": name}, **more}


def message(text: str | None, *entities: Any) -> Activity:
    return Activity().deserialize({"type": "message", "text": text, "recipient": {"id": BOT}, "entities": list(entities)})


OWN = mention("Switchover")


@pytest.mark.parametrize(
    ("text", "entities", "read"),
    [
        ("runs", [], "runs"),
        ("<at>Switchover</at> move users carolSwitchover@contoso.com", [OWN], "move users carolSwitchover@contoso.com"),
        ("<at>Skype</at> move carol@contoso.com back to Skype", [mention("Skype")], "move carol@contoso.com back to Skype"),
        ("<at>a.c</at> move abc@contoso.com", [mention("a.c")], "move abc@contoso.com"),
        ("<at>(S</at> runs", [mention("(S")], "runs"),
        ("<at>Switchover</at>&nbsp;runs\n", [OWN], "runs"),
        ("\r\n<at>Switchover</at>\xa0runs\r\n", [OWN], "runs"),
        ('<at id="0">Switchover</at> runs', [OWN], "runs"),
        ('<at id="0">Switchover</at> runs', [mention("Switchover", text='<at id="0">Switchover</at>')], "runs"),
        ("<at>switchOver</at> runs", [OWN], "runs"),
        ("<at>Switchover</at> runs", [mention("Switchover", text=None)], "runs"),
        ("<at>Q&amp;A bot</at> runs", [mention("Q&A bot")], "runs"),
        ("<at>Switchover</at> runs <at>Switchover</at>", [OWN, OWN], "runs"),
        ("<at>Switchover</at> say <at>Switchover</at>", [OWN], "say <at>Switchover</at>"),
        ("<at>Switchover</at> and <at>Switchover</at>", [mention("Switchover", BOB), OWN], "Switchover and"),
        ("<at>Switchover</at> and <at>Switchover</at>", [OWN, mention("Switchover", BOB)], "and Switchover"),
        ("<at>Bob</at> <at>Switchover</at> runs", [OWN, mention("Bob", BOB)], "Bob   runs"),
        ("<at>Bob</at> <at>Beispiel</at>: runs", [mention("Bob", BOB), mention("Beispiel", BOB)], "Bob Beispiel: runs"),
        ("<at>Switchover</at> move <at>Bob</at>", [OWN, mention("Bob", BOB)], "move Bob"),
        ("move<at>Switchover</at>users", [OWN], "move users"),
        ("bob<at>S</at>@contoso.com", [mention("S")], "bob @contoso.com"),
        ("<at>Switchover</at> runs", [], "<at>Switchover</at> runs"),
        ("<at>Somebody</at> runs", [OWN], "<at>Somebody</at> runs"),
        ("&lt;at&gt;Switchover&lt;/at&gt; runs", [OWN], "<at>Switchover</at> runs"),
        ("<at>Switchover runs", [OWN], "<at>Switchover runs"),
        ("<attention>Switchover</at> runs", [OWN], "<attention>Switchover</at> runs"),
        ("Switchover runs", [OWN], "Switchover runs"),
        ("move users Bob &lt;bob@contoso.com&gt;", [], "move users Bob <bob@contoso.com>"),
        ("move users Bob <bob@contoso.com>", [], "move users Bob <bob@contoso.com>"),
        ("group R&amp;D", [], "group R&D"),
        ("group R&D", [], "group R&D"),
        ("group A&copying R&lt", [], "group A&copying R&lt"),
        ("say &amp;lt; &#39;so&#39;", [], "say &lt; 'so'"),
        (None, [OWN], ""),
        ("<at>Switchover</at> runs", [None, OWN], "runs"),
        ("<at>Switchover</at> runs", [{"type": "mention"}, {"type": "mention", "mentioned": "x"}, {"type": "clientInfo"}, OWN], "runs"),
        ("<at>Switchover</at> runs", [{"type": "mention", "text": 5, "mentioned": {"id": BOT}}], "<at>Switchover</at> runs"),
    ],
)
def test_only_the_spans_that_mention_the_bot_are_cut(text: str | None, entities: list[Any], read: str) -> None:
    assert typed_text(message(text, *entities)) == read


@given(
    st.text(st.characters(exclude_characters="<>&", exclude_categories=("Cs",))), st.sampled_from(["Switchover", "a", ".*", "@", "Skype"])
)
def test_whatever_else_is_in_the_line_is_not_touched(line: str, name: str) -> None:
    read = typed_text(message(f"<at>{name}</at> {line}", mention(name)))
    assert read == line.replace("\xa0", " ").strip()


def test_a_megabyte_of_tags_is_read_at_once() -> None:
    text = "<at>" * 250_000
    assert typed_text(message(text, OWN)) == text


async def test_an_address_that_holds_the_name_of_the_bot_is_planned_as_it_was_typed(stage: WrittenConversation) -> None:
    text = "<at>Switchover</at>&nbsp;move pilot users carolSwitchover@contoso.com"
    await stage.deliver(ALEX, AUDIT, type="message", text=text, entities=[OWN])
    assert stage.fake_service.asked == [{"people": "carolSwitchover@contoso.com"}]


async def test_a_bot_called_skype_moves_back_to_skype(stage: WrittenConversation) -> None:
    text = "<at>Skype</at> move users carol@contoso.com back to Skype"
    await stage.deliver(ALEX, AUDIT, type="message", text=text, entities=[mention("Skype")])
    assert stage.fake_service.runs[1].step == "move_back"


async def test_an_open_form_is_answered_with_what_was_typed(stage: WrittenConversation) -> None:
    await stage.type_text(ALEX, "move users", AUDIT)
    text = "<at>Switchover</at> carolSwitchover@contoso.com"
    await stage.deliver(ALEX, AUDIT, type="message", text=text, entities=[OWN])
    assert stage.fake_service.asked == [{"people": "carolSwitchover@contoso.com"}]
