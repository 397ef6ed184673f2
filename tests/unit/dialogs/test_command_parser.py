"""What a typed line is taken for."""

import pytest

from bot.steps import STEPS as REAL
from dialogs.command_parser import ParsedCommand, parse, phrases
from dialogs.guesses import likely_lines
from tests.support.sample_steps import STEPS

KNOWN = phrases(list(STEPS.values()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Move pilot users", ParsedCommand("step", step="move_users")),
        ("  MOVE   USERS: bob@contoso.com", ParsedCommand("step", "bob@contoso.com", "move_users")),
        ("move users back frank@contoso.com", ParsedCommand("step", "frank@contoso.com", "move_back")),
        ("move back\nfrank@contoso.com\nerin@contoso.com", ParsedCommand("step", "frank@contoso.com\nerin@contoso.com", "move_back")),
        ("Where are we?", ParsedCommand("where")),
        ("run 7", ParsedCommand("run", run=7)),
        ("run #7.", ParsedCommand("run", run=7)),
        ("start run 7", ParsedCommand("verb", action="start", run=7)),
        ("Undo 12", ParsedCommand("verb", action="undo", run=12)),
        ("show commands", ParsedCommand("verb", action="commands")),
        ("commands 7", ParsedCommand("verb", action="commands", run=7)),
        ("audit", ParsedCommand("audit")),
        ("audit 7", ParsedCommand("audit", run=7)),
        ("cancel", ParsedCommand("cancel")),
        ("cancel run 7", ParsedCommand("verb", action="cancel", run=7)),
        ("help", ParsedCommand("help")),
        ("runs are slow", None),
        ("run", None),
        ("approve", ParsedCommand("which", actions=("approve",))),
        ("undo it!", ParsedCommand("which", actions=("undo",))),
        ("undo everything", None),
        ("yes", ParsedCommand("nod", actions=("start", "approve", "resume", "done"))),
        ("no.", ParsedCommand("nod", actions=("refuse", "cancel"))),
        ("stop", ParsedCommand("cancel")),
        ("LOSE", ParsedCommand("which", actions=("start",))),
        ("who did this?", ParsedCommand("audit")),
        ("why?", ParsedCommand("run")),
        ("why 7?", ParsedCommand("run", run=7)),
        ("change answers", ParsedCommand("verb", action="change")),
        ("nimm Lauf 7 zurück", ParsedCommand("verb", action="undo", run=7)),
        ("Lauf #7 genehmigen!", ParsedCommand("verb", action="approve", run=7)),
        ("lehne lauf 7 ab", ParsedCommand("verb", action="refuse", run=7)),
        ("cancel run 7 and run 8", None),
        ("approve run 7 4f2a91", ParsedCommand("verb", action="approve", run=7, plan="4f2a91")),
        ("Approve 7, plan 4F2A91.", ParsedCommand("verb", action="approve", run=7, plan="4f2a91")),
        ("approve run 7 4f2a", ParsedCommand("verb", action="approve", run=7, plan="4f2a")),
        ("approve run 7 123456", ParsedCommand("verb", action="approve", run=7, plan="123456")),
        ("approve run 7 4f2a91 c0ffee", None),
        ("approve run 7 8", None),
        ("approve run 7 LOSE", ParsedCommand("verb", "LOSE", action="approve", run=7)),
        ("start run 7 4f2a91 LOSE", ParsedCommand("verb", "LOSE", action="start", run=7, plan="4f2a91")),
        ("start run 7 lose 4f2a91", ParsedCommand("verb", "LOSE", action="start", run=7, plan="4f2a91")),
        ("genehmige Lauf 7 4f2a91", ParsedCommand("verb", action="approve", run=7, plan="4f2a91")),
        ("Lauf 7 4f2a91 genehmigen", ParsedCommand("verb", action="approve", run=7, plan="4f2a91")),
        ("Lauf 7 genehmigen 4f2a91", ParsedCommand("verb", action="approve", run=7, plan="4f2a91")),
        ("starte Lauf 7 4f2a91 LOSE", ParsedCommand("verb", "LOSE", action="start", run=7, plan="4f2a91")),
        ("starte Lauf 7 4f2a91 erneut", ParsedCommand("verb", action="retry", run=7, plan="4f2a91")),
        ("plan run 7", ParsedCommand("list", run=7)),
        ("list 7", ParsedCommand("list", run=7)),
        ("CSV run 7", ParsedCommand("list", run=7)),
        ("whole plan", ParsedCommand("list")),
        ("Lauf 7 Plan", ParsedCommand("list", run=7)),
        ("Liste Lauf 7", ParsedCommand("list", run=7)),
        ("plan the move", None),
        ("", None),
        ("'; Remove-CsUser", None),
        ("run 99999999999999999999", None),
    ],
)
def test_the_longest_phrase_that_fits_is_meant(text: str, said: ParsedCommand | None) -> None:
    assert parse(text, KNOWN) == said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("mvoe pilot users bob@contoso.com", ["move pilot users bob@contoso.com"]),
        ("were are we", ["where are we"]),
        ("strat run 7", []),
        ("aprove run 7 4f2a91", []),
        ("udno run 7", []),
        ("cancle run 7", ["cancel run 7"]),
        ("lauf 7 abrbechen", []),
        ("paues run 7", ["pause run 7"]),
        ("aprove", []),
        ("hlep", ["help"]),
        ("good morning", []),
        ("", []),
        ("x" * 100_000, []),
    ],
)
def test_a_mistyped_line_is_guessed(text: str, lines: list[str]) -> None:
    assert likely_lines(text, KNOWN)[:1] == lines


