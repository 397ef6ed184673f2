"""A language that nobody speaks, made from the catalogue: ⟦ŕúň {run}⟧. A text that is shown without the brackets was not translated."""

import re
import sys
from pathlib import Path

import pytest

from bot.i18n import languages
from dialogs import translations
from tests.tools import catalogue

LETTERS = str.maketrans("aeiounrsz", "áéíóúňŕšž")
LANGUAGE = """
babel = "{babel}"
[folding]
"á" = "a"
[typed]
run = ["ŕúň"]
[tables]
upn = ["šígňíňňámé"]
no = ["ňó"]
"""


def make_locale(folder: Path, tag: str, babel: str) -> Path:
    """Writes a locale with every sentence of today into `folder`. `babel` is the locale whose dates, numbers and plurals it has."""
    locale = folder / tag
    locale.mkdir(parents=True)
    (locale / "language.toml").write_text(LANGUAGE.format(babel=babel))
    return locale


def use_locales(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the folder the one that languages are read from, for one test."""
    monkeypatch.setattr(languages, "FOLDER", folder)
    translations.forget()


def translate_all(locale: Path) -> None:
    """Writes the catalogue of the locale, which `use_locales` has been told of."""
    made = catalogue.merged(locale / translations.CATALOGUE)
    for entry in made:
        if entry.msgid_plural:
            entry.msgstr_plural = {form: pseudo(f"{form}: {entry.msgid_plural}") for form in entry.msgstr_plural}
        else:
            entry.msgstr = pseudo(entry.msgid, "" if entry.msgctxt == translations.TYPED else "⟦⟧")
    (locale / translations.CATALOGUE).write_text(catalogue.written(made))


def pseudo(text: str, brackets: str = "⟦⟧") -> str:
    """The text with other letters, without touching what stands between braces."""
    parts = re.split(r"(\{[^}]*\})", text)
    letters = "".join(part if part.startswith("{") else part.translate(LETTERS) for part in parts)
    return f"{brackets[:1]}{letters}{brackets[1:]}"


def untranslated(text: str) -> str:
    """What is left of a shown text without all that stands between brackets."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return " ".join(text.split())


if __name__ == "__main__":
    translate_all(Path(sys.argv[1]))
