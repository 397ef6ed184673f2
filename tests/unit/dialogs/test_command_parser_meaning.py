"""Whatever a line names and however its command is mistyped or denied: it is what was meant, a refusal, or a harmless offer."""

from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidAnswers
from bot.steps import STEPS as ALL
from bot.steps.shared.people_input.parser import parse_people
from bot.views import Action, takes_people
from dialogs.command_parser import FIXED, ParsedCommand, parse, phrases, step_phrases
from dialogs.guesses import HARMLESS, likely_lines
from dialogs.translations import typed_variants
from tests.support.paths import ROOT

STEPS = list(ALL)
KNOWN = phrases(STEPS)
ABOUT_PEOPLE = frozenset(step.name for step in STEPS if takes_people(step))
NAMES = (ROOT / "tests/support" / "names.txt").read_text("utf-8").splitlines()
BEGINS = frozenset(get_args(Action)) - HARMLESS
SHOWS = ("where", "runs", "run", "audit", "list", "help", "cancel")
DATA = (
    "bob@contoso.com",
    "sip:bob@contoso.com; carol@contoso.com",
    "bob@contoso.com\ncarol@contoso.com",
    "back@contoso.com, off@contoso.com",
    "not.bob@contoso.com",
    "müller@exämple.de",
    "o'neill@contoso.com",
    "group Sales",
    "group Not Back Off",
    "Group: Zurück ins Büro",
    "group 4f2a91",
    "pool pool01.contoso.com",
    "ou OU=Sales,DC=contoso,DC=com",
    "ou OU=Back,OU=Not,DC=contoso,DC=com",
    "OU: OU=Büro,DC=contoso,DC=com",
    r"ou OU=Sales\, not EMEA,DC=contoso,DC=com",
)
OTHERWISE = ("contoso.com", "back.contoso.com", "50", "7 8 9", "+49 30 5550 10199", "people.csv", "C:\\back.csv", "open", "Islands")


def commands(names: frozenset[str]) -> list[tuple[str, str]]:
    """Each phrase of these steps in each language, with the step that it begins."""
    told = [
        (way, step.name) for step in STEPS if step.name in names for text in step_phrases(step) for way in (text, *typed_variants(text))
    ]
    return [(way, name) for way, name in dict.fromkeys(told) if parse(way, KNOWN) == ParsedCommand("step", step=name)]


PEOPLE_COMMANDS = commands(ABOUT_PEOPLE)
COMMANDS = commands(frozenset(step.name for step in STEPS))


def begun(line: str) -> ParsedCommand | None:
    """What a line does; None where it is refused in words."""
    said = parse(line, KNOWN)
    return None if said and said.kind in ("doubt", "all") else said


@cache
def offered(line: str) -> tuple[ParsedCommand, ...]:
    """What a line that was not understood, or is in doubt, leads to with one more press."""
    said = parse(line, KNOWN)
    return (
        tuple(found for text in likely_lines(line, KNOWN) if (found := parse(text, KNOWN))) if said is None or said.kind == "doubt" else ()
    )


def check(line: str, step: str, rest: str = "") -> None:
    """The line begins this step with all of what it is about, or nothing; and so does what is offered."""
    said = begun(line)
    if said and said.kind == "step":
        assert said.step == step, f"{line} begins {said.step}"
        assert not rest or rest in said.rest, f"{line} is about {said.rest}"
    elif said:
        assert said.kind == "help", f"{line} is taken for {said}"
    for offer in offered(line):
        assert offer.kind != "step" or offer.step == step, f"{line} offers {offer.step}"
        assert not (offer.kind == "step" and rest) or rest in offer.rest, f"{line} offers to be about {offer.rest}"
        harmless(line, offer)


def harmless(line: str, offer: ParsedCommand) -> None:
    """It makes a plan, shows something, or ends something: nothing is begun or taken back."""
    if offer.kind == "verb":
        assert offer.action in HARMLESS, f"{line} offers {offer.action}"
    elif offer.kind in ("which", "nod"):
        assert set(offer.actions) <= HARMLESS, f"{line} offers {offer.actions}"
    else:
        assert offer.kind in ("step", *SHOWS), f"{line} offers {offer}"


