"""The ``values`` part of the Sheets API: reading and writing rectangles of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.server.google.entry import enter
from sandbox.server.google.errors import invalid
from sandbox.server.google.sheets.a1 import GridRange, format_a1
from sandbox.server.google.sheets.grid import (
    Json,
    Window,
    formatted,
    is_time,
    plain,
    resolve,
    window,
)
from sandbox.server.google.sheets.locales import find_locale
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Sheet, Spreadsheet

_RENDER = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
_INPUT = ("RAW", "USER_ENTERED")


def read_values(file: Spreadsheet, text: str, options: Mapping[str, str]) -> Json:
    """A ``ValueRange``: trailing empty rows and cells are omitted, inner ones are ``""``.

    Args:
        file: The spreadsheet.
        text: An A1 range.
        options: ``valueRenderOption``, ``dateTimeRenderOption``, ``majorDimension`` as sent.
    """
    sheet, place = resolve(file, text)
    shown = window(sheet, place)
    first_row, end_row, first_column, end_column = shown
    rows: list[list[Any]] = []
    inside = [
        (row, column)
        for row, column in sheet.cells
        if first_row <= row < end_row and first_column <= column < end_column
    ]
    for row, column in sorted(inside):
        value = _render(file, sheet.cells[row, column], options)
        if value == "":
            continue
        while len(rows) <= row - first_row:
            rows.append([])
        line = rows[row - first_row]
        line.extend([""] * (column - first_column - len(line)))
        line.append(value)
    dimension = options.get("majorDimension", "ROWS")
    answer: Json = {
        "range": format_a1(sheet.title, first_row, end_row, first_column, end_column),
        "majorDimension": dimension,
    }
    if rows:
        answer["values"] = _transposed(rows) if dimension == "COLUMNS" else rows
    return answer


def write_values(
    drive: GoogleDrive, file: Spreadsheet, text: str, sent: Mapping[str, Any], how: str | None
) -> Json:
    """Write a rectangle; null skips a cell, an empty string clears it.

    Returns:
        An ``UpdateValuesResponse``.
    """
    sheet, place = resolve(file, text)
    shown = window(sheet, place)
    rows = _sent_rows(sent)
    _check_extent(sheet, place, shown, rows, text)
    written = _write(file, sheet, shown[0], shown[2], rows, how)
    drive.touch(file)
    height, width = len(rows), max((len(row) for row in rows), default=0)
    corner = (shown[0], shown[0] + max(height, 1), shown[2], shown[2] + max(width, 1))
    answer: Json = {
        "spreadsheetId": file.id,
        "updatedRange": format_a1(sheet.title, *corner),
    }
    if written:
        answer |= {"updatedRows": height, "updatedColumns": width, "updatedCells": written}
    return answer


def append_values(
    drive: GoogleDrive, file: Spreadsheet, text: str, sent: Mapping[str, Any], how: str | None
) -> Json:
    """Write rows below the last non-empty one of the table at a range.

    Returns:
        An ``AppendValuesResponse``.
    """
    sheet, place = resolve(file, text)
    first_row, _, first_column, end_column = window(sheet, place)
    rows = _sent_rows(sent)
    filled = [
        at
        for at, cell in sheet.cells.items()
        if plain(cell) is not None and at[0] >= first_row and first_column <= at[1] < end_column
    ]
    answer: Json = {"spreadsheetId": file.id}
    below = first_row
    if filled:
        below = max(row for row, _ in filled) + 1
        first_column = min(column for _, column in filled)
        corner = (min(row for row, _ in filled), below, first_column)
        answer["tableRange"] = format_a1(sheet.title, *corner, max(c for _, c in filled) + 1)
    sheet.row_count = max(sheet.row_count, below + len(rows))
    start = format_a1(sheet.title, below, below + 1, first_column, first_column + 1)
    answer["updates"] = write_values(drive, file, start, {"values": rows}, how)
    return answer


def clear_values(drive: GoogleDrive, file: Spreadsheet, text: str) -> str:
    """Clear a rectangle, keeping formats and notes; returns the cleared range."""
    sheet, place = resolve(file, text)
    shown = window(sheet, place)
    for (row, column), cell in list(sheet.cells.items()):
        if shown[0] <= row < shown[1] and shown[2] <= column < shown[3]:
            sheet.put(row, column, Cell(pattern=cell.pattern, note=cell.note, bold=cell.bold))
    drive.touch(file)
    return format_a1(sheet.title, *shown)


def _render(file: Spreadsheet, cell: Cell, options: Mapping[str, str]) -> Any:
    how = options.get("valueRenderOption", "FORMATTED_VALUE")
    if how not in _RENDER:
        raise invalid(f"Invalid value at 'value_render_option', \"{how}\"")
    locale = find_locale(file.locale)
    if how == "FORMULA" and cell.formula:
        return cell.formula
    if how == "FORMATTED_VALUE" or cell.error:
        return formatted(cell, locale)
    if options.get("dateTimeRenderOption") == "FORMATTED_STRING" and is_time(cell, locale):
        return formatted(cell, locale)
    value = plain(cell)
    return "" if value is None else value


def _transposed(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The columns of ragged rows, without trailing empty cells."""
    columns: list[list[Any]] = []
    for at in range(max(len(row) for row in rows)):
        column = [row[at] if at < len(row) else "" for row in rows]
        while column and column[-1] == "":
            column.pop()
        columns.append(column)
    return columns


def _sent_rows(sent: Mapping[str, Any]) -> list[list[Any]]:
    values = sent.get("values", [])
    if not isinstance(values, list) or not all(isinstance(row, list) for row in values):
        raise invalid(
            "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)"
        )
    if sent.get("majorDimension") != "COLUMNS" or not values:
        return values
    height = max(len(column) for column in values)
    return [[column[at] if at < len(column) else None for column in values] for at in range(height)]


def _check_extent(
    sheet: Sheet, place: GridRange, shown: Window, rows: Sequence[Sequence[Any]], text: str
) -> None:
    """Check that rows fit: a single cell is a start, a larger range and the grid are bounds."""
    width = max((len(row) for row in rows), default=0)
    single = place.end_row == shown[0] + 1 and place.end_column == shown[2] + 1
    end_row = sheet.row_count if single else shown[1]
    end_column = sheet.column_count if single else shown[3]
    if shown[0] + len(rows) > end_row:
        raise invalid(
            f"Requested writing within range [{text}], but tried writing to row [{end_row + 1}]"
        )
    if shown[2] + width > end_column:
        raise invalid(
            f"Requested writing within range [{text}], but tried writing to column "
            f"[{end_column + 1}]"
        )


def _write(
    file: Spreadsheet,
    sheet: Sheet,
    first_row: int,
    first_column: int,
    rows: Sequence[Sequence[Any]],
    how: str | None,
) -> int:
    if how is None:
        raise invalid("'valueInputOption' is required but not specified")
    if how not in _INPUT:
        raise invalid(f"Invalid value at 'value_input_option', \"{how}\"")
    locale, raw, written = find_locale(file.locale), how == "RAW", 0
    for down, row in enumerate(rows):
        for across, typed in enumerate(row):
            if typed is None:
                continue
            at = (first_row + down, first_column + across)
            try:
                cell = enter(sheet.cells.get(at, Cell()), typed, locale, raw=raw)
            except ValueError as error:
                raise invalid(f"Invalid values[{down}][{across}]: {error}") from None
            sheet.put(*at, cell)
            written += 1
    return written
