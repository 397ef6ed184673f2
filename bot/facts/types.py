"""The shapes in which values arrive: nothing, one thing or many, text or an object with a text; and what each is read as."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def plain_text(value: Any) -> Any:
    """An object that arrived as ToString plus properties (adapters put ToString under "") counts as its text."""
    if isinstance(value, Mapping):
        return value.get("", "")
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(plain_text)]
Guid = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)).lower())]  # a GUID as it is compared
NonEmptyText = Annotated[Text, Field(min_length=1)]  # where nothing is no answer


def false_when_unset(value: Any) -> Any:
    """PowerShell's $null reads as false."""
    return False if value in (None, "") else value


def text_list(value: Any) -> Any:
    """A list that may come as nothing, as one thing, or as objects with a text."""
    if value in (None, "", [], ()):
        return ()
    things = value if isinstance(value, list | tuple) else [value]
    return tuple(_as_text(thing) for thing in things)


def _as_text(thing: Any) -> str:
    """An object without a text of its own is told by its values: it must not vanish."""
    without_text = isinstance(thing, Mapping) and not thing.get("")
    return ", ".join(str(value) for value in thing.values() if value) if without_text else str(plain_text(thing))


def number_or_none(value: Any) -> Any:
    """A number that may come as text or as an object with a text."""
    return plain_text(value) or None if isinstance(value, Mapping | str) else value


Flag = Annotated[bool, BeforeValidator(false_when_unset)]
Texts = Annotated[tuple[str, ...], BeforeValidator(text_list)]
RequiredTexts = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: None if value is None else text_list(value))
]  # nothing is no answer
OptionalInt = Annotated[int | None, BeforeValidator(number_or_none)]
EnumText = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)))]  # an enumeration: its names, or its number


def normalize_address(sip: str) -> str:
    """A SIP address as it is compared: lower case, without "sip:"."""
    return sip.lower().removeprefix("sip:")


SipAddress = Annotated[Text, BeforeValidator(lambda value: normalize_address(value) if isinstance(value, str) else value)]