def forms_of(name: str, n: int) -> Iterator[tuple[str, str | None]]:
    """A person as people write one, with the address that is meant; None where there is none."""
    local, first, *last = f"person{n}", *name.replace(",", "").split()
    address = f"{local}@contoso.com"
    yield f"{name} <{address}>", address
    yield f'"{name}" <{address}>', address
    yield f"{' '.join(last) or first}, {first} <{address}>", address
    yield f"{name} <{first.casefold()}.{''.join(last).casefold()}@contoso.com>", None
    yield f"{name} {address}", None
    yield name, None
    yield f"{address}, {name} <other@contoso.com>", None


ALWAYS = (("move pilot users", "move_users"), ("move users back", "move_back"), ("verschiebe benutzer", "move_users"))


@pytest.mark.parametrize("n", range(len(NAMES)), ids=lambda n: NAMES[n])
def test_no_name_turns_a_command(n: int) -> None:
    for m, (data, address) in enumerate(forms_of(NAMES[n], n)):
        for command, step in (PEOPLE_COMMANDS[(n * 7 + m) % len(PEOPLE_COMMANDS)], *ALWAYS):
            line = f"{command} {data}"
            if is_command_itself(line, step):
                continue
            check(line, step)
            said = parse(line, KNOWN)
            if address and said and said.kind == "step":
                assert named(said.rest) in ((address,), ()), line


def is_command_itself(line: str, step: str) -> bool:
    """Whether another documented command stands there word for word: nobody can know that "Back" was a name in "move users Back Anna"."""
    words = " ".join(line.replace(",", " ").split()).casefold()
    return any(words.startswith(f"{command} ") or words == command for command, name in COMMANDS if name != step) or turned(words)


def turned(words: str) -> bool:
    return words.rsplit(maxsplit=1)[-1] in ("back", "zurück")


def named(text: str) -> tuple[str, ...]:
    """Whom a step would take it for; nobody where it comes back with a word."""
    try:
        return parse_people(text).people
    except InvalidAnswers:
        return ()


def test_data_behind_a_command_stays_data() -> None:
    for command, step in PEOPLE_COMMANDS:
        for data in DATA:
            assert parse(f"{command} {data}", KNOWN) == ParsedCommand("step", data, step)
            assert parse(f"  {command.upper()}:  {data}", KNOWN) == ParsedCommand("step", data, step)


def test_nothing_behind_a_command_makes_it_another_one() -> None:
    for command, step in COMMANDS[::2]:
        for data in (*DATA[::3], *OTHERWISE):
            check(f"{command} {data}", step, data)


DENIED = (
    *("don't {}", "dont {}", "don’t {}", "do not {}", "not {}", "never {}", "no {}", "no, {}", "stop {}", "cancel {}", "undo {}", "un{}"),
    *("dis{}", "de{}", "non-{}", "nicht {}", "bitte nicht {}", "kein {}", "nie {}", "ent{}", "ab{}", "{} nicht", "{} not", "{} never"),
    *("{} not now", "{} lieber nicht", "{} except contoso.com", "{} außer contoso.com", "{} but not bob@contoso.com", "{} ohne alle"),
)
DENIED_PEOPLE = (
    *("{} not Bob <bob@contoso.com>", "{} Not Bob <bob@contoso.com>", "{} nicht Bob <bob@contoso.com>", "{} kein Bob <bob@contoso.com>"),
    *("{} bob@contoso.com, not Carol <carol@contoso.com>", "{} bob@contoso.com; ohne Carol <carol@contoso.com>"),
    *(
        "{} everybody but Bob <bob@contoso.com>",
        "{} alle außer Bob <bob@contoso.com>",
        "{} bob@contoso.com not",
        "{} bob@contoso.com nicht",
    ),
    *(
        "{} remove Bob <bob@contoso.com>",
        "{} cancel Bob <bob@contoso.com>",
        "{} nto Bob <bob@contoso.com>",
        "{} nciht Bob <bob@contoso.com>",
    ),
)


