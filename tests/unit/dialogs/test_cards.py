"""Cards: valid in every state, small however long the plan is, and harmless whatever names and errors say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator

from bot.calls import ManualAction
from bot.i18n import say
from bot.step import Change, Fine, Obstacle, Reason, Unclear
from bot.views import Action, AuditLine, Board, BoardEntry, ChangeView, ConversationRef, RunState, RunView, StatusMessage, StepStatus
from dialogs.cards.board import board_card
from dialogs.cards.channel_posts import due_posts
from dialogs.cards.elements import Card
from dialogs.cards.forms import Draft, form_card
from dialogs.cards.run import RenderContext, run_card
from dialogs.cards.simple_cards import audit_card, commands_card, help_card, runs_card
from dialogs.cards.text_fallback import as_text
from dialogs.rendering import clean
from dialogs.turn import card_message
from tests.support.fake_run_service import NOW
from tests.support.paths import SCHEMAS
from tests.support.pseudo_locale import untranslated
from tests.support.sample_steps import ADELE, ALEX, MEGAN, PLAN, STEPS, move_change
from tests.tools.catalogue import messages

SCHEMA = Draft6Validator(json.loads((SCHEMAS / "adaptive-card-1.5.0.schema.json").read_text()))
EYES = RenderContext(NOW, banner="lab")
STATES = tuple(RunState)
STANDING = StepStatus("blocked", NOW, (("Access Edge", say("does not federate")),), {"obstacle": 1}, ("federation",), "to do", NOW)
BOARD = Board((BoardEntry("move_users", say("Move"), "running", 7, NOW, ALEX, (7,), STANDING),), next_step="federation")
PLACE = StatusMessage(ConversationRef("here", ""), "m1", "", "", NOW.timestamp(), NOW.timestamp() - 60)
NASTY = (
    "[click](http://evil.example)",
    "<img src=x onerror=alert(1)>",
    "**bold** _it_ `code`",
    "# heading\n- list",
    "{n} {0}",
    "@everyone",
    "{{DATE(2026-11-23T12:00:00Z, LONG)}}",
)


def run_of(state: RunState | str, subjects: int = 3, **more: Any) -> RunView:
    """A run with changes and one of every other finding."""
    changes = [move_change(name) for name in _names(subjects)]
    rows = tuple(ChangeView(each.subject, each, "done" if n else "failed", None if n else say("why")) for n, each in enumerate(changes))
    others = tuple(finding for finding in PLAN.values() if not isinstance(finding, Change))
    verbs = ("start", "approve", "refuse", "pause", "change", "commands", "cancel", "undo", "retry", "look", "done", "resume")
    known = RunView(
        7, "move_users", say("Move pilot users"), RunState(state), "d" * 64, ALEX, NOW, {"people": "x"}, rows, others, actions=verbs
    )
    return replace(
        known, **{"agreed_by": MEGAN, "next_look_at": NOW, "seconds_left": 240, "manual_actions": (say("publish the record"),), **more}
    )


def _names(count: int) -> list[str]:
    return [f"person{n:05}@contoso.com" for n in range(count)]


def all_cards(eyes: RenderContext = EYES) -> dict[str, Card]:
    found = {f"run {state}": run_card(run_of(state), eyes, STEPS) for state in STATES}
    found |= {
        f"form {step.name}": form_card(Draft(step, {"people": "x"}, {"people": say("is no address")}, 7), eyes) for step in STEPS.values()
    }
    told = (("awaiting_approval", ()), ("running", ()), ("verified", ("asked x",)), ("incomplete", ("asked x",)))
    posts = [post for state, posted in told for post in due_posts(run_of(state), posted, eyes, STEPS)]
    found |= {f"post {n}": post.card for n, post in enumerate(posts)}
    found["help"] = help_card(STEPS, eyes)
    found["runs"] = runs_card([run_of(state) for state in STATES], eyes)
    found["where"] = board_card(BOARD, PLACE, eyes, STEPS)
    found["audit"] = audit_card([AuditLine(1, NOW, 7, "Alex", say("asked"), "0" * 64)], eyes)
    found["commands"] = commands_card(run_of("planned"), eyes)
    return found


def test_a_run_that_watches_shows_what_it_has_found_and_what_would_cure_it() -> None:
    card = run_card(run_of("monitoring", 0), EYES, STEPS)
    assert "run 7 · Move pilot users · keeps watching" in as_text(card)
    assert "Obstacles (" in as_text(card)
    assert {action["title"] for action in card["actions"]} == {
        action["title"] for action in run_card(run_of("incomplete", 0), EYES, STEPS)["actions"]
    }


def test_a_run_whose_own_changes_show_is_said_to_watch() -> None:
    done = replace(run_of("monitoring").changes[1], state="done")
    assert "1 of 1 done, keeps watching" in as_text(run_card(run_of("monitoring", changes=(done,)), EYES))
    assert "1 of 1 done, not visible everywhere yet" in as_text(run_card(run_of("verifying", changes=(done,), actions=("done",)), EYES))


def test_what_could_not_be_started_is_told_by_what_was_found() -> None:
    assert "run 7 · Move pilot users · 1 obstacle" in as_text(run_card(run_of("incomplete", 0), EYES, STEPS))
    assert "nothing could be started" in as_text(run_card(run_of("incomplete", 0, other_findings=()), EYES, STEPS))


def test_our_own_names_are_in_the_audit_in_the_language_of_whoever_reads() -> None:
    began = say("began {subject}", subject="Hosting provider")
    line = AuditLine(1, NOW, 7, "Switchover", say("{what}: {why}", what=began, why="x"), "0" * 64)
    assert "Hostinganbieter" in as_text(audit_card([line], replace(EYES, locale="de")))
    assert "Hosting provider" in as_text(audit_card([line], EYES))


def test_the_help_leads_to_the_board() -> None:
    assert [action["title"] for action in help_card(STEPS, EYES)["actions"]] == ["Where we are"]


@pytest.mark.parametrize("name", all_cards())
def test_a_card_is_an_adaptive_card_1_5_with_text_for_other_clients(name: str) -> None:
    card = all_cards()[name]
    assert not [error.message for error in SCHEMA.iter_errors(card)]
    assert card["fallbackText"] == as_text(card)[:600]
    assert as_text(card).startswith("lab\n")


def test_every_card_can_be_read_in_a_new_language(locales: Path) -> None:
    english, french = all_cards(), all_cards(replace(EYES, locale="fr"))
    sentences = [text for context, text, _ in messages() if not context and len(text) > 3 and "{" not in text]
    for name, card in french.items():
        shown = as_text(card)
        assert "⟦" in shown and as_text(english[name]) != shown, name
        assert [text for text in sentences if text in untranslated(shown)] == [], name


@pytest.mark.parametrize("state", STATES)
def test_a_card_of_ten_thousand_people_stays_below_25_kb(state: RunState | str) -> None:
    long = "долгое имя " * 20
    changes = [replace(move_change(name, long), no_undo=say(long)) for name in _names(10_000)]
    rows = tuple(ChangeView(f"{change.subject}{long}", change, "failed", say("{why}", why=long * 3), say(long)) for change in changes)
    reasons = tuple(Reason(say("{why}", why=long * 5), say(long)) for _ in range(20))
    others = tuple(Obstacle(f"{name}{long}", reasons) for name in _names(3_000))
    card = run_card(run_of(state, changes=rows, other_findings=others), EYES, STEPS)
    body = card_message(card).serialize()
    assert len(json.dumps(body)) < 25_000
    assert "person00000" in as_text(card) or state == "planning"


def test_other_cards_of_ten_thousand_stay_below_25_kb() -> None:
    view = run_of("planned", 10_000)
    lines = [AuditLine(n, NOW, 7, "Alex" * 50, say("asked {x}", x="x" * 2000), "0" * 64) for n in range(100)]
    pasted = Draft(STEPS["move_users"], {"people": "\n".join(_names(10_000))}, {"people": say("{entry}", entry="x" * 5000)})
    posts = [post.card for post in due_posts(run_of("incomplete", 10_000), ("asked x",), EYES, STEPS)]
    for card in (commands_card(view, EYES), audit_card(lines, EYES), form_card(pasted, EYES), *posts):
        assert len(json.dumps(card_message(card).serialize())) < 25_000


def test_a_list_that_is_too_long_to_repeat_is_asked_for_again_and_never_cut() -> None:
    card = form_card(Draft(STEPS["move_users"], {"people": "\n".join(_names(10_000))}), EYES)
    assert [element["value"] for element in card["body"] if element["type"] == "Input.Text"] == [""]
    assert "paste it or send its file again" in as_text(card)


@pytest.mark.parametrize("nasty", NASTY)
def test_names_and_errors_are_shown_as_they_are_and_never_as_markup(nasty: str) -> None:
    rows = (ChangeView(nasty, replace(move_change(nasty), effect=say("{x} → Teams", x=nasty)), "failed", say("{why}", why=nasty)),)
    others = (Obstacle(nasty, (Reason(say("{x}", x=nasty), say("{x}", x=nasty)),)), Unclear(nasty, say("{x}", x=nasty)))
    for state in STATES:
        card = run_card(run_of(state, changes=rows, other_findings=others, asked_by=replace(ALEX, name=nasty)), EYES, STEPS)
        with_markup = [element["text"] for element in _elements(card["body"]) if element["type"] == "TextBlock"]
        assert not [text for text in with_markup if clean(nasty) in text]
        assert state == "planning" or clean(nasty) in as_text(card)


@pytest.mark.parametrize("nasty", NASTY)
def test_the_channel_reads_names_as_they_are_too(nasty: str) -> None:
    for state in ("awaiting_approval", "running", "verified", "incomplete"):
        view = run_of(state, asked_by=replace(ALEX, name=nasty), started_by=replace(ALEX, name=nasty))
        for post in due_posts(view, ("asked x",) if state in ("verified", "incomplete") else (), EYES, STEPS):
            assert not [one for one in _elements(post.card["body"]) if one["type"] == "TextBlock" and clean(nasty) in one["text"]]
            assert clean(nasty) in as_text(post.card)


def _elements(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [inner for element in body for inner in (element, *_elements(element.get("items", [])))]


def test_buttons_carry_no_more_than_verb_run_plan_and_line() -> None:
    for state in STATES:
        for action in run_card(run_of(state), EYES, STEPS)["actions"]:
            assert set(action["data"]) <= {"verb", "run", "digest", "line", "step"}
            assert action["fallback"]["data"] == action["data"]
            assert action["associatedInputs"] == action["fallback"]["associatedInputs"] == "none"


def test_whoever_asked_is_not_offered_to_approve() -> None:
    own, others = (run_card(run_of("awaiting_approval"), replace(EYES, viewer=viewer)) for viewer in (ALEX.id, MEGAN.id))
    assert "Approve" not in as_text(own)
    assert "(Approve) (Refuse)" in as_text(others)


def test_whoever_started_it_for_somebody_else_is_not_offered_to_approve_either() -> None:
    view = run_of("awaiting_approval", started_by=MEGAN, agreed_by=None)
    assert "Approve" not in as_text(run_card(view, replace(EYES, viewer=MEGAN.id)))
    assert "(Approve) (Refuse)" in as_text(run_card(view, replace(EYES, viewer=ADELE.id)))
    assert "asked by Alex Wilber, started by Megan Bowen" in as_text(run_card(view, EYES))


@pytest.mark.parametrize("state", ["verified", "incomplete"])
def test_what_remains_to_be_known_stays_on_the_card_of_what_is_done(state: RunState | str) -> None:
    done, left = move_change("bob@contoso.com", "sign in within 30 days"), move_change("carol@contoso.com", "told on the plan only")
    shown = as_text(
        run_card(run_of(state, changes=(ChangeView(done.subject, done, "done"), ChangeView(left.subject, left, "failed"))), EYES)
    )
    assert "bob@contoso.com: sign in within 30 days" in shown and "told on the plan only" not in shown


def test_a_note_that_is_over_when_it_is_done_stands_on_the_plan_only() -> None:
    change = replace(move_change("bob@contoso.com"), plan_only_notes=(say("no calls until then"),))
    assert "no calls until then" in as_text(run_card(run_of("planned", changes=(ChangeView(change.subject, change),)), EYES))
    assert "no calls until then" not in as_text(run_card(run_of("verified", changes=(ChangeView(change.subject, change, "done"),)), EYES))


def test_what_a_run_waits_for_is_not_called_left_out() -> None:
    told = {state: as_text(run_card(run_of(state, 0), EYES, STEPS)) for state in ("monitoring", "planned")}
    assert (
        "Not known yet, I keep looking\ngrace@contoso.com" in told["monitoring"] and "Not clear yet\ngrace@contoso.com" in told["planned"]
    )
    assert "Not clear yet, left out\ngrace@contoso.com" in as_text(run_card(run_of("planned"), EYES, STEPS))


def test_a_note_that_names_its_subject_is_said_as_it_is() -> None:
    twice = Fine("bob@contoso.com", say("has Teams"), (say("{subject} is named more than once", subject="bob@contoso.com"),))
    for others in ((twice,), (twice, Fine("carol@contoso.com", say("has Teams")))):
        shown = as_text(run_card(run_of("verified", changes=(), other_findings=others, actions=()), EYES)).splitlines()
        assert "bob@contoso.com is named more than once" in shown


def test_one_button_leads_on_and_one_at_most_warns() -> None:
    def styled(state: RunState | str, *verbs: Action) -> dict[str, str]:
        actions = run_card(run_of(state, actions=verbs), EYES)["actions"]
        return {action["verb"]: action["style"] for action in actions if "style" in action}

    assert styled("awaiting_approval", "approve", "refuse", "commands", "cancel") == {"approve": "positive", "refuse": "destructive"}
    assert styled("planned", "start", "look", "change", "commands", "cancel") == {"start": "positive"}
    assert styled("running", "pause", "cancel") == {"cancel": "destructive"}
    assert styled("paused", "resume", "cancel") == {"resume": "positive", "cancel": "destructive"}


def test_the_board_says_most_of_the_next_step_and_little_of_those_that_wait_for_others() -> None:
    two = (("one", say("this")), ("two", say("that")))
    waits = StepStatus("blocked", NOW, two, {"obstacle": 2}, ("federation",))
    ours, theirs = StepStatus("blocked", NOW, two, {"obstacle": 2}), StepStatus("to do", NOW, two, {"change": 2})
    of = {"federation": theirs, "move_back": ours, "move_users": waits, "tenant": theirs}
    lines = tuple(BoardEntry(name, say(name), None, None, None, None, (), standing) for name, standing in of.items())
    shown = as_text(board_card(Board(lines, next_step="federation"), None, EYES, STEPS))
    assert [shown.count(f"– {name}:") for name in ("one", "two")] == [3, 1] and shown.count("– and 1 more") == 2


def test_where_nothing_had_to_be_done_it_is_said_once_and_why() -> None:
    others = (Fine("frank@contoso.com", say("already in Teams"), (say("delegates were not looked at"),)), PLAN["dave@contoso.com"])
    told = {
        state: as_text(run_card(run_of(state, changes=(), other_findings=others, actions=()), EYES)) for state in ("verified", "incomplete")
    }
    assert all("Already as wanted\nfrank@contoso.com: already in Teams" in shown for shown in told.values())
    assert all("frank@contoso.com: delegates were not looked at" in shown for shown in told.values())
    assert "Obstacles (1)" in told["incomplete"]


def test_a_long_line_of_the_board_ends_with_a_word_and_says_how_many_more() -> None:
    names = ", ".join(_names(30))
    standing = StepStatus("blocked", NOW, (("People", say("still there: {names}", names=names)),), {"obstacle": 4})
    board = Board((BoardEntry("move_users", say("Move"), None, None, None, None, (), standing),))
    told, more = as_text(board_card(board, None, EYES, STEPS)).split("\n")[-3:-1]
    assert told.startswith("– People: still there") and told.endswith("@contoso.com, …") and len(told) <= 202
    assert more == "– and 3 more"


def test_the_board_says_when_everything_is_done() -> None:
    done, idle = StepStatus("done", NOW, counts={"fine": 1}), StepStatus("unclear", NOW)
    lines = (
        BoardEntry("move_users", say("Move"), "verified", 7, NOW, ALEX, (), done),
        BoardEntry("exchange_oauth", say("Connect"), None, None, None, None, (), idle, optional=True),
    )
    assert "Everything is done" in as_text(board_card(Board(lines), None, EYES, STEPS))
    assert "Everything is done" not in as_text(board_card(Board(lines, is_refreshing=True), None, EYES, STEPS))
    assert "Everything is done" not in as_text(board_card(BOARD, None, EYES, STEPS))


def test_what_a_person_must_do_is_said_with_a_button() -> None:
    act = ManualAction(say("publish {record}", record="MS=ms123"), "TxtRecord")
    shown = as_text(run_card(run_of("waiting_for_admin", manual_actions=(act.words,), actions=("done", "cancel")), EYES))
    assert "publish MS=ms123" in shown and "(I have done it) (Cancel)" in shown


def test_commands_are_shown_as_an_admin_would_type_them() -> None:
    card = commands_card(run_of("planned", 1), EYES)
    assert "Move-CsUser -Identity person00000@contoso.com -Target sipfed.online.lync.com -Confirm:$false" in as_text(card)
    assert "Monospace" in json.dumps(card)


def test_a_cure_is_offered_as_a_button_where_there_is_that_step() -> None:
    assert "(Federate with Office 365)" in as_text(run_card(run_of("planned"), EYES, STEPS))
    assert "(Federate with Office 365)" not in as_text(run_card(run_of("planned"), EYES, {}))
