"""The same rows in each engine that the lazy functions must run on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from okr_model.activity.issue_tree import Frame

ENGINES = ["duckdb", "pandas"]
INSTANT = pa.timestamp("us", tz="UTC")
TEXT = pa.string()

ToFrame = Callable[[Mapping[str, pa.DataType], Sequence[tuple[Any, ...]]], Frame]


def engine(name: str) -> ToFrame:
    """A function that makes lazy frames of one engine, all of which may be joined.

    DuckDB's session stands in a zone with daylight saving, which must make no difference.
    """
    if name == "pandas":
        return lambda columns, rows: nw.from_native(table(columns, rows).to_pandas()).lazy()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'America/New_York'")
    return lambda columns, rows: nw.from_native(connection.from_arrow(table(columns, rows)))


def table(columns: Mapping[str, pa.DataType], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows as an Arrow table of the given types."""
    return pa.table(
        {
            name: pa.array([row[index] for row in rows], kind)
            for index, (name, kind) in enumerate(columns.items())
        }
    )


def collected(frame: Frame) -> pd.DataFrame:
    """A lazy frame's rows, in an order of their own."""
    rows: pd.DataFrame = frame.collect("pandas").to_native()
    return rows.sort_values(list(rows.columns), ignore_index=True)


def at(text: str) -> datetime:
    """A UTC instant such as ``2026-11-27T16:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
