"""People from a CSV file as spreadsheets and scripts write it: its encoding, its delimiter, and the column that names them."""

import csv
import io
import itertools
import re

from bot.errors import Misspelt
from bot.people.pasted import HEADING, INVISIBLE
from bot.say import Say, say

HEADINGS = ("sipaddress", "sip", "userprincipalname", "upn", "email", "mail", "user", "who", "people")  # of a column, best first
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # with which a file names its encoding
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how Excel's own files begin, new and old
# Lines of Windows PowerShell's Export-Csv and of Excel that stand before the headings and name nobody.
PREAMBLE = re.compile(r"#TYPE .*|\"?sep=(?P<delimiter>[,;\t])\"?", re.IGNORECASE)
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")

AS_CSV = say("This is an Excel workbook. In Excel, choose Save As and “CSV UTF-8 (comma delimited)”, and send me that file.")
NO_TABLE = say("This is no CSV file: I need text with one person per line.")
EMPTY = say("Nobody is named in this file.")


def entries(content: bytes) -> str:
    """The people of a CSV file, each in the line that it has in the file, so that a wrong one is named with its own number.

    The column is the one whose heading says whom it names (`HEADINGS`), else the first; other columns count for nothing.
    Raises `Misspelt` for `people` where the file is empty or no table.
    """
    if content.startswith(WORKBOOKS):
        raise _wrong(AS_CSV)
    text = re.sub(r"\r\n?", "\n", INVISIBLE.sub("", _decoded(content)))
    if NO_TEXT.search(text):
        raise _wrong(NO_TABLE)
    found = _named(text)
    if not any(line not in ("", HEADING) for line in found):
        raise _wrong(EMPTY)
    return "\n".join(found)


def _wrong(words: Say) -> Misspelt:
    return Misspelt({"people": words})


def _decoded(content: bytes) -> str:
    """The encodings that Excel and PowerShell write; what says nothing of itself is UTF-8, or else Western European."""
    marked = next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else (*_by_zeros(content), "utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong(NO_TABLE)


def _by_zeros(content: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark shows by every second byte being zero."""
    if b"\0" not in content[:512]:
        return ()
    return ("utf-16-le",) if content[:512:2].count(0) < content[1:512:2].count(0) else ("utf-16-be",)


def _named(text: str) -> list[str]:
    """Who is named in each line; a heading is marked, and the lines that a cell goes on over stay empty."""
    before, delimiter, table = _opened(text.split("\n"))
    reader, found, column = csv.reader(io.StringIO(table), delimiter=delimiter), [""] * before, None
    try:
        for n, row in enumerate(reader):
            column = _column(row) if n == 0 else column
            found.append(HEADING if n == 0 and column is not None else _cell(row, column or 0))
            found.extend([""] * (before + reader.line_num - len(found)))
    except csv.Error:
        raise _wrong(NO_TABLE) from None
    return found


def _opened(lines: list[str]) -> tuple[int, str, str]:
    """How many lines stand before the table, what parts its cells, and the table itself."""
    told = list(itertools.takewhile(bool, (PREAMBLE.fullmatch(line.strip()) for line in lines)))
    table = lines[len(told) :]
    named = next((found["delimiter"] for found in told if found and found["delimiter"]), "")
    return len(told), named or max(",;\t", key=(table or [""])[0].count), "\n".join(table)


def _column(row: list[str]) -> int | None:
    heads = [cell.strip().lower().replace(" ", "") for cell in row]
    return next((heads.index(head) for head in HEADINGS if head in heads), None)


def _cell(row: list[str], column: int) -> str:
    return " ".join(row[column].split()) if len(row) > column else ""
