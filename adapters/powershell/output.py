"""Reads the objects of the output stream from CLIXML straight to plain JSON data.

pypsrp builds an object for each and writes every element back to text meanwhile: four times the work for what is thrown away at once.
Form of each element: [MS-PSRP] 2.2.5, https://learn.microsoft.com/openspecs/windows_protocols/ms-psrp/
"""

import re
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pypsrp.serializer import Serializer

from bot.calls import Json

DEEPEST = 6  # levels; PowerShell's own remoting stops at one or two
LONGEST = 65_536  # characters of one text: what the far end sends is data, and never trusted to be small

_NUMBERS = frozenset({"By", "SB", "U16", "I16", "U32", "I32", "U64", "I64"})
_LISTS = frozenset({"LST", "QUE", "STK", "IE"})
_ESCAPED = re.compile("(?:_x[0-9A-Fa-f]{4}_)+")


class OutputSerializer(Serializer):  # type: ignore[misc] # pypsrp carries no types
    """pypsrp's own, except for output objects: those alone are handed over as text without saying what they are."""

    def deserialize(self, element: Any, metadata: Any = None, clear: bool = True) -> Any:
        if clear and metadata is None and isinstance(element, str):
            return _ObjectReader().value(ElementTree.fromstring(element))
        return super().deserialize(element, metadata, clear)


class _ObjectReader:
    """One message: what was read under a number may be referred to later."""

    def __init__(self) -> None:
        self._known: dict[str | None, Json] = {}

    def value(self, node: Element, depth: int = 0) -> Json:
        """An enumeration becomes its text, an object its properties, with its ToString under ""."""
        tag, text = node.tag, node.text or ""
        if tag == "Obj":
            return self._object(node, depth)
        if tag == "Nil":
            return None
        if tag == "B":
            return text.lower() == "true"
        if tag in _NUMBERS:
            return int(text)
        if tag in ("Db", "Sg"):
            return float(text)
        if tag == "Ref":
            return self._known.get(node.get("RefId"))
        return chr(int(text)) if tag == "C" else _text(text)[:LONGEST]

    def _object(self, node: Element, depth: int) -> Json:
        properties: dict[str, Json] = {}
        text, inner = None, None
        for part in node if depth < DEEPEST else node.findall("ToString"):
            if part.tag in ("Props", "MS"):
                properties.update({_text(item.get("N") or ""): self.value(item, depth + 1) for item in part})
            elif part.tag == "ToString":
                text = _text(part.text or "")[:LONGEST]
            elif part.tag not in ("TN", "TNRef"):
                inner = self._inner(part, depth + 1)
        read = self._known[node.get("RefId")] = _combine(properties, text, inner)
        return read

    def _inner(self, part: Element, depth: int) -> Json:
        if part.tag in _LISTS:
            return [self.value(item, depth) for item in part]
        if part.tag == "DCT":
            return {str(self.value(entry[0], depth)): self.value(entry[1], depth) for entry in part}
        return self.value(part, depth)


def _combine(properties: dict[str, Json], text: str | None, inner: Json) -> Json:
    if isinstance(inner, int) and not isinstance(inner, bool) and text is not None:  # an enumeration: a number with a text
        return text
    if isinstance(inner, dict):  # a table, or what passed a JEA proxy and was wrapped once more
        return {**inner, **properties}
    if inner is not None:  # a simple value or a list, perhaps with notes attached to it
        return inner
    if properties and text is not None:
        properties[""] = text
    return properties or text


def _text(text: str) -> str:
    """`_xHHHH_` is one UTF-16 unit that XML cannot hold."""
    return _ESCAPED.sub(_units, text) if "_x" in text else text


def _units(found: re.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("_x", "").replace("_", "")).decode("utf-16-be", "replace")
