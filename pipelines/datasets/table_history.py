"""What a table has held, day after day: for measures of rows that carry no day of their own.

What belongs here: the rows that stood at the end of each day on which any of them was read anew,
out of the lake's log. What does not: what stands now (``dataset``), what rows are worth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.datasets.records import (
    Missing,
    Record,
    dataset_records,
    mapped_rows,
    place_rows,
    tabled_rows,
)
from pipelines.lake.tables import Lake
from pipelines.settings import Dataset

_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class TableVersion:
    """The records of a table from an instant on; ``again`` where they had stood before."""

    day: dt.date
    seen_at: dt.datetime
    records: tuple[Record, ...]
    again: bool = False


def table_history(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    marks: Iterable[dt.date],
    zone: ZoneInfo,
) -> list[TableVersion]:
    """What the dataset held at the end of each day on which it was read anew, and of ``marks``.

    Raises:
        Missing: The place holds nothing now, or a field that is wanted is not there.
    """
    dataset_records(lake, connection, dataset)  # what is not there now is told as ever
    log = place_rows(lake, connection, dataset, "log")
    read = _reader(dataset, log)
    found: list[TableVersion] = []
    for day, seen_at, again, rows in _days(log, sorted(set(marks)), zone):
        try:
            found.append(TableVersion(day, seen_at, tuple(read(rows)), again))
        except Missing:
            continue  # a field had another name then, or was not there yet
    return found


def _reader(dataset: Dataset, log: _Rows) -> Callable[[_Rows], Sequence[Record]]:
    """How rows become records: those of a tab all at once, others each for itself."""
    if dataset.source == "sheets":
        return lambda rows: tabled_rows(dataset, rows)[0]
    records = dict(zip(map(id, log), mapped_rows(dataset, log), strict=True))

    def known(rows: _Rows) -> Sequence[Record]:
        there = [records[id(row)] for row in rows]
        wanted = set(dataset.single_fields)
        if not wanted <= {name for record in there for name in record.cells}:
            raise Missing
        return there

    return known


def _days(
    log: _Rows, marks: Sequence[dt.date], zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.datetime, bool, _Rows]]:
    """Each day with the instant of the newest reading, and the rows that stood at its end."""
    held: dict[str, dict[str, Any]] = {}
    left = list(log)  # the newest is first
    days = {row["seen_at"].astimezone(zone).date() for row in log}
    seen_at: dt.datetime | None = None
    for day in sorted(days | set(marks)):
        while left and left[-1]["seen_at"].astimezone(zone).date() <= day:
            row = left.pop()
            held[row["id"]] = row
            seen_at = row["seen_at"]
        if seen_at is not None:
            rows = [row for row in held.values() if not row["deleted"]]
            yield day, seen_at, day not in days, sorted(rows, key=_order)


def _order(row: dict[str, Any]) -> tuple[str, int, str]:
    return row["place"], row.get("row") or row.get("line") or 0, row["id"]
