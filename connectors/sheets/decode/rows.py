"""The tabs of a spreadsheet decoded into records of the ``sheet_rows`` stream.

What belongs here: walking the grid of every tab, merged cells, hidden rows, addresses. What does
not: requests, and decoding one cell (``cells``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa
from gspread.utils import absolute_range_name, column_letter_to_index, rowcol_to_a1

from connectors.cells import UNREADABLE, Cell, encode_cells
from connectors.records import Problem, ProblemRule, as_served
from connectors.sheets.decode.cells import EMPTY, Setting, decode_cell, read_zone
from connectors.sheets.streams import SHEET_ROWS

Json = Mapping[str, Any]
Record = dict[str, Any]

_PLAIN_TAB = re.compile(r"[^\W\d]\w*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|R\d*C\d*", re.IGNORECASE)


_Position = tuple[int, int]


class _Covered(NamedTuple):
    """What covers a merged cell: row and column of the top left one, the range, and which way."""

    origin: _Position
    address: str
    way: Literal["down", "across"]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a spreadsheet, as served.

    Attributes:
        spreadsheet: The spreadsheet's id.
        spreadsheet_title: Its title.
        sheet_id: The tab's id, which does not change when it is renamed.
        title: The tab's title.
        updated_at: When the spreadsheet was last changed, if Drive reports it.
        grid: The parts of its grid.
        merges: Its merged ranges.
    """

    spreadsheet: str
    spreadsheet_title: str
    sheet_id: int
    title: str
    updated_at: datetime | None
    grid: Sequence[Json]
    merges: Sequence[Json]

    @property
    def place(self) -> str:
        """``spreadsheet/sheetId``."""
        return place_of(self.spreadsheet, self.sheet_id)

    def address(self, column: int, row: int) -> str:
        """``Metrics!C14``; quoted where Sheets requires quotes."""
        return cell_address(self.title, column_letters(column + 1), row)


def place_of(spreadsheet: str, sheet_id: int) -> str:
    """The ``place`` of a tab's records."""
    return f"{spreadsheet}/{sheet_id}"


@cache
def column_letters(column: int) -> str:
    """1 is ``A``, 26 is ``Z``, 27 is ``AA``."""
    return str(rowcol_to_a1(1, column)).removesuffix("1")


@cache
def column_number(letters: str) -> int:
    """The inverse of :func:`column_letters`."""
    return int(column_letter_to_index(letters))


def cell_address(tab: str, letters: str, row: int) -> str:
    """A cell's address with its tab: ``Metrics!C14``, or ``'Q4'!C14`` if it looks like one."""
    return f"{_prefix(tab)}{letters}{row}"


@cache
def _prefix(tab: str) -> str:
    plain = _PLAIN_TAB.fullmatch(tab) and not _LIKE_A_CELL.fullmatch(tab)
    return f"{tab if plain else absolute_range_name(tab)}!"


def read_setting(spreadsheet: Json) -> tuple[Setting, Problem | None]:
    """Locale and time zone of a spreadsheet; an unknown zone is a problem, and UTC is used."""
    properties = spreadsheet["properties"]
    default = (properties.get("defaultFormat") or {}).get("numberFormat") or {}
    name = properties.get("timeZone", "")
    zone = read_zone(name)
    setting = Setting(properties.get("locale", ""), zone or UTC, default)
    if zone is not None:
        return setting, None
    return setting, Problem(
        ProblemRule.UNKNOWN_TIME_ZONE,
        spreadsheet["spreadsheetId"],
        f"The spreadsheet {properties.get('title', '')!r} is set to the time zone {name!r}, which "
        "is not known here; its times are read as UTC. Set another in File → Settings.",
        spreadsheet_url(spreadsheet["spreadsheetId"]),
    )


def read_tabs(spreadsheet: Json, updated_at: datetime | None) -> list[Tab]:
    """All tabs that have a grid; charts and connected sheets have none."""
    title = spreadsheet["properties"].get("title", "")
    return [
        Tab(
            spreadsheet=spreadsheet["spreadsheetId"],
            spreadsheet_title=title,
            sheet_id=sheet["properties"].get("sheetId", 0),
            title=sheet["properties"].get("title", ""),
            updated_at=updated_at,
            grid=sheet.get("data") or [],
            merges=sheet.get("merges") or [],
        )
        for sheet in spreadsheet.get("sheets") or []
        if sheet["properties"].get("sheetType", "GRID") == "GRID"
    ]


