"""The views that a query reads: the documented columns of a stream's records that still exist.

What belongs here: their columns, and copying them to a database of their own. What does not: what
is said about them (``docs/streams.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb

from connectors.registry import STREAMS
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake

_HIDDEN = ("raw", "texts")


def stream_columns(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """The columns of each stream as a query sees them, with the engine's types."""
    connection = connect()
    return {
        stream: [
            (name, kind)
            for name, kind, *_ in connection.sql(f"DESCRIBE {_view(lake, stream)}").fetchall()
        ]
        for stream in STREAMS
    }


def named_streams(queries: Iterable[str]) -> list[str]:
    """The streams whose name occurs in one of the queries."""
    words = {word for sql in queries for word in re.findall(r"\w+", sql.lower())}
    return [stream for stream in STREAMS if stream in words]


def create_database(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create an empty database for views."""
    place = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS views")


def copy_views(connection: duckdb.DuckDBPyConnection, lake: Lake, streams: Iterable[str]) -> None:
    """Copy the views of some streams to the database, and close it."""
    for stream in streams:
        connection.execute(f"CREATE TABLE views.{stream} AS {_view(lake, stream)}")
    connection.execute("DETACH views")


def _view(lake: Lake, stream: str) -> str:
    hidden = ", ".join(name for name in _HIDDEN if name in STREAMS[stream].names)
    columns = f"* EXCLUDE ({hidden})" if hidden else "*"
    return f"SELECT {columns} FROM {lake.scan(stream)} WHERE NOT deleted"  # noqa: S608 - our own files
