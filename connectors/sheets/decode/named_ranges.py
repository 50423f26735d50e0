"""A spreadsheet's named ranges decoded into records of the ``sheet_ranges`` stream.

What belongs here: the position of a named range, 1-based and in A1 notation. What does not: its
cells, which are read with the rows of its tab (``rows``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.cells import UNREADABLE
from connectors.records import Problem, ProblemRule
from connectors.sheets.decode.rows import (
    Record,
    cell_address,
    column_letters,
    spreadsheet_url,
)

LOST = "#REF!"
"""The address of a named range whose cells or tab were deleted."""
_LAST_COLUMN = "ZZZ"


def read_ranges(
    spreadsheet: str, served: Mapping[str, Mapping[str, Any]], titles: Mapping[int, str]
) -> Iterator[Record | Problem]:
    """The named ranges of a spreadsheet.

    Args:
        spreadsheet: The spreadsheet's id.
        served: ``NamedRange`` objects by id, as served.
        titles: The tabs' titles by id; a range on any other tab is lost.

    Returns:
        Records of :data:`connectors.sheets.streams.SHEET_RANGES`, and a problem for each range that
        cannot be decoded. An open side, as in ``C4:C``, is null; all sides of a lost range are.
    """
    for key, one in served.items():
        try:
            yield _record(spreadsheet, f"{spreadsheet}:{key}", one, titles)
        except UNREADABLE as error:
            yield Problem(
                ProblemRule.UNREADABLE_RECORD,
                f"{spreadsheet}:{key}",
                f"A named range of the spreadsheet could not be read ({type(error).__name__}:"
                f" {error}); its last good state is kept.",
                spreadsheet_url(spreadsheet),
            )


def _record(
    spreadsheet: str, key: str, served: Mapping[str, Any], titles: Mapping[int, str]
) -> Record:
    url, name = spreadsheet_url(spreadsheet), str(served["name"])
    record: Record = {"id": key, "place": spreadsheet, "url": url, "name": name, "address": LOST}
    grid = served.get("range") or {}
    sheet_id = int(grid.get("sheetId", 0))  # a zero is omitted from the JSON
    rows = grid.get("startRowIndex", 0), grid.get("endRowIndex")
    columns = grid.get("startColumnIndex", 0), grid.get("endColumnIndex")
    if not grid or sheet_id not in titles or rows[0] == rows[1] or columns[0] == columns[1]:
        return record
    letters, row = column_letters(columns[0] + 1), rows[0] + 1
    last = _corner(columns[1], rows[1])
    more = "" if last == f"{letters}{row}" else f":{last}"
    return record | {
        "url": f"{url}#gid={sheet_id}&range={letters}{row}{more}",
        "address": cell_address(titles[sheet_id], letters, row) + more,
        "sheet_id": sheet_id,
        "first_row": row,
        "last_row": rows[1],
        "first_column": columns[0] + 1,
        "last_column": columns[1],
    }


def _corner(end_column: int | None, end_row: int | None) -> str:
    """The lower right corner; an open side is omitted, as in ``C4:C``."""
    letters = "" if end_column is None else column_letters(end_column)
    return f"{letters}{end_row or ''}" or _LAST_COLUMN
