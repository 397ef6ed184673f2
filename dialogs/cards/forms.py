"""A step's questions as a card: made from its pydantic form, filled in with what is known, with a word beside what cannot be right."""

import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.i18n import LocalizedText, say
from bot.step import Step
from bot.views import PEOPLE
from dialogs.cards.elements import Card, Element, button, card, heading, text_line
from dialogs.cards.run import RenderContext
from dialogs.cards.text_fallback import with_fallback
from dialogs.people_files import PeopleFile
from dialogs.rendering import guidance, render
from dialogs.translations import translate

ANSWER = "answer."  # before the name of a field, so that no field can pass for a verb
PROBLEMS = 8  # lines beside one field
FILLED = 6000  # bytes of an answer that a form repeats; a cut one would silently ask for fewer people
BY_FILE = say("Or send me a CSV file here: one person per line, or a column called SipAddress or UserPrincipalName.")
FILE_ELSEWHERE = say("A CSV file reaches me only in our personal chat.")
CHOICE = 40  # letters of a choice that a closed list shows whole


@dataclass(frozen=True)
class Draft:
    """A form being filled: raw answers so far, what is wrong with them, and the run that it would replace."""

    step: Step
    answers: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, LocalizedText] = field(default_factory=dict)
    run: int | None = None


def form_version(step: Step) -> str:
    """Changes with the questions: an answer to other questions must not be taken for an answer to these."""
    told = {name: (str(item.annotation), item.is_required()) for name, item in step.form.model_fields.items()}
    return sha256(repr((step.name, told)).encode()).hexdigest()[:8]


def open_questions(draft: Draft) -> list[str]:
    """The fields that must be answered and are not, and those whose answer was wrong."""
    fields = draft.step.form.model_fields
    return [name for name, item in fields.items() if name in draft.problems or (item.is_required() and not draft.answers.get(name))]


def current_question(draft: Draft) -> str | None:
    """The field that typed text answers: the first open one, or the first of all when none is open."""
    return next(iter(open_questions(draft) or draft.step.form.model_fields), None)


def fill_from_file(draft: Draft, file: PeopleFile, more: str = "") -> Draft:
    """The form with the people of a file, and those named beside it; or with the word why there are none."""
    others = {name: problem for name, problem in draft.problems.items() if name != PEOPLE}
    if file.problem:
        return replace(draft, problems={**others, PEOPLE: file.problem})
    return replace(draft, answers={**draft.answers, PEOPLE: f"{file.text}\n#\n{more}" if more.strip() else file.text}, problems=others)


def form_card(draft: Draft, context: RenderContext) -> Card:
    """All questions on one card."""
    step, locale = draft.step, context.locale
    body = [heading(render(step.title, locale)), text_line(guidance(step, locale)[0], locale)]
    for name, item in step.form.model_fields.items():
        body += _question(name, item, draft, context)
    data = {"verb": "submit", "step": step.name, "form": form_version(step), **({"run": draft.run} if draft.run else {})}
    actions = [
        button(render(say("Make a plan"), locale), data, "positive", inputs=True),
        button(render(say("Cancel"), locale), {**data, "verb": "drop"}),
    ]
    return with_fallback(card(body, actions, context.banner))


def answers_in(data: Mapping[str, Any]) -> dict[str, str]:
    """The answers of a submitted form: texts only, empty ones left out."""
    given = {name.removeprefix(ANSWER): value for name, value in data.items() if name.startswith(ANSWER)}
    return {name: value.strip() for name, value in given.items() if isinstance(value, str) and value.strip()}


def question(draft: Draft, name: str, locale: str) -> str:
    """One question as text, for clients without forms."""
    item = draft.step.form.model_fields[name]
    told = [draft.problems.get(name, ""), _label(name, item, locale), translate(item.description or "", locale), _hint(item, locale)]
    return " ".join(render(text, locale) for text in told if text)


def _question(name: str, item: FieldInfo, draft: Draft, context: RenderContext) -> list[Element]:
    locale = context.locale
    value, problem = draft.answers.get(name, _default(item)), draft.problems.get(name)
    if len(json.dumps(value)) > FILLED:
        problem, value = problem or say("That list is too long to be repeated here; please paste it or send its file again."), ""
    said = render(problem, locale).splitlines() if problem else []
    more = [render(say("and {n} more", n=len(said) - PROBLEMS), locale)] if len(said) > PROBLEMS else []
    wrong = [text_line(line, locale, color="Attention", weight="Bolder") for line in [*said[:PROBLEMS], *more]]
    told = [text_line(translate(item.description, locale), locale, spacing="None", isSubtle=True)] if item.description else []
    by_file = [text_line(BY_FILE if context.viewer else FILE_ELSEWHERE, locale, isSubtle=True)] if name == PEOPLE else []
    return [_input(name, item, value, locale), *wrong, *told, *by_file]


def _input(name: str, item: FieldInfo, value: str, locale: str) -> Element:
    label, kind = _label(name, item, locale), _answer_type(item)
    common = {"id": f"{ANSWER}{name}", "value": value, "spacing": "Medium"}
    if kind is bool:
        return {"type": "Input.Toggle", **common, "title": label}
    needed = {"isRequired": True, "errorMessage": render(say("Please answer this."), locale)} if item.is_required() else {}
    if choices := _choices(item, locale):
        listed = [{"title": titled, "value": each} for each, titled in choices.items()]
        below = {"style": "expanded", "wrap": True} if max(map(len, choices.values())) > CHOICE else {}
        return {"type": "Input.ChoiceSet", **common, "label": label, "choices": listed, **below, **needed}
    text = {"placeholder": translate(_placeholder(item), locale), "isMultiline": _is_long(item)}
    return {"type": "Input.Text", **common, "label": label, **text, **needed}


def _label(name: str, item: FieldInfo, locale: str) -> str:
    return translate(item.title or name.replace("_", " ").capitalize(), locale)


def _default(item: FieldInfo) -> str:
    if item.default in (PydanticUndefined, None):
        return ""
    return str(item.default).lower() if isinstance(item.default, bool) else str(item.default)


def _answer_type(item: FieldInfo) -> Any:
    """The type that is asked for; `X | None` asks for an X."""
    if get_origin(item.annotation) in (Union, types.UnionType):
        return next(each for each in get_args(item.annotation) if each is not type(None))
    return item.annotation


def _choices(item: FieldInfo, locale: str) -> dict[str, str]:
    """The values of a Literal with the titles that people see."""
    titles, values = _extras(item).get("choices", {}), get_args(_answer_type(item)) if get_origin(_answer_type(item)) is Literal else ()
    return {str(value): translate(titles.get(value, str(value)), locale) for value in values}


def _placeholder(item: FieldInfo) -> str:
    return str(_extras(item).get("placeholder") or next(iter(item.examples or ()), ""))


def _is_long(item: FieldInfo) -> bool:
    return bool(_extras(item).get("multiline")) or get_origin(_answer_type(item)) in (list, tuple, set, frozenset)


def _extras(item: FieldInfo) -> Mapping[str, Any]:
    return item.json_schema_extra if isinstance(item.json_schema_extra, Mapping) else {}


def _hint(item: FieldInfo, locale: str) -> str:
    if choices := _choices(item, locale):
        return render(say("one of: {choices}", choices=", ".join(choices)), locale)
    return render(say("for example: {example}", example=_placeholder(item)), locale) if _placeholder(item) else ""
