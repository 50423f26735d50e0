"""In-memory DuckDB connections.

What belongs here: opening one with the settings that the whole pipeline shares, and fetching Arrow
tables. What does not: queries.
"""

from __future__ import annotations

import atexit
import functools
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

_BATCH_ROWS = 2_000  # of wide records, a few megabytes


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection with time zone UTC and no progress bar.

    Its temporary tables and registered frames are its own. Files are attached to a database, which
    all of these share; see :func:`connect_apart`.
    """
    connection = _database().cursor()
    connection.execute("SET enable_progress_bar = false")  # cannot be set for all
    return connection


def connect_apart() -> duckdb.DuckDBPyConnection:
    """The same to a database of its own, to which files can be attached; takes 30 ms to begin."""
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    atexit.register(_database.cache_clear)  # otherwise DuckDB complains of what is still open
    return connect_apart()


def arrow(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    given: Sequence[object] | Mapping[str, object] = (),
) -> pa.Table:
    """The result of ``query``, with the parameters ``given`` by position or by name."""
    params = dict(given) if isinstance(given, Mapping) else list(given)
    return connection.sql(query, params=params).to_arrow_table()


def casting_reader(
    connection: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema
) -> pa.RecordBatchReader:
    """The result of ``query`` in batches, with the types of ``schema``."""
    reader: pa.RecordBatchReader = connection.sql(query).to_arrow_reader(_BATCH_ROWS)
    return pa.RecordBatchReader.from_batches(
        schema, (pa.Table.from_batches([b]).cast(schema).to_batches()[0] for b in reader)
    )
