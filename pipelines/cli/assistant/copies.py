"""Copies of tables as somebody sees them from whom something is hidden, for free queries.

What belongs here: making them. What does not: running a query (``query``).

A query that anybody may write must not run on views: DuckDB may try its conditions on a row before
those that hide the row, and an error then tells what was in it. In a copy there is no such row.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from okr_model.tables import BY_NAME
from published.snapshot import Snapshot

_LIMITS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "256MB",
    "threads": "2",
    "python_enable_replacements": False,
}
_ROWS = 10_000  # copied at a time


class Copies:
    """Copies of those tables that queries have named so far, in a file that only this process has.

    Args:
        tables: The tables as they are seen.
    """

    def __init__(self, tables: Snapshot) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._made: set[str] = set()
        folder = tempfile.mkdtemp(prefix="okr-mcp-")  # for its owner alone
        self._connection = duckdb.connect(str(Path(folder) / "tables.duckdb"), config=_LIMITS)
        weakref.finalize(self, _forget, self._connection, folder)
        self._connection.execute("SET enable_external_access = false; SET GLOBAL TimeZone = 'UTC'")

    @contextmanager
    def cursor(self, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that finds the tables which a query names."""
        named = set(re.findall(r"\w+", sql.lower()))
        with self._connection.cursor() as cursor:
            with self._lock:
                for name in sorted(named & set(BY_NAME) - self._made):
                    self._copy(cursor, name)
                    self._made.add(name)
            yield cursor

    def _copy(self, cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        with self._tables.cursor() as seen:
            rows = seen.sql(f'SELECT * FROM "{name}"').to_arrow_reader(_ROWS)  # noqa: S608 - names of our own tables
            cursor.register("_rows", rows)
            cursor.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM _rows')
            cursor.unregister("_rows")


def _forget(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
