"""Finding a table in a tab by its column headers.

What belongs here: which row is the header, which column is which, and which rows are records. What
does not: requests, and what a value means. Everything here is a pure function of rows in the lake,
so a table can be read again without the service.

Columns are found by header, never by position: moving a column changes nothing, renaming one is an
error that names it. Rows above the header are notes; rows with an empty first wanted column are
blank lines, notes or subtotals.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

import msgspec

from connectors.cells import Cell, decode_cells
from connectors.errors import MissingError
from connectors.records import Problem, ProblemRule
from connectors.sheets.decode.cells import is_blank
from connectors.sheets.decode.rows import cell_address, column_number

_SHOWN_HEADERS = 30
_WITHIN = " / "  # between the two rows of a header
_BLANK = Cell("empty")
# Letters of other scripts that look like Latin ones.
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXabesijkmhopctyxABEZHIKMNOPTYXo"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table.

    Attributes:
        row: Its 1-based row in the tab.
        url: The address that opens it.
        id: The id of the ``sheet_rows`` record.
        cells: Wanted name → its cell, named by the header as written; ``empty`` cells included.
        hidden: Whether someone hid the row; hidden rows are records, too.
    """

    row: int
    url: str | None
    id: str
    cells: Mapping[str, Cell]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header row, its records from the top, and the problems in it."""

    header_row: int
    records: list[Record]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    """A ``sheet_rows`` record with its cells by column letter, from the left.

    Attributes:
        row: Its row in the tab.
        served: The record.
        cells: What it holds, a merged cell's value in every row that it covers.
        spread: The same, in every column that it covers, too: a header above several columns.
        is_pair: Whether it is made of the two rows of a header.
    """

    row: int
    served: Mapping[str, Any]
    cells: Mapping[str, Cell]
    spread: Mapping[str, Cell] = field(default_factory=dict)
    is_pair: bool = False


def read_table(
    rows: Sequence[Mapping[str, Any]], wanted: Sequence[str], header_row: int | None = None
) -> Table:
    """Find the table of one tab that has all ``wanted`` columns.

    Headers are compared without regard to case, white space and invisible characters, but
    otherwise exactly. Of a header over two rows, ``Metrics / Value`` names a column, and ``Value``
    does where it is the only one of that name.

    Args:
        rows: Records of one tab (``connectors.sheets.streams.SHEET_ROWS``), in any order.
        wanted: Names of the columns; the first one must be non-empty in every record.
        header_row: The 1-based header row, if known; else the first row with all wanted names.

    Returns:
        The table. A row that repeats the header is skipped. A row with values in wanted columns
        but none in the first is skipped and, unless it follows all records, named in ``problems``.

    Raises:
        MissingError: A wanted header is missing or duplicated. The message lists the headers and
            the closest one.
        ValueError: ``wanted`` is empty.
    """
    if not wanted:
        raise ValueError("a table needs at least one wanted column")
    lines = sorted(_lines(rows), key=lambda line: line.row)
    header = _find_header(lines, wanted, header_row)
    columns = _columns(header, wanted, _tab(lines))
    records, passed = _read_records(lines, header, columns)
    last = records[-1].row if records else 0
    problems = [_skipped(line, wanted[0]) for line in passed if line.row < last]
    return Table(header.row, records, problems)


def normal_name(name: str) -> str:
    r"""A header normalized for comparison: without case, extra spaces and invisible characters.

    >>> normal_name(" Key\u00a0 Result\u200b") == normal_name("key result")
    True
    """
    visible = "".join(
        letter
        for letter in unicodedata.normalize("NFKC", name)
        if unicodedata.category(letter) != "Cf"
    )
    return " ".join(visible.split()).casefold()


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[_Line]:
    for served in rows:
        cells = decode_cells(served["cells"])
        ordered = {key: cells[key] for key in sorted(cells, key=column_number)}
        down = {key: cell for key, cell in ordered.items() if cell.merged != "across"}
        yield _Line(int(served["row"]), served, down, ordered)


def _find_header(lines: Sequence[_Line], wanted: Sequence[str], header_row: int | None) -> _Line:
    names = {normal_name(name) for name in wanted}
    pairs = [
        _pair(upper, lower) for upper, lower in pairwise(lines) if _belongs_above(upper, lower)
    ]
    if header_row is not None:
        header = next((line for line in lines if line.row == header_row), None)
        around = [pair for pair in pairs if pair.row in (header_row, header_row + 1)]
        if header is None:
            raise MissingError(
                "sheets",
                f"Row {header_row} of tab {_tab(lines)!r} should be the header, but is empty.",
                "Correct the header row in the settings.",
            )
        return next((one for one in (header, *around) if names <= set(_headers(one))), header)
    for complete in (lines, pairs):
        for line in complete:
            if names <= set(_headers(line)):
                return line
    matches = [(len(names & set(_headers(line))), line) for line in lines]
    best = max((count for count, _ in matches), default=0)
    if best == 0:
        raise _no_header(lines, wanted)
    # No row has all names: the error is about the first with most of them.
    return next(line for count, line in matches if count == best)


def _columns(header: _Line, wanted: Sequence[str], tab: str) -> dict[str, str]:
    """Wanted name → column letter.

    Raises:
        MissingError: See :func:`read_table`.
    """
    headers = _headers(header)
    missing = [name for name in wanted if normal_name(name) not in headers]
    if missing:
        raise _missing_headers(header, missing, tab)
    for name in wanted:
        found = headers[normal_name(name)]
        if len(found) > 1:
            raise MissingError(
                "sheets",
                f"Tab {tab!r} has the header {name!r} {len(found)} times in row {header.row}: "
                f"columns {', '.join(found)}.",
                "Rename all but one of them.",
            )
    return {name: headers[normal_name(name)][0] for name in wanted}


def _headers(line: _Line) -> dict[str, list[str]]:
    """Normalized name → letters of the columns that have it."""
    found: dict[str, list[str]] = {}
    for letters, cell in line.cells.items():
        parts = [cell.text, cell.text.partition(_WITHIN)[2]] if line.is_pair else [cell.text]
        for name in filter(None, map(normal_name, parts)):
            found.setdefault(name, []).append(letters)
    return found


def _belongs_above(upper: _Line, lower: _Line) -> bool:
    """Whether two rows may be one header: the upper one spans columns, or fills gaps below it."""
    spans = len(upper.spread) > len(upper.cells)
    return lower.row == upper.row + 1 and (spans or bool(set(upper.cells) - set(lower.cells)))


def _pair(upper: _Line, lower: _Line) -> _Line:
    """Two rows of a header as one: ``Metrics / Value`` below a merged ``Metrics``."""
    cells = {}
    for letters in sorted({*upper.spread, *lower.cells}, key=column_number):
        above, below = (line.get(letters, _BLANK) for line in (upper.spread, lower.cells))
        texts = dict.fromkeys(text for cell in (above, below) if (text := cell.text.strip()))
        cells[letters] = Cell("text", _WITHIN.join(texts))
    return _Line(lower.row, lower.served, cells, is_pair=True)


def _read_records(
    lines: Sequence[_Line], header: _Line, columns: Mapping[str, str]
) -> tuple[list[Record], list[_Line]]:
    """The records, and the lines with wanted values but none in the first column."""
    records: list[Record] = []
    passed: list[_Line] = []
    first = next(iter(columns.values()))
    for line in lines:
        if line.row <= header.row or _repeats(line, header, columns):
            continue
        held = line.cells.get(first)
        own = [letters for letters in columns.values() if _is_own(line.cells.get(letters))]
        if not own:
            continue
        if held is not None and held.kind != "empty" and not is_blank(held.text):
            records.append(_record(line, header, columns))
        else:
            passed.append(line)
    return records, passed


def _is_own(cell: Cell | None) -> bool:
    return cell is not None and cell.merged is None


def _repeats(line: _Line, header: _Line, columns: Mapping[str, str]) -> bool:
    return all(
        letters in line.cells
        and normal_name(line.cells[letters].text) == normal_name(header.cells[letters].text)
        for letters in columns.values()
    )


def _record(line: _Line, header: _Line, columns: Mapping[str, str]) -> Record:
    tab = str(line.served.get("tab") or "")
    cells = {}
    for name, letters in columns.items():
        address = cell_address(tab, letters, line.row)
        cell = line.cells.get(letters) or Cell(kind="empty", address=address)
        cells[name] = msgspec.structs.replace(cell, name=header.cells[letters].text)
    return Record(
        row=line.row,
        url=line.served.get("url"),
        id=str(line.served["id"]),
        cells=cells,
        hidden=bool(line.served.get("hidden")),
    )


def _no_header(lines: Sequence[_Line], wanted: Sequence[str]) -> MissingError:
    if not lines:
        return MissingError(
            "sheets",
            f"The tab is empty; no header {_quoted(wanted)}.",
            "Restore it from the spreadsheet's version history, or correct the settings.",
        )
    # Nothing matches: the row with most text cells is probably the header.
    header = max(lines, key=lambda line: Counter(c.kind for c in line.cells.values())["text"])
    return _missing_headers(header, wanted, _tab(lines))


def _missing_headers(header: _Line, missing: Sequence[str], tab: str) -> MissingError:
    found = [cell.text.strip() for cell in header.cells.values() if cell.text.strip()]
    hints = [hint for name in missing if (hint := _closest(name, found))]
    shown = found[:_SHOWN_HEADERS]
    more = f" and {len(found) - len(shown)} more" if len(found) > len(shown) else ""
    word = "header" if len(missing) == 1 else "headers"
    return MissingError(
        "sheets",
        f"Tab {tab!r} has no {word} {_quoted(missing)}. Row {header.row} has {_quoted(shown)}"
        f"{more}.{''.join(f' {hint}' for hint in hints)}",
        "Rename the header back, or name the new one in the settings.",
    )


def _closest(name: str, found: Sequence[str]) -> str | None:
    for header in found:
        if normal_name(header.translate(_LOOK_ALIKES)) == normal_name(name):
            return f"{header!r} only looks like {name!r}: it has letters of another alphabet."
    normal = {normal_name(header): header for header in found}
    closest = get_close_matches(normal_name(name), list(normal), n=1, cutoff=0.5)
    return f"Closest to {name!r} is {normal[closest[0]]!r}." if closest else None


def _skipped(line: _Line, first: str) -> Problem:
    shown = ", ".join(cell.text for cell in line.cells.values() if cell.text)
    return Problem(
        ProblemRule.ROW_WITHOUT_KEY,
        str(line.served["id"]),
        f"Row {line.row} of tab {line.served.get('tab')!r} is between records but has no "
        f"{first!r}, so it was skipped: {shown}.",
        line.served.get("url"),
    )


def _tab(lines: Sequence[_Line]) -> str:
    return str(lines[0].served.get("tab") or "") if lines else ""


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
