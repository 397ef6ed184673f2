"""Tables of people: the column that names them, rows that say no, and columns that are not read.

A table becomes text for `parse_people`, with each person in the line of the table:

    # column SipAddress · not read: Wave · Voice (No ×2)
    bob@contoso.com
    erin@contoso.com (UserPrincipalName)
    # left aside: carol@contoso.com · Migrate: No

Entries below a "# column" line are looked up as its heading says, and an entry with a heading behind it as that one says.
"""

import csv
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.i18n import LocalizedText, say
from bot.steps.shared.people_input.headings import (
    DECIDING_HEADINGS,
    EXCLUDING_HEADINGS,
    NO_WORDS,
    RANK,
    is_deciding,
    is_no,
    lookup_by,
    normalize_heading,
)

SEPARATOR = " · "  # between the parts of a comment line
COLUMN, UNREAD, UNSEEN, ASIDE = "# column ", "not read: ", "invisible characters: ", "# left aside: "
# Lines before the headings, as Windows PowerShell's Export-Csv and Excel write them.
PREAMBLE = re.compile(r"#TYPE .*|\"?sep=(?P<delimiter>[,;\t])\"?", re.IGNORECASE)
PREFIX = re.compile(r"(?P<kind>sip|upn|smtp|mailto):\s*", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![^\s@])[^\s@]+@[^\s@]+\.[^\s@]+")
MAX_COLUMNS = 12  # unread columns that are listed one by one


class UnreadableTable(Exception):
    """A table with lines that cannot be read, and the problem of each."""

    def __init__(self, problems: list[LocalizedText]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class TableRow(NamedTuple):
    line: int  # in the file, from 1
    cells: list[str]

    def __bool__(self) -> bool:
        return any(self.cells)


@dataclass
class TableColumns:
    """The headings of a table, and the places of columns that name people or decide about rows."""

    headings: list[str]  # headings; where there are none, the numbers from 1
    naming: list[int]  # best first
    deciding: list[int] = field(default_factory=list)

    def name(self, place: int) -> str:
        return self.headings[place]


def is_table(text: str) -> bool:
    """Whether pasted text is a table: cells with tabs between, or a first line of headings."""
    lines = [line for line in text.splitlines() if line.strip()]
    if any(line.startswith(COLUMN) for line in lines):
        return False  # it has been read already
    cells = re.split(r"[,;\t]", lines[0]) if len(lines) > 1 else []
    headed = bool(cells) and "@" not in lines[0] and any(lookup_by(cell) for cell in cells)
    return headed or any("\t" in line.strip() for line in lines)


def read_table(text: str, lines_with_invisible: int = 0) -> str:
    """The people of a table as lines of text. Raises `UnreadableTable`."""
    rows, last = _parse_rows(text)
    there = [row for row in rows if row]
    if not there:
        return ""
    columns, headed = _find_columns(there)
    if columns is None:
        return "\n".join(_lines_by_number(last, {row.line: ", ".join(filter(None, row.cells)) for row in there}))
    meant = [row for row in there if row is not headed]
    columns.deciding = [place for place in columns.deciding if is_deciding([cell for row in meant if (cell := _cell(row, place))])]
    lines: dict[int, str] = {}
    problems: list[LocalizedText] = []
    for row in meant:
        try:
            lines[row.line] = _convert_row(row, columns)
        except ValueError as error:
            problems.append(say("line {number}: {wrong}", number=row.line, wrong=error.args[0]))
    problems += _find_contradictions(meant, lines, columns)
    if problems:
        raise UnreadableTable(problems)
    told = _lines_by_number(last, lines)
    return "\n".join(_insert_heading_line(told, headed, _heading_line(columns, meant, lines_with_invisible)))


def _find_contradictions(rows: Sequence[TableRow], lines: dict[int, str], columns: TableColumns) -> list[LocalizedText]:
    """The problems of rows that leave a person aside that another row names."""
    named = {row.line: PREFIX.sub("", _cell(row, place)).lower() for row in rows if (place := _naming_column(row, columns)) is not None}
    meant = {named[line]: line for line, text in reversed(lines.items()) if parse_left_aside(text) is None}
    against = [line for line, text in lines.items() if parse_left_aside(text) is not None and named[line] in meant]
    return [
        say("line {number}: says no to {name}, who stands in line {other} too", number=line, name=named[line], other=meant[named[line]])
        for line in against
    ]


def _naming_column(row: TableRow, columns: TableColumns) -> int | None:
    return next((place for place in columns.naming if _cell(row, place)), None)


def _insert_heading_line(told: list[str], headed: TableRow | None, heading: str) -> list[str]:
    """The lines with a comment in place of the headings, so that all others keep their numbers."""
    if headed is None:
        return [heading, *told] if heading else told
    told[headed.line - 1] = heading or "#"
    return told


def _lines_by_number(last: int, lines: dict[int, str]) -> list[str]:
    return [lines.get(number, "") for number in range(1, last + 1)]


def _parse_rows(text: str) -> tuple[list[TableRow], int]:
    """The rows with the numbers of their first lines, and the number of the last line. Raises `UnreadableTable`."""
    before, delimiter, table = _split_preamble(text.split("\n"))
    reader = csv.reader(io.StringIO(table), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    rows: list[TableRow] = []
    while True:
        line = before + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableTable([_describe_csv_error(line, str(error))]) from None
        if cells is None:
            return rows, max(before + reader.line_num, 1)
        if any(ADDRESS.search(rest) for cell in cells if (rest := cell.partition("\n")[2])):
            end = before + reader.line_num
            why = say("a quotation mark opens a cell that goes on to line {end} and holds people: close it where it ends", end=end)
            raise UnreadableTable([say("line {number}: {wrong}", number=line, wrong=why)])
        rows.append(TableRow(line, [" ".join(cell.split()) for cell in cells]))


def _describe_csv_error(line: int, error: str) -> LocalizedText:
    if "expected after" in error:
        return say("line {number}: something follows behind a quotation mark that closes a cell; leave one of them away", number=line)
    return say("line {number}: a quotation mark is opened and never closed; close it, or leave it away", number=line)


def _split_preamble(lines: list[str]) -> tuple[int, str, str]:
    """The number of lines before the table, the delimiter of its cells, and the table itself."""
    told = list(itertools.takewhile(bool, (PREAMBLE.fullmatch(line.strip()) for line in lines)))
    blank = sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), lines[len(told) :]))
    table = lines[len(told) + blank :]
    named = next((found["delimiter"] for found in told if found and found["delimiter"]), "")
    first = (table or [""])[0]
    return len(told) + blank, named or ("\t" if "\t" in first else max(",;", key=first.count)), "\n".join(table)


