"""Daily versions of a table, for measures of rows that carry no date of their own.

What belongs here: the rows of a table as of the end of each day on which any of them changed, from
the lake's log. What does not: the current rows (``records``) and their values (``okr_model``).
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
class DatasetSnapshot:
    """The records of a table from an instant on; ``again`` if they were there before ``day``."""

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
) -> list[DatasetSnapshot]:
    """The dataset as of the end of each day on which it changed, and of each day in ``marks``.

    Raises:
        Missing: The place is empty now, or a mapped field does not exist.
    """
    dataset_records(lake, connection, dataset)  # raises if anything is missing now
    log = place_rows(lake, connection, dataset, "log")
    read = _reader(dataset, log)
    found: list[DatasetSnapshot] = []
    for day, seen_at, again, rows in _days(log, sorted(set(marks)), zone):
        try:
            found.append(DatasetSnapshot(day, seen_at, tuple(read(rows)), again))
        except Missing:
            continue  # a field had another name then, or did not exist yet
    return found


def _reader(dataset: Dataset, log: _Rows) -> Callable[[_Rows], Sequence[Record]]:
    """How rows become records: those of a tab together, others one by one."""
    if dataset.source == "sheets":
        return lambda rows: tabled_rows(dataset, rows)[0]
    records = dict(zip(map(id, log), mapped_rows(dataset, log), strict=True))

    def mapped(rows: _Rows) -> Sequence[Record]:
        found = [records[id(row)] for row in rows]
        wanted = set(dataset.single_fields)
        if not wanted <= {name for record in found for name in record.cells}:
            raise Missing
        return found

    return mapped


def _days(
    log: _Rows, marks: Sequence[dt.date], zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.datetime, bool, _Rows]]:
    """Each day with the instant of its latest change and the rows as of its end.

    The flag is true for a day of ``marks`` on which nothing changed.
    """
    latest: dict[str, dict[str, Any]] = {}
    left = list(log)  # newest first
    days = {row["seen_at"].astimezone(zone).date() for row in log}
    seen_at: dt.datetime | None = None
    for day in sorted(days | set(marks)):
        while left and left[-1]["seen_at"].astimezone(zone).date() <= day:
            row = left.pop()
            latest[row["id"]] = row
            seen_at = row["seen_at"]
        if seen_at is not None:
            rows = [row for row in latest.values() if not row["deleted"]]
            yield day, seen_at, day not in days, sorted(rows, key=_order)


def _order(row: dict[str, Any]) -> tuple[str, int, str]:
    return row["place"], row.get("row") or row.get("line") or 0, row["id"]
