"""A locale is a folder: which one is found for whom, what it decides, and that a new one needs nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.i18n import say, say_counted
from bot.i18n.languages import best_tag, languages
from dialogs import translations
from dialogs.rendering import date_text, render


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("pt-BR", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("pt", "en"),
        ("pt-PT", "en"),
        ("pl-PL", "pl"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-CN", "en"),
        ("de", "en"),
        ("plt", "en"),
        ("../pl", "en"),
        ("", "en"),
        ("-".join(["pl"] * 10_000), "pl"),
    ],
)
def test_the_nearest_language_is_found(locales: Path, locale: str, tag: str) -> None:
    assert best_tag(locale) == tag


@pytest.mark.parametrize(("n", "form"), [(1, 0), (2, 1), (5, 2), (22, 1), (112, 2)])
def test_a_language_may_have_more_than_two_forms_of_a_sentence_with_a_number(locales: Path, n: int, form: int) -> None:
    assert render(say_counted("{n} line", "{n} lines", n=n), "pl") == f"⟦{form}: {n} líňéš⟧"
    assert render(say_counted("{n} line", "{n} lines", n=n), "en") == ("1 line" if n == 1 else f"{n} lines")


def test_dates_are_written_as_in_the_country(locales: Path) -> None:
    assert [date_text(datetime(2026, 11, 22, tzinfo=UTC), locale) for locale in ("pl", "zh-Hant", "en")] == ["22 lis", "11月22日", "22 Nov"]


def test_what_is_typed_in_a_new_language_is_known(locales: Path) -> None:
    assert "whéŕé áŕé wé" in set(translations.typed_variants("where are we"))
    assert "whéŕé aŕé wé" in set(translations.typed_variants("where are we")), "without the letters of that language"
    assert translations.typed_phrase("where are we", "pl") == "whéŕé áŕé wé"


def test_what_a_catalogue_does_not_know_is_said_in_english(locales: Path) -> None:
    assert render(say("nobody has translated this"), "pl") == "nobody has translated this"


@pytest.mark.parametrize("wrong", ['babel = "de_DE"\ncolour = "red"', "", 'babel = "de_DE"\n[typed]\nrun = "lauf"'])
def test_a_language_that_is_not_written_as_it_should_be_is_named(locales: Path, wrong: str) -> None:
    (locales / "pl" / "language.toml").write_text(wrong)
    translations.forget()
    with pytest.raises(ValueError, match=r"pl/language\.toml"):
        languages()
