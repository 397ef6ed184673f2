"""Nothing of a list is read in silence: each line names somebody who is meant, is refused by its number, or is counted as left aside."""

import csv
import io
import re
import sys
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidAnswers
from bot.steps.shared.people_input.csv_file import read_csv
from bot.steps.shared.people_input.headings import is_no, lookup_by
from bot.steps.shared.people_input.list_summary import describe_list
from bot.steps.shared.people_input.parser import INVISIBLE, parse_people
from bot.steps.shared.people_input.people_list import NamedPerson
from tests.support.paths import INPUTS

BOB, CAROL, ERIN, DAVE = (f"{name}@contoso.com" for name in ("bob", "carol", "erin", "dave"))
UNKNOWN = (
    *("iwan.primerow", "layla.mithal", "robin.rakete", "left.person1", "left.person2", "left.person12"),
    *("guest_fabrikam.com#ext#@contoso.onmicrosoft.com", "adelev", "mtr-focusroom1"),
)


@pytest.mark.parametrize(
    ("name", "people", "words"),
    [
        ("01-ucmpstools-report", {BOB: "upn", CAROL: "upn"}, "2 lines, 2 people, from column Username (by sign-in name); "
         "not read: ItemNumber, EV Licence, Time"),
        ("03-sip-empty-in-a-row", {BOB: "sip", ERIN: "upn", CAROL: "sip"}, "3 lines, 3 people, 2 from column SipAddress (by SIP address), "
         "1 from column UserPrincipalName (by sign-in name); not read: DisplayName, Mail"),
        ("04-migrate-no", {BOB: "upn"}, "3 lines, 1 person, from column UserPrincipalName (by sign-in name); "
         "left aside: carol@contoso.com (Migrate: No), erin@contoso.com (Migrate: No - leaves in May); not read: Wave"),
        ("07-emailaddress-heading", {BOB: "mail", CAROL: "mail"}, "2 lines, 2 people, from column EmailAddress (by e-mail address); "
         "not read: PhoneNumber"),
        ("08-german-excel-cp1252", {BOB: "sip", "juergen.groessmann@contoso.com": "sip"},
         "2 lines, 2 people, from column SIP-Adresse (by SIP address); not read: Name, Abteilung"),
        ("10-invisible", {BOB: "sip", CAROL: "sip", ERIN: "sip", DAVE: "sip"},
         "4 lines, 4 people, from column SipAddress (by SIP address); invisible characters were taken out of 3 lines"),
        ("13-manager-user-email", {BOB: "mail"}, "1 line, 1 person, from column Email (by e-mail address); not read: Manager, User"),
        ("24-upn-is-somebody-elses-sip", {ERIN: "upn"}, "1 line, 1 person, from column UserPrincipalName (by sign-in name); "
         "not read: DisplayName"),
        ("25-many-unknown", {name if "@" in name else f"{name}@contoso.com": "upn" for name in UNKNOWN},
         "9 lines, 9 people, from column UserPrincipalName (by sign-in name)"),
        ("26-fasttrack-numbers", {"u.anders@contoso.com": "upn", "frank@contoso.com": "upn"},
         "2 lines, 2 people, from column UserPrincipalName (by sign-in name); not read: TeamsCallingPolicy, TenantDialPlan, LocationID, "
         "City, OnlineVoiceRoutingPolicy, PhoneNumberToAssign, OperatorType"),
    ],
)  # fmt: skip
def test_files_as_admins_send_them(name: str, people: dict[str, str], words: str) -> None:
    text = read_csv((INPUTS / f"{name}.csv").read_bytes())
    assert {one.address: one.lookup_by for one in parse_people(text).entries} == people
    assert str(describe_list(text)) == words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ((INPUTS / "21-quote-never-closed.csv").read_text(), "line 2: a quotation mark is opened and never closed"),
        ('UPN,Note\nbob@contoso.com,"needs\ncarol@contoso.com,ok\nerin@contoso.com,"',
         "line 2: a quotation mark opens a cell that goes on to line 4"),
        ('UPN,Note\nbob@contoso.com,"a headset" soon\n', "line 2: something follows behind a quotation mark"),
        ("SIP,Mail\nbob@contoso.com,\n,,Sales\n", "line 3: names nobody: nothing stands in SIP, Mail"),
        ("UPN,Migrate\nbob@contoso.com,perhaps\ncarol@contoso.com,yes\n", "line 2: Migrate says “perhaps”: write yes or no"),
        ("UPN,Migrate\nbob@contoso.com,Yes\nBOB@contoso.com,No\n", "line 3: says no to bob@contoso.com, who stands in line 2 too"),
        ("UPN,Migrate\nbob@contoso.com,No\n", "Nobody is left: 1 row says that it is not meant."),
        ("Name;Team\nBob;Sales\n", "no column names people by SipAddress, UserPrincipalName or EmailAddress; your columns are: Name, Team"),
        ("erin@contoso.com,bob@contoso.com\n", "columns 1, 2 hold addresses; write headings above them"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_its_line(text: str, problem: str) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read_csv(text.encode())
    assert str(refused.value.problems["people"]).startswith(problem)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bob@contoso.com", None),
        ("bob@contoso.com, carol@contoso.com", "1 line, 2 people"),
        ("bob@contoso.com\ncarol@contoso.com\nBOB@contoso.com", "3 lines, 2 people; named more than once: bob@contoso.com"),
        ("bo\u200bb@contoso.com", "1 line, 1 person; invisible characters were taken out of 1 line"),
        ("SipAddress\tWave\nbob@contoso.com\t1\n", "1 line, 1 person, from column SipAddress (by SIP address); not read: Wave"),
        ("bob@contoso.com, sip:bob@contoso.com", "1 line, 1 person; named more than once: bob@contoso.com"),
        ("sip:bob@contoso.com, upn:bob@contoso.com", "1 line, 2 people"),
        ("UPN,Migration\nbob@contoso.com,2026-12-01\n", "1 line, 1 person, from column UPN (by sign-in name); not read: Migration"),
        ("UPN,Migration\nbob@contoso.com,2\n", "1 line, 1 person, from column UPN (by sign-in name); not read: Migration"),
        ("bob@contoso.com\tSales", "1 line, 1 person, from column 1 (by SIP address or sign-in name); not read: 2"),
        ("# column Mail\nbob@contoso.com\n#\ncarol@contoso.com", "2 lines, 2 people, from column Mail (by e-mail address)"),
        ("bob@contoso.com\n# carol@contoso.com", "2 lines, 1 person; left aside: carol@contoso.com"),
        ("pool pool01.contoso.com", None),
        ("pool p.contoso.com () = bob@contoso.com carol@contoso.com\n# left aside: pool p.contoso.com · 1 without SIP address",
         "2 lines, 2 people, 2 in pool p.contoso.com; left aside: pool p.contoso.com (1 without SIP address)"),
        ("UPN,Voice\nbob@contoso.com,No\ncarol@contoso.com,Yes",
         "2 lines, 2 people, from column UPN (by sign-in name); not read: Voice (No ×1)"),
        ("UPN,Skip?\nbob@contoso.com,\ncarol@contoso.com,x",
         "2 lines, 1 person, from column UPN (by sign-in name); left aside: carol@contoso.com (Skip?: x)"),
    ],
)  # fmt: skip
def test_every_list_is_told_however_it_came(text: str, words: str | None) -> None:
    assert (str(describe_list(text)) if describe_list(text) else None) == words


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sip:bob@contoso.com", NamedPerson(BOB, "sip", exact=True)),
        ("upn:Bob@contoso.com", NamedPerson(BOB, "upn", exact=True)),
        ("mailto:bob@contoso.com", NamedPerson(BOB)),
        ("Bob <sip:bob@contoso.com>", NamedPerson(BOB, "sip", exact=True)),
        ("Ou Yang <bob@contoso.com>", NamedPerson(BOB)),
        ("bob@contoso.com (SipAddress)", NamedPerson(BOB, "sip")),
        ("Benutzerprinzipalname\nbob@contoso.com", NamedPerson(BOB, "upn")),
        ("User Principal Name;Mail\nsip:bob@contoso.com;x", NamedPerson(BOB, "sip")),
        ("SipAddress\nsip:bob@contoso.com", NamedPerson(BOB, "sip")),
    ],
)
def test_it_is_known_how_each_was_named(text: str, named: NamedPerson) -> None:
    assert parse_people(text).entries == (named,)


