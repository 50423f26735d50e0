"""The history of cells and named ranges that serve as measures, from the lake's log.

What belongs here: following a cell or a named range through its versions, and the reason if it has
no content. What does not: the value of a cell (:mod:`okr_model.measures.cell_measures`) and the
history of whole tables (``datasets.table_history``).
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
from gspread.utils import a1_to_rowcol

from connectors.cells import Cell, decode_cells
from connectors.sheets.decode.rows import column_number
from okr_model.languages.folding import same_id
from okr_model.measures.parser import MeasureText
from okr_model.quantities.cells import CELL_COLUMNS
from okr_model.quantities.days import local_day
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake
from pipelines.settings import SheetPlace

Record = Mapping[str, Any]
_CONTENT = ("kind", "text", "number", "date", "end", "unit")
_LAST_ROW = 10_000_000  # more than a spreadsheet can have
_MOST_LISTED = 12  # names in one finding


@dataclass(frozen=True, slots=True)
class CellHistory:
    """Every version of a cell or a named range.

    Attributes:
        versions: For :func:`okr_model.measures.cell_measures.cell_values`; empty if it never had
            content.
        complaint: Why it has no value now, as the end of a sentence; None if it has one.
    """

    versions: pd.DataFrame
    complaint: str | None = None


@dataclass(frozen=True, slots=True)
class _RangeVersion:
    """The cells of a range from an instant on; without ``sheet_id`` it has none from then on."""

    since: dt.datetime
    where: str
    url: str | None = None
    sheet_id: int | None = None
    rows: tuple[int, int | None] = (1, None)
    columns: tuple[int, int | None] = (1, None)


def history_of_cell(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    place: SheetPlace,
    what: MeasureText,
    marks: Sequence[dt.date],
    zone: ZoneInfo,
) -> CellHistory:
    """Every version of one cell of a tab, and its content as of the end of the days ``marks``."""
    address = str(what.cell)
    row, column = a1_to_rowcol(address)
    tabs = _query(
        lake,
        connection,
        "SELECT DISTINCT sheet_id, tab = $tab AS here, seen_at FROM {sheet_rows} "
        "WHERE NOT deleted AND spreadsheet = $spreadsheet ORDER BY seen_at, here",
        {"tab": place.tab, "spreadsheet": place.spreadsheet},
    )
    where, here, spans = f"{place.tab}!{address}", -1, []
    for tab in tabs:  # a tab may be renamed, and another may get its title
        if tab["here"] or tab["sheet_id"] == here:
            here = tab["sheet_id"] if tab["here"] else -1
            spans.append(
                _RangeVersion(tab["seen_at"], where, None, here, (row, row), (column, column))
            )
    found, full = _versions(lake, connection, place.spreadsheet, spans, marks, zone)
    missing = None if full else f"there is nothing in {address} of {place.tab}"
    return CellHistory(found, _since_when(missing, found))


def history_of_range(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    place: SheetPlace,
    what: MeasureText,
    marks: Sequence[dt.date],
    zone: ZoneInfo,
) -> CellHistory:
    """The same for a named range of a spreadsheet, following it when it moves."""
    ranges = _query(
        lake,
        connection,
        "SELECT * FROM {sheet_ranges} WHERE place = $spreadsheet ORDER BY landed",
        {"spreadsheet": place.spreadsheet},
    )
    wanted = same_id(str(what.named))
    named = [one for one in ranges if same_id(one["name"]) == wanted]
    if not named:
        return CellHistory(pd.DataFrame(), _unknown(str(what.named), ranges))
    mine = [one for one in ranges if one["id"] == _current_range(named, ranges)["id"]]
    spans = [_span(one, wanted) for one in mine]
    found, full = _versions(lake, connection, place.spreadsheet, spans, marks, zone)
    lost = _lost(mine, wanted, ranges, zone)
    if lost is None and what.aggregate == "only" and _size(spans[-1]) != 1:
        return CellHistory(pd.DataFrame(), _several(what, mine[-1]))
    if lost is None and not full:
        lost = f"there is nothing in the named range {what.named} ({mine[-1]['address']})"
        lost = _since_when(lost, found)
    return CellHistory(found, lost)


def _current_range(named: Sequence[Record], ranges: Sequence[Record]) -> Record:
    """The range that has the name now, else the last one that had it."""
    latest = {one["id"]: one for one in ranges}
    current = [one for one in named if latest[one["id"]] is one and not one["deleted"]]
    return (current or list(named))[-1]


def _span(version: Record, wanted: str) -> _RangeVersion:
    if version["deleted"] or same_id(version["name"]) != wanted or version["sheet_id"] is None:
        return _RangeVersion(version["seen_at"], version["address"])
    return _RangeVersion(
        version["seen_at"],
        version["address"],
        version["url"],
        version["sheet_id"],
        (version["first_row"], version["last_row"]),
        (version["first_column"], version["last_column"]),
    )


def _size(span: _RangeVersion) -> int | None:
    """The number of cells; None if the range is open-ended."""
    if span.rows[1] is None or span.columns[1] is None:
        return None
    return (span.rows[1] - span.rows[0] + 1) * (span.columns[1] - span.columns[0] + 1)


def _versions(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    spreadsheet: str,
    spans: Sequence[_RangeVersion],
    marks: Sequence[dt.date],
    zone: ZoneInfo,
) -> tuple[pd.DataFrame, bool]:
    """The cells of each version that differs from the previous one, and whether the last has any.

    All rows of one pull have the same ``seen_at``, so a move changes its origin and its destination
    at the same instant.
    """
    rows = _rows_of(lake, connection, spreadsheet, spans)
    found: list[dict[str, Any]] = []
    before: list[tuple[Any, ...]] = []
    since = dt.datetime.min.replace(tzinfo=dt.UTC)
    ends = {_end_of(day, zone): day for day in marks}
    for version, (instant, span, cells) in enumerate(_states(spans, rows, ends)):
        content = [tuple(getattr(cell, name) for name in _CONTENT) for _, cell in cells]
        since = instant if content != before else since
        if content != before or instant in ends:
            found += [
                {name: getattr(cell, name, None) for name in CELL_COLUMNS}
                | {"record_id": row["id"], "record_url": span.url or row["url"]}
                | {"version": version, "where": span.where, "seen_at": since}
                | {"day": ends.get(instant, instant.astimezone(zone).date())}
                for row, cell in cells
            ]
        before = content
    return pd.DataFrame(found), bool(before)


def _rows_of(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    spreadsheet: str,
    spans: Sequence[_RangeVersion],
) -> list[Record]:
    """Every version of every row that overlaps one of ``spans``, in the order it landed."""
    rows = _query(
        lake,
        connection,
        "SELECT id, url, seen_at, deleted, sheet_id, row, cells FROM {sheet_rows} "
        "WHERE spreadsheet = $spreadsheet AND row BETWEEN $first AND $last ORDER BY landed",
        {
            "spreadsheet": spreadsheet,
            "first": min((one.rows[0] for one in spans), default=0),
            "last": max((one.rows[1] or _LAST_ROW for one in spans), default=0),
        },
    )
    return [row for row in rows if any(_overlaps(span, row) for span in spans)]


def _end_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return (after - dt.timedelta(microseconds=1)).astimezone(dt.UTC)


def _states(
    spans: Sequence[_RangeVersion], rows: Sequence[Record], more: Iterable[dt.datetime]
) -> Iterator[tuple[dt.datetime, _RangeVersion, list[tuple[Record, Cell]]]]:
    """The cells as of each instant at which a row or the range changed, and as of ``more``."""
    latest: dict[str, Record] = {}
    spot, span = 0, _RangeVersion(dt.datetime.min.replace(tzinfo=dt.UTC), "")
    read = {one.since for one in spans} | {row["seen_at"] for row in rows}
    for instant in sorted(read | {end for end in more if read and end > min(read)}):
        while spot < len(rows) and rows[spot]["seen_at"] <= instant:
            latest[rows[spot]["id"]] = rows[spot]
            spot += 1
        span = next((one for one in reversed(spans) if one.since <= instant), span)
        inside = [row for row in latest.values() if not row["deleted"] and _overlaps(span, row)]
        inside.sort(key=lambda row: int(row["row"]))
        yield instant, span, [(row, cell) for row in inside for cell in _cells_inside(span, row)]


def _overlaps(span: _RangeVersion, row: Record) -> bool:
    first, last = span.rows
    here = span.sheet_id is not None and row["sheet_id"] == span.sheet_id
    return bool(here and first <= row["row"] and (last is None or row["row"] <= last))


def _cells_inside(span: _RangeVersion, row: Record) -> Iterator[Cell]:
    first, last = span.columns
    placed = {
        column_number(name): cell
        for name, cell in decode_cells(row["cells"]).items()
        if cell.merged is None
    }
    for column in sorted(placed):
        if first <= column and (last is None or column <= last):
            yield placed[column]


def _since_when(complaint: str | None, found: pd.DataFrame) -> str | None:
    if complaint is None or found.empty:
        return complaint
    last = found.iloc[-1]
    return f"{complaint} any more; it last changed on {last['day']}, to “{last['text']}”"


def _unknown(name: str, ranges: Sequence[Record]) -> str:
    names = _names(ranges)
    if not names:
        return f"the spreadsheet has no named range {name!r}, and no other"
    close = difflib.get_close_matches(name, names, n=1)
    hint = f". Closest is {close[0]!r}" if close else ""
    return f"the spreadsheet has no named range {name!r}; there are {_listed(names)}{hint}"


def _lost(
    mine: Sequence[Record], wanted: str, ranges: Sequence[Record], zone: ZoneInfo
) -> str | None:
    """Why a named range that existed is gone; None if it is not."""
    now = mine[-1]
    had = [one for one in mine if not one["deleted"] and same_id(one["name"]) == wanted]
    placed = [one for one in had if one["sheet_id"] is not None]
    if not now["deleted"] and now is had[-1] and now["sheet_id"] is not None:
        return None
    name, where = had[-1]["name"], (placed or had)[-1]["address"]
    if now["deleted"]:
        became = "was deleted"
    elif same_id(now["name"]) != wanted:
        became = f"was renamed to {now['name']!r}"
    else:
        became = "has lost its cells (#REF!)"
    begun = local_day((placed or had)[-1]["seen_at"], zone)
    others = f"; there are {_listed(_names(ranges))}" if _names(ranges) else "; there is no other"
    return f"the named range {name!r} {became}. It lay at {where} since {begun}{others}"


def _names(ranges: Sequence[Record]) -> list[str]:
    latest = {one["id"]: one for one in ranges}
    return sorted(one["name"] for one in latest.values() if not one["deleted"])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more


def _several(what: MeasureText, now: Record) -> str:
    return (
        f"the named range {now['name']!r} is several cells, {now['address']}; write which figure"
        f" of them counts, such as: sum of named range {what.named} from {what.source}"
    )


def _query(
    lake: Lake, connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    logs = {stream: lake.scan(stream, "log") for stream in ("sheet_rows", "sheet_ranges")}
    rows: list[dict[str, Any]] = arrow(connection, sql.format(**logs), given).to_pylist()
    return rows
