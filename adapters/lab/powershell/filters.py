"""-Filter texts: comparisons of one property with a value, joined by -and, -or and -not, with brackets.

As Where-Object and the OPath filters of the SfB, Teams and Exchange cmdlets have them; text is compared without regard to case.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

RowTest = Callable[[Mapping[str, Any]], bool]
_WORD = re.compile(r"""\s*(?:(?P<mark>[(){}])|(?P<quoted>'(?:[^']|'')*'|"[^"]*")|(?P<word>[^\s(){}'"]+))""")


class FilterError(ValueError):
    """The text is no filter, or names a property that cannot be filtered."""


def parse_filter(text: str, properties: Mapping[str, str]) -> RowTest:
    """`properties`: real names by lower-case name. Raises `FilterError`."""
    words = _tokens(text)
    if not words:
        raise FilterError("the filter is empty")
    test = _parse_or(words, properties)
    if words:
        raise FilterError(f"unexpected '{words[0]}'")
    return test


def parse_guid_filter(text: str) -> UUID:
    """The objectGUID that an -LdapFilter asks for, byte by byte: the one such filter that the lab knows. Raises `FilterError`.

    https://learn.microsoft.com/windows/win32/adsi/search-filter-syntax
    """
    found = re.fullmatch(r"\(objectGUID=((?:\\[0-9a-f]{2}){16})\)", text.strip(), re.IGNORECASE)
    if not found:
        raise FilterError("the search filter is invalid")
    return UUID(bytes_le=bytes.fromhex(found[1].replace("\\", "")))


def _tokens(text: str) -> list[str]:
    words, at = [], 0
    while text[at:].strip():
        found = _WORD.match(text, at)
        if not found:
            raise FilterError(f"cannot read '{text[at:]}'")
        words.append(found["mark"] or found["quoted"] or found["word"])
        at = found.end()
    return [word for word in words if word not in "{}"]


def _parse_or(words: list[str], properties: Mapping[str, str]) -> RowTest:
    tests = [_parse_and(words, properties)]
    while words and words[0].lower() == "-or":
        words.pop(0)
        tests.append(_parse_and(words, properties))
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _parse_and(words: list[str], properties: Mapping[str, str]) -> RowTest:
    tests = [_parse_term(words, properties)]
    while words and words[0].lower() == "-and":
        words.pop(0)
        tests.append(_parse_term(words, properties))
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)


def _parse_term(words: list[str], properties: Mapping[str, str]) -> RowTest:
    first = _take_token(words)
    if first.lower() in ("-not", "!"):
        test = _parse_term(words, properties)
        return lambda row: not test(row)
    if first == "(":
        test = _parse_or(words, properties)
        if _take_token(words) != ")":
            raise FilterError("a bracket is not closed")
        return test
    return _parse_comparison(first, _take_token(words), _take_token(words), properties)


def _parse_comparison(name: str, operator: str, value: str, properties: Mapping[str, str]) -> RowTest:
    prop = properties.get(name.removeprefix("$_.").lower())
    compare = _OPERATORS.get(operator.lower())
    if prop is None:
        raise FilterError(f'"{name}" is not a recognized filterable property')
    if compare is None:
        raise FilterError(f"'{operator}' is not an operator of a filter")
    wanted = _literal(value)
    return lambda row: compare(_comparable(row[prop]), wanted)


def _take_token(words: list[str]) -> str:
    if not words:
        raise FilterError("the filter ends too soon")
    return words.pop(0)


def _literal(word: str) -> str | None:
    if word[0] == "'":
        return word[1:-1].replace("''", "'").lower()
    if word[0] == '"':
        return word[1:-1].lower()
    return {"$null": None, "$true": "true", "$false": "false"}.get(word.lower(), word.lower())


def _comparable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_comparable(one) for one in value] or None
    text = getattr(value, "text", value)
    return str(text).lower() if text not in (None, "") else None


def _is_equal(left: Any, right: str | None) -> bool:
    return right in left if isinstance(left, list) else left == (right or None)


def _is_like(left: Any, right: str | None) -> bool:
    return any(fnmatchcase(one or "", (right or "").replace("[", "[[]")) for one in (left if isinstance(left, list) else [left]))


_OPERATORS: dict[str, Callable[[Any, str | None], bool]] = {
    "-eq": _is_equal,
    "-ne": lambda left, right: not _is_equal(left, right),
    "-like": _is_like,
    "-notlike": lambda left, right: not _is_like(left, right),
    "-contains": _is_equal,
}
