"""Untrusted SQL on the lake, as declared in the settings and by Key Results.

What belongs here: validating a query, its limits, and the views it may read. What does not: what
its rows mean (``model.measures``).

A query is a single SELECT over the streams, which it sees as views. It cannot open files, URLs or
extensions, cannot write, and is aborted when it exceeds its time or memory limit.
"""

from __future__ import annotations

import threading

import duckdb
import pandas as pd

from connectors.registry import STREAMS
from pipelines.lake.duckdb_session import arrow
from pipelines.lake.tables import Lake

SECONDS = 20.0
MEMORY = "1GB"
ROWS = 10_000
_HIDDEN = "raw, texts"


class QueryError(Exception):
    """A query that cannot be run or does not return what a measure needs."""


def run_query(lake: Lake, sql: str, seconds: float = SECONDS) -> pd.DataFrame:
    """Run a query that returns ``day``, ``value`` and optionally ``unit``.

    Returns:
        ``date`` (midnight), ``value``, ``unit``; rows without a day or a value are dropped.

    Raises:
        QueryError: It is not a single SELECT, fails, takes too long, or returns other columns; the
            message says which.
    """
    _check(sql)
    with duckdb.connect() as connection:
        _confine(connection, lake)
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            rows = arrow(connection, f"SELECT * FROM ({sql}\n) LIMIT {ROWS + 1}").to_pandas()  # noqa: S608 - one SELECT, confined
        except duckdb.InterruptException:
            raise QueryError(f"it took longer than {seconds:g} seconds") from None
        except duckdb.Error as error:
            raise QueryError(str(error).strip().splitlines()[0]) from None
        finally:
            timer.cancel()
    return _shaped(rows)


def stream_columns(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """The columns of each stream as a query sees them, with the engine's types."""
    with duckdb.connect() as connection:
        _confine(connection, lake)
        return {
            stream: [
                (name, kind) for name, kind, *_ in connection.sql(f"DESCRIBE {stream}").fetchall()
            ]
            for stream in STREAMS
        }


def _check(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error).strip().splitlines()[0]) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError("a query must be one SELECT")


def _confine(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    for stream, schema in STREAMS.items():
        hidden = ", ".join(name for name in ("raw", "texts") if name in schema.names)
        columns = f"* EXCLUDE ({hidden})" if hidden else "*"
        connection.execute(
            f"CREATE VIEW {stream} AS SELECT {columns} FROM {lake.scan(stream)} WHERE NOT deleted"  # noqa: S608 - our own files
        )
    root = str(lake.root.resolve()).replace("'", "''")
    connection.execute(
        f"SET memory_limit = '{MEMORY}'; SET threads = 2; SET temp_directory = '';"
        f"SET allowed_directories = ['{root}']; SET enable_external_access = false;"
        "SET lock_configuration = true"
    )


def _shaped(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.rename(columns=str.lower)
    if missing := [name for name in ("day", "value") if name not in rows]:
        raise QueryError(f"it gives no column {missing[0]}; a measure needs day and value")
    if len(rows) > ROWS:
        raise QueryError(f"it gives more than {ROWS:,} rows")
    try:
        days = pd.to_datetime(rows["day"]).astype("datetime64[us]").dt.normalize()
        values = rows["value"].astype("float64")
    except (TypeError, ValueError) as error:
        raise QueryError(f"day must be a date and value a number: {error}") from None
    unit = rows["unit"] if "unit" in rows else pd.Series(None, index=rows.index, dtype="object")
    frame = pd.DataFrame({"date": days, "value": values, "unit": unit})
    return frame.dropna(subset=["date", "value"]).drop_duplicates("date", keep="last")
