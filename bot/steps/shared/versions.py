"""Builds and module versions, compared part by part."""

import re

Version = tuple[int, ...]


def parse_version(text: str) -> Version:
    """`7.0.2046.385` as numbers; whatever stands after the last number (a preview) does not count."""
    return tuple(int(part) for part in re.match(r"[\d.]*", text.strip())[0].strip(".").split(".") if part)  # type: ignore[index]
