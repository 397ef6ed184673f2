"""Telephone numbers as people, spreadsheets and AD write them, parsed by the numbering plan of their country.

No part of a number is dropped because it looks odd: a number that cannot be parsed becomes a text that says why.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from bot.i18n import LocalizedText, say

# International, with the extension that Direct Routing knows: https://learn.microsoft.com/powershell/module/microsoftteams/set-csphonenumberassignment
NUMBER = re.compile(r"\+[1-9]\d{2,14}(?:;ext=\d{1,15})?")
SCIENTIFIC_NOTATION = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
EXTENSION = re.compile(
    r"\s*(?:;\s*ext\s*=|\bext(?:ension)?\b\.?:?|\bx\.?|#|\bdurchwahl\b:?|\bdw\b\.?:?)\s*(?P<digits>\d{1,15})\s*$", re.IGNORECASE
)
DIGITS_AND_PUNCTUATION = re.compile(r"\+?[\d\s().\-/\u2010-\u2015\u2212]+")  # digits, and what people put between them
OTHER_CHARACTERS = re.compile(r"[^+\d\s().\-/\u2010-\u2015\u2212]+")
ZERO_IN_BRACKETS = re.compile(r"\(\s*0\s*\)")
SECOND_NUMBER = re.compile(r"\d\s*/\s*\d{1,4}\s*$")
COUNTRY_NEEDED = say("a number with its country is needed, such as +4930123456")


@dataclass(frozen=True)
class Telephone:
    """A number in the form that Teams takes ("+4930123456", "+4930123456;ext=12"), with notes about what was inferred."""

    text: str
    notes: tuple[LocalizedText, ...] = ()


@lru_cache(maxsize=20_000)
def parse_number(written: str) -> Telephone | LocalizedText:
    """The number, or the problem with it."""
    text = re.sub(r"^tel:", "", written.strip(), flags=re.IGNORECASE).strip()
    mark = text[:1] in ("'", "\u2019") and text[1:2] == "+"
    text = text[1:] if mark else text
    if SCIENTIFIC_NOTATION.fullmatch(text):
        return say("Excel has shortened this number and its last digits are lost: format the column as text, and enter the number again")
    extension = EXTENSION.search(text)
    main = text[: extension.start()] if extension else text
    if not DIGITS_AND_PUNCTUATION.fullmatch(main) or main.rfind("+") > 0:
        return _describe_unreadable(main)
    if not main.startswith("+"):
        return _ask_for_country(main)
    try:
        number = phonenumbers.parse(main)
    except NumberParseException as error:
        unknown = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return say("no country has a number that begins like this") if unknown else COUNTRY_NEEDED
    if wrong := _find_ambiguity(main, number):
        return wrong
    tail = f";ext={extension['digits']}" if extension else ""
    return Telephone(phonenumbers.format_number(number, PhoneNumberFormat.E164) + tail, tuple(_notes(mark, main, number)))


def _describe_unreadable(text: str) -> LocalizedText:
    if text.count("+") > 1:
        return say("these are several numbers: name one")
    other = OTHER_CHARACTERS.search(text)
    if other is None:
        return COUNTRY_NEEDED
    return say("“{letters}” belongs to no number; an extension is written as ;ext=123", letters=other.group()[:20])


def _ask_for_country(text: str) -> LocalizedText:
    """The request for a country. It is never guessed; where the digits show one, the request proposes it."""
    digits = re.sub(r"\D", "", text)
    international = f"+{digits[2:]}" if digits.startswith("00") else f"+{digits}"
    try:
        number = None if digits.startswith("0") and not digits.startswith("00") else phonenumbers.parse(international)
    except NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or len(digits) < 9:
        return COUNTRY_NEEDED
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return say("a number with its country is needed: write {number} if that is meant", number=whole)


def _find_ambiguity(text: str, number: PhoneNumber) -> LocalizedText | None:
    """The question about a number that can be read in more than one way, or that has no valid length."""
    whole, digits = phonenumbers.format_number(number, PhoneNumberFormat.E164), _only_digits(text)
    bracket = _has_bracket_after_country(text, number)
    if whole != digits and not bracket:
        left = _surplus_digit(whole, digits)
        return say("the {digit} behind the country is not dialled from abroad: write {number} if that is meant", digit=left, number=whole)
    if len(ZERO_IN_BRACKETS.findall(text)) > bracket:
        return say("what (0) means here is not clear: write the number as it is dialled from abroad")
    if SECOND_NUMBER.search(text):
        return say("what follows the last / may be a second number: name one, and an extension as ;ext=12")
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.TOO_SHORT | ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return say("this number is too short for its country")
        case ValidationResult.TOO_LONG:
            return say("this number is too long for its country")
        case ValidationResult.INVALID_LENGTH:
            return say("no number of its country has so many digits")
    return None if NUMBER.fullmatch(whole) else COUNTRY_NEEDED


def _only_digits(text: str) -> str:
    return "+" + "".join(str(int(letter)) for letter in text if letter.isdecimal())


def _has_bracket_after_country(text: str, number: PhoneNumber) -> bool:
    """Whether a bracket opens right after the country code: digits that are not dialled from abroad may stand in it."""
    return re.match(rf"\+\s*{number.country_code}\s*\(\s*\d", text) is not None


def _surplus_digit(whole: str, digits: str) -> str:
    """The first written digit that does not belong to the number."""
    return next((digit for digit, other in zip(digits, whole + " ", strict=False) if digit != other), digits[-1:])


def _notes(mark: bool, text: str, number: PhoneNumber) -> Iterator[LocalizedText]:
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if ZERO_IN_BRACKETS.search(text) or whole != _only_digits(text):
        yield say("understood as {number}: “{written}”", number=whole, written=text.strip())
    if mark:
        yield say("the ' before the number is Excel's mark for text")
    if not phonenumbers.is_valid_number(number):
        yield say("no number like this is given out in its country, as far as is known: check it")


def normalize_number(number: str) -> str:
    """The number in the form in which it is compared and assigned; the text itself, without "tel:", where it cannot be parsed."""
    found = parse_number(number)
    return found.text if isinstance(found, Telephone) else re.sub(r"^tel:", "", number.strip(), flags=re.IGNORECASE)


def number_problem(number: str) -> LocalizedText | None:
    """The reason why this number cannot be assigned; None where it can."""
    found = parse_number(number)
    return found if isinstance(found, LocalizedText) else None
