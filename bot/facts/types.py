"""Types of fields, by the shapes in which values arrive: nothing, one thing or many, text or an object with a text."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def plain_text(value: Any) -> Any:
    """The text of an object that arrived as ToString plus properties (adapters put ToString under ""); other values as they are."""
    if isinstance(value, Mapping):
        return value.get("", "")
    return "" if value is None else value


def false_when_unset(value: Any) -> Any:
    """False for PowerShell's $null."""
    return False if value in (None, "") else value


def text_list(value: Any) -> Any:
    """A tuple of texts, whether it came as nothing, as one thing, or as objects with a text."""
    if value in (None, "", [], ()):
        return ()
    things = value if isinstance(value, list | tuple) else [value]
    return tuple(_as_text(thing) for thing in things)


def _as_text(thing: Any) -> str:
    """The text of an object; the values of one without a text, so that it does not vanish."""
    without_text = isinstance(thing, Mapping) and not thing.get("")
    return ", ".join(str(value) for value in thing.values() if value) if without_text else str(plain_text(thing))


def number_or_none(value: Any) -> Any:
    """A number that may come as text or as an object with a text."""
    return plain_text(value) or None if isinstance(value, Mapping | str) else value


def normalize_address(sip: str) -> str:
    """A SIP address in the form in which it is compared: lower case, without "sip:"."""
    return sip.lower().removeprefix("sip:")


def _none_or_list(value: Any) -> Any:
    return None if value is None else text_list(value)


Text = Annotated[str, BeforeValidator(plain_text)]
#: An answer without this text is no answer.
NonEmptyText = Annotated[Text, Field(min_length=1)]
#: A GUID in the form in which it is compared.
Guid = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)).lower())]
#: An enumeration: its names, or its number.
EnumText = Annotated[str, BeforeValidator(lambda value: str(plain_text(value)))]
SipAddress = Annotated[Text, BeforeValidator(lambda value: normalize_address(value) if isinstance(value, str) else value)]
Flag = Annotated[bool, BeforeValidator(false_when_unset)]
OptionalInt = Annotated[int | None, BeforeValidator(number_or_none)]
Texts = Annotated[tuple[str, ...], BeforeValidator(text_list)]
#: An answer without this list is no answer; the list itself may be empty.
RequiredTexts = Annotated[tuple[str, ...], BeforeValidator(_none_or_list)]
