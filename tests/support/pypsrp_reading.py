"""What pypsrp itself makes of an output object, as plain data: our own reading is held against it."""

import base64
from collections.abc import Mapping
from queue import Queue
from typing import Any
from uuid import UUID

from pypsrp.complex_objects import GenericComplexObject

from adapters.powershell.output import DEEPEST, LONGEST


def to_plain(value: Any, depth: int = 0) -> Any:
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
            return {str(key): to_plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item, depth + 1) for item in value]
        case Queue():
            return [to_plain(item, depth + 1) for item in list(value.queue)]
    return str(value)[:LONGEST]


def _of_object(value: Any, depth: int) -> Any:
    properties = {**value.adapted_properties, **value.extended_properties}
    inner = value.property_sets[0] if value.property_sets else None
    if isinstance(inner, GenericComplexObject):  # what passed a JEA proxy is wrapped once more
        properties = {**inner.adapted_properties, **inner.extended_properties, **properties}
    elif inner is not None and not value.adapted_properties:
        return _of_wrapped(value, inner, depth)
    result: dict[str, Any] = {key: to_plain(item, depth + 1) for key, item in properties.items()}
    if value.to_string is not None and result:
        result[""] = value.to_string[:LONGEST]
    return result or (None if value.to_string is None else str(value.to_string)[:LONGEST])


def _of_wrapped(value: Any, inner: Any, depth: int) -> Any:
    """An enumeration (a number with a text), or a simple value or list with notes attached to it."""
    if isinstance(inner, int) and value.to_string is not None:
        return str(value.to_string)[:LONGEST]
    return to_plain(inner, depth + 1)
