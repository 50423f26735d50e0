"""The engine of one machine, and the default: DuckDB within this process.

What belongs here: frames over a connection. What does not: people's SQL (``lake.confined_sql``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd
import pyarrow as pa

from okr_model.activity.issue_tree import Frame
from pipelines.engines.engine import arrow_of
from pipelines.lake.duckdb_session import connect
from pipelines.lake.tables import Lake


class DuckDBEngine:
    """Frames of one connection; see :class:`pipelines.engines.engine.Engine`."""

    def __init__(self) -> None:
        self._connection = connect()
        self._kept: dict[str, str] = {}
        self._made = 0

    def scan(self, lake: Lake, stream: str, columns: Sequence[str], part: str = "current") -> Frame:
        """A query over the stream's files."""
        named = ", ".join(f'"{name}"' for name in columns)
        query = f"SELECT {named} FROM {lake.scan(stream, part)}"  # noqa: S608 - the lake names its files
        return nw.from_native(self._connection.sql(query))

    def given(self, rows: pd.DataFrame, columns: Mapping[str, pa.DataType]) -> Frame:
        """A view of an Arrow table."""
        name = self._new_name("given")
        self._connection.register(name, arrow_of(rows, columns))
        return self._named(name)

    def keep(self, name: str, rows: Frame) -> Frame:
        """A temporary table; one of a former name is dropped, so that old frames of it fail."""
        former, self._kept[name] = self._kept.get(name), self._new_name(name)
        query = rows.to_native().sql_query()
        self._connection.execute(f"CREATE TEMP TABLE {self._kept[name]} AS {query}")
        if former:
            self._connection.execute(f"DROP TABLE {former}")
        return self._named(self._kept[name])

    def release(self) -> None:
        """Close the connection; tables and views are its own."""
        self._connection.close()

    def _new_name(self, name: str) -> str:
        self._made += 1
        return f"{name}_{self._made}"

    def _named(self, name: str) -> Frame:
        return nw.from_native(self._connection.sql(f"FROM {name}"))
