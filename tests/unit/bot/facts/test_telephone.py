"""Telephone numbers are understood by the plan of their country, and nothing is taken out of them in silence."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from bot.facts.telephone import NUMBER, Telephone, normalize_number, parse_number
from bot.i18n import LocalizedText
from bot.steps.aftercare.number_lines import parse_number_lines
from bot.steps.shared.people_input.people_list import NamedPerson


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+4930555010199", "+4930555010199"),
        ("tel:+49-30-5550.10199", "+4930555010199"),
        ("+49 (30) 5550-10199", "+4930555010199"),
        ("+49 30 / 555010199", "+4930555010199"),
        ("+49 (0)30 5550-10199", "+4930555010199"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+7 (8) 495 1234567", "+74951234567"),
        ("+39 06 698 12345", "+390669812345"),  # a zero that is dialled from everywhere
        ("+225 07 01020304", "+2250701020304"),
        ("'+4930555010199", "+4930555010199"),
        ("+4930555010199;ext=123", "+4930555010199;ext=123"),
        ("TEL:+4930555010199;EXT=123", "+4930555010199;ext=123"),
        ("+49 30 5550-10199 x123", "+4930555010199;ext=123"),
        ("+49 30 5550-10199 ext. 123", "+4930555010199;ext=123"),
        ("+49 30 5550-10199 Durchwahl 12", "+4930555010199;ext=12"),
    ],
)
def test_a_number_is_understood_as_people_write_it(written: str, number: str) -> None:
    assert normalize_number(written) == number and isinstance(parse_number(written), Telephone)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("+49030555010199", "the 0 behind the country is not dialled from abroad: write +4930555010199 if that is meant"),
        ("+44020 7946 0000", "write +442079460000 if that is meant"),
        ("+7 8 495 1234567", "the 8 behind the country"),
        ("+4930(0)12345", "what (0) means here is not clear"),
        ("+49 (0)30 (0) 12345", "what (0) means here is not clear"),
        ("4,93055E+11", "Excel has shortened this number"),
        ("4.93055E+11", "Excel has shortened this number"),
        ("004930555010199", "write +4930555010199 if that is meant"),
        ("4930555010199", "write +4930555010199 if that is meant"),
        ("030 555010", "a number with its country is needed"),
        ("4711", "a number with its country is needed"),
        ("", "a number with its country is needed"),
        ("+1 800 FLOWERS", "“FLOWERS” belongs to no number"),
        ("+49 30 5550;phone-context=contoso.com", "“;phone” belongs to no number"),
        ("+4930555010199, +4930555010200", "several numbers"),
        ("+49 30 555010199 / 200", "may be a second number"),
        ("+4930", "too short"),
        ("+493055501019912345", "too long"),
        ("+999123456789", "no country"),
    ],
)
def test_what_is_not_understood_is_told_as_what_it_is(written: str, wrong: str) -> None:
    assert wrong in str(parse_number(written)) and normalize_number(f"tel:{written}") == written


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("+49 (0)30 5550-10199", "understood as +4930555010199"),
        ("'+4930555010199", "Excel's mark for text"),
        ("+49111111111", "no number like this is given out"),
    ],
)
def test_what_was_understood_and_not_read_is_noted(written: str, note: str) -> None:
    found = parse_number(written)
    assert isinstance(found, Telephone) and note in str(found.notes[0])


EXAMPLES = [found for region in sorted(phonenumbers.SUPPORTED_REGIONS) if (found := phonenumbers.example_number(region))]


@pytest.mark.parametrize("form", [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966])
def test_numbers_of_all_countries_stay_what_they_are(form: int) -> None:
    whole = {phonenumbers.format_number(one, PhoneNumberFormat.E164): phonenumbers.format_number(one, form) for one in EXAMPLES}
    assert {normalize_number(written): written for written in whole.values()} == whole


@given(st.one_of(st.text("+0123456789 ()-/.;ext='E,", max_size=24), st.text("0123456789 ()-/", max_size=16).map(lambda rest: f"+49{rest}")))
def test_no_digit_is_lost_in_silence(written: str) -> None:
    found = parse_number(written)
    if isinstance(found, LocalizedText):
        return
    assert NUMBER.fullmatch(found.text) and parse_number(found.text) == Telephone(found.text, parse_number(found.text).notes)  # type: ignore[union-attr]
    same = [letter for letter in found.text if letter.isdecimal()] == [letter for letter in written if letter.isdecimal()]
    assert same or any("understood as" in str(note) for note in found.notes)


def test_a_line_names_one_person_and_one_number() -> None:
    lines = (
        "Vance, Adele <adelev@contoso.com>; +49 30 5550-10199",
        "upn:bob@contoso.com\t+4930555010101,",
        "\u202asip:carol@contoso.com +4930555010102\u202c",
    )
    assert {one: number.text for one, number in parse_number_lines("\n".join(lines)).items()} == {
        NamedPerson("adelev@contoso.com"): "+4930555010199",
        NamedPerson("bob@contoso.com", "upn", exact=True): "+4930555010101",
        NamedPerson("carol@contoso.com", "sip", exact=True): "+4930555010102",
    }
