"""Languages that nobody speaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.i18n.languages import ENGLISH, FOLDER
from dialogs import translations
from tests.support.pseudo_locale import make_locale, translate_all, use_locales

LOCALES = {"fr": "fr_FR", "pt-BR": "pt_BR", "pl": "pl_PL", "zh-Hant": "zh_Hant_TW"}


@pytest.fixture
def locales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with English and four new languages, all of them translated throughout."""
    (tmp_path / ENGLISH).mkdir()
    (tmp_path / ENGLISH / "language.toml").write_text((FOLDER / ENGLISH / "language.toml").read_text())
    made = [make_locale(tmp_path, tag, babel) for tag, babel in LOCALES.items()]
    use_locales(tmp_path, monkeypatch)
    for locale in made:
        translate_all(locale)
    translations.forget()
    yield tmp_path
    translations.forget()
