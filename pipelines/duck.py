"""DuckDB in memory, as every room of the pipeline uses it.

What belongs here: opening it with the settings that all share, and fetching Arrow. What does not:
queries.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that thinks in UTC and draws no progress bar."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def arrow(
    connection: duckdb.DuckDBPyConnection, query: str, given: Sequence[object] = ()
) -> pa.Table:
    """The rows of ``query``, its parameters ``given``."""
    return connection.sql(query, params=list(given)).to_arrow_table()