def _find_columns(rows: Sequence[TableRow]) -> tuple[TableColumns | None, TableRow | None]:
    """The columns and the row of headings, if any. Without columns every line is one entry. Raises `UnreadableTable`."""
    first = rows[0]
    naming = sorted(
        (place for place, cell in enumerate(first.cells) if lookup_by(cell)), key=lambda place: RANK[normalize_heading(first.cells[place])]
    )
    if naming and not any("@" in cell for cell in first.cells):
        wide = max(len(row.cells) for row in rows)
        heads = [re.sub(r"[()]", "", _one_line(cell)) if lookup_by(cell) else _one_line(cell) for cell in first.cells]
        heads = [head or str(place) for place, head in enumerate(heads, 1)]
        heads += [str(place) for place in range(len(heads) + 1, wide + 1)]
        deciding = [place for place, cell in enumerate(first.cells) if normalize_heading(cell) in DECIDING_HEADINGS | EXCLUDING_HEADINGS]
        return TableColumns(heads, naming, deciding), first
    if all(sum(map(bool, row.cells)) == 1 and row.cells[0] for row in rows):
        return None, None
    if not any("@" in cell for cell in first.cells):
        names = ", ".join(cell for cell in first.cells if cell)
        why = say("no column names people by SipAddress, UserPrincipalName or EmailAddress; your columns are: {names}", names=names)
        raise UnreadableTable([why])
    heads = [str(place) for place in range(1, max(len(row.cells) for row in rows) + 1)]
    with_people = [place for place in range(len(heads)) if any("@" in _cell(row, place) for row in rows)]
    if len(with_people) > 1:
        names = ", ".join(heads[place] for place in with_people)
        raise UnreadableTable(
            [say("columns {names} hold addresses; write headings above them, so that I know which one names people", names=names)]
        )
    return TableColumns(heads, with_people), None


