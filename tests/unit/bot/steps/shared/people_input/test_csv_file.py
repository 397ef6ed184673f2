"""People from a CSV file: any usual encoding and delimiter, the column is found by its heading, and a wrong line keeps its number."""

import pytest

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, say
from bot.steps.shared.people_input.csv_file import AS_CSV, EMPTY, NO_TABLE, read_csv
from bot.steps.shared.people_input.parser import parse_people

TWO = ("bob@contoso.com", "carol@contoso.com")


@pytest.mark.parametrize(
    "text",
    [
        "bob@contoso.com\ncarol@contoso.com\n",
        "bob@contoso.com\rcarol@contoso.com",
        "SipAddress\nsip:bob@contoso.com\nsip:carol@contoso.com\n",
        'Name;Sip Address;Department\n"Bob, the first";bob@contoso.com;Sales\nCarol;carol@contoso.com;\n',
        "DisplayName,UserPrincipalName\r\nBob,bob@contoso.com\r\nCarol,carol@contoso.com\r\n",
        "name\tupn\nBob\tbob@contoso.com\n\nCarol\tcarol@contoso.com",
        '#TYPE Selected.Microsoft.Rtc.Management.ADConnect\n"SipAddress"\n"sip:bob@contoso.com"\n"sip:carol@contoso.com"\n',
        "sep=;\nName;UPN\nVance, Adele, too;bob@contoso.com\nCarol;carol@contoso.com\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_column_that_names_people_is_read(text: str, encoding: str) -> None:
    assert parse_people(read_csv(text.encode(encoding))).people == TWO


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_what_they_were(encoding: str) -> None:
    assert read_csv("UPN\njürgen@müller.example\n".encode(encoding)).endswith("jürgen@müller.example")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Name,SIP\nBob,bob@contoso.com\nCarol,carol\n", 3),
        ("#TYPE x\nName,SIP\nBob,bob@contoso.com\n\nCarol,carol\n", 5),
        ('Name,SIP\n"Bob\nthe first",bob@contoso.com\nCarol,carol\n', 4),
        ("carol\n", 1),
    ],
)
def test_a_wrong_line_is_named_with_its_number_in_the_file(text: str, line: int) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        parse_people(read_csv(text.encode()))
    assert str(refused.value.problems["people"]).startswith(f"line {line}, “carol”")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", EMPTY),
        (b"\xef\xbb\xbf", EMPTY),
        (b"\n\n", EMPTY),
        (b"Name,SIP\n", EMPTY),
        (b"#TYPE x\n", EMPTY),
        (b"PK\x03\x04\x14\x00\x06\x00", AS_CSV),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", AS_CSV),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00\x01", NO_TABLE),
        (b"\xff\xfe\x00\xd8\x00", NO_TABLE),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", NO_TABLE),
        (b'"' + b"x" * 200_000, say("line {number}: a quotation mark is opened and never closed; close it, or leave it away", number=1)),
    ],
)
def test_what_is_no_list_of_people_is_refused_with_a_word(content: bytes, word: LocalizedText) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read_csv(content)
    assert str(refused.value.problems["people"]) == str(word)