def test_of_lines_that_mean_the_same_one_is_suggested() -> None:
    assert likely_lines("pilotbenuzter verschieben", phrases(REAL)) == ["pilotbenutzer verschieben"]


def test_a_slip_in_a_longer_command_is_not_taken_for_a_name() -> None:
    known = phrases(REAL)
    assert parse("move pilto users", known) is None
    assert likely_lines("move pilto users", known)[0] == "move pilot users"
    said = parse("move bob@contoso.com", known)
    assert said is not None and (said.step, said.rest) == ("move_users", "bob@contoso.com")


@pytest.mark.parametrize(
    ("text", "step", "rest"),
    [
        ("move bob@contoso.com back", "move_back", "bob@contoso.com"),
        ("move users bob@contoso.com, carol@contoso.com back!", "move_back", "bob@contoso.com, carol@contoso.com"),
        (f"move {'bob@contoso.com ' * 500}back", "move_back", ("bob@contoso.com " * 500).strip()),
        ("move pilot users back", "move_back", ""),
        ("verschiebe bob@contoso.com zurück", "move_back", "bob@contoso.com"),
        ("verschiebe benutzer bob@contoso.com zurueck", "move_back", "bob@contoso.com"),
        ("move\nbob@contoso.com\nback@contoso.com", "move_users", "bob@contoso.com\nback@contoso.com"),
        ("move back users", "move_back", "users"),
        ("Benutzer zurück verschieben", "move_back", ""),
        ("Domain hinzufügen", "domain", ""),
        ("Domaene hinzufuegen fabrikam.com", "domain", "fabrikam.com"),
        ("move bob@contoso.com back to Skype for Business", "move_back", "bob@contoso.com"),
        ("hybrid off", "switch_off", ""),
        ("hybrid disable", "switch_off", ""),
        ("migrate bob@contoso.com", "move_users", "bob@contoso.com"),
        ("dirsync", "directory_sync", ""),
        ("turn hybrid off", "switch_off", ""),
        ("remove hybrid", "switch_off", ""),
        ("stop hybrid", "switch_off", ""),
        ("Hybrid beenden", "switch_off", ""),
        ("Hybrid abschalten", "switch_off", ""),
        ("enable hybrid", "configure_hybrid", ""),
        ("switch on hybrid", "configure_hybrid", ""),
        ("Hybrid aktivieren", "configure_hybrid", ""),
        ("Hybrid einschalten", "configure_hybrid", ""),
    ],
)
def test_the_opposite_of_a_step_is_never_taken_for_it(text: str, step: str, rest: str) -> None:
    assert parse(text, phrases(REAL)) == ParsedCommand("step", rest, step)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("piltobenutzer verschieben", "move_users"),
        ("pilotbenutzer zurückverscheiben", "move_back"),
        ("mvoe users", "move_users"),
        ("enabel hybrid", "configure_hybrid"),
        ("disabel hybrid", "switch_off"),
        ("hybrid asuschalten", "switch_off"),
        ("hybrid enischalten", "configure_hybrid"),
    ],
)
def test_the_opposite_of_a_step_is_never_suggested_for_it(text: str, step: str) -> None:
    known = phrases(REAL)
    suggested = {said.step for line in likely_lines(text, known) if (said := parse(line, known))}
    assert suggested == {step}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("move pilot usres bakc", "bakc"),
        ("move users bakc", "bakc"),
        ("hybrid of", "of"),
        ("hybrid nicht einschalten", "nicht"),
        ("move bob@contoso.com back and carol@contoso.com", "back"),
        ("move users not Bob <bob@contoso.com>", "not"),
        ("move users bob@contoso.com, but not Carol <carol@contoso.com>", "but"),
        ("licences remove Bob <bob@contoso.com>", "remove"),
        ("verschiebe nicht Bob <bob@contoso.com>", "nicht"),
        ("verschiebe nihct Bob <bob@contoso.com>", "nihct"),
        ("domain remove contoso.com", "remove"),
        ("move users Back, Bob <bob.back@contoso.com>", "Back"),
        ("move pilot users Back Péter <peter.back@contoso.com>", "Back"),
    ],
)
def test_a_word_that_may_say_the_contrary_is_named_and_nothing_is_offered(text: str, word: str) -> None:
    known = phrases(REAL)
    assert parse(text, known) == ParsedCommand("doubt", word)
    assert likely_lines(text, known) == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("move pilot users Bob <bob@contoso.com>", "Bob <bob@contoso.com>"),
        ("move pilot users ou OU=Sales,DC=contoso,DC=com", "ou OU=Sales,DC=contoso,DC=com"),
        ("move pilot users ou OU=Not back,DC=contoso,DC=com", "ou OU=Not back,DC=contoso,DC=com"),
        ("move users Jack Beck <jack@contoso.com>", "Jack Beck <jack@contoso.com>"),
        ("move users Bob Back <bob.back@contoso.com>", "Bob Back <bob.back@contoso.com>"),
        ('move "Back, Bob" <bob@contoso.com>', '"Back, Bob" <bob@contoso.com>'),
        ('move users group "Call back"', 'group "Call back"'),
        ("move users group No Phone", "group No Phone"),
        ("move pool pool01.contoso.com", "pool pool01.contoso.com"),
    ],
)
def test_data_behind_a_command_is_no_part_of_it(text: str, rest: str) -> None:
    assert parse(text, phrases(REAL)) == ParsedCommand("step", rest, "move_users")


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("disapprove run 1", ("refuse",)),
        ("reject 1", ("refuse",)),
        ("Lauf 1 nicht genehmigen", ("refuse",)),
        ("genehmige Lauf 1 nicht", ("refuse",)),
        ("lauf 1 zurückweisen", ("refuse",)),
        ("unapprove run 1", ("refuse", "cancel")),
        ("abort run 1", ("cancel",)),
        ("storniere lauf 1", ("cancel",)),
        ("stop run 1", ("pause", "cancel")),
        ("stopp lauf 1", ("pause", "cancel")),
        ("beende lauf 1", ("pause", "cancel")),
        ("restart run 1", ("retry",)),
        ("starte Lauf 1 neu", ("retry",)),
        ("hold run 1", ("pause",)),
    ],
)
def test_another_word_for_a_verb_does_nothing_and_offers_what_is_as_harmless(text: str, verbs: tuple[str, ...]) -> None:
    assert parse(text, phrases(REAL)) == ParsedCommand("which", actions=verbs, run=1)