def read_rows(tab: Tab, setting: Setting) -> Iterator[Record | Problem]:
    """The tab's non-empty rows, from the top; a problem for one that cannot be decoded."""
    merged = _merged(tab)
    held: dict[_Position, Cell] = {}
    for part in tab.grid:
        first_row, first_column = part.get("startRow", 0), part.get("startColumn", 0)
        metadata = part.get("rowMetadata") or []
        for offset, served in enumerate(part.get("rowData") or []):
            row = first_row + offset + 1
            hidden = metadata[offset] if offset < len(metadata) else {}
            try:
                cells = {
                    column: msgspec.structs.replace(cell, address=tab.address(column, row))
                    for column, cell in enumerate(_row_cells(served, setting), first_column)
                    if cell.kind != "empty" and column not in merged.get(row, ())
                }
                held |= {(row, column): cell for column, cell in cells.items()}
                if cells:
                    cells |= _carried(merged.get(row, {}), held)
                    yield _record(tab, row, cells, served, hidden)
            except UNREADABLE as error:
                yield _unreadable(tab, row, error)


def cells_of(tab: Tab) -> int:
    """How many cells of a tab were served; malformed rows count as none."""
    return sum(_cells_in(row) for part in tab.grid for row in part.get("rowData") or [])


def rows_table(records: Sequence[Record]) -> pa.Table:
    """The records as a table of the stream."""
    return pa.Table.from_pylist(list(records), schema=SHEET_ROWS)


def spreadsheet_url(spreadsheet: str) -> str:
    """The address that opens a spreadsheet."""
    return f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit"


def _row_cells(row: Json, setting: Setting) -> Iterator[Cell]:
    for served in row.get("values") or []:
        try:
            yield decode_cell(served, setting) if served else EMPTY
        except UNREADABLE as error:
            yield Cell(kind="error", text=served.get("formattedValue") or type(error).__name__)


def _merged(tab: Tab) -> dict[int, dict[int, _Covered]]:
    """By row as people count and column: what covers each merged cell but the top left one."""
    covered: dict[int, dict[int, _Covered]] = {}
    rows, columns = _extent(tab)
    left_over = rows * columns
    for merge in tab.merges:
        top, left = merge.get("startRowIndex", 0), merge.get("startColumnIndex", 0)
        if top < 0 or left < 0:
            raise ValueError("a merged range begins outside of its tab")
        end_row, end_column = merge["endRowIndex"], merge["endColumnIndex"]
        address = f"{tab.address(left, top + 1)}:{rowcol_to_a1(end_row, end_column)}, merged"
        height, width = min(end_row, rows) - top, min(end_column, columns) - left
        left_over -= max(0, height) * max(0, width)
        if left_over < 0:
            raise ValueError("merged ranges overlap")  # they never do, and would take for ever
        for row in range(top, top + height):
            for column in range(left, left + width):
                if (row, column) != (top, left):
                    way: Literal["down", "across"] = "down" if column == left else "across"
                    origin = (top + 1, left)
                    covered.setdefault(row + 1, {})[column] = _Covered(origin, address, way)
    return covered


def _extent(tab: Tab) -> tuple[int, int]:
    """How many rows and columns of a tab were served; whole rows or columns may be merged."""
    rows = columns = 0
    for part in tab.grid:
        served = part.get("rowData") or []
        rows = max(rows, part.get("startRow", 0) + len(served))
        wide = max(map(_cells_in, served), default=0)
        columns = max(columns, part.get("startColumn", 0) + wide)
    return rows, columns


def _cells_in(row: Any) -> int:
    """How many cells a row has; a malformed one none."""
    values = row.get("values") if isinstance(row, Mapping) else None
    return len(values) if isinstance(values, list) else 0


def _carried(covered: Mapping[int, _Covered], held: Mapping[_Position, Cell]) -> dict[int, Cell]:
    """The cells of a row that show what the top left cell of their merged range holds."""
    return {
        column: msgspec.structs.replace(held[by.origin], address=by.address, merged=by.way)
        for column, by in sorted(covered.items())
        if by.origin in held
    }


def _record(tab: Tab, row: int, cells: Mapping[int, Cell], served: Json, hidden: Json) -> Record:
    placed = {column_letters(column + 1): cell for column, cell in cells.items()}
    return {
        "id": _row_id(tab, row),
        "place": tab.place,
        "url": _row_url(tab, row),
        "updated_at": tab.updated_at,
        "texts": None,
        "cells": encode_cells(placed),
        "raw": as_served(msgspec.json.encode(served)),
        "spreadsheet": tab.spreadsheet,
        "spreadsheet_title": tab.spreadsheet_title,
        "tab": tab.title,
        "sheet_id": tab.sheet_id,
        "row": row,
        "hidden": bool(hidden.get("hiddenByUser") or hidden.get("hiddenByFilter")),
    }


def _row_id(tab: Tab, row: int) -> str:
    return f"{tab.spreadsheet}:{tab.sheet_id}:{row}"


def _row_url(tab: Tab, row: int) -> str:
    return f"{spreadsheet_url(tab.spreadsheet)}#gid={tab.sheet_id}&range=A{row}"


def _unreadable(tab: Tab, row: int, error: Exception) -> Problem:
    return Problem(
        ProblemRule.UNREADABLE_RECORD,
        _row_id(tab, row),
        f"Row {row} of tab {tab.title!r} could not be read ({type(error).__name__}: {error}); its "
        "last good state is kept.",
        _row_url(tab, row),
    )
