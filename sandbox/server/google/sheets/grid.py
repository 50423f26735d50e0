"""Spreadsheets, tabs, grids and cells as the Sheets API serves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.server.google.errors import invalid
from sandbox.server.google.sheets.a1 import GridRange, parse_a1
from sandbox.server.google.sheets.format import (
    format_type,
    show_bool,
    show_number,
    show_text,
    to_serial,
)
from sandbox.server.google.sheets.locales import Locale, find_locale
from sandbox.server.google.sheets.store import Cell, NamedRange, Sheet, Spreadsheet

Json = dict[str, Any]
Window = tuple[int, int, int, int]
"""First row, end row, first column, end column; 0-based, ends excluded."""
ERROR_TYPES = {
    "#ERROR!": "ERROR",
    "#NULL!": "NULL_VALUE",
    "#DIV/0!": "DIVIDE_BY_ZERO",
    "#VALUE!": "VALUE",
    "#REF!": "REF",
    "#NAME?": "NAME",
    "#NUM!": "NUM",
    "#N/A": "N_A",
    "Loading...": "LOADING",
}
_ERROR_MESSAGES = {
    "#REF!": "Reference does not exist.",
    "#DIV/0!": "Function DIVIDE parameter 2 cannot be zero.",
    "#N/A": "Did not find value in lookup.",
    "Loading...": "Loading data...",
}
_WHITE = {"red": 1, "green": 1, "blue": 1}
_TIME_KINDS = ("DATE", "TIME", "DATE_TIME")


def spreadsheet_object(
    file: Spreadsheet, ranges: Sequence[str], *, grid: bool, who: str | None = None
) -> Json:
    """A spreadsheet; ``ranges`` selects tabs and parts of them, ``grid`` adds the cells.

    Which protected ranges ``who`` may edit is said of them; None is the owner.
    """
    windows: dict[str, list[GridRange]] = {}
    for text in ranges:
        sheet, place = resolve(file, text)
        windows.setdefault(sheet.title, []).append(place)
    shown = [sheet for sheet in file.sheets if not ranges or sheet.title in windows]
    return {
        "spreadsheetId": file.id,
        "properties": {
            "title": file.title,
            "locale": file.locale,
            "autoRecalc": "ON_CHANGE",
            "timeZone": file.time_zone,
            "defaultFormat": cell_format(Cell(), find_locale(file.locale)),
        },
        "sheets": [
            _sheet_object(file, sheet, windows.get(sheet.title, [GridRange()]), grid, who)
            for sheet in shown
        ],
        **({"namedRanges": [named(one) for one in file.named_ranges]} if file.named_ranges else {}),
        **_metadata(file, None),
        "spreadsheetUrl": file.url,
    }


def named(one: NamedRange) -> Json:
    """A named range; a tab id of 0 is omitted."""
    grid = grid_range(one.sheet_id, one.place)
    grid = grid if one.sheet_id else {k: v for k, v in grid.items() if k != "sheetId"}
    return {"namedRangeId": one.id, "name": one.name, "range": grid}


def sheet_properties(file: Spreadsheet, sheet: Sheet) -> Json:
    """A tab's properties; false flags are omitted."""
    grid: Json = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
    if sheet.frozen_rows:
        grid["frozenRowCount"] = sheet.frozen_rows
    if sheet.frozen_columns:
        grid["frozenColumnCount"] = sheet.frozen_columns
    answer: Json = {
        "sheetId": sheet.sheet_id,
        "title": sheet.title,
        "index": file.sheets.index(sheet),
        "sheetType": "GRID",
        "gridProperties": grid,
    }
    return {**answer, "hidden": True} if sheet.hidden else answer


def resolve(file: Spreadsheet, text: str) -> tuple[Sheet, GridRange]:
    """The tab and rectangle of an A1 range; a bare title is the whole tab.

    Raises:
        GoogleError: There is no such tab, or the range cannot be parsed.
    """
    unreadable = invalid(f"Unable to parse range: {text}")
    try:
        title, place = parse_a1(text)
    except ValueError:
        title, place = text, GridRange()
    if title is None:
        return file.sheets[0], place
    for sheet in file.sheets:
        if sheet.title.casefold() == title.casefold():
            return sheet, place
    for one in file.named_ranges:
        if one.name.casefold() == text.casefold():
            sheets = [sheet for sheet in file.sheets if sheet.sheet_id == one.sheet_id]
            if sheets:
                return sheets[0], one.place
    raise unreadable


