"""A published file with rows of a test's own, as a run would have written it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from okr_model.tables import TABLES, Column
from pipelines.publish.duckdb_file import DUCKDB_TYPES

DAY = dt.date(2026, 11, 28)
AT = dt.datetime(2026, 11, 28, 2, 0, 12, tzinfo=dt.UTC)
RUN = "run-1"
_NOTHING = {"text": "", "integer": 0, "number": 0.0, "date": DAY, "timestamp": AT, "boolean": False}

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def publish(path: Path, rows: Rows, *, without: Iterable[str] = ()) -> Path:
    """Write every table; what a row leaves out is null, or nothing where null is not allowed.

    Args:
        path: The file, which is replaced.
        rows: By table; ``sources`` and ``runs`` have a complete night unless given.
        without: Tables that the file of an earlier version lacks.
    """
    path.unlink(missing_ok=True)
    given = {"sources": [{"source": "files", "state": "complete"}], "runs": [_RUN], **rows}
    with duckdb.connect(str(path)) as connection:
        connection.execute("BEGIN; CREATE SCHEMA okr")
        for table in TABLES:
            if table.name in without:
                continue
            columns = ", ".join(f'"{c.name}" {DUCKDB_TYPES[c.type]}' for c in table.columns)
            connection.execute(f'CREATE TABLE okr."{table.name}" ({columns})')
            marks = ", ".join("?" * len(table.columns))
            for row in given.get(table.name, ()):
                assert set(row) <= set(table.column_names), set(row) - set(table.column_names)
                values = [row.get(c.name, _absent(c)) for c in table.columns]
                insert = f'INSERT INTO okr."{table.name}" VALUES ({marks})'  # noqa: S608 - our own names
                connection.execute(insert, values)
        connection.execute("COMMIT")
    return path


def _absent(column: Column) -> Any:
    if column.name == "run_id":
        return RUN
    return _NOTHING.get(column.type) if column.required else None


_RUN = {
    "run_id": RUN,
    "kind": "night",
    "started_at": AT - dt.timedelta(seconds=8.3),
    "published_at": AT,
    "outcome": "complete",
    "failed_sources": [],
}
