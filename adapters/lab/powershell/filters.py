"""-Filter texts: comparisons of one property with a value, joined by -and, -or and -not, with brackets.

As Where-Object and the OPath filters of the SfB, Teams and Exchange cmdlets have them; text is compared without regard to case.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

Test = Callable[[Mapping[str, Any]], bool]
_WORD = re.compile(r"""\s*(?:(?P<mark>[(){}])|(?P<quoted>'(?:[^']|'')*'|"[^"]*")|(?P<word>[^\s(){}'"]+))""")


class BadFilter(ValueError):
    """The text is no filter, or names a property that cannot be filtered."""


def parse(text: str, properties: Mapping[str, str]) -> Test:
    """`properties`: real names by lower-case name. Raises `BadFilter`."""
    words = _words(text)
    if not words:
        raise BadFilter("the filter is empty")
    test = _either(words, properties)
    if words:
        raise BadFilter(f"unexpected '{words[0]}'")
    return test


def by_guid(text: str) -> UUID:
    """The objectGUID that an -LdapFilter asks for, byte by byte: the one such filter that the lab knows. Raises `BadFilter`.

    https://learn.microsoft.com/windows/win32/adsi/search-filter-syntax
    """
    found = re.fullmatch(r"\(objectGUID=((?:\\[0-9a-f]{2}){16})\)", text.strip(), re.IGNORECASE)
    if not found:
        raise BadFilter("the search filter is invalid")
    return UUID(bytes_le=bytes.fromhex(found[1].replace("\\", "")))


def _words(text: str) -> list[str]:
    words, at = [], 0
    while text[at:].strip():
        found = _WORD.match(text, at)
        if not found:
            raise BadFilter(f"cannot read '{text[at:]}'")
        words.append(found["mark"] or found["quoted"] or found["word"])
        at = found.end()
    return [word for word in words if word not in "{}"]


def _either(words: list[str], properties: Mapping[str, str]) -> Test:
    tests = [_both(words, properties)]
    while words and words[0].lower() == "-or":
        words.pop(0)
        tests.append(_both(words, properties))
    return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)


def _both(words: list[str], properties: Mapping[str, str]) -> Test:
    tests = [_one(words, properties)]
    while words and words[0].lower() == "-and":
        words.pop(0)
        tests.append(_one(words, properties))
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)


def _one(words: list[str], properties: Mapping[str, str]) -> Test:
    first = _next(words)
    if first.lower() in ("-not", "!"):
        test = _one(words, properties)
        return lambda row: not test(row)
    if first == "(":
        test = _either(words, properties)
        if _next(words) != ")":
            raise BadFilter("a bracket is not closed")
        return test
    return _comparison(first, _next(words), _next(words), properties)


def _comparison(name: str, operator: str, value: str, properties: Mapping[str, str]) -> Test:
    prop = properties.get(name.removeprefix("$_.").lower())
    compare = _OPERATORS.get(operator.lower())
    if prop is None:
        raise BadFilter(f'"{name}" is not a recognized filterable property')
    if compare is None:
        raise BadFilter(f"'{operator}' is not an operator of a filter")
    wanted = _value(value)
    return lambda row: compare(_plain(row[prop]), wanted)


def _next(words: list[str]) -> str:
    if not words:
        raise BadFilter("the filter ends too soon")
    return words.pop(0)


def _value(word: str) -> str | None:
    if word[0] == "'":
        return word[1:-1].replace("''", "'").lower()
    if word[0] == '"':
        return word[1:-1].lower()
    return {"$null": None, "$true": "true", "$false": "false"}.get(word.lower(), word.lower())


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value] or None
    text = getattr(value, "text", value)
    return str(text).lower() if text not in (None, "") else None


def _equal(left: Any, right: str | None) -> bool:
    return right in left if isinstance(left, list) else left == (right or None)


def _like(left: Any, right: str | None) -> bool:
    return any(fnmatchcase(one or "", (right or "").replace("[", "[[]")) for one in (left if isinstance(left, list) else [left]))


_OPERATORS: dict[str, Callable[[Any, str | None], bool]] = {
    "-eq": _equal,
    "-ne": lambda left, right: not _equal(left, right),
    "-like": _like,
    "-notlike": lambda left, right: not _like(left, right),
    "-contains": _equal,
}
