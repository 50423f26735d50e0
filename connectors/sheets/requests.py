"""One spreadsheet asked for: at once, or in parts where it is too large for one answer.

What belongs here: the questions. What does not: which spreadsheets are read, and what their rows
hold.

``values.batchGet`` would be the lighter way to read a large tab, but it brings values without
their number formats, and only the format tells a date, a duration or a percentage from a number.
So a part is the same request as the whole, limited to ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from gspread.utils import absolute_range_name, rowcol_to_a1

from connectors.errors import SourceError, TransientError
from connectors.sheets.client import SheetsClient, TooLargeError
from connectors.transport.in_flight import RequestChain

CELLS_AT_ONCE = 200_000
"""Spreadsheets known to hold more are asked for in parts of about so many cells."""


def spreadsheet_requests(client: SheetsClient, spreadsheet: str, cells: int) -> RequestChain:
    """Requests whose answers hold all tabs and rows, each shaped as a spreadsheet.

    Args:
        client: Asks Google.
        spreadsheet: Its id.
        cells: How many cells it held when it was last read.

    Raises:
        SourceError: It cannot be read in parts either.
    """
    if cells <= CELLS_AT_ONCE:
        try:
            yield partial(client.spreadsheet, spreadsheet)
        except (TooLargeError, TransientError) as error:
            # What is too large is refused, or never ends; a service that is down says nothing.
            try:
                outline = yield partial(client.outline, spreadsheet)
            except SourceError:
                raise error from None
        else:
            return
    else:
        outline = yield partial(client.outline, spreadsheet)
    for ranges in parts(outline):
        yield partial(client.spreadsheet, spreadsheet, ranges)


def parts(outline: Mapping[str, Any], cells: int | None = None) -> Iterator[list[str]]:
    """Ranges that together are all tabs with a grid, about ``cells`` cells at a time, in order."""
    room = most = cells or CELLS_AT_ONCE
    ranges: list[str] = []
    for sheet in outline.get("sheets") or []:
        properties = sheet["properties"]
        if properties.get("sheetType", "GRID") != "GRID":
            continue
        grid = properties.get("gridProperties") or {}
        rows, columns = grid.get("rowCount", 0), max(1, grid.get("columnCount", 1))
        tab = properties.get("title", "")
        first = 1
        while first <= rows:
            if ranges and room < columns:
                yield ranges
                ranges, room = [], most
            end = min(rows, first + max(1, room // columns) - 1)
            ranges.append(absolute_range_name(tab, f"A{first}:{rowcol_to_a1(end, columns)}"))
            room -= (end - first + 1) * columns
            first = end + 1
    if ranges:
        yield ranges
