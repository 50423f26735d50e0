"""Published files of a few rows, with every kind of value that a target may fail at.

What belongs here: making them without a night. What does not: targets.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from okr_model.tables import BY_NAME, Column, Table
from okr_model.tables.contract import arrow_schema
from pipelines.publish.duckdb_file import write_duckdb
from pipelines.publish.targets.published_run import PublishedRun, open_run

TEXTS = [
    "plain",
    "",
    None,
    "=1+1",
    "tab\tline\ncarriage\rback\\slash",
    "\\N",
    "\\.",
    "nul\x00within",
    "both ' and \" and `",
    "𝔘🙂 Größe, ",
    "\x1b[31mred",
    "NULL",
    "{a,b}",
    "100 %s",
]
NUMBERS = [0.1 + 0.2, None, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, -2.5]
INTEGERS = [0, None, 2**63 - 1, -(2**63)]
DAYS = [dt.date(2026, 11, 5), None, dt.date(1, 1, 1), dt.date(9999, 12, 31)]
TIMES = [dt.datetime(2026, 11, 5, 10, 0, 0, 123456, dt.UTC), None]
LISTS: list[list[str] | None] = [["a"], None, [], [""], ['q"u\\o{te}, NULL', "NULL", "n\x00l\n"]]
_POOL: dict[str, list[Any]] = {
    "text": TEXTS,
    "integer": INTEGERS,
    "number": NUMBERS,
    "date": DAYS,
    "timestamp": TIMES,
    "boolean": [True, None, False],
    "text[]": LISTS,
}


def publish_run(path: Path, number: int, rows: int = len(TEXTS)) -> PublishedRun:
    """Publish a run's tables to ``path`` and open them; every row of them names the run.

    Args:
        path: The published DuckDB file.
        number: Which run: the first is 1, each is a night later than the one before.
        rows: How many rows each table has.
    """
    tables = {}
    for name, table in BY_NAME.items():
        count = {"sources": 1, "runs": number}.get(name, rows)
        tables[name] = _rows(table, count, number)
    write_duckdb(tables, path)
    return open_run(path)


def run_id(number: int) -> str:
    return f"run-{number}"


def day(number: int) -> dt.date:
    return dt.date(2026, 11, 1) + dt.timedelta(days=number)


def values_of(run: PublishedRun, name: str) -> list[dict[str, Any]]:
    """The rows of a table as they are published, by its key."""
    (table,) = (one for one in run.tables if one.name == name)
    rows = [row for batch in run.batches(table) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: [str(row[key]) for key in table.declared.key])


def seen_while(
    look: Callable[[], set[str]], writes: Iterable[Callable[[], object]]
) -> list[set[str]]:
    """What a reader saw, again and again, before, while and after each of ``writes`` was made."""
    seen: list[set[str]] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.append(look())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for write in writes:
            write()
            count = len(seen)
            while len(seen) < count + 2 and reader.is_alive():
                time.sleep(0.001)
    finally:
        ended.set()
        reader.join()
    return seen


def _rows(table: Table, count: int, number: int) -> pa.Table:
    schema = arrow_schema(table)
    columns = [
        pa.array([_value(table, column, at, number) for at in range(count)], field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _value(table: Table, column: Column, at: int, number: int) -> Any:
    if table.name == "runs":
        of_run = {"run_id": run_id(at + 1), "as_of": day(at + 1), "kind": "night"}
        then = dt.datetime.combine(day(at + 1), dt.time(2), dt.UTC)
        of_run |= {"started_at": then, "published_at": then + dt.timedelta(minutes=5)}
    else:
        of_run = {"run_id": run_id(number), "as_of": day(number)}
    if column.name in of_run:
        return of_run[column.name]
    pool = _POOL[column.type]
    if column.name in table.key and column.type in ("text", "integer", "date"):
        return {"text": f"key {at}", "integer": at, "date": day(at)}[column.type]
    value = pool[(at + number * (column.name == "title")) % len(pool)]
    return pool[0] if value is None and column.required else value
