"""People in a CSV file: its encoding is recognised, and `table` reads its rows."""

import re

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, say, say_counted
from bot.steps.shared.people_input.parser import list_problems, strip_invisible
from bot.steps.shared.people_input.table import UnreadableTable, is_comment, parse_left_aside, read_table

ENCODING_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # byte order marks
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the first bytes of Excel's own files, new and old
TEXT_FILES, WORKBOOK_FILES = ("", "csv", "txt", "tsv"), ("xlsx", "xls", "xlsm", "xlsb", "ods")  # what their names end with
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")

AS_CSV = say("This is an Excel workbook. In Excel, choose Save As and “CSV UTF-8 (comma delimited)”, and send me that file.")
NO_TABLE = say("This is no CSV file: I need text with one person per line.")
EMPTY = say("Nobody is named in this file.")


def read_csv(content: bytes) -> str:
    """The people of a CSV file as text for `parse_people`, with the column that was read, the unread ones and people left aside.

    Each person stands in the line of the file, so that problems have the file's line numbers. Raises `InvalidAnswers` for `people` where
    the file is empty or no table, and where lines of it cannot be read.
    """
    if content.startswith(WORKBOOKS):
        raise _invalid(AS_CSV)
    text, unseen = strip_invisible(re.sub(r"\r\n?", "\n", _decode(content)))
    if NO_TEXT.search(text):
        raise _invalid(NO_TABLE)
    try:
        found = read_table(text, unseen)
    except UnreadableTable as untold:
        raise _invalid(list_problems(untold.problems)) from None
    if not any(line.strip() and not is_comment(line) for line in found.split("\n")):
        raise _invalid(_describe_empty(found))
    return found


def _describe_empty(found: str) -> LocalizedText:
    left = sum(parse_left_aside(line) is not None for line in found.split("\n"))
    return (
        say_counted("Nobody is left: {n} row says that it is not meant.", "Nobody is left: {n} rows say that they are not meant.", n=left)
        if left
        else EMPTY
    )


def _invalid(words: LocalizedText) -> InvalidAnswers:
    return InvalidAnswers({"people": words})


def _decode(content: bytes) -> str:
    """The text, in one of the encodings that Excel and PowerShell write. Without a mark it is UTF-8, or else Western European."""
    marked = next((encoding for mark, encoding in ENCODING_MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else (*_guess_utf16(content), "utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _invalid(NO_TABLE)


def _guess_utf16(content: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark, recognised by every second byte being zero."""
    if b"\0" not in content[:512]:
        return ()
    return ("utf-16-le",) if content[:512:2].count(0) < content[1:512:2].count(0) else ("utf-16-be",)