def _convert_row(row: TableRow, columns: TableColumns) -> str:
    """The line of text for a row. Raises `ValueError` with a `LocalizedText`."""
    place = _naming_column(row, columns)
    if place is None:
        names = ", ".join(columns.name(place) for place in columns.naming)
        raise ValueError(say("names nobody: nothing stands in {names}", names=names))
    entry = _cell(row, place)
    for column in columns.deciding:
        said, excludes = _cell(row, column), normalize_heading(columns.name(column)) in EXCLUDING_HEADINGS
        no = is_no(said) if said else True
        if no is None:
            raise ValueError(say("{column} says “{said}”: write yes or no", column=columns.name(column), said=said[:60]))
        if no is not excludes:
            return left_aside_line(entry, f"{columns.name(column)}: {said or '-'}")
    return _add_heading(entry, columns.name(place), lookup_by(columns.name(columns.naming[0])), first=place == columns.naming[0])


def _add_heading(entry: str, heading: str, default: str | None, first: bool) -> str:
    """The entry with the heading by which it is looked up, where that differs from the default. A prefix counts more than a heading."""
    prefix = PREFIX.match(entry)
    bare = entry[prefix.end() :] if prefix else entry
    kind = {"sip": "SIP", "upn": "UPN", "smtp": "SMTP"}.get(prefix["kind"].lower(), "") if prefix else ""
    if kind and lookup_by(kind) != lookup_by(heading):
        return f"{bare} ({heading}: {kind})"
    return bare if first else f"{bare} ({heading})"


def _heading_line(columns: TableColumns, rows: Sequence[TableRow], unseen: int) -> str:
    best = columns.name(columns.naming[0])
    used = {columns.naming[0], *columns.deciding, *(place for row in rows if (place := _naming_column(row, columns)) is not None)}
    left = [
        place
        for place in range(len(columns.headings))
        if place not in used and (not columns.name(place).isdecimal() or _has_cells(rows, place))
    ]
    unread = [_describe_unread_column(columns.name(place), rows, place) for place in left]
    if len(columns.headings) == 1 and best == "1" and not unseen:
        return ""
    more = [f"+{len(unread) - MAX_COLUMNS}"] if len(unread) > MAX_COLUMNS else []
    parts = [f"{COLUMN}{best}", *([UNREAD + SEPARATOR.join([*unread[:MAX_COLUMNS], *more])] if unread else [])]
    return SEPARATOR.join([*parts, *([f"{UNSEEN}{unseen}"] if unseen else [])])


def _has_cells(rows: Sequence[TableRow], place: int) -> bool:
    return any(_cell(row, place) for row in rows)


def _describe_unread_column(name: str, rows: Sequence[TableRow], place: int) -> str:
    """The name of a column that is not read, with the number of rows in which it says no."""
    noes = sum(_cell(row, place).casefold() in NO_WORDS - {"0", "-", "–", "none"} for row in rows)
    return f"{name} (No ×{noes})" if noes else name


def _cell(row: TableRow, place: int) -> str:
    return row.cells[place] if len(row.cells) > place else ""


def _one_line(text: str) -> str:
    """The text without the separator of comment lines."""
    return " ".join(text.replace("·", "-").split())[:80]


@dataclass(frozen=True)
class HeadingLine:
    """The content of a "# column" line."""

    column: str
    unread_columns: tuple[str, ...] = ()
    lines_with_invisible: int = 0


def parse_heading_line(line: str) -> HeadingLine | None:
    """The content of a "# column" line; None for any other line."""
    if not line.startswith(COLUMN):
        return None
    column, *parts = line.removeprefix(COLUMN).split(SEPARATOR)
    unseen = next((part for part in parts if part.startswith(UNSEEN)), "")
    unread = [part.removeprefix(UNREAD) for part in parts if part != unseen]
    count = unseen.removeprefix(UNSEEN)
    return HeadingLine(column.strip(), tuple(unread), int(count) if count.isdecimal() else 0)


def first_line_number(text: str) -> int:
    """The number of the first line: 0 for a comment about a table without headings, since the typed text begins after it."""
    told = parse_heading_line(text.partition("\n")[0])
    return 0 if told and told.column.isdecimal() else 1


def left_aside_line(name: str, why: str) -> str:
    """The comment line for a person that is left aside."""
    return SEPARATOR.join((f"{ASIDE}{_one_line(name)}", _one_line(why)))


def is_comment(line: str) -> bool:
    """Whether a line is a comment, which names no person of the list."""
    return line.strip() == "#" or line.startswith(("# ", "#\t"))


def parse_left_aside(line: str) -> str | None:
    """The person that a comment line leaves aside, with the reason; None for any other line."""
    if not line.startswith(ASIDE):
        return None
    name, _, why = line.removeprefix(ASIDE).partition(SEPARATOR)
    return f"{name} ({why})" if why else name
