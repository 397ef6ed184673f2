"""Texts from outside on their way to people: one line, harmless, and recognisable when they are cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.rendering import clean, shorten_in_middle


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("👩‍🚀 Zoë@contoso.com", "👩‍🚀 Zoë@contoso.com"),
        ("שלום@contoso.com", "\u2068שלום@contoso.com\u2069"),
        ("evil\u202ecod.exe", "evil cod.exe"),
        ("two\nlines\x00", "two lines"),
        ("o'brien@contoso.com", "o'brien@contoso.com"),
    ],
)
def test_odd_names_stay_on_their_line(name: str, shown: str) -> None:
    assert clean(name) == shown


def test_a_very_long_name_keeps_both_ends() -> None:
    assert shorten_in_middle("a" * 100 + "@contoso.com", 40) == f"{'a' * 20}…{'a' * 7}@contoso.com"


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_no_text_breaks_a_line_or_its_limit(text: str) -> None:
    shown = clean(text, 64)
    assert "\n" not in shown and len(shown) <= 66
    assert not {"\u202a", "\u202b", "\u202d", "\u202e", "\x00", "\u2066", "\u2067"} & set(shown)


def test_no_client_takes_a_name_for_a_date_that_it_should_write_out() -> None:
    assert clean("{{DATE(2026-11-23T12:00:00Z, LONG)}}") == "{ {DATE(2026-11-23T12:00:00Z, LONG)}}"
