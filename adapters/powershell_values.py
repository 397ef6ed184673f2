"""Values on their way to PowerShell and back: typed parameters out, plain JSON data in."""

import base64
from collections.abc import Callable, Iterable, Mapping
from queue import Queue
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

from pypsrp.complex_objects import GenericComplexObject, ObjectMeta, PSCredential
from pypsrp.powershell import RunspacePool
from pypsrp.serializer import Serializer, TaggedValue

from bot.calls import Cmdlet, Json, Row, Secret, Value

Secrets = Callable[[str], tuple[str, str] | str]  # a pair becomes a PSCredential, a text a SecureString

DEEPEST = 6  # levels; PowerShell's own remoting stops at one or two
LONGEST = 65_536  # characters of one text: what the far end sends is data, and never trusted to be small


class QuickSerializer(Serializer):  # type: ignore[misc] # pypsrp carries no types
    """Reads simple values directly. pypsrp writes every element back to text while it reads, which is most of what a large read costs."""

    def deserialize(self, element: Any, metadata: Any = None, clear: bool = True) -> Any:
        if not clear and isinstance(element, Element):
            text = element.text or ""
            match element.tag:
                case "S" | "ToString" if "_x" not in text:  # no escapes in it
                    return text
                case "B":
                    return text.lower() == "true"
                case "I32" | "I64":
                    return int(text)
                case "Nil":
                    return None
        return super().deserialize(element, metadata, clear)


def row(value: Any) -> Row:
    """One object of the output stream under its own property names; a bare value stands under ""."""
    whole = plain(value)
    return whole if isinstance(whole, dict) else {"": whole}


def plain(value: Any, depth: int = 0) -> Json:
    """What pypsrp made of it, as plain data. An enumeration becomes its text, an object its properties, with its ToString under ""."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return value[:LONGEST]
        case UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()[:LONGEST]
    if depth >= DEEPEST:
        return str(value)[:LONGEST]
    match value:
        case GenericComplexObject():
            return _of_object(value, depth)
        case Mapping():
            return {str(key): plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [plain(item, depth + 1) for item in value]
        case Queue():
            return [plain(item, depth + 1) for item in list(value.queue)]
    return str(value)[:LONGEST]


def _of_object(value: Any, depth: int) -> Json:
    properties = {**value.adapted_properties, **value.extended_properties}
    inner = value.property_sets[0] if value.property_sets else None
    if isinstance(inner, GenericComplexObject):  # what passed a JEA proxy is wrapped once more
        properties = {**inner.adapted_properties, **inner.extended_properties, **properties}
    elif inner is not None and not value.adapted_properties:
        return _of_wrapped(value, inner, depth)
    result: dict[str, Json] = {key: plain(item, depth + 1) for key, item in properties.items()}
    if value.to_string is not None and result:
        result[""] = value.to_string[:LONGEST]
    return result or (None if value.to_string is None else str(value.to_string)[:LONGEST])


def _of_wrapped(value: Any, inner: Any, depth: int) -> Json:
    """An enumeration (a number with a text), or a simple value or list with notes attached to it."""
    if isinstance(inner, int) and value.to_string is not None:
        return str(value.to_string)[:LONGEST]
    return plain(inner, depth + 1)


def names_of_secrets(call: Cmdlet) -> tuple[str, ...]:
    return tuple(value.secret for value in call.parameters.values() if isinstance(value, Secret))


def text(value: str) -> str:
    """Raises UnicodeError for half a surrogate pair: it would break the whole request."""
    value.encode()
    return value


def argument(value: Value | Iterable[str], pool: RunspacePool, secrets: Secrets) -> Any:
    """A parameter in the type that PowerShell must see. Secrets need the pool's keys to be exchanged."""
    match value:
        case bool():
            return value
        case str():
            return text(value)
        case Secret(secret=name):
            known = secrets(name)
            if isinstance(known, str):
                return pool.serialize(known, ObjectMeta("SS"))
            return PSCredential(username=known[0], password=known[1])
        case int():
            return value if -(2**31) <= value < 2**31 else TaggedValue("I64", value)
        case float():
            return TaggedValue("Db", value)
        case Mapping():
            return {key: argument(item, pool, secrets) for key, item in value.items()}
    return [argument(item, pool, secrets) for item in value]
