"""A tab with Key Results as a grid: locating our columns, and planning what changes.

What belongs here: the mapping between rows of the table and cells. What does not: a value's form
(``cells``), and Google (``connectors.sheets``).

People may move and add columns and rows, sort and filter: columns are identified by their header
and rows by their key. A row without a key is somebody's own and is not touched. A row that goes is
removed only if nobody has written beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sheets.book_tabs import BookTab
from connectors.sheets.tab_requests import Rewrite, Value, Written
from okr_model.tables import Column
from pipelines.publish.targets.manifest import TargetError
from pipelines.publish.targets.running import KEY
from pipelines.publish.targets.sheet.cells import cell_of, same

STAMP = "okr-sync: "
"""How the text begins that says what a tab holds."""
FROZEN = 2
"""The rows of a new tab that stay in place: that text, and the header."""
_HEADER_WITHIN = 20

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand, from 0: the header's row, the cell with the stamp, each column.

    ``new`` names those of the columns whose header has yet to be written.
    """

    header: int
    stamp: tuple[int, int]
    columns: Mapping[str, int]
    new: frozenset[str]


def layout_of(tab: BookTab | None, wanted: Sequence[str], known: Sequence[str]) -> Layout:
    """Locate the columns of a tab.

    Args:
        tab: The tab; None if it is still to be made.
        wanted: The columns that it should have.
        known: Those that it was given before. One of these that is missing was renamed or deleted.

    Raises:
        TargetError: A column is missing, or there twice; the message says what to do.
    """
    if tab is None or not any(value is not None for row in tab.rows for value in row):
        return Layout(1, (0, 0), {name: at for at, name in enumerate(wanted)}, frozenset(wanted))
    header = max(
        range(min(_HEADER_WITHIN, len(tab.rows))),
        key=lambda at: len(set(_words(tab.rows[at])) & set(wanted)),
    )
    words = _words(tab.rows[header])
    lost = [
        name
        for name in wanted
        if words.count(name) > 1 or (name not in words and (name in known or name in KEY))
    ]
    if lost:
        raise TargetError(
            f"The tab “{tab.title}” has no column, or several, with the header"
            f" {', '.join(f'“{name}”' for name in lost)}, so nothing was written. Correct the"
            " header; or delete the tab, and it is made anew."
        )
    if header == 0:
        raise TargetError(
            f"The tab “{tab.title}” has no row above its header for what it says of itself, so"
            " nothing was written. Insert a row there."
        )
    new = [name for name in wanted if name not in words]
    width = max(map(len, tab.rows))
    places = {name: words.index(name) for name in wanted if name in words}
    places |= {name: width + at for at, name in enumerate(new)}
    return Layout(header, _stamp(tab, header), places, frozenset(new))


def plan(
    tab: BookTab | None,
    layout: Layout,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    keeps_keys: bool,
) -> Rewrite:
    """Plan how a tab comes to hold ``rows`` and nothing else of ours.

    Args:
        tab: The tab as it is; None if it is still to be made.
        layout: Where its columns are.
        columns: Them.
        rows: What it should hold; each key once.
        keeps_keys: Whether the key of a row that goes stays beside what people wrote there.
    """
    wanted = {_key(columns, row): row for row in rows}
    cells = {(layout.header, layout.columns[name]): Written(name, bold=True) for name in layout.new}
    removed: set[int] = set()
    seen: set[tuple[str, ...]] = set()
    for place, there in _keyed(tab, layout):
        row = wanted.get(there) if there not in seen else None
        seen.add(there)
        if row is not None:
            cells |= _differences(tab, layout, columns, place, row)
        elif _is_shared(tab, layout, place):
            kept = KEY if keeps_keys else ()
            cells |= {
                (place, at): Written(None)
                for name, at in layout.columns.items()
                if name not in kept and _at(tab, place, at) is not None
            }
        else:
            removed.add(place)
    appended = [_appended(layout, columns, row) for key, row in wanted.items() if key not in seen]
    above = len(tab.rows) if tab else 0
    if appended and above <= layout.header:  # in a new tab, the header comes first
        first: list[list[Written | None]] = [[]] * (layout.header - above)
        head: list[Written | None] = [cells[place] for place in sorted(cells)]
        return Rewrite(appended=[*first, head, *appended])
    return Rewrite(cells, appended, frozenset(removed))


def _keyed(tab: BookTab | None, layout: Layout) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows below the header that have a whole key."""
    for place in range(layout.header + 1, len(tab.rows) if tab else 0):
        key = tuple(str(_at(tab, place, layout.columns[name]) or "") for name in KEY)
        if all(key):
            yield place, key


def _differences(
    tab: BookTab | None, layout: Layout, columns: Sequence[Column], place: int, row: Row
) -> dict[tuple[int, int], Written]:
    unit_at = layout.columns["unit"]
    unit = next(cell_of(one, row).value for one in columns if one.name == "unit")
    reformat = not same(unit, _at(tab, place, unit_at))
    found = {}
    for column in columns:
        at, cell = layout.columns[column.name], cell_of(column, row)
        if not same(cell.value, _at(tab, place, at)) or (reformat and cell.format):
            found[place, at] = cell
    return found


def _is_shared(tab: BookTab | None, layout: Layout, place: int) -> bool:
    """Whether people have written into a row, beside our columns or as a note."""
    if tab is None:
        return False
    ours = set(layout.columns.values())
    others = (value for at, value in enumerate(tab.rows[place]) if at not in ours)
    return any(value is not None for value in others) or any(row == place for row, _ in tab.noted)


def _appended(layout: Layout, columns: Sequence[Column], row: Row) -> list[Written | None]:
    cells: list[Written | None] = [None] * (max(layout.columns.values()) + 1)
    for column in columns:
        cells[layout.columns[column.name]] = cell_of(column, row)
    return cells


def _stamp(tab: BookTab, header: int) -> tuple[int, int]:
    for place, row in enumerate(tab.rows[:header]):
        for at, value in enumerate(row):
            if str(value or "").startswith(STAMP):
                return place, at
    above = tab.rows[header - 1]
    free = (at for at, value in enumerate(above) if value is None)
    return header - 1, next(free, len(above))


def _words(row: Sequence[Value]) -> list[str]:
    return [str(value or "").strip() for value in row]


def _key(columns: Sequence[Column], row: Row) -> tuple[str, ...]:
    return tuple(str(cell_of(one, row).value or "") for one in columns if one.name in KEY)


def _at(tab: BookTab | None, place: int, column: int) -> Value:
    if tab is None or place >= len(tab.rows) or column >= len(tab.rows[place]):
        return None
    return tab.rows[place][column]