def test_all_characters_that_nobody_sees_are_known() -> None:
    unseen = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    assert [hex(ord(one)) for one in unseen if not INVISIBLE.fullmatch(one)] == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("No - leaves in May", True),
        ("nein", True),
        ("FALSE", True),
        ("0", True),
        ("-", True),
        ("Yes!", False),
        ("✓", False),
        ("maybe", None),
    ],
)
def test_a_cell_says_no_by_its_first_word(cell: str, says: bool | None) -> None:
    assert is_no(cell) is says


@pytest.mark.parametrize(
    ("heading", "way"),
    [("SIP-Adresse", "sip"), ("User Principal Name", "upn"), ("Primary SMTP", "mail"), ("E-Mail:", "mail"), ("Manager", None), ("", None)],
)
def test_letters_and_digits_of_a_heading_decide(heading: str, way: str | None) -> None:
    assert lookup_by(heading) == way


NAMING = {"SipAddress": "sip", "User Principal Name": "upn", "E-Mail": "mail"}
OTHERS = ("Name", "Wave", "Notes")
ADDRESSES = st.sampled_from(
    [BOB, "SIP:Bob@contoso.com", "carol@contoso.com\u200b", " erin@contoso.com ", "jürgen@contoso.com", "dave@fabrikam.example"]
)
CELLS = {
    **dict.fromkeys(NAMING, st.one_of(ADDRESSES, ADDRESSES, st.just(""), st.sampled_from(["bob", "a@b", "x y@contoso.com"]))),
    "Name": st.sampled_from(["Vance, Adele", "Größmann; Jürgen", 'the "first"', ""]),
    "Wave": st.sampled_from(["1", "2", ""]),
    "Notes": st.sampled_from(["", "two\nlines", "=1+1", "tab\there"]),
    "Migrate": st.sampled_from(["Yes", "ja", "No", "nein, erst im Mai", "", "perhaps"]),
}