@pytest.mark.parametrize("n", range(len(DENIED)), ids=lambda n: DENIED[n])
def test_no_denied_step_is_begun_or_offered(n: int) -> None:
    for command, step in COMMANDS[n % 3 :: 3]:
        line = DENIED[n].format(command)
        said = begun(line)
        assert said is None or said.step != step, line
        assert all(offer.step != step for offer in offered(line)), line


@pytest.mark.parametrize("n", range(len(DENIED_PEOPLE)), ids=lambda n: DENIED_PEOPLE[n])
def test_nobody_is_planned_who_was_taken_out(n: int) -> None:
    for command, step in PEOPLE_COMMANDS[n % 3 :: 3]:
        line = DENIED_PEOPLE[n].format(command)
        said = begun(line)
        assert said is None or (said.step == step and not named(said.rest)), line
        assert not offered(line), line


VERB_WAYS = [
    (way, said.action)
    for text, said, numbered in FIXED
    if said.kind == "verb" and numbered
    for way in (text, *typed_variants(text))
    if said.action
]


@pytest.mark.parametrize("n", range(len(DENIED)), ids=lambda n: DENIED[n])
def test_no_denied_verb_is_done_or_offered(n: int) -> None:
    denied = DENIED[n]
    for way, verb in VERB_WAYS[n % 3 :: 3]:
        for line in {f"{denied.format(way)} 7", denied.format(f"{way} 7"), denied.format(way.replace("lauf", "lauf 7"))}:
            said = parse(line, KNOWN)
            assert said is None or said.action not in (verb, *BEGINS), line
            for offer in offered(line):
                assert offer.action != verb, line
                harmless(line, offer)


# for beginning, going on or taking back
OTHER_WORDS = """
begin launch execute go run fire accept agree confirm consent permit allow unpause continue proceed unfreeze unhold revert rollback
unstart unrefuse redo rerun reapprove reopen durchführen ausführen bestätigen zustimmen erlauben freigeben weitermachen rückgängig
zurückrollen loslegen startn aproove aprrove strt satrt resmue rseume rtery udno unod doen lok
"""


@pytest.mark.parametrize("word", OTHER_WORDS.split())
def test_no_other_word_begins_or_takes_back(word: str) -> None:
    for line in (
        f"{word} run 7",
        f"{word} 7",
        f"{word} lauf 7",
        f"lauf 7 {word}",
        f"run 7 {word}",
        word,
        f"{word} it",
        f"please {word} run 7",
    ):
        said = parse(line, KNOWN)
        assert said is None or said.kind != "verb", line
        for offer in offered(line):
            harmless(line, offer)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mistyped_verb_does_nothing_and_offers_itself_or_nothing(data: st.DataObject) -> None:
    way, verb = data.draw(st.sampled_from(VERB_WAYS))
    line = f"{mistyped(data, way)} 7"
    said = parse(line, KNOWN)
    if line != f"{way} 7" and said is not None:
        assert said.kind in ("which", *SHOWS) or said.action == verb, line
    for offer in offered(line):
        harmless(line, offer)
        assert offer.action in (verb, None), line


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mistyped_step_begins_itself_or_nothing(data: st.DataObject) -> None:
    command, step = data.draw(st.sampled_from(COMMANDS))
    line = mistyped(data, command)
    rest = data.draw(st.sampled_from(("", *DATA, *OTHERWISE)))
    if not is_command_itself(f"{line} {rest}", step):
        check(f"{line} {rest}".strip(), step, rest)


def mistyped(data: st.DataObject, text: str) -> str:
    """With one letter wrong, missing, doubled or out of place."""
    n = data.draw(st.integers(0, len(text) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyzäöü "))
    return data.draw(
        st.sampled_from(
            (
                f"{text[:n]}{text[n + 1]}{text[n]}{text[n + 2 :]}",
                f"{text[:n]}{text[n + 1 :]}",
                f"{text[:n]}{text[n]}{text[n:]}",
                f"{text[:n]}{letter}{text[n + 1 :]}",
                f"{text[:n]}{letter}{text[n:]}",
            )
        )
    ).strip()
