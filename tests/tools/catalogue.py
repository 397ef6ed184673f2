"""Keeps the catalogues true to the code: `python -m tests.tools.catalogue` adds what is new to them and names what is still untranslated.

Everything that people can read or type is found by itself: every `say("…")`, and of each step its questions, guidance and phrases.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import polib
from babel import Locale
from babel.plural import to_gettext
from pydantic.fields import FieldInfo

from bot.i18n.languages import ENGLISH, FOLDER, babel_name, languages
from bot.step import Step
from bot.steps import STEPS
from dialogs.command_parser import FIXED, step_phrases
from dialogs.translations import CATALOGUE, SUBJECT, TYPED, paragraphs
from tests.support.paths import ROOT

SPOKEN = ("bot", "dialogs")  # what an adapter says of a machine is shown as it came, like the machine's own words
TERMINAL = ("bot/cli.py", "dialogs/terminal/")  # speaks English
TEMPLATE = FOLDER / "messages.pot"

CALLS = {"say": "", "say_counted": "", "label": SUBJECT}  # what is read by people, with its context


class Message(NamedTuple):
    context: str
    text: str
    #: for any number but one, where the sentence depends on a number
    plural: str = ""


def messages() -> dict[Message, list[str]]:
    """Every message with the files that say it, in the order of those."""
    found: dict[Message, list[str]] = {}
    for where, message in (*_said(), *_of_steps(), *(("dialogs/command_parser.py", Message(TYPED, text)) for text, _, _ in FIXED)):
        files = found.setdefault(message, [])
        files += [where] if where not in files else []
    return found


def template() -> polib.POFile:
    """The catalogue without any translation."""
    made = _file("")
    made.extend(
        polib.POEntry(
            msgid=message.text,
            msgid_plural=message.plural,
            msgstr_plural={0: "", 1: ""} if message.plural else {},
            msgctxt=message.context or None,
            occurrences=[(file, "") for file in files],
        )
        for message, files in messages().items()
    )
    return made


def merged(path: Path) -> polib.POFile:
    """A catalogue with every message of today; translations stay, what nobody says any more goes."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    rule = plural_forms(path.parent.name)
    made = _file(path.parent.name)
    made.metadata["Plural-Forms"] = rule
    for entry in template():
        before = known.get((entry.msgctxt, entry.msgid))
        if entry.msgid_plural:
            forms = before.msgstr_plural if before else {}
            entry.msgstr_plural = {form: forms.get(form, "") for form in range(int(rule[len("nplurals=")]))}
        else:
            entry.msgstr = before.msgstr if before else ""
        made.append(entry)
    return made


def plural_forms(tag: str) -> str:
    """How many forms a sentence with a number has in this language, and which goes with which number, as gettext writes it."""
    return to_gettext(Locale.parse(babel_name(tag)).plural_form)


def written(catalogue: polib.POFile) -> str:
    return f"{str(catalogue).rstrip()}\n"


def placeholders(text: str) -> set[str]:
    """The names between braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def untranslatable() -> Iterator[str]:
    """Calls of `say` and the like whose sentence is no literal, so that nobody could translate it."""
    for path, call in _calls():
        if len(_literals(call)) < (2 if call.func.id == "say_counted" else 1):
            yield f"{path}:{call.lineno}"


def _literals(call: ast.Call) -> list[str]:
    return [str(each.value) for each in call.args[:2] if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for package in SPOKEN:
        for path in sorted((ROOT / package).rglob("*.py")):
            if str(path.relative_to(ROOT)).startswith(TERMINAL):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                    yield str(path.relative_to(ROOT)), node


def _said() -> Iterator[tuple[str, Message]]:
    for path, call in _calls():
        if literals := _literals(call):
            yield path, Message(CALLS[call.func.id], *literals)


def _of_steps() -> Iterator[tuple[str, Message]]:
    """Guidance, questions and phrases of each step that people can ask for."""
    for step in STEPS:
        is_package = (ROOT / "bot/steps" / step.name).is_dir()
        where = f"bot/steps/{step.name}/__init__.py" if is_package else f"bot/steps/{step.name}.py"
        yield from ((where, Message("", paragraph)) for paragraph in paragraphs(step.guidance))
        yield from ((where, Message("", text)) for name, field in step.form.model_fields.items() for text in _questions(name, field))
        yield from ((where, Message(TYPED, phrase)) for phrase in _phrases(step))


def _phrases(step: Step) -> list[str]:
    return step_phrases(step) if step.user_startable else []


def _questions(name: str, field: FieldInfo) -> list[str]:
    more = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    choices = more.get("choices", {})
    told = [field.title or name.replace("_", " ").capitalize(), field.description, more.get("placeholder")]
    return [str(text) for text in (*told, *(choices.values() if isinstance(choices, dict) else ())) if text]


def _file(language: str) -> polib.POFile:
    made = polib.POFile(wrapwidth=0)
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Language": language}
    return made


def catalogues() -> list[Path]:
    """The file of each language beside English, also where it is still to be made."""
    return [FOLDER / tag / CATALOGUE for tag in languages() if tag != ENGLISH]


def main() -> None:
    TEMPLATE.write_text(written(template()))
    for path in catalogues():
        catalogue = merged(path)
        path.write_text(written(catalogue))
        for entry in catalogue.untranslated_entries():
            print(f"{path.parent.name}: {entry.msgid!r} ({', '.join(file for file, _ in entry.occurrences)})")


if __name__ == "__main__":
    main()
