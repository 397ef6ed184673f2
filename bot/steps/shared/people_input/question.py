"""The question about people that a step asks in its form."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from bot.errors import InvalidAnswers
from bot.facts import Reader
from bot.steps.shared.people_input.groups import resolve_groups
from bot.steps.shared.people_input.parser import parse_people
from bot.views import PEOPLE

PEOPLE_FIELD = PEOPLE  # of every form that asks about people


def check_people_text(text: str) -> str:
    """The text unchanged. Raises `ValueError` with a `LocalizedText` that has a line per wrong entry."""
    try:
        parse_people(text)
    except InvalidAnswers as misspelt:
        raise ValueError(misspelt.problems["people"]) from None
    return text


class PeopleForm(BaseModel):
    """The question that every step about people asks."""

    people: Annotated[str, AfterValidator(check_people_text)] = Field(
        title="Who?",
        description="SIP addresses or sign-in names, one per line or with commas between; "
        "or “group” and an Entra group, “pool” and a pool on premises, “ou” and an OU of AD",
        json_schema_extra={"multiline": True},
    )


A = TypeVar("A", bound=PeopleForm)


async def resolve_people(answers: A, read: Reader) -> A:
    """The answers with each group's members written down. Raises `InvalidAnswers` when there is no such group."""
    return answers.model_copy(update={"people": await resolve_groups(answers.people, read)})