def window(sheet: Sheet, place: GridRange) -> Window:
    """A rectangle clipped to the tab's grid."""
    first_row, first_column = place.first_row or 0, place.first_column or 0
    end_row = min(place.end_row or sheet.row_count, sheet.row_count)
    end_column = min(place.end_column or sheet.column_count, sheet.column_count)
    if first_row >= sheet.row_count or first_column >= sheet.column_count:
        raise invalid(
            f"Range ({sheet.title}) exceeds grid limits. Max rows: {sheet.row_count}, "
            f"max columns: {sheet.column_count}"
        )
    return first_row, end_row, first_column, end_column


def cell_data(cell: Cell, locale: Locale) -> Json:
    """A cell: entered value, effective value, format."""
    answer: Json = {}
    effective = extended_value(cell)
    if effective:
        typed = {"formulaValue": cell.formula} if cell.formula else effective
        answer["userEnteredValue"] = typed
        answer["effectiveValue"] = effective
        answer["formattedValue"] = formatted(cell, locale)
    if entered := _entered_format(cell, locale):
        answer["userEnteredFormat"] = entered
    answer["effectiveFormat"] = cell_format(cell, locale)
    if cell.link:
        answer["hyperlink"] = cell.link
    if cell.note:
        answer["note"] = cell.note
    return answer


def extended_value(cell: Cell) -> Json:
    """The value of a cell, by type; empty for a blank cell."""
    if cell.error:
        message = _ERROR_MESSAGES.get(cell.error, "Formula parse error.")
        return {"errorValue": {"type": ERROR_TYPES[cell.error], "message": message}}
    value = plain(cell)
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"stringValue": value} if isinstance(value, str) else {"numberValue": value}


def plain(cell: Cell) -> str | float | bool | None:
    """A cell's value as a JSON scalar: dates and durations as serial numbers."""
    if isinstance(cell.value, date | timedelta):
        return to_serial(cell.value)
    return cell.value


def formatted(cell: Cell, locale: Locale) -> str:
    """The text that a person sees in the cell."""
    if cell.error:
        return cell.error
    value = plain(cell)
    if value is None:
        return ""
    if isinstance(value, bool):
        return show_bool(value, locale)
    if isinstance(value, str):
        return show_text(value, cell.pattern)
    return show_number(value, pattern_of(cell, locale), locale)


def pattern_of(cell: Cell, locale: Locale) -> str | None:
    """The effective number format: the cell's own, or the default of a date or duration."""
    if cell.pattern is not None:
        return cell.pattern
    if isinstance(cell.value, datetime):
        return locale.date_time
    if isinstance(cell.value, date):
        return locale.date
    return "[h]:mm:ss" if isinstance(cell.value, timedelta) else None


def is_time(cell: Cell, locale: Locale) -> bool:
    """Whether a cell's number is shown as a date, time or duration."""
    pattern = pattern_of(cell, locale)
    return pattern is not None and format_type(pattern) in _TIME_KINDS


def cell_format(cell: Cell, locale: Locale) -> Json:
    """The complete effective format."""
    value = plain(cell)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    answer: Json = {
        "backgroundColor": _WHITE,
        "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
        "horizontalAlignment": "RIGHT" if number else "LEFT",
        "verticalAlignment": "BOTTOM",
        "wrapStrategy": "OVERFLOW_CELL",
        "textFormat": {
            "foregroundColor": {},
            "fontFamily": "Arial",
            "fontSize": 10,
            "bold": cell.bold,
            "italic": False,
            "strikethrough": False,
            "underline": bool(cell.link),
            "foregroundColorStyle": {"rgbColor": {}},
        },
        "hyperlinkDisplayType": "LINKED" if cell.link else "PLAIN_TEXT",
        "backgroundColorStyle": {"rgbColor": _WHITE},
    }
    pattern = pattern_of(cell, locale)
    if pattern is not None:
        answer["numberFormat"] = {"type": format_type(pattern), "pattern": pattern}
    return answer


