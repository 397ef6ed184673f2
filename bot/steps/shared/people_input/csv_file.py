"""People from a CSV file as spreadsheets and scripts write it: its encoding, and what `table` makes of what it holds."""

import re

from bot.errors import InvalidAnswers
from bot.i18n import LocalizedText, say, say_counted
from bot.steps.shared.people_input.pasted import line_by_line, visible
from bot.steps.shared.people_input.table import Untold, aside, is_comment, people_of

MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # with which a file names its encoding
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how Excel's own files begin, new and old
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")

AS_CSV = say("This is an Excel workbook. In Excel, choose Save As and “CSV UTF-8 (comma delimited)”, and send me that file.")
NO_TABLE = say("This is no CSV file: I need text with one person per line.")
EMPTY = say("Nobody is named in this file.")


def entries(content: bytes) -> str:
    """The people of a CSV file, each in the line that it has in the file, so that a wrong one is named with its own number.

    The text tells what `pasted.who` needs to know of the rest: the column, what was not read, and whom a row leaves aside.
    Raises `InvalidAnswers` for `people` where the file is empty or no table, and where lines of it cannot be read.
    """
    if content.startswith(WORKBOOKS):
        raise _wrong(AS_CSV)
    text, unseen = visible(re.sub(r"\r\n?", "\n", _decoded(content)))
    if NO_TEXT.search(text):
        raise _wrong(NO_TABLE)
    try:
        found = people_of(text, unseen)
    except Untold as untold:
        raise _wrong(line_by_line(untold.problems)) from None
    if not any(line.strip() and not is_comment(line) for line in found.split("\n")):
        raise _wrong(_nobody(found))
    return found


def _nobody(found: str) -> LocalizedText:
    left = sum(aside(line) is not None for line in found.split("\n"))
    return (
        say_counted("Nobody is left: {n} row says that it is not meant.", "Nobody is left: {n} rows say that they are not meant.", n=left)
        if left
        else EMPTY
    )


def _wrong(words: LocalizedText) -> InvalidAnswers:
    return InvalidAnswers({"people": words})


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
