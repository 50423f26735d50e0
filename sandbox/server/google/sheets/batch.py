"""``spreadsheets.batchUpdate``: tabs, cells, formats, validation; applied atomically.

What belongs here: the kinds of request that a published table needs, with those for cells in
``cells``. The API's other kinds get a 501: Google would not, but nothing is silently ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import fields
from typing import Any

from sandbox.server.google.errors import GoogleError, invalid
from sandbox.server.google.sheets.cells import (
    append_cells,
    asked_fields,
    find_sheet,
    merge_cells,
    repeat_cell,
    set_validation,
    unmerge_cells,
    update_cells,
)
from sandbox.server.google.sheets.fields import Mask, reaches
from sandbox.server.google.sheets.grid import Json, sheet_properties
from sandbox.server.google.sheets.locales import LOCALES
from sandbox.server.google.sheets.metadata import (
    create_metadata,
    delete_metadata,
    update_metadata,
)
from sandbox.server.google.sheets.named_ranges import (
    add_named_range,
    delete_named_range,
    insert_dimension,
    move_ranges,
    update_named_range,
)
from sandbox.server.google.sheets.protections import (
    add_protected_range,
    delete_protected_range,
    ensure_may_edit,
)
from sandbox.server.google.sheets.store import Cell, GoogleDrive, Sheet, Spreadsheet, Tab

Change = Callable[[GoogleDrive, Spreadsheet, Mapping[str, Any]], Json]
_MOST_CELLS = 10_000_000


def batch_update(
    drive: GoogleDrive, file: Spreadsheet, body: Mapping[str, Any], who: str | None = None
) -> Json:
    """Apply requests in order, and return their replies.

    Args:
        drive: The drive.
        file: The spreadsheet to change.
        body: The request's body.
        who: The account that asks; None for the owner of the file.

    Raises:
        GoogleError: One of them is invalid; then none is applied.
    """
    requests = body.get("requests")
    if not requests:
        raise invalid("Must specify at least one request.")
    before = copy(file)
    before.sheets = [_copied(sheet) for sheet in file.sheets]
    before.named_ranges, before.metadata = list(file.named_ranges), dict(file.metadata)
    replies = []
    try:
        for place, request in enumerate(requests):
            replies.append(_apply(drive, file, request, place, who))
            _ensure_room(file)
    except GoogleError:
        for attribute in fields(file):
            setattr(file, attribute.name, getattr(before, attribute.name))
        raise
    drive.touch(file)
    return {"spreadsheetId": file.id, "replies": replies}


def _copied(sheet: Sheet) -> Sheet:
    other = copy(sheet)
    other.cells = dict(sheet.cells)
    other.hidden_rows, other.hidden_columns = set(sheet.hidden_rows), set(sheet.hidden_columns)
    other.protections = {number: dict(one) for number, one in sheet.protections.items()}
    other.merges, other.validations = list(sheet.merges), list(sheet.validations)
    return other


def _ensure_room(file: Spreadsheet) -> None:
    if sum(one.row_count * one.column_count for one in file.sheets) > _MOST_CELLS:
        raise invalid(
            "This action would increase the number of cells in the workbook above the limit of "
            f"{_MOST_CELLS} cells."
        )


def _apply(
    drive: GoogleDrive,
    file: Spreadsheet,
    request: Mapping[str, Any],
    place: int,
    who: str | None,
) -> Json:
    if len(request) != 1:
        raise invalid(f"Invalid requests[{place}]: exactly one kind of request must be set.")
    name, details = next(iter(request.items()))
    if name not in _CHANGES:
        raise GoogleError(501, f"The sandbox does not carry out {name}.")
    try:
        ensure_may_edit(file, name, details, who)
        return _CHANGES[name](drive, file, details)
    except GoogleError as error:
        raise GoogleError(
            error.code, f"Invalid requests[{place}].{name}: {error.message}"
        ) from None


def _add_sheet(drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    sent = details.get("properties", {})
    title = sent.get("title") or f"Sheet{len(file.sheets) + 1}"
    grid = sent.get("gridProperties", {})
    tab = Tab(
        title,
        sheet_id=sent.get("sheetId"),
        hidden=sent.get("hidden", False),
        row_count=grid.get("rowCount", 1000),
        column_count=grid.get("columnCount", 26),
        frozen_rows=grid.get("frozenRowCount", 0),
    )
    if any(one.title.casefold() == title.casefold() for one in file.sheets):
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if any(one.sheet_id == tab.sheet_id for one in file.sheets):
        raise invalid(f"A sheet with the id {tab.sheet_id} already exists.")
    sheet = drive.add_tab(file.id, tab)
    if "index" in sent:
        file.sheets.remove(sheet)
        file.sheets.insert(sent["index"], sheet)
    return {"addSheet": {"properties": sheet_properties(file, sheet)}}


def _delete_sheet(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    sheet = find_sheet(file, details.get("sheetId", 0))
    if len(file.sheets) == 1:
        raise invalid("You can't remove all the sheets in a document.")
    file.sheets.remove(sheet)
    file.metadata = {
        number: one
        for number, one in file.metadata.items()
        if one["location"].get("sheetId") != sheet.sheet_id
    }
    return {}


def _update_sheet(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    sent, mask = details.get("properties", {}), asked_fields(details)
    sheet = find_sheet(file, sent.get("sheetId", 0))
    if reaches(mask, "title") and "title" in sent:
        if any(one.title == sent["title"] and one is not sheet for one in file.sheets):
            raise invalid(f'A sheet with the name "{sent["title"]}" already exists.')
        sheet.title = sent["title"]
    if reaches(mask, "hidden"):
        sheet.hidden = sent.get("hidden", False)
    if reaches(mask, "index") and "index" in sent:
        file.sheets.remove(sheet)
        file.sheets.insert(sent["index"], sheet)
    _update_grid(sheet, sent.get("gridProperties", {}), mask)
    return {}


def _update_grid(sheet: Sheet, grid: Mapping[str, int], mask: Mask) -> None:
    if reaches(mask, "gridProperties", "frozenRowCount"):
        sheet.frozen_rows = grid.get("frozenRowCount", 0)
    if reaches(mask, "gridProperties", "frozenColumnCount"):
        sheet.frozen_columns = grid.get("frozenColumnCount", 0)
    if reaches(mask, "gridProperties", "rowCount") and "rowCount" in grid:
        sheet.row_count = grid["rowCount"]
    if reaches(mask, "gridProperties", "columnCount") and "columnCount" in grid:
        sheet.column_count = grid["columnCount"]
    rows, columns = sheet.row_count, sheet.column_count
    sheet.cells = {at: c for at, c in sheet.cells.items() if at[0] < rows and at[1] < columns}


def _update_spreadsheet(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    sent, mask = details.get("properties", {}), asked_fields(details)
    if reaches(mask, "title") and "title" in sent:
        file.title = sent["title"]
    if reaches(mask, "locale") and "locale" in sent:
        if sent["locale"] not in LOCALES:
            raise invalid(f"Unsupported locale: {sent['locale']}")
        file.locale = sent["locale"]
    if reaches(mask, "timeZone") and "timeZone" in sent:
        file.time_zone = sent["timeZone"]
    return {}


def _append_dimension(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    sheet = find_sheet(file, details.get("sheetId", 0))
    if details.get("dimension") == "COLUMNS":
        sheet.column_count += details["length"]
    else:
        sheet.row_count += details["length"]
    return {}


def _delete_dimension(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    span = details.get("range", {})
    sheet = find_sheet(file, span.get("sheetId", 0))
    axis = 1 if span.get("dimension") == "COLUMNS" else 0
    count = sheet.column_count if axis else sheet.row_count
    start, end = span.get("startIndex", 0), span.get("endIndex", count)
    if end - start >= count:
        raise invalid("You can't delete all the rows or columns on the sheet.")
    kept: dict[tuple[int, int], Cell] = {}
    for at, cell in sheet.cells.items():
        if not start <= at[axis] < end:
            moved = at[axis] - (end - start if at[axis] >= end else 0)
            kept[(at[0], moved) if axis else (moved, at[1])] = cell
    sheet.cells = kept
    if axis:
        sheet.column_count -= end - start
    else:
        sheet.row_count -= end - start
    move_ranges(file, sheet.sheet_id, axis, start, start - end)
    return {}


def _update_dimension(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    span = details.get("range", {})
    sheet = find_sheet(file, span.get("sheetId", 0))
    if not reaches(asked_fields(details), "hiddenByUser"):
        return {}
    columns = span.get("dimension") == "COLUMNS"
    count = sheet.column_count if columns else sheet.row_count
    hidden = sheet.hidden_columns if columns else sheet.hidden_rows
    named = set(range(span.get("startIndex", 0), span.get("endIndex", count)))
    if details.get("properties", {}).get("hiddenByUser", False):
        hidden |= named
    else:
        hidden -= named
    return {}


def _resize(_drive: GoogleDrive, _file: Spreadsheet, _details: Mapping[str, Any]) -> Json:
    return {}  # widths are not stored


_CHANGES: Mapping[str, Change] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _update_sheet,
    "updateSpreadsheetProperties": _update_spreadsheet,
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "appendCells": append_cells,
    "appendDimension": _append_dimension,
    "deleteDimension": _delete_dimension,
    "insertDimension": insert_dimension,
    "addNamedRange": add_named_range,
    "updateNamedRange": update_named_range,
    "deleteNamedRange": delete_named_range,
    "updateDimensionProperties": _update_dimension,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
    "setDataValidation": set_validation,
    "addProtectedRange": add_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "createDeveloperMetadata": create_metadata,
    "updateDeveloperMetadata": update_metadata,
    "deleteDeveloperMetadata": delete_metadata,
    "autoResizeDimensions": _resize,
}
KINDS = frozenset(_CHANGES)
"""The supported kinds of request."""
