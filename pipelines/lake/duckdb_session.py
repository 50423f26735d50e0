"""DuckDB in memory, as every room of the pipeline uses it.

What belongs here: opening it with the settings that all share, and fetching Arrow. What does not:
queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that thinks in UTC and draws no progress bar."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def arrow(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    given: Sequence[object] | Mapping[str, object] = (),
) -> pa.Table:
    """The rows of ``query``, its parameters ``given`` in order or by name."""
    params = dict(given) if isinstance(given, Mapping) else list(given)
    return connection.sql(query, params=params).to_arrow_table()
