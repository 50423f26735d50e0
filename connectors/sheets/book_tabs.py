"""A tab that a program writes beside people's own columns, as it was read.

What belongs here: what was entered into its cells, and what others have protected. What does not:
reading, locking and writing (``shared_book``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gspread.utils import absolute_range_name, rowcol_to_a1

from connectors.errors import AccessError
from connectors.sheets.tab_requests import LOCK, Rewrite, TabState, Value

TAB_FIELDS = (
    "properties(sheetId,title,gridProperties(rowCount,columnCount)),"
    "protectedRanges(protectedRangeId,description,range,unprotectedRanges,warningOnly,"
    "requestingUserCanEdit),data(rowData(values(userEnteredValue,note)))"
)
"""The fields of a tab."""
Area = tuple[int, int, int, int]
"""First row, end row, first column, end column; 0-based, ends excluded."""


class Formula(str):
    """The text of a formula that somebody wrote into a cell."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """Cells that others have protected, also from us: all of an area but for some of it."""

    area: Area
    open: tuple[Area, ...]
    description: str


@dataclass(frozen=True, slots=True)
class BookTab(TabState):
    """A tab as it was read: its cells are what was entered, a :class:`Formula` among it.

    Attributes:
        column_count: How many columns the grid has.
        noted: The cells, by row and column, that have a note.
        closed: What may not be written.
        is_protected: Whether somebody else protected the tab as a whole.
    """

    column_count: int = 0
    noted: frozenset[tuple[int, int]] = frozenset()
    closed: tuple[Closed, ...] = ()
    is_protected: bool = False


def tab_of(sheet: Mapping[str, Any]) -> BookTab:
    """A tab as Google serves it with :data:`TAB_FIELDS`."""
    properties, data = sheet["properties"], (sheet.get("data") or [{}])[0]
    grid = properties["gridProperties"]
    rows = [row.get("values") or () for row in data.get("rowData") or ()]
    cells = [tuple(_entered(cell.get("userEnteredValue") or {}) for cell in row) for row in rows]
    noted = [
        (at, column)
        for at, row in enumerate(rows)
        for column, one in enumerate(row)
        if one.get("note")
    ]
    used = max((at for at, row in enumerate(cells) if any(v is not None for v in row)), default=-1)
    used = max([used, *(at for at, _ in noted)])
    size = (int(grid["rowCount"]), int(grid["columnCount"]))
    protections = sheet.get("protectedRanges") or ()
    others = [one for one in protections if one.get("description") != LOCK]
    return BookTab(
        int(properties.get("sheetId", 0)),
        str(properties["title"]),
        size[0],
        tuple(cells[: used + 1]),
        tuple(int(o["protectedRangeId"]) for o in protections if o.get("description") == LOCK),
        size[1],
        frozenset(noted),
        tuple(
            Closed(
                _area(one.get("range") or {}, size),
                tuple(_area(open_, size) for open_ in one.get("unprotectedRanges") or ()),
                str(one.get("description") or ""),
            )
            for one in others
            if not one.get("warningOnly") and not one.get("requestingUserCanEdit")
        ),
        any(not set(one.get("range") or {}) - {"sheetId"} for one in others),
    )


def _entered(value: Mapping[str, Any]) -> Value:
    if "formulaValue" in value:
        return Formula(value["formulaValue"])
    if "numberValue" in value:
        return float(value["numberValue"])
    if "boolValue" in value:
        return Formula(str(value["boolValue"]).upper())  # none of what we write
    return str(value["stringValue"]) or None if "stringValue" in value else None


def _area(grid_range: Mapping[str, int], size: tuple[int, int]) -> Area:
    return (
        grid_range.get("startRowIndex", 0),
        grid_range.get("endRowIndex", size[0]),
        grid_range.get("startColumnIndex", 0),
        grid_range.get("endColumnIndex", size[1]),
    )


def ensure_open(
    tab: BookTab, wanted: Rewrite | None, stamp: tuple[tuple[int, int], str] | None, who: str
) -> None:
    """Make sure that nothing is written that others have protected.

    Args:
        tab: The tab as it was read.
        wanted: What is to be changed in it.
        stamp: One more cell that is to be written, and its text.
        who: The account that would write.

    Raises:
        AccessError: It is; the message names the range.
    """
    touched = list(_touched(tab, wanted, stamp)) if tab.closed else []
    for closed in tab.closed:
        if any(_meet(closed, area) for area in touched):
            called = f" ({closed.description})" if closed.description else ""
            raise AccessError(
                "sheets",
                f"{_address(tab, closed.area)}{called} is protected and {who} may not edit it, so"
                " nothing was written.",
                f"Let {who} edit it, or protect only what okr-sync does not write.",
            )


def _touched(
    tab: BookTab, wanted: Rewrite | None, stamp: tuple[tuple[int, int], str] | None
) -> Iterator[Area]:
    cells = [*(wanted.cells if wanted else ()), *([stamp[0]] if stamp else ())]
    yield from ((row, row + 1, column, column + 1) for row, column in cells)
    if wanted and wanted.appended:
        below = len(tab.rows)
        yield below, below + len(wanted.appended), 0, max(map(len, wanted.appended))
    for row in wanted.removed if wanted else ():
        yield row, row + 1, 0, tab.column_count


def _meet(closed: Closed, area: Area) -> bool:
    one = closed.area
    apart = one[0] >= area[1] or area[0] >= one[1] or one[2] >= area[3] or area[2] >= one[3]
    return not apart and not any(
        o[0] <= area[0] and area[1] <= o[1] and o[2] <= area[2] and area[3] <= o[3]
        for o in closed.open
    )


def _address(tab: BookTab, area: Area) -> str:
    ends = rowcol_to_a1(area[0] + 1, area[2] + 1), rowcol_to_a1(area[1], area[3])
    return str(absolute_range_name(tab.title, ":".join(ends)))
