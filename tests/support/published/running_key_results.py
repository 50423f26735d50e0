"""Runs with Key Results of a running cycle, made without a published file.

What belongs here: making them. What does not: targets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from okr_model.tables import BY_NAME
from okr_model.tables.contract import arrow_schema
from pipelines.publish.targets.published_run import PublishedRun, PublishedTable
from tests.support.published.runs import day, run_id

_REQUIRED: Mapping[str, Any] = {"text": "x", "integer": 1, "date": dt.date(2026, 10, 1)}


class Rows:
    """In place of a published file, which takes long to write."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows

    def batches(self, _query: str) -> Iterator[pa.RecordBatch]:
        yield from self._rows.to_batches()


def publish(number: int, *rows: Mapping[str, Any]) -> PublishedRun:
    """A run with these Key Results of a running cycle; what is not given is null."""
    given = [
        {"cycle_id": "Q4", "cycle_start": dt.date(2026, 10, 1), "cycle_end": dt.date(2026, 12, 31)}
        | {"teams": ["Sales"], "unit": "%", "current_value": 64.5, "run_id": run_id(number)}
        | {"as_of": day(number)}
        | row
        for row in rows
    ]
    table = BY_NAME["key_results"]
    columns = [
        [row.get(one.name, _REQUIRED.get(one.type) if one.required else None) for row in given]
        for one in table.columns
    ]
    schema = arrow_schema(table)
    arrays = [pa.array(one, field.type) for one, field in zip(columns, schema, strict=True)]
    held = PublishedTable(table, table.columns, len(given))
    then = dt.datetime.combine(day(number), dt.time(2), dt.UTC)
    told = run_id(number), day(number), then, number
    rows_of_run: Any = Rows(pa.table(arrays, schema=schema))
    return PublishedRun(*told, (held,), 0, rows_of_run)


def kr(number: int, **more: Any) -> dict[str, Any]:
    return {"key_result_id": f"KR-{number}", **more}
