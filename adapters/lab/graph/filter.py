"""The part of OData's `$filter` that the hybrid steps use, and which of it needs the advanced index.

https://learn.microsoft.com/graph/aad-advanced-queries
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.lab.graph.messages import bad_request, unsupported_query

PropertyGetter = Callable[[str], Any]  # the value of a property of one object
ObjectTest = Callable[[PropertyGetter], bool]
MISSING = (
    "Operator '{}' is not supported because the required parameters might be missing. "
    "Try adding $count=true query parameter and ConsistencyLevel:eventual header."
)
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[(),:])|(?P<word>[^\s(),:']+(?::\d\d:\d\dZ?[^\s(),]*)?))", re.ASCII
)  # a colon belongs to a word only within a time
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "ge": lambda found, wanted: found is not None and found >= wanted,
    "le": lambda found, wanted: found is not None and found <= wanted,
}
FUNCTIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "startswith": lambda found, wanted: found is not None and found.startswith(wanted),
    "endswith": lambda found, wanted: found is not None and found.endswith(wanted),
}


@dataclass(frozen=True)
class FilterIndex:
    """What one property can be asked with: without the advanced index, and with it."""

    plain: frozenset[str] = frozenset()
    advanced: frozenset[str] = frozenset()


def filter_index(plain: str = "", advanced: str = "") -> FilterIndex:
    return FilterIndex(frozenset(plain.split()), frozenset(advanced.split()))


def compile_filter(text: str, indexes: Mapping[str, FilterIndex], advanced: bool) -> ObjectTest:
    """The filter as a test of one object. Raises `GraphError` for what Graph would refuse."""
    reader = _FilterParser(text, indexes, advanced)
    test = reader.parse_or()
    if reader.count_left():
        raise bad_request(f"Invalid filter clause: unexpected '{reader.take()}'.")
    return test


class _FilterParser:
    """Reads a filter from left to right; `inside` is the variable of the `any` that is being read."""

    def __init__(self, text: str, indexes: Mapping[str, FilterIndex], advanced: bool) -> None:
        self._tokens = _tokens(text)
        self._indexes, self._advanced = indexes, advanced
        self._inside: tuple[str, str] | None = None  # variable, property

    def count_left(self) -> int:
        return len(self._tokens)

    def take(self, wanted: str | None = None) -> str:
        if not self._tokens or (wanted is not None and self._tokens[0].lower() != wanted):
            raise bad_request(f"Invalid filter clause: expected '{wanted or 'more'}'.")
        return self._tokens.pop(0)

    def is_next(self, *wanted: str) -> bool:
        return bool(self._tokens) and self._tokens[0].lower() in wanted

    def parse_or(self) -> ObjectTest:
        tests = [self.parse_and()]
        while self.is_next("or"):
            self.take()
            tests.append(self.parse_and())
        return tests[0] if len(tests) == 1 else lambda of: any(test(of) for test in tests)

    def parse_and(self) -> ObjectTest:
        tests = [self.parse_term()]
        while self.is_next("and"):
            self.take()
            tests.append(self.parse_term())
        return tests[0] if len(tests) == 1 else lambda of: all(test(of) for test in tests)

    def parse_term(self) -> ObjectTest:
        if self.is_next("not"):
            self.take()
            self._need_advanced("not")
            inner = self.parse_term()
            return lambda of: not inner(of)
        if self.is_next("("):
            self.take()
            inner = self.parse_or()
            self.take(")")
            return inner
        word = self.take()
        if self.is_next("(") and word.lower() in FUNCTIONS:
            return self._parse_function(word)
        if self.is_next("(") and word.lower().endswith("/any"):
            return self._parse_any(word[:-4])
        return self._parse_comparison(word)

    def _parse_function(self, name: str) -> ObjectTest:
        self.take("(")
        path = self.take()
        self.take(",")
        wanted = _fold_case(_literal(self.take()))
        self.take(")")
        self._check(path, name)
        holds = FUNCTIONS[name.lower()]
        return lambda of: holds(_fold_case(of(path)), wanted)

    def _parse_any(self, path: str) -> ObjectTest:
        """`imAddresses/any(i:i eq 'x')`: inside, the variable is the item and `variable/part` a part of it."""
        self.take("(")
        variable = self.take()
        self.take(":")
        self._inside = (variable, path)
        inner = self.parse_or()
        self._inside = None
        self.take(")")
        return lambda of: any(inner(_item_getter(variable, item)) for item in of(path) or ())

    def _parse_comparison(self, path: str) -> ObjectTest:
        operator = self.take().lower()
        if operator not in COMPARISONS and operator != "in":
            raise bad_request(f"Invalid filter clause: unknown operator '{operator}'.")
        values = self._parse_list() if operator == "in" else [_literal(self.take())]
        wanted = [_fold_case(value) for value in values]
        self._check(path, "eq-null" if operator == "eq" and values == [None] else operator)
        if path.endswith("/$count"):
            return lambda of: COMPARISONS[operator](len(of(path.removesuffix("/$count")) or ()), wanted[0])
        if operator == "in":
            return lambda of: _fold_case(of(path)) in wanted
        holds, value = COMPARISONS[operator], wanted[0]
        return lambda of: holds(_fold_case(of(path)), value)

    def _parse_list(self) -> list[Any]:
        self.take("(")
        values = [_literal(self.take())]
        while self.is_next(","):
            self.take()
            values.append(_literal(self.take()))
        self.take(")")
        return values

    def _check(self, path: str, operator: str) -> None:
        prop = self._inside[1] if self._inside and path.split("/")[0] == self._inside[0] else path
        if prop not in self._indexes:
            raise unsupported_query(f"Unsupported or invalid query filter clause specified for property '{prop}' of resource.")
        known = self._indexes[prop]
        if operator.lower() in known.plain:
            return
        if operator.lower() not in known.advanced:
            raise unsupported_query(f"Unsupported or invalid query filter clause specified for property '{prop}' of resource.")
        self._need_advanced(operator)

    def _need_advanced(self, operator: str) -> None:
        if not self._advanced:
            raise unsupported_query(MISSING.format(operator))


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        met = TOKEN.match(text, at)
        if not met:
            raise bad_request("Invalid filter clause.")
        tokens.append(next(part for part in met.groups() if part))
        at = met.end()
    return tokens


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    named = {"true": True, "false": False, "null": None}
    if token.lower() in named:
        return named[token.lower()]
    return int(token) if token.isdecimal() else token


def _item_getter(variable: str, item: Any) -> PropertyGetter:
    return lambda path: item if path == variable else item.get(path.partition("/")[2])


def _fold_case(value: Any) -> Any:
    """The directory compares texts without regard to case."""
    return value.casefold() if isinstance(value, str) else value
