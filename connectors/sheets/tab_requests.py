"""The requests that change one tab of a spreadsheet, and the tab as it was read.

What belongs here: what is to be changed, and its requests in a ``spreadsheets.batchUpdate``. What
does not: reading, locking and sending (``shared_tab``, ``shared_book``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gspread.utils import absolute_range_name, rowcol_to_a1

from connectors.sheets.client import Json

LOCK = "okr-sync is writing here for a moment"
"""The text shown to people who edit the tab meanwhile; also identifies our protections."""

Value = str | float | None
_SPARE_ROWS = 50
_ROWS_AT_ONCE = 100
_CELL_FIELDS = "userEnteredValue,userEnteredFormat(numberFormat,textFormat(bold,link))"


@dataclass(frozen=True, slots=True)
class Written:
    """A cell to write: always a plain value, never a formula.

    Attributes:
        value: Text, a number, or None to clear it.
        link: Address that it links to; only web addresses are accepted.
        bold: Whether it is bold, as headers are.
        format: Of a number: the type and the pattern in which it is shown, such as ``PERCENT`` and
            ``0.0%``.
    """

    value: Value
    link: str | None = None
    bold: bool = False
    format: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TabState:
    """A tab as it was read.

    Attributes:
        sheet_id: Its id, which does not change when it is renamed.
        title: Its current title.
        row_count: How many rows the grid has.
        rows: Its cells from A1 on, in rows of different lengths: text, numbers, the result of a
            formula, None for an empty cell.
        locks: Ids of our protections; one is left behind by a killed rewrite.
    """

    sheet_id: int
    title: str
    row_count: int
    rows: tuple[tuple[Value, ...], ...]
    locks: tuple[int, ...] = ()

    def address(self, row: int, column: int) -> str:
        """The A1 address of a cell, from 0-based indices: ``'Link review'!I7``."""
        return str(absolute_range_name(self.title, rowcol_to_a1(row + 1, column + 1)))


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The changes to a tab; rows and columns are 0-based, in the tab as it was read.

    Attributes:
        cells: What to write, by row and column.
        appended: Rows to add below all others; None in all of them leaves a column as it is.
        removed: Rows to remove.
        choices: Column → the only values that its dropdown accepts, below the first row.
        offers: Column → values that its dropdown offers, though others may be typed.
        hidden: Columns to hide.
    """

    cells: Mapping[tuple[int, int], Written] = field(default_factory=dict)
    appended: Sequence[Sequence[Written | None]] = ()
    removed: frozenset[int] = frozenset()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    offers: Mapping[int, Sequence[str]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()

    @property
    def changes_rows(self) -> bool:
        """Whether any row is written, added or removed."""
        return bool(self.cells or self.appended or self.removed)


def lift(number: int) -> Json:
    """The request that removes a protection."""
    return {"deleteProtectedRange": {"protectedRangeId": number}}


def protect(number: int, place: Mapping[str, int], who: str) -> Json:
    """The request that lets nobody but ``who`` and the file's owner edit a ``GridRange``."""
    protected: Json = {"protectedRangeId": number, "range": dict(place), "description": LOCK}
    if "@" in who:
        protected["editors"] = {"users": [who]}
    return {"addProtectedRange": {"protectedRange": protected}}


def changes_of(tab: TabState, wanted: Rewrite) -> Iterator[Json]:
    """The requests for all of a rewrite but the removal of rows."""
    end = len(tab.rows) + len(wanted.appended)
    short = end + _SPARE_ROWS - tab.row_count
    if short > 0:  # also because the last row of a grid cannot be removed
        yield {"appendDimension": _span(tab, "ROWS", length=short + _SPARE_ROWS)}
    for start, rows in _rectangles(wanted.cells):
        yield block_of(tab.sheet_id, start, rows)
    for first in range(0, len(wanted.appended), _ROWS_AT_ONCE):
        added = wanted.appended[first : first + _ROWS_AT_ONCE]
        for left, end in _spans(added):
            part = [[cell or Written(None) for cell in row[left:end]] for row in added]
            yield block_of(tab.sheet_id, (len(tab.rows) + first, left), part)
    for strict, dropdowns in ((True, wanted.choices), (False, wanted.offers)):
        for column, words in dropdowns.items():
            yield {"setDataValidation": _dropdown(tab, column, words, strict)}
    for column in sorted(wanted.hidden):
        place = {"dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
        yield {
            "updateDimensionProperties": {
                "range": {"sheetId": tab.sheet_id, **place},
                "properties": {"hiddenByUser": True},
                "fields": "hiddenByUser",
            }
        }


def removals_of(tab: TabState, wanted: Rewrite) -> Iterator[Json]:
    """The requests that remove rows; they come last, so that indices stay valid before."""
    for row in sorted(wanted.removed, reverse=True):
        place = {"dimension": "ROWS", "startIndex": row, "endIndex": row + 1}
        yield {"deleteDimension": {"range": {"sheetId": tab.sheet_id, **place}}}


def block_of(sheet_id: int, place: tuple[int, int], rows: Sequence[Sequence[Written]]) -> Json:
    """The request that writes a rectangle of cells."""
    start = {"sheetId": sheet_id, "rowIndex": place[0], "columnIndex": place[1]}
    data = [{"values": [_cell_data(cell) for cell in row]} for row in rows]
    return {"updateCells": {"start": start, "rows": data, "fields": _CELL_FIELDS}}


def _spans(rows: Sequence[Sequence[Written | None]]) -> Iterator[tuple[int, int]]:
    """The first and the end of each run of columns in which any row has a cell."""
    filled = {at for row in rows for at, cell in enumerate(row) if cell is not None}
    start = None
    for at in range(max(filled, default=-1) + 2):
        if at in filled:
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None


def _rectangles(
    cells: Mapping[tuple[int, int], Written],
) -> Iterator[tuple[tuple[int, int], list[list[Written]]]]:
    """Rectangles of adjacent cells, with the position of the first; a cell of its own is one."""
    open_at: dict[tuple[int, int], tuple[int, list[list[Written]]]] = {}
    for (row, column), run in _runs(cells):
        first, rows = open_at.get((column, len(run)), (row, []))
        if first + len(rows) != row or len(rows) == _ROWS_AT_ONCE:
            yield (first, column), rows
            first, rows = row, []
        open_at[column, len(run)] = first, [*rows, run]
    for (column, _), (first, rows) in open_at.items():
        yield (first, column), rows


def _runs(
    cells: Mapping[tuple[int, int], Written],
) -> Iterator[tuple[tuple[int, int], list[Written]]]:
    """Runs of adjacent cells, with the position of the first."""
    start, run = (-1, -1), list[Written]()
    for row, column in sorted(cells):
        if run and (row, column) != (start[0], start[1] + len(run)):
            yield start, run
            run = []
        if not run:
            start = (row, column)
        run.append(cells[row, column])
    if run:
        yield start, run


def _cell_data(cell: Written) -> Json:
    if cell.value is None:
        return {}
    if isinstance(cell.value, str):
        value: Json = {"stringValue": cell.value}
        look: Json = {"numberFormat": {"type": "TEXT", "pattern": "@"}}
    else:
        value = {"numberValue": cell.value}
        look = (
            {"numberFormat": dict(zip(("type", "pattern"), cell.format, strict=True))}
            if cell.format
            else {}
        )
    text: Json = {"bold": True} if cell.bold else {}
    if cell.link and cell.link.startswith(("https://", "http://")):
        text["link"] = {"uri": cell.link}
    if text:
        look["textFormat"] = text
    return {"userEnteredValue": value, "userEnteredFormat": look}


def _dropdown(tab: TabState, column: int, words: Sequence[str], strict: bool) -> Json:
    values = [{"userEnteredValue": word} for word in words]
    return {
        "range": {
            "sheetId": tab.sheet_id,
            "startRowIndex": 1,
            "startColumnIndex": column,
            "endColumnIndex": column + 1,
        },
        "rule": {
            "condition": {"type": "ONE_OF_LIST", "values": values},
            "strict": strict,
            "showCustomUi": True,
        },
    }


def _span(tab: TabState, dimension: str, length: int) -> Json:
    return {"sheetId": tab.sheet_id, "dimension": dimension, "length": length}
