"""A text as somebody types it into a cell.

Here belongs finding the cell. How a text becomes a value belongs to ``entry``, as for the API's
``USER_ENTERED``.
"""

from __future__ import annotations

from contextlib import suppress

from sandbox.server.google.errors import GoogleError
from sandbox.server.google.sheets.a1 import parse_a1
from sandbox.server.google.sheets.store import GoogleDrive, Sheet, Spreadsheet
from sandbox.server.google.sheets.values import read_values, write_values


def type_into_cell(drive: GoogleDrive, address: str, text: str) -> tuple[str, str]:
    """Change one cell as a person would, in the spreadsheet's locale; an empty text empties it.

    Args:
        drive: Where it is.
        address: ``Spreadsheet/Tab!B6``, the spreadsheet by title or id.
        text: What is typed.

    Returns:
        A sentence that tells what stood there and what stands there now, and how the row's address
        ends.

    Raises:
        ValueError: There is no such cell, or it cannot be edited; nothing has changed.
    """
    name, slash, inside = address.partition("/")
    title, mark, cell = inside.rpartition("!")
    if not slash or not mark:
        raise ValueError(f"{address!r} is no cell; write Spreadsheet/Tab!B6")
    file = find_spreadsheet(drive, name)
    sheet = find_tab(file, title)
    place = f"'{sheet.title.replace(chr(39), 2 * chr(39))}'!{cell.strip()}"
    row = _row(cell, place)
    try:
        before = _shown(file, place)
        write_values(drive, file, place, {"values": [[text]]}, "USER_ENTERED")
    except GoogleError as error:
        raise ValueError(str(error)) from None
    told = f"{file.title}/{sheet.title}!{cell.strip()}: {before} → {_shown(file, place)}"
    tab = f"{file.url.removeprefix('https://docs.google.com')}#gid={sheet.sheet_id}"
    return told, f"{tab}&range=A{row}"


def find_spreadsheet(drive: GoogleDrive, name: str) -> Spreadsheet:
    """The spreadsheet with that title or id; ValueError naming what there is."""
    for file in drive.files.values():
        if name.strip().casefold() in (file.id.casefold(), file.title.casefold()):
            return file
    known = ", ".join(file.title for file in drive.files.values())
    raise ValueError(f"there is no spreadsheet {name!r}, only {known}")


def find_tab(file: Spreadsheet, title: str) -> Sheet:
    """The tab with that title; ValueError naming what there is."""
    for sheet in file.sheets:
        if sheet.title.casefold() == title.strip().strip("'").casefold():
            return sheet
    known = ", ".join(sheet.title for sheet in file.sheets)
    raise ValueError(f"{file.title} has no tab {title!r}, only {known}")


def _row(cell: str, place: str) -> int:
    """The row of a single cell, counted from 1."""
    with suppress(ValueError):
        _, found = parse_a1(place)
        row, column = found.first_row or 0, found.first_column or 0
        if (found.end_row, found.end_column) == (row + 1, column + 1):
            return row + 1
    raise ValueError(f"{cell!r} is not one cell; write Spreadsheet/Tab!B6")


def _shown(file: Spreadsheet, place: str) -> str:
    rows = read_values(file, place, {}).get("values") or [[""]]
    return str(rows[0][0]) or "nothing"
