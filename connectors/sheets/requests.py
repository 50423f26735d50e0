"""The requests for one spreadsheet: one, or several where it is too large for one response.

What belongs here: splitting a spreadsheet into requests. What does not: which spreadsheets are read
(``source``), and decoding their rows (``rows``).

``values.batchGet`` would be cheaper for a large tab, but it returns values without their number
formats, and only the format tells a date, a duration or a percentage from a number. So a part is
the same request as the whole, limited to ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from gspread.utils import absolute_range_name, rowcol_to_a1

from connectors.errors import SourceError, TransientError, UnreadableResponseError
from connectors.sheets.client import SheetsClient, TooLargeError
from connectors.transport.in_flight import RequestChain
from connectors.transport.shapes import expected_shape

CELLS_AT_ONCE = 200_000
"""Spreadsheets known to have more cells are requested in parts of about this many."""
MOST_CELLS = 100_000_000
"""Ten times as many as Google allows."""


def spreadsheet_requests(client: SheetsClient, spreadsheet: str, cells: int) -> RequestChain:
    """Requests for all tabs and rows; each response has the shape of a spreadsheet.

    Args:
        client: Sends requests.
        spreadsheet: Its id.
        cells: How many cells it had when it was last read.

    Raises:
        SourceError: It cannot be read in parts, either.
    """
    if cells <= CELLS_AT_ONCE:
        try:
            yield partial(client.spreadsheet, spreadsheet)
        except (TooLargeError, TransientError) as error:
            # A spreadsheet that is too large is refused or times out. An outline that is served
            # rules out that Google is down.
            try:
                outline = yield partial(client.outline, spreadsheet)
            except SourceError:
                raise error from None
        else:
            return
    else:
        outline = yield partial(client.outline, spreadsheet)
    with expected_shape("sheets", f"The outline of spreadsheet {spreadsheet}"):
        planned = list(parts(outline))
    for ranges in planned:
        yield partial(client.spreadsheet, spreadsheet, ranges)


def parts(outline: Mapping[str, Any], cells: int | None = None) -> Iterator[list[str]]:
    """Ranges that cover all tabs with a grid, about ``cells`` cells at a time, in order."""
    room = most = cells or CELLS_AT_ONCE
    left = MOST_CELLS
    ranges: list[str] = []
    for sheet in outline.get("sheets") or []:
        properties = sheet["properties"]
        if properties.get("sheetType", "GRID") != "GRID":
            continue
        grid = properties.get("gridProperties") or {}
        rows, columns = grid.get("rowCount", 0), max(1, grid.get("columnCount", 1))
        tab = properties.get("title", "")
        left -= rows * columns
        if left < 0:
            said = f"A spreadsheet claims to have more than {MOST_CELLS:,} cells."
            raise UnreadableResponseError("sheets", said, "Check the url in the settings.")
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
