"""Keeps the catalogues true to the code: `python -m tests.tools.catalogue` adds what is new to them and names what is still untranslated.

Everything that people can read or type is found by itself: every `say("…")`, and of each step its questions, guidance and phrases.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import polib
from pydantic.fields import FieldInfo

from bot.i18n.languages import ENGLISH, FOLDER, languages
from bot.step import Step
from bot.steps import STEPS
from dialogs.command_parser import FIXED, of_step
from dialogs.translations import CATALOGUE, SUBJECT, TYPED, paragraphs
from tests.support.paths import ROOT

ROOMS = ("bot", "dialogs")  # what an adapter says of a machine is shown as it came, like the machine's own words
TERMINAL = ("bot/cli.py", "dialogs/terminal/")  # speaks English
TEMPLATE = FOLDER / "messages.pot"

CALLS = {"say": "", "known_as": SUBJECT}  # what is read by people, with its context

Message = tuple[str, str]  # context, text


def messages() -> dict[Message, list[str]]:
    """Every message with the files that say it, in the order of those."""
    found: dict[Message, list[str]] = {}
    for where, message in (*_said(), *_of_steps(), *(("dialogs/command_parser.py", (TYPED, text)) for text, _, _ in FIXED)):
        files = found.setdefault(message, [])
        files += [where] if where not in files else []
    return found


def template() -> polib.POFile:
    """The catalogue without any translation."""
    made = _file("")
    made.extend(
        polib.POEntry(msgid=text, msgctxt=context or None, occurrences=[(file, "") for file in files])
        for (context, text), files in messages().items()
    )
    return made


def merged(path: Path) -> polib.POFile:
    """A catalogue with every message of today; translations stay, what nobody says any more goes."""
    known = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    made = _file(path.parent.name)
    for entry in template():
        entry.msgstr = known.get((entry.msgctxt, entry.msgid), "")
        made.append(entry)
    return made


def written(catalogue: polib.POFile) -> str:
    return f"{str(catalogue).rstrip()}\n"


def placeholders(text: str) -> set[str]:
    """The names between braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def unsaid() -> Iterator[str]:
    """Calls of `say` and `known_as` whose sentence is no literal, so that nobody could translate it."""
    for path, call in _calls():
        if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
            yield f"{path}:{call.lineno}"


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if str(path.relative_to(ROOT)).startswith(TERMINAL):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                    yield str(path.relative_to(ROOT)), node


def _said() -> Iterator[tuple[str, Message]]:
    for path, call in _calls():
        if call.args and isinstance(call.args[0], ast.Constant):
            yield path, (CALLS[call.func.id], str(call.args[0].value))


def _of_steps() -> Iterator[tuple[str, Message]]:
    """Guidance, questions and phrases of each step that people can ask for."""
    for step in STEPS:
        is_package = (ROOT / "bot/steps" / step.name).is_dir()
        where = f"bot/steps/{step.name}/__init__.py" if is_package else f"bot/steps/{step.name}.py"
        yield from ((where, ("", paragraph)) for paragraph in paragraphs(step.guidance))
        yield from ((where, ("", text)) for name, field in step.form.model_fields.items() for text in _questions(name, field))
        yield from ((where, (TYPED, phrase)) for phrase in _phrases(step))


def _phrases(step: Step) -> list[str]:
    return of_step(step) if step.user_startable else []


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
