"""Protected ranges: their requests in ``batchUpdate``, and whom they keep from editing.

A range without editors is shown as protected, but keeps nobody who may edit the file from editing
it; neither does one that only warns. The owner of a file may edit everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.server.google.errors import invalid
from sandbox.server.google.sheets.cells import find_sheet, rectangle
from sandbox.server.google.sheets.grid import Json, Window, may_edit
from sandbox.server.google.sheets.store import GoogleDrive, Sheet, Spreadsheet

_SIDES = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
_REFUSED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to "
    "remove protection if you need to edit."
)


def add_protected_range(_drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]) -> Json:
    """Protect a range, or a whole tab, of which there is one protection at most."""
    sent = dict(details.get("protectedRange", {}))
    sheet = find_sheet(file, sent.get("range", {}).get("sheetId", 0))
    taken = {number for one in file.sheets for number in one.protections}
    number = sent.get("protectedRangeId") or max(taken, default=1_000_000) + 1
    if number in taken:
        raise invalid(f"A protected range with id {number} already exists.")
    if sent.get("warningOnly") and sent.get("editors"):
        raise invalid("ProtectedRange is warningOnly. Editors cannot be set on it.")
    if _is_whole(sent) and any(map(_is_whole, sheet.protections.values())):
        raise invalid(f'Sheet "{sheet.title}" already has sheet protection.')
    sheet.protections[number] = sent | {"protectedRangeId": number}
    shown = sheet.protections[number] | {"requestingUserCanEdit": True}
    return {"addProtectedRange": {"protectedRange": shown}}


def delete_protected_range(
    _drive: GoogleDrive, file: Spreadsheet, details: Mapping[str, Any]
) -> Json:
    """Remove a protection."""
    number = details.get("protectedRangeId")
    for sheet in file.sheets:
        if number in sheet.protections:
            del sheet.protections[number]
            return {}
    raise invalid(f"No protected range with id: {number}")


def ensure_may_edit(
    file: Spreadsheet, name: str, details: Mapping[str, Any], who: str | None
) -> None:
    """Refuse a request that changes what is protected from ``who``; None is the file's owner.

    Raises:
        GoogleError: It changes such cells, or removes their protection.
    """
    if name == "deleteProtectedRange":
        number = details.get("protectedRangeId")
        there = [one.protections[number] for one in file.sheets if number in one.protections]
        if not all(may_edit(one, who) for one in there):
            raise invalid(_REFUSED)
        return
    for sheet, place in _touched(file, name, details):
        for one in sheet.protections.values():
            area = rectangle(file, _range(one))[1]
            if _meet(area, place) and not may_edit(one, who) and not _opened(file, one, place):
                raise invalid(_REFUSED)


def _touched(
    file: Spreadsheet, name: str, details: Mapping[str, Any]
) -> Iterator[tuple[Sheet, Window]]:
    if name == "updateCells" and "start" in details:
        start, rows = details["start"], details.get("rows", [])
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max((len(one.get("values", ())) for one in rows), default=0)
        sheet = find_sheet(file, start.get("sheetId", 0))
        yield sheet, (row, row + len(rows), column, column + width)
    elif name in ("updateCells", "repeatCell", "mergeCells", "unmergeCells", "setDataValidation"):
        yield rectangle(file, details.get("range", {}))
    elif name in ("deleteDimension", "insertDimension"):
        span = details.get("range", {})
        axis = "Column" if span.get("dimension") == "COLUMNS" else "Row"
        sides = {f"start{axis}Index": "startIndex", f"end{axis}Index": "endIndex"}
        place = {side: span[key] for side, key in sides.items() if key in span}
        yield rectangle(file, {"sheetId": span.get("sheetId", 0), **place})
    elif name == "deleteSheet":
        yield rectangle(file, {"sheetId": details.get("sheetId", 0)})


def _opened(file: Spreadsheet, protection: Mapping[str, Any], place: Window) -> bool:
    """Whether the exceptions of a protected tab have all of a rectangle."""
    for one in protection.get("unprotectedRanges", ()):
        area = rectangle(file, one)[1]
        rows = area[0] <= place[0] and place[1] <= area[1]
        if rows and area[2] <= place[2] and place[3] <= area[3]:
            return True
    return False


def _meet(one: Window, other: Window) -> bool:
    rows = one[0] < other[1] and other[0] < one[1]
    return rows and one[2] < other[3] and other[2] < one[3]


def _range(protection: Mapping[str, Any]) -> Mapping[str, int]:
    found: Mapping[str, int] = protection.get("range", {})
    return found


def _is_whole(protection: Mapping[str, Any]) -> bool:
    return not any(side in _range(protection) for side in _SIDES)
