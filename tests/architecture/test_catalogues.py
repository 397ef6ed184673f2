"""The catalogues hold every sentence of today, translated, with the same values in it. `pytest --accept` brings the files up to date."""

import ast
import asyncio
import json
import os
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import polib
import pytest

from bot.errors import GatewayError
from bot.i18n import say, say_counted
from bot.i18n.languages import ENGLISH, best_tag, languages
from bot.ledger.serialization import dump_finding
from bot.step import findings
from bot.steps import STEPS
from dialogs.command_parser import FIXED, ParsedCommand, parse, phrases, step_phrases
from dialogs.rendering import render, summary, time_text
from dialogs.translations import TYPED, subject_name, translate, typed_variants
from tests.support.case_files import CASES, answers_of, facts_of, step_name
from tests.support.fake_reader import FakeReader
from tests.support.paths import ROOT
from tests.tools.catalogue import TEMPLATE, catalogues, merged, messages, placeholders, template, untranslatable, written

CATALOGUES = catalogues()
KNOWN = phrases(STEPS)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("path", [TEMPLATE, *CATALOGUES], ids=lambda path: path.parent.name)
def test_a_catalogue_has_the_sentences_of_today_and_no_others(path: Path, request: pytest.FixtureRequest) -> None:
    today = written(template() if path == TEMPLATE else merged(path))
    if request.config.getoption("--accept"):
        path.write_text(today)
    assert path.read_text() == today, "python -m tests.tools.catalogue brings it up to date and names what is untranslated"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.name)
def test_every_sentence_is_translated(path: Path) -> None:
    """In CI; elsewhere it warns, so that a change can be tried before it is translated."""
    missing = [entry.msgid for entry in polib.pofile(str(path)) if not entry.translated() or entry.fuzzy]
    if missing and not os.environ.get("CI"):
        warnings.warn(f"{path.parent.name}: {len(missing)} sentences are not translated yet; `make words` names them", stacklevel=1)
    else:
        assert missing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.name)
def test_a_translation_has_the_values_of_its_sentence(path: Path) -> None:
    said = [entry for entry in polib.pofile(str(path)).translated_entries() if entry.msgctxt != TYPED]
    assert [entry.msgid for entry in said if any(placeholders(entry.msgid) != placeholders(text) for text in translations(entry))] == []


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_no_sentence_is_put_together_where_nobody_could_translate_it() -> None:
    assert list(untranslatable()) == []


@pytest.mark.parametrize("step", [step for step in STEPS if step.user_startable], ids=lambda step: step.name)
def test_a_step_answers_to_its_title_and_phrases_in_every_language(step: object) -> None:
    for phrase in step_phrases(step):  # type: ignore[arg-type]
        for way in (phrase, *typed_variants(phrase)):
            assert parse(way, KNOWN) == ParsedCommand("step", step=step.name), way  # type: ignore[attr-defined]


@pytest.mark.parametrize(("phrase", "said", "numbered"), FIXED)
def test_a_command_is_understood_in_every_language(phrase: str, said: ParsedCommand, numbered: bool | None) -> None:
    for way in (phrase, *typed_variants(phrase)):
        understood = parse(f"{way} 7" if numbered else way, KNOWN)
        assert understood is not None and (understood.kind, understood.action) == (said.kind, said.action), way


@pytest.mark.parametrize("locale", ["de", "de-DE", "de-AT", "DE"])
def test_german_is_spoken_in_all_its_countries(locale: str) -> None:
    assert render(say("There is no run {run}.", run=12_345), locale) == "Es gibt keinen Lauf 12345."


@pytest.mark.parametrize("locale", ["en-US", "tlh-US", "", "x", "../de"])
def test_everybody_else_is_answered_in_english(locale: str) -> None:
    assert best_tag(locale) == "en" and translate("Start", locale) == "Start"


def test_a_sentence_inside_a_sentence_is_translated_too() -> None:
    assert render(say("Next: {step}", step=say("Move pilot users")), "de") == "Weiter: Pilotbenutzer verschieben"