@dataclass(frozen=True)
class Sheet:
    heads: list[str]
    rows: list[dict[str, str]]
    content: bytes


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """A file as some spreadsheet writes it: encoding, separator, quotes and line ends as there are, and a few rows of anything."""
    naming = draw(st.lists(st.sampled_from(list(NAMING)), min_size=1, max_size=3, unique=True))
    heads = draw(st.permutations([*naming, *draw(st.lists(st.sampled_from([*OTHERS, "Migrate"]), unique=True))]))
    rows = draw(st.lists(st.fixed_dictionaries({head: CELLS[head] for head in heads}), min_size=1, max_size=6))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draw(st.sampled_from(",;\t")), quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows([heads, *([row[head] for head in heads] for row in rows)])
    encodings = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", *(["cp1252"] if "\u200b" not in out.getvalue() else [])]
    return Sheet(heads, rows, out.getvalue().encode(draw(st.sampled_from(encodings))))


def _read_by_hand(sheet: Sheet) -> tuple[dict[int, str], set[int], set[int]]:
    """What a person makes of the sheet: line -> address of those who are meant; lines that are left aside; lines that are wrong."""
    ranked = [name for name in NAMING if name in sheet.heads]
    decided = any(row.get("Migrate") in ("Yes", "ja", "No", "nein, erst im Mai") for row in sheet.rows)
    meant: dict[int, str] = {}
    aside: dict[int, str] = {}
    wrong, line = set[int](), 2
    for row in sheet.rows:
        cell = next((row[name].replace("\u200b", "").strip() for name in ranked if row[name].strip()), "")
        migrate = row.get("Migrate", "Yes") if decided else "Yes"
        address = cell.lower().removeprefix("sip:")
        if any(value.strip() for value in row.values()):
            if not cell or migrate == "perhaps":
                wrong.add(line)
            elif migrate in ("", "No", "nein, erst im Mai"):
                aside[line] = address
            else:
                meant[line] = address
        line += 1 + row.get("Notes", "").count("\n")
    wrong |= {line for line, address in aside.items() if address in meant.values()}
    if not wrong:
        wrong = {line for line, address in meant.items() if not re.fullmatch(r"\w+@\w+\.\w+", address)}
    return {line: address for line, address in meant.items() if line not in wrong}, set(aside) - wrong, wrong


@given(sheets())
def test_no_line_of_a_file_is_lost(sheet: Sheet) -> None:
    meant, aside, wrong = _read_by_hand(sheet)
    try:
        read = parse_people(read_csv(sheet.content))
    except InvalidAnswers as refused:
        words = str(refused.problems["people"])
        assert {int(number) for number in re.findall(r"^line (\d+)", words, re.MULTILINE)} == wrong, words
        assert wrong or not meant
        return
    assert not wrong
    assert set(read.people) == set(meant.values())
    assert (read.summary.lines, len(read.summary.left_aside)) == (len(meant) + len(aside), len(aside))
    unread = {name.split(" (No ×")[0] for name in read.summary.unread_columns}
    used = {name.removesuffix(": SIP") for name, _ in read.summary.columns}
    assert set(OTHERS) & set(sheet.heads) <= unread <= set(sheet.heads) - used
