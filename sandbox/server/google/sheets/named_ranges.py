"""Named ranges: their requests in ``batchUpdate``, and moving them and protected ranges with cells.

A named range follows its cells: rows inserted above move it, rows inserted inside widen it, and
deleting all of its rows leaves an empty range, which Sheets shows as ``#REF!``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.server.google.errors import invalid
from sandbox.server.google.sheets.a1 import GridRange
from sandbox.server.google.sheets.cells import asked_fields, find_sheet
from sandbox.server.google.sheets.fields import reaches
from sandbox.server.google.sheets.grid import Json, named
from sandbox.server.google.sheets.store import GoogleDrive, NamedRange, Spreadsheet

_NAME = re.compile(r"(?!(?i:true|false)$)[^\W\d]\w{0,249}")
_LIKE_A_CELL = re.compile(r"(?i)[a-z]{1,3}\d+|r\d*c\d*")


def add_named_range(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Name a range."""
    sent = details.get("namedRange", {})
    name = _free_name(file, sent.get("name", ""))
    id = sent.get("namedRangeId") or f"named{len(file.named_ranges) + 1}"
    if any(one.id == id for one in file.named_ranges):
        raise invalid(f"A named range with the id {id} already exists.")
    made = NamedRange(id, name, *_place(file, sent.get("range", {})))
    file.named_ranges.append(made)
    return {"addNamedRange": {"namedRange": named(made)}}


def update_named_range(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Change the name or the range of a named range."""
    sent, mask = details.get("namedRange", {}), asked_fields(details)
    before = _find(file, sent.get("namedRangeId"))
    after = before
    if reaches(mask, "name") and sent.get("name", "").casefold() != before.name.casefold():
        after = replace(after, name=_free_name(file, sent.get("name", "")))
    if reaches(mask, "range"):
        sheet_id, place = _place(file, sent.get("range", {}))
        after = replace(after, sheet_id=sheet_id, place=place)
    file.named_ranges[file.named_ranges.index(before)] = after
    return {}


def delete_named_range(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Delete a named range; its cells stay."""
    file.named_ranges.remove(_find(file, details.get("namedRangeId")))
    return {}


def insert_dimension(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Insert empty rows or columns; later ones move."""
    span = details.get("range", {})
    sheet = find_sheet(file, span.get("sheetId", 0))
    axis = 1 if span.get("dimension") == "COLUMNS" else 0
    start, count = span["startIndex"], span["endIndex"] - span["startIndex"]
    sheet.cells = {
        _moved(at, axis, count) if at[axis] >= start else at: cell
        for at, cell in sheet.cells.items()
    }
    if axis:
        sheet.column_count += count
    else:
        sheet.row_count += count
    move_ranges(file, sheet.sheet_id, axis, start, count)
    return {}


def move_ranges(file: Spreadsheet, sheet_id: int, axis: int, start: int, count: int) -> None:
    """Move named ranges with their cells.

    Args:
        file: The spreadsheet.
        sheet_id: The tab that changes.
        axis: 0 for rows, 1 for columns.
        start: The first row or column that is inserted or deleted, 0-based.
        count: How many are inserted; negative if they are deleted.
    """
    first, end = ("first_column", "end_column") if axis else ("first_row", "end_row")

    def moved(edge: int | None, *, inclusive: bool) -> int | None:
        if edge is None or edge < start or (edge == start and not inclusive):
            return edge
        return max(start, edge + count)

    for one in find_sheet(file, sheet_id).protections.values():
        side = "Column" if axis else "Row"
        for key, inclusive in ((f"start{side}Index", True), (f"end{side}Index", False)):
            if key in one["range"]:
                at = moved(one["range"][key], inclusive=inclusive)
                one["range"] = {**one["range"], key: at}

    file.named_ranges = [
        one
        if one.sheet_id != sheet_id
        else replace(
            one,
            place=replace(
                one.place,
                **{
                    first: moved(getattr(one.place, first), inclusive=True),
                    end: moved(getattr(one.place, end), inclusive=False),
                },
            ),
        )
        for one in file.named_ranges
    ]


def _moved(at: tuple[int, int], axis: int, count: int) -> tuple[int, int]:
    return (at[0], at[1] + count) if axis else (at[0] + count, at[1])


def _free_name(file: Spreadsheet, name: str) -> str:
    if not _NAME.fullmatch(name) or _LIKE_A_CELL.fullmatch(name):
        raise invalid(f'The name "{name}" is not valid for a named range.')
    if any(one.name.casefold() == name.casefold() for one in file.named_ranges):
        raise invalid(f'A named range with the name "{name}" already exists.')
    return name


def _find(file: Spreadsheet, id: str | None) -> NamedRange:
    for one in file.named_ranges:
        if one.id == id:
            return one
    raise invalid(f"No named range with id: {id}")


def _place(file: Spreadsheet, sent: Mapping[str, int]) -> tuple[int, GridRange]:
    sheet = find_sheet(file, sent.get("sheetId", 0))
    sides = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
    return sheet.sheet_id, GridRange(*(sent.get(side) for side in sides))