def test_no_step_hands_on_a_sentence_of_ours_as_plain_text() -> None:
    ours = [re.compile(pattern, re.DOTALL) for context, text, _ in messages() if not context and (pattern := _pattern(text))]
    frozen = {value for case in CASES for value in _plain_values(case) if any(pattern.fullmatch(value) for pattern in ours)}
    assert frozen == set(), "hand in the sentence itself: inside another one it is translated too"


def _pattern(text: str) -> str:
    """What the sentence looks like with values in it; none for those that are hardly more than values."""
    parts = [(literal, name) for literal, name, _, _ in Formatter().parse(text)]
    words = re.findall(r"[a-z]{2,}", "".join(literal for literal, _ in parts))
    enough = len(words) > (2 if placeholders(text) else 1)
    return "".join(re.escape(literal) + (".+" if name else "") for literal, name in parts) if enough else ""


def _plain_values(case: Path) -> Iterator[str]:
    """Every value that is text, of all sentences that the step says in this case."""
    step = next(step for step in STEPS if step.name == step_name(case))
    try:
        found = asyncio.run(findings(step, step.form(**answers_of(case)), FakeReader(facts_of(case))))
    except GatewayError:
        return
    for finding in found:
        yield from _values(json.loads(dump_finding(finding)))


def _values(told: Any) -> Iterator[str]:
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from _values(each)
    if isinstance(told, dict) and told.keys() == {"text", "values", "plural"}:
        yield from (value for value in told["values"].values() if isinstance(value, str))


def test_our_own_names_for_things_are_translated_and_those_of_people_are_not() -> None:
    assert subject_name("not in the cloud", "de") == "nicht in der Cloud" and subject_name("not in the cloud", "en") == "not in the cloud"
    assert subject_name("bob@contoso.com meetings", "de") == "Besprechungen von bob@contoso.com"
    assert subject_name("group Everybody", "de") == "group Everybody" and subject_name("bob@contoso.com", "de") == "bob@contoso.com"


def test_numbers_and_days_are_written_as_in_the_country() -> None:
    assert render(say_counted("{n} change", "{n} changes", n=10_000), "de") == "10.000 Änderungen"
    assert render(say_counted("{n} change", "{n} changes", n=10_000), "en") == "10,000 changes"
    assert time_text(NOW, NOW.replace(day=1), "de") == "22. Nov. 12:00 UTC"
    assert time_text(NOW, NOW.replace(day=1), "en") == "22 Nov 12:00 UTC"


def test_a_step_is_summed_up_in_one_sentence() -> None:
    step = next(step for step in STEPS if step.name == "move_users")
    assert summary(step, "de") == "Verschiebt Personen von Skype for Business Server nach Teams."


LETTERS = re.compile(r"[^\W\d_]{3,}")
#: also English, or words of machines
ALSO_ENGLISH = {"tag", "bin", "parameter", "ins", "listen"}


def test_no_word_of_another_language_stands_in_the_code() -> None:
    """Words that only translations have: they belong into the folder of their language."""
    english = {word for _, text, plural in messages() for word in _letters(f"{text} {plural}")} | {
        word for text in _small_words(ENGLISH) for word in _letters(text)
    }
    others = {word for path in CATALOGUES for entry in polib.pofile(str(path)) for text in translations(entry) for word in _letters(text)}
    others |= {word for tag in languages() if tag != ENGLISH for text in _small_words(tag) for word in _letters(text)}
    foreign = others - english - ALSO_ENGLISH
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {', '.join(sorted(found))}"
        for path in sorted((*(ROOT / "bot").rglob("*.py"), *(ROOT / "dialogs").rglob("*.py"), *(ROOT / "manifest").rglob("*.py")))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := foreign & set(_letters(node.value)))
    ]
    assert wrong == [], "a locale is a folder: write it into dialogs/locale/<tag>/language.toml or messages.po"


def _letters(text: str) -> list[str]:
    return [word.casefold() for word in LETTERS.findall(re.sub(r"\{\w+\}", "", text))]


def _small_words(tag: str) -> list[str]:
    language = languages()[tag]
    return [word for section in (language.typed, language.tables) for _, words in section for word in words]
