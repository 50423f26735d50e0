"""In-memory DuckDB connections.

What belongs here: opening one with the settings that the whole pipeline shares, and fetching Arrow
tables. What does not: queries.
"""

from __future__ import annotations

import atexit
import functools
import itertools
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from pipelines.spill_folder import spill_folder

_BATCH_ROWS = 2_000  # of wide records, a few megabytes
_numbers = itertools.count()
_SHARE = 5 / 8
"""Of what DuckDB would take, which is 80 % of the machine or container: half of it. The libraries
and the tables of the model need room beside it."""

_GIVE_BACK = """
    SET allocator_flush_threshold = '1MB';
    SET allocator_bulk_deallocation_flush_threshold = '1MB';
"""  # else each thread keeps up to 128 MB of what it freed, and the steps of a run add up


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection with time zone UTC and no progress bar.

    Its temporary tables and registered frames are its own. Files are attached to a database, which
    all of these share; see :func:`connect_apart`.
    """
    connection = _database().cursor()
    connection.execute("SET enable_progress_bar = false")  # cannot be set for all
    return connection


def connect_apart() -> duckdb.DuckDBPyConnection:
    """The same to a database of its own, to which files can be attached; takes 30 ms to begin.

    What a query needs beyond half of the memory is written to disk.
    """
    connection = duckdb.connect(config={"temp_directory": _own_folder()})
    connection.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_progress_bar = false")
    usual = connection.sql("SELECT parse_formatted_bytes(current_setting('memory_limit'))")
    connection.execute(f"SET memory_limit = '{int(usual.fetchall()[0][0] * _SHARE)}B'")
    connection.execute(_GIVE_BACK)
    return connection


def _own_folder() -> str:
    """Where one database may write what does not fit in its memory; empty without such a place.

    DuckDB's own choice is the working directory, which may be anywhere, and files that all can
    read. It creates the folder when it needs it; two databases in one folder would share names.
    """
    private = spill_folder()
    return f"{private}/{next(_numbers)}" if private else ""


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
