"""The requests of ``batchUpdate`` that write, merge and validate cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.server.google.errors import invalid
from sandbox.server.google.sheets.a1 import GridRange
from sandbox.server.google.sheets.fields import TYPES, Mask, check_mask, parse_mask, reaches
from sandbox.server.google.sheets.grid import Json, Window
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Sheet, Spreadsheet

MOST_LETTERS = 50_000
"""The most characters of a cell."""


def update_cells(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Write cells from a start or into a range; fields of the mask that they lack are cleared."""
    mask, rows = asked_fields(details), details.get("rows", [])
    if "start" in details:
        start = details["start"]
        sheet = find_sheet(file, start.get("sheetId", 0))
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max((len(one.get("values", ())) for one in rows), default=0)
        place = (row, row + len(rows), column, column + width)
    else:
        sheet, place = rectangle(file, details.get("range", {}))
    if place[1] > sheet.row_count or place[3] > sheet.column_count:
        raise invalid("Attempting to write past the last row or column of the grid.")
    for row in range(place[0], place[1]):
        sent = rows[row - place[0]] if row - place[0] < len(rows) else {}
        values: Sequence[Mapping[str, Any]] = sent.get("values", ())
        for column in range(place[2], place[3]):
            given = values[column - place[2]] if column - place[2] < len(values) else {}
            _put(sheet, row, column, given, mask)
    return {}


def repeat_cell(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Write the same cell to every cell of a range."""
    sheet, place = rectangle(file, details.get("range", {}))
    for row in range(place[0], place[1]):
        for column in range(place[2], place[3]):
            _put(sheet, row, column, details.get("cell", {}), asked_fields(details))
    return {}


def append_cells(drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Write cells below the last non-empty row of a tab."""
    sheet = find_sheet(file, details.get("sheetId", 0))
    below = max((row for row, _ in sheet.cells), default=-1) + 1
    rows = details.get("rows", [])
    sheet.row_count = max(sheet.row_count, below + len(rows))
    start = {"sheetId": sheet.sheet_id, "rowIndex": below, "columnIndex": 0}
    return update_cells(drive, file, {"start": start, "rows": rows, "fields": details["fields"]})


def merge_cells(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Merge a range; only the top left cell keeps its value."""
    sheet, place = rectangle(file, details.get("range", {}))
    sheet.merges.append(GridRange(*place))
    for row in range(place[0], place[1]):
        for column in range(place[2], place[3]):
            if (row, column) != (place[0], place[2]):
                sheet.cells.pop((row, column), None)
    return {}


def unmerge_cells(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Undo the merges inside a range."""
    sheet, place = rectangle(file, details.get("range", {}))
    sheet.merges = [one for one in sheet.merges if not _inside(one, place)]
    return {}


def set_validation(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Set the rule of a range; without a rule, remove it."""
    sheet, place = rectangle(file, details.get("range", {}))
    sheet.validations = [(at, rule) for at, rule in sheet.validations if not _inside(at, place)]
    if rule := details.get("rule"):
        sheet.validations.append((GridRange(*place), rule))
    return {}


def find_sheet(file: Spreadsheet, sheet_id: int) -> Sheet:
    """The tab with that id."""
    for sheet in file.sheets:
        if sheet.sheet_id == sheet_id:
            return sheet
    raise invalid(f"No grid with id: {sheet_id}")


def asked_fields(details: Mapping[str, Any]) -> Mask:
    """The required field mask of a request."""
    if not details.get("fields"):
        raise invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all.)")
    return parse_mask(details["fields"])


def rectangle(file: Spreadsheet, sent: Mapping[str, int]) -> tuple[Sheet, Window]:
    """The tab and the bounds of a ``GridRange``; open sides extend to the grid's end."""
    sheet = find_sheet(file, sent.get("sheetId", 0))
    return sheet, (
        sent.get("startRowIndex", 0),
        sent.get("endRowIndex", sheet.row_count),
        sent.get("startColumnIndex", 0),
        sent.get("endColumnIndex", sheet.column_count),
    )


def _inside(one: GridRange, place: Window) -> bool:
    rows = place[0] <= (one.first_row or 0) and (one.end_row or 0) <= place[1]
    return rows and place[2] <= (one.first_column or 0) and (one.end_column or 0) <= place[3]


def _put(sheet: Sheet, row: int, column: int, given: Mapping[str, Any], mask: Mask) -> None:
    """Write the fields of a mask; those that ``given`` lacks are cleared."""
    check_mask(mask, "CellData", TYPES)
    cell = sheet.cells.get((row, column), Cell())
    if reaches(mask, "userEnteredValue"):
        cell = _with_value(cell, given.get("userEnteredValue") or {})
    look = given.get("userEnteredFormat") or {}
    if reaches(mask, "userEnteredFormat", "numberFormat"):
        cell = replace(cell, pattern=(look.get("numberFormat") or {}).get("pattern"))
    text = look.get("textFormat") or {}
    if reaches(mask, "userEnteredFormat", "textFormat", "bold"):
        cell = replace(cell, bold=bool(text.get("bold")))
    if reaches(mask, "userEnteredFormat", "textFormat", "link"):
        cell = replace(cell, link=(text.get("link") or {}).get("uri"))
    if reaches(mask, "note"):
        cell = replace(cell, note=given.get("note"))
    sheet.put(row, column, cell)


def _with_value(cell: Cell, value: Mapping[str, Any]) -> Cell:
    if "formulaValue" in value:
        return replace(cell, value=None, formula=value["formulaValue"], error="#ERROR!")
    if len(value) > 1:
        raise invalid("A cell takes one kind of value.")
    plain = next(iter(value.values()), None)
    if isinstance(plain, str) and len(plain) > MOST_LETTERS:
        raise invalid(
            f"Your input contains more than the maximum of {MOST_LETTERS} characters in a single "
            "cell."
        )
    plain = None if plain == "" else plain
    return replace(cell, value=plain, formula=None, error=None)