def _entered_format(cell: Cell, locale: Locale) -> Json:
    answer: Json = {}
    pattern = pattern_of(cell, locale)
    if pattern is not None:
        answer["numberFormat"] = {"type": format_type(pattern), "pattern": pattern}
    if cell.bold:
        answer["textFormat"] = {"bold": True}
    return answer


def _sheet_object(
    file: Spreadsheet, sheet: Sheet, places: Sequence[GridRange], grid: bool, who: str | None
) -> Json:
    answer: Json = {"properties": sheet_properties(file, sheet)}
    if grid:
        locale = find_locale(file.locale)
        answer["data"] = [_grid_data(sheet, window(sheet, place), locale) for place in places]
    if sheet.protections:
        answer["protectedRanges"] = [_protected(one, who) for one in sheet.protections.values()]
    answer |= _metadata(file, sheet.sheet_id)
    if sheet.merges:
        answer["merges"] = [grid_range(sheet.sheet_id, merge) for merge in sheet.merges]
    return answer


def may_edit(protection: Mapping[str, Any], who: str | None) -> bool:
    """Whether a protection lets an account edit; None is the file's owner."""
    editors = protection.get("editors")
    if who is None or protection.get("warningOnly") or editors is None:
        return True
    return who in editors.get("users", ())


def _protected(one: Mapping[str, Any], who: str | None) -> Json:
    """A protected range; its editors are shown to those alone who may edit it."""
    if may_edit(one, who):
        return {**one, "requestingUserCanEdit": True}
    return {name: value for name, value in one.items() if name != "editors"}


def _metadata(file: Spreadsheet, sheet_id: int | None) -> Json:
    """What developers attached to a tab, or to the spreadsheet itself."""
    here = [one for one in file.metadata.values() if one["location"].get("sheetId") == sheet_id]
    return {"developerMetadata": here} if here else {}


def grid_range(sheet_id: int, place: GridRange) -> Json:
    """A rectangle as a ``GridRange``; open sides are omitted."""
    sides = {
        "startRowIndex": place.first_row,
        "endRowIndex": place.end_row,
        "startColumnIndex": place.first_column,
        "endColumnIndex": place.end_column,
    }
    return {"sheetId": sheet_id, **{k: v for k, v in sides.items() if v is not None}}


def _grid_data(sheet: Sheet, shown: Window, locale: Locale) -> Json:
    first_row, end_row, first_column, end_column = shown
    rows: dict[int, dict[int, Json]] = {}
    for (row, column), cell in sheet.cells.items():
        if first_row <= row < end_row and first_column <= column < end_column:
            rows.setdefault(row, {})[column] = cell_data(cell, locale)
    for place, rule in sheet.validations:
        for row in range(max(place.first_row or 0, first_row), min(place.end_row or 0, end_row)):
            for column in range(place.first_column or 0, place.end_column or 0):
                if first_column <= column < end_column:
                    rows.setdefault(row, {}).setdefault(column, {})["dataValidation"] = rule
    answer: Json = {}
    if first_row:
        answer["startRow"] = first_row
    if first_column:
        answer["startColumn"] = first_column
    if rows:
        answer["rowData"] = [
            _row_data(rows.get(row), first_column) for row in range(first_row, max(rows) + 1)
        ]
    answer["rowMetadata"] = [
        {"hiddenByUser": True, "pixelSize": 21} if row in sheet.hidden_rows else {"pixelSize": 21}
        for row in range(first_row, end_row)
    ]
    answer["columnMetadata"] = [
        {"hiddenByUser": True, "pixelSize": 100}
        if column in sheet.hidden_columns
        else {"pixelSize": 100}
        for column in range(first_column, end_column)
    ]
    return answer


def _row_data(cells: dict[int, Json] | None, first_column: int) -> Json:
    if not cells:
        return {}
    return {"values": [cells.get(column, {}) for column in range(first_column, max(cells) + 1)]}
