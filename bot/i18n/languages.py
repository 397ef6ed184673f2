"""The languages that people read and write: a folder each in `dialogs/locale/`, named by its tag (BCP 47) such as `de` or `pt-BR`.

`messages.po` holds the sentences, `language.toml` what is no sentence: how dates are written, and the small words that the parsers
know. English has no `messages.po`, because its sentences are in the code. The folder lies with the chat; the core reads it as data.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parents[2] / "dialogs" / "locale"
ENGLISH = "en"

Words = tuple[str, ...]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TypedWords(_Section):
    """Small words in what people type. All of them are known in every conversation, whatever its language."""

    #: before a run's number: "run 7"
    run: Words = ()
    #: instead of a run's number: "undo it"
    it: Words = ()
    #: before Skype, behind a command that leads back: "move Bob back to Skype for Business"
    to: Words = ()
    #: behind a command, where they mean nothing: "help please"
    courtesy: Words = ()
    #: turn a command into its contrary: "not", "remove"
    contrary: Words = ()
    #: beginnings of a word that turn it into its contrary: "disable"
    turning: Words = ()


class TableWords(_Section):
    """Headings and cells of lists of people, in small letters; of headings letters and digits alone."""

    #: headings of a column that holds SIP addresses
    sip: Words = ()
    #: … sign-in names
    upn: Words = ()
    #: … e-mail addresses
    mail: Words = ()
    #: … people, by any of these
    any: Words = ()
    #: headings of a column that says whether a row is meant
    include: Words = ()
    #: … that it is not
    exclude: Words = ()
    #: endings of such a heading that ask for an answer: "Migrate? (y/n)"
    question: Words = ()
    #: first words of a cell that says yes
    yes: Words = ()
    #: … no
    no: Words = ()


class Language(_Section):
    """What `language.toml` holds."""

    #: the locale whose way of writing dates and numbers is used, as Babel calls it: "de_DE"
    babel: str
    #: letters, and what is typed instead of them on another keyboard
    folding: Mapping[str, str] = {}
    typed: TypedWords = TypedWords()
    tables: TableWords = TableWords()

    def fold_letters(self, text: str) -> str:
        """The text as it is typed on a keyboard without this language's own letters."""
        return text.translate({ord(letter): other for letter, other in self.folding.items()})


@cache
def languages() -> Mapping[str, Language]:
    """Every language by its tag, English first. Raises `ValueError` for a `language.toml` that does not fit."""
    tags = sorted((path.parent.name for path in FOLDER.glob("*/language.toml")), key=lambda tag: (tag != ENGLISH, tag))
    return {tag: _read(FOLDER / tag / "language.toml") for tag in tags}


@lru_cache(maxsize=512)  # clients name their locale with every message
def best_tag(locale: str) -> str:
    """The tag of the language for a locale such as "de-AT", by RFC 4647's lookup: "pt-BR", then "pt", then English."""
    known = {tag.casefold(): tag for tag in languages()}
    parts = locale.replace("_", "-").casefold().split("-")[:8]
    asked = ("-".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((known[tag] for tag in asked if tag in known), ENGLISH)


def babel_name(locale: str) -> str:
    """The locale whose way of writing dates and numbers goes with `locale`, as Babel calls it."""
    return languages()[best_tag(locale)].babel


def small_words(kind: str) -> Words:
    """The small words of this kind in all languages: `small_words("courtesy")`."""
    return _all_words("typed", kind)


def small_word_pattern(kind: str) -> str:
    """A pattern that fits any of the small words of this kind."""
    return "|".join(re.escape(word) for word in sorted(small_words(kind), key=len, reverse=True))


def table_words(kind: str) -> Words:
    """The headings or cells of this kind in all languages: `table_words("upn")`."""
    return tuple(word.casefold() for word in _all_words("tables", kind))


def _all_words(section: str, kind: str) -> Words:
    return tuple(dict.fromkeys(word for language in languages().values() for word in getattr(getattr(language, section), kind)))


def _read(path: Path) -> Language:
    try:
        return Language.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
